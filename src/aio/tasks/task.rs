//! A task: a coroutine that the loop runs step by step, and the future of its result.
//!
//! A step is a callback like any other. It polls the coroutine, which runs until it has to wait. What the
//! coroutine waits on will put the next step into the ready queue. So a task turns "call me when" into
//! straight-line code, and needs nothing but the ready queue for it.
//!
//! ```text
//!   create_task ──► ready queue ──► step: poll ──► Ready: the task's future is set
//!                        ▲             │
//!                        │             └─► Pending: the task is among the callbacks of a future
//!                        └──────────────────────────────────┘ which is set later
//! ```
//!
//! **Cancellation** goes to the innermost thing awaited, which ends with `Cancelled`. From there it
//! comes back up as an error, through every `?`, and each coroutine on the way may clean up, refuse it or
//! pass it on. A task that is cancelled before its first step never starts.
//!
//! **Where it breaks:** between two `await`s nothing can stop a coroutine. And a cancellation reaches
//! only futures of this module: a future from another library that keeps its own wakers is not told.

use super::future::Future;
use super::step::{self, Header, Step, peek};
use super::task_cell::TaskCell;
use crate::aio::core::{EventLoop, Result};
use std::ops::Deref;
use std::rc::Rc;

/// A handle to a coroutine that the loop runs. Awaiting it gives the coroutine's result; dropping it
/// does not stop the coroutine. It is a [`Future`] that only its coroutine can set.
pub struct Task<T: 'static> {
    future: Future<T>,
}

// -- Making -----------------------------------------------------------------------------------------

impl EventLoop {
    /// Runs `coroutine` as a task, from the next turn on, in a copy of the current context.
    pub fn create_task<C, T>(&self, coroutine: C) -> Task<T>
    where
        C: std::future::Future<Output = Result<T>> + 'static,
        T: 'static,
    {
        let task = self
            .register(|number, place, waker| TaskCell::new(self, coroutine, number, place, waker));
        step::schedule(Rc::clone(&task) as Rc<dyn Step>);
        let future = Future::of_task(task);
        Task { future }
    }

    /// The tasks that are not done, in the order of making: asyncio's `all_tasks()`.
    pub fn all_tasks(&self) -> Vec<TaskRef> {
        let tasks = self.registry().all().into_iter();
        let steps = tasks.filter_map(|task| task.handle().downcast().ok());
        steps.map(|step| TaskRef(*step)).collect()
    }
}

/// Runs `coroutine` as a task of the running loop, from the next turn on.
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

/// The running task: asyncio's `current_task()`. `None` in a plain callback.
pub fn current_task() -> Option<TaskRef> {
    step::current().map(TaskRef)
}

/// A task, without the type of its result.
#[derive(Clone)]
pub struct TaskRef(pub(super) Rc<dyn Step>);

impl TaskRef {
    /// Asks the task to end, see [`Task::cancel`](Future::cancel).
    pub fn cancel(&self) -> bool {
        Rc::clone(&self.0).request_cancel()
    }

    /// Takes one request to cancel back. Returns how many remain.
    pub fn uncancel(&self) -> u32 {
        let requests = &self.0.header().cancel_requests;
        requests.set(requests.get().saturating_sub(1));
        requests.get()
    }

    /// The number of requests to cancel that were not taken back.
    pub fn cancelling(&self) -> u32 {
        self.0.header().cancel_requests.get()
    }

    /// `Task-3`, or the name that it was given.
    pub fn name(&self) -> String {
        name_of(self.0.header())
    }

    /// `Task-3 worker`, with its function, or the name that it was given.
    pub fn label(&self) -> String {
        self.0.header().label()
    }

    pub(super) fn number(&self) -> u64 {
        self.0.header().number
    }

    /// Whether both are the same task.
    pub fn is(&self, other: &TaskRef) -> bool {
        std::ptr::eq(self.0.header(), other.0.header())
    }

    pub(super) fn when_ended(&self, callback: impl FnOnce() + 'static) {
        Rc::clone(&self.0).when_ended(Box::new(callback));
    }

    /// Sets the name that people will see.
    pub fn set_name(&self, name: &str) {
        self.0.header().name.set(Some(name.into()));
    }
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

    /// Takes one request to cancel back, to refuse it on purpose. Returns how many remain.
    pub fn uncancel(&self) -> u32 {
        self.as_ref().uncancel()
    }

    /// The number of requests to cancel that were not taken back.
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
