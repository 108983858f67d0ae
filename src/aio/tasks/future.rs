//! A value that will be there later.
//!
//! One side sets it ([`Future::set_result`]), the other awaits it or adds a callback. This joins
//! callbacks and coroutines: every callback can set a future, and every coroutine can await one.
//!
//! Setting a future runs nothing at once. Its callbacks, and the tasks that await it, are put into the
//! ready queue in the order in which they were added, and run in the next turn of the loop. So the code
//! that sets a future can finish before anything reacts to it.
//!
//! **Where it breaks:** a future has several readers. So every reader gets a clone of the value, and
//! errors are shared.

use super::step::{self, Step, Wait};
use super::task_cell::TaskCell;
use crate::aio::core::debug::Lint;
use crate::aio::core::{Context, Error, EventLoop, Result};
use crate::trace;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::Waker;
use std::time::Duration;

/// A handle to a value that will be there later. Clones are handles to the same value. A
/// [`Task`](super::Task) is a future that a coroutine sets.
pub struct Future<T: 'static> {
    kind: Kind<T>,
}

enum Kind<T: 'static> {
    Plain(Rc<Plain<T>>),
    Task(Rc<TaskCell<T>>),
}

/// A future that is set from outside.
struct Plain<T: 'static> {
    slot: Slot<T>,
    reason: WaitReason,
    /// Replaces the default of cancelling, which is to end this future: gather passes the request on.
    on_cancel: Option<Box<dyn Fn() -> bool>>,
}

/// What a task that awaits a future waits for. The timeline shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitReason {
    /// Nothing more is known.
    Future,
    /// Sleeping for that long.
    Sleep(Duration),
    /// Writability: the task is blocked on write.
    Writable,
    /// Something with a name: `a lock`.
    Named(&'static str),
}

impl From<&'static str> for WaitReason {
    fn from(name: &'static str) -> WaitReason {
        WaitReason::Named(name)
    }
}

/// The value, or the callbacks that wait for it. Part of every future and every task.
pub(super) struct Slot<T: 'static> {
    event_loop: EventLoop,
    state: RefCell<State<T>>,
    /// Callbacks added so far, which is the number of the next one.
    added: Cell<u64>,
    /// The error was seen, if it is one.
    retrieved: Cell<bool>,
}

enum State<T: 'static> {
    Pending(Callbacks<T>),
    Cancelled,
    Done(Result<T>),
}

/// In the order of adding. Most futures have one reader, so the first, number 0, needs no list.
struct Callbacks<T: 'static> {
    first: Option<OnDone<T>>,
    /// By ascending number. No number is used twice, so an old one cannot remove a later callback.
    others: Vec<(u64, OnDone<T>)>,
}

type Callback<T> = Box<dyn FnOnce(&Future<T>)>;

pub(super) enum OnDone<T: 'static> {
    Call(Callback<T>),
    Step(Rc<dyn Step>),
    Wake(Waker),
}

/// Identifies a callback, to remove it from its future.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallbackId(u64);

impl<T> Clone for Future<T> {
    fn clone(&self) -> Self {
        let kind = match &self.kind {
            Kind::Plain(plain) => Kind::Plain(Rc::clone(plain)),
            Kind::Task(task) => Kind::Task(Rc::clone(task)),
        };
        Future { kind }
    }
}

impl EventLoop {
    /// A future that is to be set later.
    pub fn create_future<T>(&self) -> Future<T> {
        self.create_future_for(WaitReason::Future)
    }

    /// As [`EventLoop::create_future`]; the timeline shows `reason` while a task waits on it.
    pub fn create_future_for<T>(&self, reason: impl Into<WaitReason>) -> Future<T> {
        Future::new(self, reason.into(), None)
    }
}

impl<T: Clone + 'static> Future<T> {
    /// Its result.
    ///
    /// # Errors
    /// The error that it was set to; `Cancelled`; `InvalidState` if it is not done.
    pub fn result(&self) -> Result<T> {
        self.try_result()
            .unwrap_or(Err(Error::InvalidState("the result is not there yet")))
    }

    pub(super) fn try_result(&self) -> Option<Result<T>> {
        match &*self.slot().state.borrow() {
            State::Pending(_) => None,
            State::Cancelled => Some(Err(Error::Cancelled)),
            State::Done(result) => {
                self.slot().retrieved.set(true);
                Some(result.clone())
            }
        }
    }
}

