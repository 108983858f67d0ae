//! Tasks that end together: none outlives its group, and the first that fails ends the others.
//!
//! `create_task` starts something independent, like a goroutine or a detached thread. If it is never
//! awaited, its error and its end go unnoticed. A group is a block, after which all of its tasks are
//! done. Trio calls this a nursery, asyncio 3.11 a `TaskGroup`.

use super::future::Future;
use super::task::{Task, TaskRef, current_task};
use crate::aio::core::{Error, EventLoop, Result};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Runs `body` with a group, then waits for all tasks of the group: asyncio's
/// `async with TaskGroup() as group`.
///
/// # Errors
/// `Group` with all errors, if a task or the body failed; `Cancelled` if the caller was cancelled.
/// Either comes after the tasks have ended.
///
/// # Panics
/// Outside of a task.
pub async fn task_group<T>(body: impl AsyncFnOnce(&TaskGroup) -> Result<T>) -> Result<T> {
    let group = TaskGroup {
        shared: Rc::new(Shared {
            parent: current_task().expect("a task group is used inside a task"),
            tasks: RefCell::default(),
            errors: RefCell::default(),
            exiting: Cell::new(false),
            aborting: Cell::new(false),
            parent_cancelled: Cell::new(false),
            all_done: RefCell::default(),
        }),
    };
    let _abort = AbortOnDrop(&group.shared);
    let result = body(&group).await;
    group.shared.finish(result).await
}

/// Dropping a group half-way leaves no task behind. The tasks then end a little later than the group,
/// since a drop cannot wait.
struct AbortOnDrop<'g>(&'g Shared);

impl Drop for AbortOnDrop<'_> {
    fn drop(&mut self) {
        if !self.0.tasks.borrow().is_empty() {
            self.0.abort();
        }
    }
}

/// A group of tasks, for the body of [`task_group`].
#[derive(Clone)]
pub struct TaskGroup {
    shared: Rc<Shared>,
}

struct Shared {
    parent: TaskRef,
    /// The tasks that are not done, by number, which is the order of making.
    tasks: RefCell<BTreeMap<u64, TaskRef>>,
    errors: RefCell<Vec<Error>>,
    /// The body is done.
    exiting: Cell<bool>,
    aborting: Cell<bool>,
    /// The parent was cancelled by this group, and not from outside.
    parent_cancelled: Cell<bool>,
    all_done: RefCell<Option<Future<()>>>,
}

impl TaskGroup {
    /// Runs `coroutine` as a task of the group.
    ///
    /// # Errors
    /// `InvalidState` when the group has ended or its tasks are being cancelled. The coroutine is then
    /// dropped.
    pub fn create_task<C, T>(&self, coroutine: C) -> Result<Task<T>>
    where
        C: std::future::Future<Output = Result<T>> + 'static,
        T: 'static,
    {
        if self.shared.aborting.get() {
            return Err(Error::InvalidState("the task group is shutting down"));
        }
        if self.shared.exiting.get() && self.shared.tasks.borrow().is_empty() {
            return Err(Error::InvalidState("the task group is finished"));
        }
        let task = EventLoop::running().create_task(coroutine);
        let (shared, task_ref) = (Rc::clone(&self.shared), task.as_ref());
        let number = task_ref.number();
        shared.tasks.borrow_mut().insert(number, task_ref);
        task.add_done_callback(move |task| {
            let error = task.error().filter(|_| !task.cancelled());
            shared.on_task_done(number, error);
        });
        Ok(task)
    }
}

impl Shared {
    async fn finish<T>(&self, result: Result<T>) -> Result<T> {
        self.exiting.set(true);
        let mut cancelled = matches!(result, Err(Error::Cancelled));
        let in_body = self.parent_cancelled.get();
        if in_body && self.parent.uncancel() == 0 {
            cancelled = false; // only this group cancelled it, and that is over
        }
        if result.is_err() && !self.aborting.get() {
            self.abort();
        }
        while !self.tasks.borrow().is_empty() {
            let all_done = EventLoop::running().create_future_for("its group");
            self.all_done.replace(Some(all_done.clone()));
            let waited = all_done.await;
            self.all_done.take();
            if waited.is_err() && !self.aborting.get() {
                cancelled = true;
                self.abort();
            }
        }
        if self.parent_cancelled.get() && !in_body {
            self.parent.uncancel(); // as CPython since 3.13; earlier versions leave a request behind
        }
        let mut errors = self.errors.take();
        if cancelled && errors.is_empty() {
            return Err(Error::Cancelled);
        }
        match result {
            Ok(value) if errors.is_empty() => return Ok(value),
            Ok(_) | Err(Error::Cancelled) => {}
            Err(error) => errors.push(error),
        }
        if errors.is_empty() {
            Err(Error::Cancelled)
        } else {
            Err(Error::Group(errors.into()))
        }
    }

    fn abort(&self) {
        self.aborting.set(true);
        let tasks = self.tasks.borrow().clone();
        for task in tasks.values() {
            task.cancel();
        }
    }

    fn on_task_done(&self, number: u64, error: Option<Error>) {
        self.tasks.borrow_mut().remove(&number);
        if self.tasks.borrow().is_empty()
            && let Some(all_done) = self.all_done.borrow().as_ref()
        {
            all_done.release();
        }
        let Some(error) = error else { return };
        self.errors.borrow_mut().push(error);
        if !self.aborting.get() && !self.parent_cancelled.get() {
            self.abort();
            self.parent_cancelled.set(true);
            self.parent.cancel();
        }
    }
}
