//! The event loop from first principles. Knows no protocol and no model; one thread, no lock.
//!
//! This page walks from a blocking call to tasks, in the order in which servers grew, and says at each
//! step which file to read. Names are those of Python's asyncio wherever a thing is asyncio's, and so is
//! the order of events: what CPython 3.11 prints, the same program prints here.
//!
//! # 1 Waiting for one thing
//! A call that blocks is a thread that does nothing else. Three of two seconds take six.
//! ```no_run
//! # use std::{thread, time::Duration};
//! for _file in 0..3 {
//!     thread::sleep(Duration::from_secs(2)); // a download
//! }
//! ```
//!
//! # 2 Waiting for all of them at once: the loop
//! One thread can look after ten thousand clients if it never waits for a single one of them. It asks
//! the kernel *which* of them can go on ([`reactor`]), remembers what is to happen *when* ([`timers`]) and
//! calls back whoever is due, one after the other ([`event_loop`]). That is all there is to it.
//! ```
//! # use gearshift::aio::EventLoop;
//! # use std::time::Duration;
//! # fn main() -> std::io::Result<()> {
//! let event_loop = EventLoop::new()?;
//! let stop = event_loop.clone();
//! event_loop.call_later(Duration::from_millis(1), move || stop.stop());
//! event_loop.call_soon(|| println!("first"));
//! event_loop.run_forever()
//! # }
//! ```
//! **Where it breaks:** a callback that takes long holds up everybody; nothing here can interrupt it. And
//! the code is inside out: what a thread keeps on its stack has to be kept in objects.
//!
//! # 3 A value that will be there later: [`Future`]
//! Whoever can call a callback can set a future, and whoever awaits it goes on in the turn after.
//! `future.rs` is the joint between the two halves of this module.
//!
//! # 4 Straight-line code again: coroutines and [`Task`]s
//! The compiler turns an `async fn` into an object that runs from one `.await` to the next. A task has
//! the loop call that object whenever what it waits in is done (`task.rs`, `step.rs`). Making a
//! coroutine runs nothing; making a task schedules its first step.
//! ```
//! # use gearshift::aio::{self, create_task, sleep};
//! # use std::time::Duration;
//! async fn download(name: &'static str) -> aio::Result<String> {
//!     sleep(Duration::from_millis(2)).await?;
//!     Ok(format!("content of {name}"))
//! }
//!
//! aio::run(async {
//!     let first = create_task(download("one"));
//!     let second = create_task(download("two")); // both are under way from here on
//!     assert_eq!(first.await?, "content of one");
//!     assert_eq!(second.await?, "content of two");
//!     Ok(())
//! })
//! # .unwrap();
//! ```
//!
//! # 5 Asking it to stop
//! [`cancel`](Future::cancel) goes to the innermost thing that a task awaits, which then answers
//! [`Error::Cancelled`]: a value, that `?` passes on and that a coroutine may look at first. Limits
//! ([`wait_for`], [`timeout()`]) are made of it.
//! ```
//! # use gearshift::aio::{self, Error, create_task, sleep, yield_now};
//! # use std::time::Duration;
//! # aio::run(async {
//! let task = create_task(async {
//!     let slept = sleep(Duration::from_secs(3600)).await;
//!     println!("putting things away"); // also when it was cancelled
//!     slept
//! });
//! yield_now().await?;
//! task.cancel();
//! assert!(matches!(task.await, Err(Error::Cancelled)));
//! # Ok(())
//! # }).unwrap();
//! ```
//!
//! # 6 Several at once, and each other
//! [`gather()`], [`wait()`], [`as_completed`], [`shield`] (`wait.rs`) and [`TaskGroup`] (`group.rs`) are done
//! callbacks that count. [`Lock`], [`Event`], [`Condition`], [`Semaphore`] and [`Queue`] (`sync/`) are one
//! line of waiting coroutines each.
//!
//! # 7 The world outside
//! TCP ([`open_connection`], [`start_server`]), child processes ([`process`]), [`signal`]s, and threads and
//! worker processes for what cannot wait without blocking ([`to_thread`], [`ThreadPool`],
//! [`ProcessPool`]). Other threads reach a loop by a [`Notifier`] or a [`Remote`].
//!
//! # 8 Seeing what happens
//! [`EventLoop::set_debug`] names faults ([`debug`]); a [virtual clock](crate::clock::Clock) jumps from
//! deadline to deadline, so that a day of timers passes at once and in the same way each time;
//! [`EventLoop::shuffle`] permutes what is ready, to look for races; [`trace`](crate::trace) records who
//! ran, who was ready and who waited for what.
//!
//! # asyncio name → here
//! | asyncio | here |
//! |---|---|
//! | `run(main())`, `Runner` | [`run`], [`run_on`] |
//! | `new_event_loop()`, `get_running_loop()` | [`EventLoop::new`], [`EventLoop::running`] |
//! | `loop.run_until_complete`, `run_forever`, `stop`, `close` | the same |
//! | `loop.time()` | [`EventLoop::time`] |
//! | `call_soon`, `call_later`, `call_at`, `Handle.cancel` | the same |
//! | `call_soon_threadsafe` | [`Remote::call_soon_threadsafe`] |
//! | `add_reader`, `add_writer`; `remove_reader` | the same; drop the [`Watched`] |
//! | `loop.create_future()`, `set_result`, `set_exception` | [`EventLoop::create_future`], `set_result`, [`set_error`](Future::set_error) |
//! | `result()`, `exception()`, `done()`, `cancelled()` | `result()`, [`error()`](Future::error), `done()`, `cancelled()` |
//! | `add_done_callback`, `remove_done_callback` | the same, the latter by [`CallbackId`] |
//! | `create_task`, `current_task`, `all_tasks` | [`create_task`], [`current_task`], [`EventLoop::all_tasks`] |
//! | `Task.cancel`, `uncancel`, `cancelling` | the same |
//! | `except CancelledError:` … `raise` | look at `Err(Error::Cancelled)`, return it |
//! | `sleep(d)`, `sleep(0)` | [`sleep`], [`yield_now`] |
//! | `gather(…)`, `return_exceptions=True` | [`gather()`] or [`gather!`](crate::gather!), [`gather_results`] |
//! | `wait`, `wait_for`, `as_completed`, `shield` | the same |
//! | `async with timeout(d):` | [`timeout(d, async \|_\| …)`](timeout()) |
//! | `async with TaskGroup() as group:` | [`task_group(async \|group\| …)`](task_group) |
//! | `async for`, `async with` | [`AsyncIterator`], [`AsyncScope`] and [`with`] |
//! | `async with lock:` | `let _guard = lock.acquire().await?;` |
//! | `Lock`, `Event`, `Condition`, `Semaphore`, `Queue` | the same |
//! | `ContextVar` | [`ContextVar`] |
//! | `open_connection`, `start_server`, `StreamReader`, `StreamWriter` | the same |
//! | `create_subprocess_exec`, `create_subprocess_shell` | [`process::exec`], [`process::shell`] |
//! | `to_thread`, `run_in_executor` | [`to_thread`], [`EventLoop::run_in_executor`] |
//! | `ProcessPoolExecutor` | [`ProcessPool`] |
//! | `add_signal_handler` | [`EventLoop::add_signal_handler`] |
//! | debug mode, `slow_callback_duration` | [`EventLoop::set_debug`], [`debug::SLOW`] |
//!
//! What differs because it is Rust: results are cloned, since a future may have several readers, and
//! errors are shared; a coroutine is polled and not resumed, so a foreign future may be woken for
//! nothing; what Python's `finally` does on every way out is `Drop` where it need not wait.

mod core;
mod io;
mod sync;
mod tasks;

pub use self::core::{
    Context, ContextVar, DeadlineTimer, Error, EventLoop, Handle, Interest, Notifier, Readiness,
    Remote, Result, VarToken, Watched, debug, reactor, timers,
};
pub use io::{
    IncompleteRead, Job, LimitOverrun, Process, ProcessPool, SignalHandler, StreamReader,
    StreamWriter, TcpServer, ThreadPool, connect_stream, open_connection, process, serve_as_worker,
    signal, start_server, to_thread,
};
pub use sync::{Condition, Event, Lock, LockGuard, Queue, Semaphore, SemaphorePermit};
pub use tasks::{
    AsCompleted, AsyncIterator, AsyncScope, Awaitable, Awaiting, CallbackId, Coroutine, Future,
    JoinHandle, ReturnWhen, Task, TaskGroup, TaskRef, Timeout, WaitReason, YieldNow, as_completed,
    coroutine, create_task, current_task, gather, gather_results, run, run_on, shield, sleep,
    sleep_until, task_group, timeout, timeout_at, wait, wait_for, with, yield_now,
};
