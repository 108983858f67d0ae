//! The loop itself: it waits for the kernel, for time and for other threads, and calls back.
//!
//! Here are only callbacks. Coroutines are built on top of them, in `tasks`.
//!
//! Read in this order: `reactor.rs`, `timers.rs`, `event_loop.rs`, `turn.rs`.

mod callback;
mod completer;
mod context;
mod deadline_timer;
pub mod debug;
mod error;
mod event_loop;
mod extensions;
mod handle;
mod mailbox;
mod notifier;
mod on_ready;
mod reactor;
mod registry;
mod running;
pub mod timers;
mod turn;
mod watched;

pub(crate) use callback::Ready;
pub use context::{Context, ContextVar, VarToken};
pub(crate) use deadline_timer::DeadlineTimer;
pub(crate) use debug::{panic_message, short_name};
pub use error::{Error, Result};
pub use event_loop::EventLoop;
pub(crate) use handle::CancelOnDrop;
pub use handle::Handle;
pub(crate) use mailbox::OutsideWork;
pub use notifier::{Notifier, Remote};
pub use reactor::{Interest, Readiness};
pub(crate) use registry::Wakeable;
pub use watched::Watched;
