//! The loop itself: it waits for the kernel, for time and for other threads, and calls back.
//!
//! Only callbacks here. Coroutines are built on top of them, in [`tasks`](crate::aio::tasks).
//!
//! Read in this order: [`reactor`], [`timers`], [`event_loop`], [`turn`].

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
pub mod reactor;
mod running;
pub mod timers;
mod turn;
mod watched;

pub(crate) use callback::Ready;
pub use context::{Context, ContextVar, VarToken};
pub use deadline_timer::DeadlineTimer;
pub(crate) use debug::{panic_message, short_name};
pub use error::{Error, Result};
pub use event_loop::EventLoop;
pub(crate) use event_loop::TaskSet;
pub(crate) use handle::CancelOnDrop;
pub use handle::Handle;
pub(crate) use mailbox::{Mailbox, Message, OutsideWork};
pub use notifier::{Notifier, Remote};
pub use reactor::{Interest, Readiness};
pub use watched::Watched;
