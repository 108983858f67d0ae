//! What the loop, futures and other tasks know of a task: everything but the type of its result.
//!
//! A task in the ready queue is a [`Step`]; running it polls the task's coroutine once
//! (`task_cell.rs`).

use crate::aio::core::{Context, EventLoop, Wakeable, short_name};
use crate::trace::{self, Kind, Lane, State};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::Waker;

thread_local! {
    static CURRENT: RefCell<Option<Rc<dyn Step>>> = const { RefCell::new(None) };
}

/// One step of a task, whatever the task returns.
pub(super) trait Step: Wakeable {
    fn header(&self) -> &Header;
    fn event_loop(&self) -> &EventLoop;
    fn request_cancel(self: Rc<Self>) -> bool;
    /// Adds a done callback that does not care how the task ended.
    fn when_ended(self: Rc<Self>, callback: Box<dyn FnOnce()>);
}

/// Something that a task waits on and that can be cancelled in its place.
pub(super) trait Wait {
    fn cancel(self: Rc<Self>) -> bool;
    /// For the timeline.
    fn state(&self) -> State;
}

/// The state of a task without its type.
pub(super) struct Header {
    pub(super) number: u64,
    pub(super) name: Cell<Option<Rc<str>>>,
    /// The name of the coroutine's type.
    function: fn() -> &'static str,
    /// It is in the ready queue, and need not be added again.
    pub(super) scheduled: Cell<bool>,
    pub(super) started: Cell<bool>,
    /// Cancel it at the next opportunity: what it waits on could not be cancelled.
    pub(super) must_cancel: Cell<bool>,
    /// The next `await` of this step returns `Cancelled`.
    pub(super) cancelling_now: Cell<bool>,
    /// Requests to cancel that were not taken back, see [`Task::uncancel`](super::Task::uncancel).
    pub(super) cancel_requests: Cell<u32>,
    pub(super) waiting_on: Cell<Option<Rc<dyn Wait>>>,
    pub(super) context: Cell<Context>,
    pub(super) waker: Rc<Waker>,
    /// In the timeline.
    pub(super) lane: Cell<Lane>,
    /// Where the loop's registry keeps the task.
    pub(super) place: usize,
}

impl Header {
    pub(super) fn new(
        function: fn() -> &'static str,
        number: u64,
        place: usize,
        waker: Rc<Waker>,
    ) -> Header {
        let header = Header {
            number,
            name: Cell::default(),
            function,
            scheduled: Cell::new(false),
            started: Cell::new(false),
            must_cancel: Cell::new(false),
            cancelling_now: Cell::new(false),
            cancel_requests: Cell::new(0),
            waiting_on: Cell::default(),
            context: Cell::new(Context::copy()),
            waker,
            lane: Cell::new(Lane::NONE),
            place,
        };
        if trace::on() {
            let lane = trace::open(Kind::Task, &header.label(), trace::current());
            header.lane.set(lane);
        }
        header
    }

    pub(super) fn set_waiting_on(&self, wait: Rc<dyn Wait>) {
        self.waiting_on.set(Some(wait));
    }

    pub(super) fn clear_waiting_on(&self, wait: &Rc<dyn Wait>) {
        let address = |wait: &Rc<dyn Wait>| Rc::as_ptr(wait).cast::<()>();
        let waiting_on = self.waiting_on.take();
        let other = waiting_on.filter(|other| address(other) != address(wait));
        self.waiting_on.set(other);
    }

    /// `Task-3 worker`, with its function, or the name that it was given.
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

/// Whether this `await` of the running task has to return `Cancelled`. True once per cancellation.
pub(super) fn take_cancellation() -> bool {
    CURRENT.with_borrow(|current| {
        current
            .as_ref()
            .is_some_and(|task| task.header().cancelling_now.take())
    })
}

/// Whether this task is the one that runs.
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

/// Makes `task` the running one, and returns the previous one.
pub(super) fn set_current(task: Option<Rc<dyn Step>>) -> Option<Rc<dyn Step>> {
    CURRENT.replace(task)
}

/// A clone of what a cell holds.
pub(super) fn peek<T: Clone>(cell: &Cell<Option<T>>) -> Option<T> {
    let value = cell.take();
    cell.set(value.clone());
    value
}
