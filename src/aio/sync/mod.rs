//! Waiting for each other: [`Event`], [`Lock`], [`Condition`], [`Semaphore`], [`Queue`].
//!
//! All stand on one [`wait_queue`] of waiting coroutines, and all serve in the order of coming. They are for
//! coroutines of one loop and cost no atomic operation; between threads use `std::sync` or a channel.

mod event;
mod lock;
mod queue;
mod semaphore;
mod wait_queue;

pub use event::Event;
pub use lock::{Condition, Lock, LockGuard};
pub use queue::Queue;
pub use semaphore::{Semaphore, SemaphorePermit};
pub(crate) use wait_queue::WaitQueue;
