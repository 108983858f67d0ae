//! Waiting for each other: [`Event`], [`Lock`], [`Condition`], [`Semaphore`], [`Queue`].
//!
//! All stand on one [`line`] of waiting coroutines, and all serve in the order of coming. They are for
//! coroutines of one loop and cost no atomic operation; between threads use `std::sync` or a channel.

mod event;
mod line;
mod lock;
mod queue;
mod semaphore;

pub use event::Event;
pub(super) use line::Line;
pub use lock::{Condition, Lock, LockGuard};
pub use queue::Queue;
pub use semaphore::{Semaphore, SemaphorePermit};
