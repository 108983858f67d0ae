//! Coroutines on the loop: futures, tasks, and ways to wait.
//!
//! Read in this order: `future.rs`, `awaiting.rs`, `task.rs`, `step.rs`, `task_cell.rs`, `run.rs`. The
//! rest is built on them.

mod as_completed;
mod awaitable;
mod awaiting;
mod coroutine;
mod future;
mod gather;
mod group;
mod run;
mod scope;
mod sleep;
mod step;
mod task;
mod task_cell;
mod timeout;
mod wait;

pub use as_completed::{AsCompleted, as_completed};
pub use awaitable::Awaitable;
pub use awaiting::Awaiting;
pub use coroutine::{Coroutine, coroutine};
pub use future::{CallbackId, Future, WaitReason};
pub use gather::{gather, gather_results};
pub use group::{TaskGroup, task_group};
pub(crate) use run::Shutdown;
pub use run::{run, run_on};
pub use scope::{AsyncIterator, AsyncScope, with};
pub use sleep::{YieldNow, sleep, yield_now};
pub use task::{Task, TaskRef, create_task, current_task};
pub use timeout::{Timeout, timeout, timeout_at, wait_for};
pub use wait::{ReturnWhen, shield, wait};
