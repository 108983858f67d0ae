//! The event loop from first principles. Knows no protocol and no model.
//!
//! One thread can look after ten thousand clients if it never waits for a single one of them: it asks
//! the kernel *which* of them can go on ([`reactor`]), remembers what is to happen *when*
//! ([`timers`]), and calls back whoever is due, one after the other ([`event_loop`]). That is all
//! there is to it; read the three files in this order.
//!
//! **Where it breaks:** a callback that takes long holds up everybody. Nothing here can interrupt it.

pub mod event_loop;
pub mod reactor;
pub mod timers;

pub use event_loop::{Bell, EventLoop, TimerHandle, Watched};
pub use reactor::{Interest, Readiness};
