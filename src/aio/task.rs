//! A coroutine and the future of its result: the loop runs it step by step.
//!
//! A step is a callback like any other. It polls the coroutine, which runs until it has to wait;
//! what it waits in will put the next step into the ready queue. So a task is what turns "call me
//! when" into straight-line code, and it needs no more than the queue that was there before.
//!
//! ```text
//!   create_task ──► ready queue ──► step: poll ──► Ready: the task's future is set
//!                        ▲             │
//!                        │             └─► Pending: it is among the callbacks of a future
//!                        └──────────────────────────────────┘ which is set
//! ```
//!
//! **Cancellation** goes to the innermost thing awaited, which ends with `Cancelled`; from there it
//! comes back up as an error, through every `?`, and each coroutine on the way may clean up, refuse or
//! pass it on. A task that is cancelled before its first step never starts.
//!
//! **Where it breaks:** between two `await`s nothing can stop a coroutine. A cancellation reaches what
//! is awaited directly or through `?`; a foreign future that keeps its own waiting room hears nothing.

use super::context::Context;
use super::debug::{self, Lint, short_name};
use super::error::{Error, Result};
use super::event_loop::EventLoop;
use super::future::{Future, Slot, Wait};
use super::handle::Ready;
use super::time::release;
use crate::trace::{self, Kind, Lane, State};
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

thread_local! {
    static CURRENT: RefCell<Option<Rc<dyn Step>>> = const { RefCell::new(None) };
}

/// A handle to a coroutine that the loop runs. Awaiting it gives the coroutine's result; dropping it
/// does not stop the coroutine. It is a [`Future`] that nobody but its coroutine can set.
pub struct Task<T: 'static> {
    future: Future<T>,
}

/// The name by which other runtimes know a [`Task`].
pub type JoinHandle<T> = Task<T>;

/// One step of a task, whatever it returns.
pub(super) trait Step: Ready {
    /// Drops the coroutine where it stands.
    fn abandon(&self);
    fn header(&self) -> &Header;
    fn event_loop(&self) -> &EventLoop;
    fn ask_to_cancel(self: Rc<Self>) -> bool;
    /// A future that is set when the task is done, however.
    fn ended(self: Rc<Self>) -> Future<()>;
}

/// What there is of a task: its future's slot, its coroutine, its circumstances.
pub(super) struct TaskCell<T: 'static> {
    pub(super) slot: Slot<T>,
    header: Header,
    /// Gone while it runs, and when it is done.
    coroutine: Cell<Option<Body<T>>>,
}

type Body<T> = Pin<Box<dyn std::future::Future<Output = Result<T>>>>;

/// A task's circumstances, without its type.
pub(super) struct Header {
    number: u64,
    name: Cell<Option<Rc<str>>>,
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
    requests: Cell<u32>,
    waiting_in: Cell<Option<Rc<dyn Wait>>>,
    context: Cell<Context>,
    waker: Waker,
    /// In the timeline.
    lane: Cell<Lane>,
    /// Its place among the loop's tasks.
    place: usize,
}

impl Header {
    pub(super) fn wait_in(&self, wait: Rc<dyn Wait>) {
        self.waiting_in.set(Some(wait));
    }

    /// `Task-3 worker`, or the name that it was given.
    pub(super) fn label(&self) -> String {
        match peek(&self.name) {
            Some(name) => name.to_string(),
            None => format!("Task-{} {}", self.number, short_name((self.function)())),
        }
    }
}

// -- Making -----------------------------------------------------------------------------------------

impl EventLoop {
    /// Has `coroutine` run as a task, from the next turn on, in a copy of the context of now.
    pub fn create_task<C, T>(&self, coroutine: C) -> Task<T>
    where
        C: std::future::Future<Output = Result<T>> + 'static,
        T: 'static,
    {
        let task = self.register_task(|number, place, waker| {
            Rc::new(TaskCell {
                slot: Slot::new(self),
                header: Header {
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
                },
                coroutine: Cell::new(Some(Box::pin(coroutine))),
            })
        });
        if trace::on() {
            let lane = trace::open(Kind::Task, &task.label(), trace::current());
            task.header.lane.set(lane);
        }
        schedule(Rc::clone(&task) as Rc<dyn Step>);
        Task {
            future: Future::of_task(task),
        }
    }
}

