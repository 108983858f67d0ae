//! One step of a task: poll its coroutine once, and see what it waits in.

use super::context::Context;
use super::debug::{self, Lint, short_name};
use super::error::{Error, Result};
use super::event_loop::EventLoop;
use super::future::{Future, Slot, Wait};
use super::handle::Ready;
use crate::trace::{self, Kind, Lane, State};
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

thread_local! {
    static CURRENT: RefCell<Option<Rc<dyn Step>>> = const { RefCell::new(None) };
}

/// One step of a task, whatever it returns.
pub(super) trait Step: Ready {
    /// Drops the coroutine where it stands.
    fn abandon(&self);
    fn header(&self) -> &Header;
    fn event_loop(&self) -> &EventLoop;
    fn ask_to_cancel(self: Rc<Self>) -> bool;
    /// A done callback that does not care how it ended.
    fn when_ended(self: Rc<Self>, callback: Box<dyn FnOnce()>);
}

/// What there is of a task: its future's slot, its coroutine, its circumstances.
pub(super) struct TaskCell<T: 'static> {
    pub(super) slot: Slot<T>,
    pub(super) header: Header,
    /// Gone while it runs, and when it is done.
    coroutine: Cell<Option<Body<T>>>,
}

type Body<T> = Pin<Box<dyn std::future::Future<Output = Result<T>>>>;

/// A task's circumstances, without its type.
pub(super) struct Header {
    pub(super) number: u64,
    pub(super) name: Cell<Option<Rc<str>>>,
    /// The name of the coroutine's type.
    function: fn() -> &'static str,
    /// It is in the ready queue: once is enough.
    scheduled: Cell<bool>,
    started: Cell<bool>,
    /// Cancel it at the next opportunity: it could not be done in what it waits in.
    must_cancel: Cell<bool>,
    /// The next `await` of this step is to answer `Cancelled`.
    cancelling_now: Cell<bool>,
    /// Requests to cancel that nobody took back, see [`Task::uncancel`].
    pub(super) requests: Cell<u32>,
    waiting_in: Cell<Option<Rc<dyn Wait>>>,
    context: Cell<Context>,
    waker: Rc<Waker>,
    /// In the timeline.
    lane: Cell<Lane>,
    /// Its place among the loop's tasks.
    place: usize,
}

impl<T: 'static> TaskCell<T> {
    pub(super) fn new<C>(
        event_loop: &EventLoop,
        coroutine: C,
        number: u64,
        place: usize,
        waker: Rc<Waker>,
    ) -> Rc<TaskCell<T>>
    where
        C: std::future::Future<Output = Result<T>> + 'static,
    {
        let header = Header {
            number,
            name: Cell::default(),
            function: std::any::type_name::<C>,
            scheduled: Cell::new(false),
            started: Cell::new(false),
            must_cancel: Cell::new(false),
            cancelling_now: Cell::new(false),
            requests: Cell::new(0),
            waiting_in: Cell::default(),
            context: Cell::new(Context::copy()),
            waker,
            lane: Cell::new(Lane::NONE),
            place,
        };
        if trace::on() {
            let lane = trace::open(Kind::Task, &header.label(), trace::current());
            header.lane.set(lane);
        }
        Rc::new(TaskCell {
            slot: Slot::new(event_loop),
            header,
            coroutine: Cell::new(Some(Box::pin(coroutine))),
        })
    }
}

impl Header {
    pub(super) fn wait_in(&self, wait: Rc<dyn Wait>) {
        self.waiting_in.set(Some(wait));
    }

    pub(super) fn wait_no_more_in(&self, wait: &Rc<dyn Wait>) {
        let address = |wait: &Rc<dyn Wait>| Rc::as_ptr(wait).cast::<()>();
        let waiting_in = self.waiting_in.take();
        let other = waiting_in.filter(|other| address(other) != address(wait));
        self.waiting_in.set(other);
    }

