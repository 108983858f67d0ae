//! A task: its coroutine, and the future of its result. One step polls the coroutine once.

use super::future::{Future, Slot};
use super::step::{Header, Step, Wait, is_current, peek, schedule, set_current};
use crate::aio::core::debug::{self, Lint};
use crate::aio::core::{Error, EventLoop, Ready, Result, Wakeable, panic_message};
use crate::trace::{self, State};
use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

pub(super) struct TaskCell<T: 'static> {
    pub(super) slot: Slot<T>,
    pub(super) header: Header,
    /// `None` while it runs, and when it is done.
    coroutine: Cell<Option<Body<T>>>,
}

type Body<T> = Pin<Box<dyn std::future::Future<Output = Result<T>>>>;

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
        Rc::new(TaskCell {
            slot: Slot::new(event_loop),
            header: Header::new(std::any::type_name::<C>, number, place, waker),
            coroutine: Cell::new(Some(Box::pin(coroutine))),
        })
    }
}

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
        drop(header.waiting_on.take());
        let _running = trace::enter(header.lane.get());
        match self.poll() {
            Ok(Poll::Pending) => self.now_waiting(),
            Ok(Poll::Ready(result)) => self.finish(result),
            Err(panic) => self.finish(Err(Error::Panicked(panic_message(&*panic).into()))),
        }
    }

    fn label(&self) -> String {
        self.header.label()
    }
}

impl<T: 'static> Wakeable for TaskCell<T> {
    fn number(&self) -> u64 {
        self.header.number
    }

    fn wake(self: Rc<Self>) {
        schedule(self);
    }

    fn abandon(&self) {
        let coroutine = self.coroutine.take();
        if coroutine.is_some() && debug::on() {
            Lint::leaked_task(&self.header.label()).report();
        }
    }

    fn handle(self: Rc<Self>) -> Box<dyn Any> {
        Box::new(self as Rc<dyn Step>)
    }
}

impl<T: 'static> Step for TaskCell<T> {
    fn header(&self) -> &Header {
        &self.header
    }

    fn event_loop(&self) -> &EventLoop {
        self.slot.event_loop()
    }

    fn request_cancel(self: Rc<Self>) -> bool {
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
            return Ok(Poll::Pending); // done, and woken by a waker that was kept for too long
        };
        let before = set_current(Some(Rc::clone(self) as Rc<dyn Step>));
        let outside = self.header.context.take().enter();
        let mut cx = std::task::Context::from_waker(&self.header.waker);
        let poll = catch_unwind(AssertUnwindSafe(|| coroutine.as_mut().poll(&mut cx)));
        self.header.context.set(outside.enter());
        set_current(before);
        if matches!(poll, Ok(Poll::Pending)) && !self.slot.event_loop().is_closed() {
            self.coroutine.set(Some(coroutine));
        }
        poll
    }

    /// The step is over and the coroutine is not.
    fn now_waiting(self: &Rc<Self>) {
        let header = &self.header;
        if header.cancelling_now.take() {
            header.must_cancel.set(true); // not taken: it waits on a future that is not ours
        }
        let waiting_on = peek(&header.waiting_on);
        match waiting_on {
            // It cancelled itself during the step.
            Some(wait) if header.must_cancel.get() => header.must_cancel.set(!wait.cancel()),
            Some(_) => {}
            None if debug::on() => self.check_for_lost_waker(),
            None => {}
        }
        if trace::on() {
            self.mark_waiting();
        }
    }

    fn mark_waiting(&self) {
        let header = &self.header;
        let state = match peek(&header.waiting_on) {
            _ if header.scheduled.get() => State::Ready,
            Some(wait) => wait.state(),
            None => State::Waiting("its waker".into()),
        };
        trace::mark(header.lane.get(), state);
    }

    /// Only the registry and the task itself keep the waker, so what was to call it has dropped it.
    fn check_for_lost_waker(&self) {
        let header = &self.header;
        let kept = self.slot.event_loop().registry().wakers_kept(header.place);
        if !header.scheduled.get() && kept == 0 && self.has_coroutine() {
            Lint::lost_waker(&header.label()).report();
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
        // It cancelled itself, and returned before the cancellation could reach it.
        let cancelled_late = header.must_cancel.take();
        match result {
            Err(Error::Cancelled) => self.end(None),
            Ok(_) if cancelled_late => self.end(None),
            result => {
                if debug::on() && header.cancel_requests.get() > 0 && result.is_ok() {
                    Lint::swallowed_cancellation(&header.label()).report();
                }
                self.end(Some(result));
            }
        }
    }

    /// `None`: cancelled.
    fn end(self: &Rc<Self>, outcome: Option<Result<T>>) {
        self.header.cancelling_now.set(false);
        self.slot.event_loop().registry().remove(self.header.place);
        drop(self.coroutine.take()); // of a task that never started
        self.slot.end(outcome, Rc::clone(self));
        trace::close(self.header.lane.get());
    }
}

impl<T: 'static> Wait for TaskCell<T> {
    fn cancel(self: Rc<Self>) -> bool {
        self.slot.mark_retrieved();
        if !self.slot.is_pending() {
            return false;
        }
        let header = &self.header;
        header.cancel_requests.set(header.cancel_requests.get() + 1);
        trace::cancel(header.lane.get());
        let waiting_on = peek(&header.waiting_on);
        match waiting_on {
            Some(wait) => {
                if !wait.cancel() {
                    header.must_cancel.set(true); // that is done already, and the next step is due
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
        self.slot.report_unretrieved(|| self.header.label());
    }
}