impl<T: 'static> Future<T> {
    fn new(
        event_loop: &EventLoop,
        reason: WaitReason,
        on_cancel: Option<Box<dyn Fn() -> bool>>,
    ) -> Future<T> {
        Future {
            kind: Kind::Plain(Rc::new(Plain {
                slot: Slot::new(event_loop),
                reason,
                on_cancel,
            })),
        }
    }

    pub(super) fn with_cancel(
        event_loop: &EventLoop,
        reason: WaitReason,
        on_cancel: impl Fn() -> bool + 'static,
    ) -> Future<T> {
        Future::new(event_loop, reason, Some(Box::new(on_cancel)))
    }

    pub(super) fn of_task(task: Rc<TaskCell<T>>) -> Future<T> {
        let kind = Kind::Task(task);
        Future { kind }
    }

    pub(super) fn task(&self) -> Option<&Rc<TaskCell<T>>> {
        match &self.kind {
            Kind::Plain(_) => None,
            Kind::Task(task) => Some(task),
        }
    }

    pub(super) fn slot(&self) -> &Slot<T> {
        match &self.kind {
            Kind::Plain(plain) => &plain.slot,
            Kind::Task(task) => &task.slot,
        }
    }

    /// Sets its result and schedules what waits for it.
    ///
    /// # Errors
    /// `InvalidState` if it is done, or if it is a task's, which only its coroutine sets.
    pub fn set_result(&self, value: T) -> Result<()> {
        self.set(Ok(value))
    }

    /// Makes it fail and schedules what waits for it.
    ///
    /// # Errors
    /// As [`Future::set_result`].
    pub fn set_error(&self, error: impl Into<Error>) -> Result<()> {
        self.set(Err(error.into()))
    }

    pub(crate) fn set(&self, result: Result<T>) -> Result<()> {
        match &self.kind {
            Kind::Plain(_) if self.done() => Err(Error::InvalidState("the future is done")),
            Kind::Plain(plain) => {
                plain.slot.finish(State::Done(result), self);
                Ok(())
            }
            Kind::Task(_) => Err(Error::InvalidState("a task sets its result itself")),
        }
    }

    /// Asks it to end. A task gets the request at its `await`; a plain future ends now.
    ///
    /// Returns false if it was done already.
    pub fn cancel(&self) -> bool {
        match &self.kind {
            Kind::Plain(plain) => Rc::clone(plain).cancel(),
            Kind::Task(task) => Rc::clone(task).cancel(),
        }
    }

    /// Whether it has a result or an error, or was cancelled.
    pub fn done(&self) -> bool {
        !matches!(*self.slot().state.borrow(), State::Pending(_))
    }

    /// Whether it ended by being cancelled.
    pub fn cancelled(&self) -> bool {
        matches!(*self.slot().state.borrow(), State::Cancelled)
    }

    /// Its error, if it has one: asyncio's `exception()`. `None` if it is not done or has a result.
    pub fn error(&self) -> Option<Error> {
        match &*self.slot().state.borrow() {
            State::Cancelled => Some(Error::Cancelled),
            State::Done(Err(error)) => {
                self.slot().retrieved.set(true);
                Some(error.clone())
            }
            State::Done(Ok(_)) | State::Pending(_) => None,
        }
    }

    /// Runs `callback` in the turn after the future is done, after the callbacks added before, in the
    /// current context.
    pub fn add_done_callback(&self, callback: impl FnOnce(&Future<T>) + 'static) -> CallbackId {
        let context = Context::copy();
        let callback = move |future: &Future<T>| context.run(|| callback(future));
        let on_done = OnDone::Call(Box::new(callback));
        CallbackId(self.slot().add(on_done, self))
    }

    /// Removes a callback. Returns whether it was still there.
    pub fn remove_done_callback(&self, id: CallbackId) -> bool {
        self.slot().remove(id.0).is_some()
    }

    /// Whether both are handles to the same future.
    pub fn is(&self, other: &Future<T>) -> bool {
        std::ptr::eq(self.slot(), other.slot())
    }

    /// Equal for all handles to the same future, and only for those.
    pub(super) fn address(&self) -> *const () {
        std::ptr::from_ref(self.slot()).cast()
    }

    /// The loop that it belongs to.
    pub fn event_loop(&self) -> &EventLoop {
        &self.slot().event_loop
    }

    pub(super) fn as_wait(&self) -> Rc<dyn Wait> {
        match &self.kind {
            Kind::Plain(plain) => Rc::clone(plain) as Rc<dyn Wait>,
            Kind::Task(task) => Rc::clone(task) as Rc<dyn Wait>,
        }
    }
}

impl Future<()> {
    /// Sets it, unless it was set or cancelled before.
    pub(crate) fn release(&self) {
        if !self.done() {
            let _ = self.set_result(()); // just seen not to be done
        }
    }
}

