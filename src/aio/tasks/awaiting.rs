//! The `await` of a [`Future`]: the point at which a coroutine waits.
//!
//! The first poll adds the task to the future's callbacks. A later poll returns the result, or
//! `Cancelled` if the task was asked to stop meanwhile. Dropping it before that removes the callback
//! again, so that no task is woken for nothing.

use super::future::{Future, OnDone};
use super::step::{self, Step};
use crate::aio::core::{Error, Result};
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;

/// The `await` of a [`Future`], which `IntoFuture` makes.
pub struct Awaiting<T: 'static> {
    future: Future<T>,
    /// The number of the future's callback that resumes the awaiting task.
    registered: Option<u64>,
}

impl<T: Clone + 'static> IntoFuture for Future<T> {
    type Output = Result<T>;
    type IntoFuture = Awaiting<T>;

    fn into_future(self) -> Awaiting<T> {
        Awaiting {
            future: self,
            registered: None,
        }
    }
}

impl<T: Clone + 'static> IntoFuture for &Future<T> {
    type Output = Result<T>;
    type IntoFuture = Awaiting<T>;

    fn into_future(self) -> Awaiting<T> {
        self.clone().into_future()
    }
}

impl<T: Clone + 'static> std::future::Future for Awaiting<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> Poll<Result<T>> {
        // A task that was asked to stop meanwhile gets that, and not the value.
        if self.registered.is_some() && step::take_cancellation() {
            return Poll::Ready(Err(Error::Cancelled));
        }
        if let Some(result) = self.future.try_result() {
            self.registered = None;
            return Poll::Ready(result);
        }
        if self.future.task().is_some_and(|task| task.is_current()) {
            return Poll::Ready(Err(Error::InvalidState("a task cannot await itself")));
        }
        match step::current_for(cx.waker()) {
            Some(task) => {
                task.header().set_waiting_on(self.future.as_wait());
                if !self.is_registered_for(&task) {
                    self.register(OnDone::Step(task));
                }
            }
            // Inside a combinator that has wakers of its own, and perhaps another one at each poll.
            None => self.register(OnDone::Wake(cx.waker().clone())),
        }
        Poll::Pending
    }
}

impl<T: 'static> Awaiting<T> {
    /// False if it was first polled in another task and then moved.
    fn is_registered_for(&self, task: &Rc<dyn Step>) -> bool {
        self.registered
            .is_some_and(|id| self.future.slot().is_step_of(id, task))
    }

    fn register(&mut self, on_done: OnDone<T>) {
        self.unregister();
        self.registered = Some(self.future.slot().add(on_done, &self.future));
    }

    fn unregister(&mut self) {
        if let Some(id) = self.registered.take() {
            // The future is no longer what a cancellation has to go to.
            if let Some(OnDone::Step(task)) = self.future.slot().remove(id) {
                task.header().clear_waiting_on(&self.future.as_wait());
            }
        }
    }
}

impl<T: 'static> Drop for Awaiting<T> {
    fn drop(&mut self) {
        self.unregister();
    }
}