    /// `Task-3 worker`, or the name that it was given.
    pub(super) fn label(&self) -> String {
        match peek(&self.name) {
            Some(name) => name.to_string(),
            None => format!("Task-{} {}", self.number, short_name((self.function)())),
        }
    }
}

/// Puts a task into the ready queue, unless it is there.
#[inline]
pub(super) fn schedule(task: Rc<dyn Step>) {
    let header = task.header();
    if !header.scheduled.replace(true) {
        if trace::on() && !is_current(header) {
            trace::mark(header.lane.get(), State::Ready);
            trace::wake(header.lane.get());
        }
        task.event_loop().clone().push(task);
    }
}

// -- The running task -------------------------------------------------------------------------------

/// The task that runs, if this waker is its own.
pub(super) fn current_for(waker: &Waker) -> Option<Rc<dyn Step>> {
    let current = current()?;
    current.header().waker.will_wake(waker).then_some(current)
}

/// Whether the running task is to hear at this `await` that it is cancelled; says so once.
pub(super) fn take_cancellation() -> bool {
    CURRENT.with_borrow(|current| {
        current
            .as_ref()
            .is_some_and(|task| task.header().cancelling_now.take())
    })
}

/// Whether it is this very task that runs.
pub(super) fn is_current(header: &Header) -> bool {
    CURRENT.with_borrow(|current| {
        current
            .as_ref()
            .is_some_and(|task| std::ptr::eq(task.header(), header))
    })
}

/// The task that runs on this thread.
pub(super) fn current() -> Option<Rc<dyn Step>> {
    CURRENT.with_borrow(Option::clone)
}

/// A clone of what a cell holds.
pub(super) fn peek<T: Clone>(cell: &Cell<Option<T>>) -> Option<T> {
    let value = cell.take();
    cell.set(value.clone());
    value
}

// -- Running ----------------------------------------------------------------------------------------

impl<T: 'static> Ready for TaskCell<T> {
    fn run(self: Rc<Self>) {
        let header = &self.header;
        header.scheduled.set(false);
        if header.must_cancel.take() {
            if !header.started.get() {
                return self.end(None);
            }
            header.cancelling_now.set(true);
        }
        header.started.set(true);
        drop(header.waiting_in.take());
        let _running = trace::enter(header.lane.get());
        match self.poll() {
            Ok(Poll::Pending) => self.now_waiting(),
            Ok(Poll::Ready(result)) => self.finish(result),
            Err(panic) => self.finish(Err(Error::Panicked(words_of(&*panic).into()))),
        }
    }

    fn label(&self) -> String {
        self.header.label()
    }
}

impl<T: 'static> Step for TaskCell<T> {
    fn abandon(&self) {
        let coroutine = self.coroutine.take();
        if coroutine.is_some() && debug::on() {
            let who = self.header.label();
            debug::report(&Lint::LeakedTask { who });
        }
    }

    fn header(&self) -> &Header {
        &self.header
    }

    fn event_loop(&self) -> &EventLoop {
        self.slot.event_loop()
    }

    fn ask_to_cancel(self: Rc<Self>) -> bool {
        self.cancel()
    }

    fn when_ended(self: Rc<Self>, callback: Box<dyn FnOnce()>) {
        Future::of_task(self).add_done_callback(move |_| callback());
    }
}

