//! Coroutines that wait for each other: [`Event`], [`Lock`], [`Condition`], [`Semaphore`], [`Queue`].
//!
//! All are built on one queue of waiting coroutines (`wait_queue.rs`), and all serve first come, first
//! served. They are for coroutines of one loop and cost no atomic operation. Between threads use
//! `std::sync` or a channel.

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
