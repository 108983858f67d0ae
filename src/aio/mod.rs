//! The event loop from first principles. Knows no protocol and no model.
//!
//! One thread can look after ten thousand clients if it never waits for a single one of them: it asks
//! the kernel *which* of them can go on, remembers what is to happen *when*, and calls back whoever is
//! due, one after the other. (To be continued.)

mod bell;
mod belongings;
mod children;
mod context;
mod coroutine;
pub mod debug;
mod error;
pub mod event_loop;
mod executor;
mod future;
mod group;
mod handle;
mod outside;
pub mod process;
mod process_pool;
pub mod reactor;
mod registry;
mod run;
mod running;
mod scope;
mod shuffle;
pub mod signal;
mod step;
mod streams;
mod sync;
mod task;
mod time;
pub mod timers;
mod wait;
mod watched;

pub use bell::{Bell, Remote};
pub use context::{Context, ContextVar, VarToken};
pub use coroutine::{Coroutine, coroutine};
pub use error::{Error, Result};
pub use event_loop::EventLoop;
pub use executor::{ThreadPool, to_thread};
pub use future::{Awaiting, CallbackId, Future};
pub use group::{TaskGroup, task_group};
pub use handle::Handle;
pub use process::Process;
pub use process_pool::{Job, ProcessPool, serve_as_worker};
pub use reactor::{Interest, Readiness};
pub use run::{run, run_on};
pub use scope::{AsyncIterator, AsyncScope, with};
pub use signal::SignalHandler;
pub use streams::{
    IncompleteRead, LimitOverrun, StreamReader, StreamWriter, TcpServer, connect_stream,
    open_connection, start_server,
};
pub use sync::{Condition, Event, Lock, LockGuard, Queue, Semaphore, SemaphorePermit};
pub use task::{JoinHandle, Task, TaskRef, create_task, current_task};
pub use time::{Timeout, YieldNow, sleep, sleep_until, timeout, timeout_at, wait_for, yield_now};
pub use wait::{
    AsCompleted, Awaitable, ReturnWhen, as_completed, gather, gather_results, shield, wait,
};
pub use watched::Watched;