impl<T: 'static> Wait for Plain<T> {
    fn cancel(self: Rc<Self>) -> bool {
        if self.on_cancel.is_none() {
            self.slot.mark_retrieved(); // asyncio's gather does not
        }
        if !self.slot.is_pending() {
            return false;
        }
        if let Some(on_cancel) = &self.on_cancel {
            return on_cancel();
        }
        let kind = Kind::Plain(Rc::clone(&self));
        self.slot.finish(State::Cancelled, &Future { kind });
        true
    }

    fn state(&self) -> trace::State {
        trace::State::Waiting(match self.reason {
            WaitReason::Future => "a future".into(),
            WaitReason::Sleep(time) => format!("sleep {time:?}").into(),
            WaitReason::Named(name) => name.into(),
            WaitReason::Writable => return trace::State::BlockedOnWrite,
        })
    }
}

impl<T: 'static> Slot<T> {
    pub(super) fn new(event_loop: &EventLoop) -> Slot<T> {
        Slot {
            event_loop: event_loop.clone(),
            state: RefCell::new(State::Pending(Callbacks {
                first: None,
                others: Vec::new(),
            })),
            added: Cell::new(0),
            retrieved: Cell::new(false),
        }
    }

    /// For tasks: sets how the coroutine ended. `None` stands for cancelled.
    pub(super) fn end(&self, outcome: Option<Result<T>>, task: Rc<TaskCell<T>>) {
        let state = outcome.map_or(State::Cancelled, State::Done);
        self.finish(state, &Future::of_task(task));
    }

    pub(super) fn is_pending(&self) -> bool {
        matches!(*self.state.borrow(), State::Pending(_))
    }

    pub(super) fn event_loop(&self) -> &EventLoop {
        &self.event_loop
    }

    /// Its error need not be reported any more.
    pub(super) fn mark_retrieved(&self) {
        self.retrieved.set(true);
    }

    /// Reports an error that was never retrieved. To be called when the future is dropped.
    pub(super) fn report_unretrieved(&self, label: impl FnOnce() -> String) {
        if let State::Done(Err(error)) = &*self.state.borrow()
            && !self.retrieved.get()
            && !error.is_cancelled()
        {
            Lint::never_retrieved(&label(), error).report();
        }
    }

    fn finish(&self, state: State<T>, future: &Future<T>) {
        self.retrieved.set(false);
        if let State::Pending(callbacks) = self.state.replace(state) {
            let others = callbacks.others.into_iter().map(|(_, other)| other);
            for on_done in callbacks.first.into_iter().chain(others) {
                self.schedule(on_done, future);
            }
        }
    }

    fn schedule(&self, on_done: OnDone<T>, future: &Future<T>) {
        match on_done {
            OnDone::Call(callback) => {
                let future = future.clone();
                self.event_loop.call_soon(move || callback(&future));
            }
            OnDone::Step(task) => step::schedule(task),
            OnDone::Wake(waker) => waker.wake(),
        }
    }

    pub(super) fn add(&self, on_done: OnDone<T>, future: &Future<T>) -> u64 {
        let id = self.added.get();
        self.added.set(id + 1);
        if let State::Pending(callbacks) = &mut *self.state.borrow_mut() {
            match id {
                0 => callbacks.first = Some(on_done),
                _ => callbacks.others.push((id, on_done)),
            }
            return id;
        }
        self.schedule(on_done, future);
        id
    }

    pub(super) fn is_step_of(&self, id: u64, task: &Rc<dyn Step>) -> bool {
        let State::Pending(callbacks) = &*self.state.borrow() else {
            return false;
        };
        let in_list = || {
            let others = &callbacks.others;
            let place = others.binary_search_by_key(&id, |(other, _)| *other).ok()?;
            Some(&others[place].1)
        };
        let on_done = match id {
            0 => callbacks.first.as_ref(),
            _ => in_list(),
        };
        matches!(on_done, Some(OnDone::Step(step)) if std::ptr::eq(step.header(), task.header()))
    }

    /// Returns the callback instead of dropping it: what it owns may use this future in its Drop.
    pub(super) fn remove(&self, id: u64) -> Option<OnDone<T>> {
        let State::Pending(callbacks) = &mut *self.state.borrow_mut() else {
            return None;
        };
        if id == 0 {
            return callbacks.first.take();
        }
        let others = &mut callbacks.others;
        let place = others.binary_search_by_key(&id, |(other, _)| *other).ok()?;
        Some(others.remove(place).1)
    }
}

impl<T: 'static> Drop for Plain<T> {
    fn drop(&mut self) {
        self.slot.report_unretrieved(|| "a future".to_owned());
    }
}