/// Has `coroutine` run as a task of the running loop, from the next turn on.
///
/// # Panics
/// When no loop runs on this thread.
pub fn create_task<C, T>(coroutine: C) -> Task<T>
where
    C: std::future::Future<Output = Result<T>> + 'static,
    T: 'static,
{
    EventLoop::running().create_task(coroutine)
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
    let current = CURRENT.with_borrow(Option::clone)?;
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

/// The task that runs now: asyncio's `current_task()`. `None` in a plain callback.
pub fn current_task() -> Option<TaskRef> {
    CURRENT.with_borrow(Option::clone).map(TaskRef)
}

/// A task, whatever it returns.
#[derive(Clone)]
pub struct TaskRef(pub(super) Rc<dyn Step>);

impl TaskRef {
    /// Asks the task to end, see [`Task::cancel`](Future::cancel).
    pub fn cancel(&self) -> bool {
        Rc::clone(&self.0).ask_to_cancel()
    }

    /// Takes one request to cancel back; how many remain.
    pub fn uncancel(&self) -> u32 {
        let requests = &self.0.header().requests;
        requests.set(requests.get().saturating_sub(1));
        requests.get()
    }

    /// How often it was asked to end.
    pub fn cancelling(&self) -> u32 {
        self.0.header().requests.get()
    }

    /// `Task-3`, or the name that it was given.
    pub fn name(&self) -> String {
        name_of(self.0.header())
    }

    /// `Task-3 worker`, with its function, or the name that it was given.
    pub fn label(&self) -> String {
        self.0.header().label()
    }

    /// Whether both are the same task.
    pub fn is(&self, other: &TaskRef) -> bool {
        std::ptr::eq(self.0.header(), other.0.header())
    }

    pub(super) fn number(&self) -> u64 {
        self.0.header().number
    }

    pub(super) fn ended(&self) -> Future<()> {
        Rc::clone(&self.0).ended()
    }

    /// What people will call it.
    pub fn set_name(&self, name: &str) {
        self.0.header().name.set(Some(name.into()));
    }
}

/// A clone of what a cell holds.
fn peek<T: Clone>(cell: &Cell<Option<T>>) -> Option<T> {
    let value = cell.take();
    cell.set(value.clone());
    value
}

fn name_of(header: &Header) -> String {
    match peek(&header.name) {
        Some(name) => name.to_string(),
        None => format!("Task-{}", header.number),
    }
}

impl<T: 'static> Task<T> {
    fn cell(&self) -> &Rc<TaskCell<T>> {
        self.future.task().expect("a task's future is a task's")
    }

    /// The task, without the type of its result.
    pub fn as_ref(&self) -> TaskRef {
        TaskRef(Rc::clone(self.cell()) as Rc<dyn Step>)
    }

    /// `Task-3`, or the name that it was given.
    pub fn name(&self) -> String {
        name_of(&self.cell().header)
    }

    /// Gives it a name.
    pub fn named(self, name: &str) -> Task<T> {
        self.as_ref().set_name(name);
        self
    }

    /// Takes one request to cancel back, for a coroutine that refuses on purpose; how many remain.
    pub fn uncancel(&self) -> u32 {
        self.as_ref().uncancel()
    }

    /// How often it was asked to end.
    pub fn cancelling(&self) -> u32 {
        self.as_ref().cancelling()
    }
}

impl<T: 'static> Clone for Task<T> {
    fn clone(&self) -> Self {
        Task {
            future: self.future.clone(),
        }
    }
}

impl<T: 'static> Deref for Task<T> {
    type Target = Future<T>;

    fn deref(&self) -> &Future<T> {
        &self.future
    }
}

impl<T: Clone + 'static> IntoFuture for Task<T> {
    type Output = Result<T>;
    type IntoFuture = <Future<T> as IntoFuture>::IntoFuture;

    fn into_future(self) -> Self::IntoFuture {
        self.future.into_future()
    }
}

impl<T: Clone + 'static> IntoFuture for &Task<T> {
    type Output = Result<T>;
    type IntoFuture = <Future<T> as IntoFuture>::IntoFuture;

    fn into_future(self) -> Self::IntoFuture {
        self.future.clone().into_future()
    }
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

    fn ended(self: Rc<Self>) -> Future<()> {
        let ended = Future::new(self.event_loop());
        let end = ended.clone();
        Future::of_task(self).add_done_callback(move |_| release(&end));
        ended
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
            Some(wait) => State::Waiting(wait.what().into()),
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

    fn what(&self) -> String {
        self.header.label()
    }
}

impl<T: 'static> Drop for TaskCell<T> {
    fn drop(&mut self) {
        self.slot.complain(|| self.header.label());
    }
}

fn words_of(panic: &(dyn Any + Send)) -> &str {
    let words = panic.downcast_ref::<&str>().copied();
    words
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}