impl<T: 'static> TaskCell<T> {
    pub(super) fn is_current(&self) -> bool {
        is_current(&self.header)
    }

    /// Runs the coroutine to its next `await` that has to wait.
    fn poll(self: &Rc<Self>) -> std::thread::Result<Poll<Result<T>>> {
        let Some(mut coroutine) = self.coroutine.take() else {
            return Ok(Poll::Pending); // done, and a foreign waker was kept for too long
        };
        let before = CURRENT.replace(Some(Rc::clone(self) as Rc<dyn Step>));
        let outside = self.header.context.take().enter();
        let mut cx = std::task::Context::from_waker(&self.header.waker);
        let poll = catch_unwind(AssertUnwindSafe(|| coroutine.as_mut().poll(&mut cx)));
        self.header.context.set(outside.enter());
        CURRENT.replace(before);
        if matches!(poll, Ok(Poll::Pending)) && !self.slot.event_loop().is_closed() {
            self.coroutine.set(Some(coroutine));
        }
        poll
    }

    /// The step is over and the coroutine is not.
    fn now_waiting(self: &Rc<Self>) {
        let header = &self.header;
        if header.cancelling_now.take() {
            header.must_cancel.set(true); // nobody took it: it waits in something foreign
        }
        let waiting_in = peek(&header.waiting_in);
        match waiting_in {
            // It cancelled itself during the step.
            Some(wait) if header.must_cancel.get() => header.must_cancel.set(!wait.cancel()),
            Some(_) => {}
            None if debug::on() => self.look_for_lost_waker(),
            None => {}
        }
        if trace::on() {
            self.mark_waiting();
        }
    }

    fn mark_waiting(&self) {
        let header = &self.header;
        let state = match peek(&header.waiting_in) {
            _ if header.scheduled.get() => State::Ready,
            Some(wait) => wait.state(),
            None => State::Waiting("its waker".into()),
        };
        trace::mark(header.lane.get(), state);
    }

    /// Nobody keeps the waker but those who must: whoever was to call it has dropped it.
    fn look_for_lost_waker(&self) {
        let header = &self.header;
        let kept = self.slot.event_loop().wakers_kept(header.place);
        if !header.scheduled.get() && kept == 0 && self.has_coroutine() {
            let who = header.label();
            debug::report(&Lint::LostWaker { who });
        }
    }

    fn has_coroutine(&self) -> bool {
        let coroutine = self.coroutine.take();
        let there = coroutine.is_some();
        self.coroutine.set(coroutine);
        there
    }

    fn finish(self: &Rc<Self>, result: Result<T>) {
        let header = &self.header;
        // It asked for its own cancellation and returned before it could come.
        let cancelled_late = header.must_cancel.take();
        match result {
            Err(Error::Cancelled) => self.end(None),
            Ok(_) if cancelled_late => self.end(None),
            result => {
                if debug::on() && header.requests.get() > 0 && result.is_ok() {
                    let who = header.label();
                    debug::report(&Lint::SwallowedCancellation { who });
                }
                self.end(Some(result));
            }
        }
    }

    /// `None`: cancelled.
    fn end(self: &Rc<Self>, outcome: Option<Result<T>>) {
        self.header.cancelling_now.set(false);
        self.slot.event_loop().forget_task(self.header.place);
        drop(self.coroutine.take()); // of a task that never started
        self.slot.end(outcome, Rc::clone(self));
        trace::close(self.header.lane.get());
    }
}

impl<T: 'static> Wait for TaskCell<T> {
    fn cancel(self: Rc<Self>) -> bool {
        self.slot.forgive();
        if !self.slot.is_pending() {
            return false;
        }
        let header = &self.header;
        header.requests.set(header.requests.get() + 1);
        trace::cancel(header.lane.get());
        let waiting_in = peek(&header.waiting_in);
        match waiting_in {
            Some(wait) => {
                if !wait.cancel() {
                    header.must_cancel.set(true); // that is done already; the next step is due
                }
            }
            None => {
                header.must_cancel.set(true);
                if !is_current(header) {
                    schedule(self);
                }
            }
        }
        true
    }

    fn state(&self) -> State {
        State::Waiting(self.header.label().into())
    }
}

impl<T: 'static> Drop for TaskCell<T> {
    fn drop(&mut self) {
        self.slot.complain(|| self.header.label());
    }
}

pub(super) fn words_of(panic: &(dyn Any + Send)) -> &str {
    let words = panic.downcast_ref::<&str>().copied();
    words
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}
