//! The event loop from first principles: one thread and no lock. It knows no protocol and no model.
//!
//! This page walks from a blocking call to tasks, in the order in which servers developed, and says at
//! each step which file to read. Names are those of Python's asyncio wherever asyncio has the same thing.
//! So is the order of events: what a program prints under CPython 3.11, the same program prints here.
//!
//! The code has four layers, and each knows only those before it: `core` (the loop and its callbacks),
//! `tasks` (coroutines), `sync` (locks and queues) and `io` (sockets, processes, signals, threads).
//!
//! # 1 Waiting for one thing
//! A thread that makes a blocking call does nothing else meanwhile. Three downloads of two seconds take
//! six.
//! ```no_run
//! # use std::{thread, time::Duration};
//! for _file in 0..3 {
//!     thread::sleep(Duration::from_secs(2)); // a download
//! }
//! ```
//!
//! # 2 Waiting for all of them at once: the loop
//! One thread can serve ten thousand clients if it never waits for a single one of them. It asks the
//! kernel *which* of them can go on (`core/reactor.rs`), remembers what has to happen *when*
//! ([`timers`]), and calls back whatever is due, one callback after the other (`core/turn.rs`). That is
//! all there is to it.
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
//! **Where it breaks:** a callback that takes long delays all others; nothing here can interrupt it. And
//! the code is inside out: what a thread keeps on its stack has to be kept in objects.
//!
//! # 3 A value that will be there later: [`Future`]
//! A callback can set a future, and a coroutine that awaits it continues in the next turn.
//! `tasks/future.rs` joins callbacks and coroutines.
//!
//! # 4 Straight-line code again: coroutines and [`Task`]s
//! The compiler turns an `async fn` into an object that runs from one `.await` to the next. A task has
//! the loop call that object whenever what it waits on is done (`tasks/task.rs`, `tasks/task_cell.rs`).
//! Making a coroutine runs nothing; making a task schedules its first step.
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
//! [`cancel`](Future::cancel) goes to the innermost thing that a task awaits. That then returns
//! [`Error::Cancelled`], a value which `?` passes on and which a coroutine may inspect first. Limits
//! ([`wait_for`], [`timeout()`]) are built on it.
//! ```
//! # use gearshift::aio::{self, Error, create_task, sleep, yield_now};
//! # use std::time::Duration;
//! # aio::run(async {
//! let task = create_task(async {
//!     let slept = sleep(Duration::from_secs(3600)).await;
//!     println!("cleaning up"); // also when it was cancelled
//!     slept
//! });
//! yield_now().await?;
//! task.cancel();
//! assert!(matches!(task.await, Err(Error::Cancelled)));
//! # Ok(())
//! # }).unwrap();
//! ```
//!
//! # 6 Waiting for several things, and for each other
//! [`gather()`], [`wait()`], [`as_completed`], [`shield`] and [`TaskGroup`] are done callbacks that count
//! (`tasks/gather.rs`, `tasks/wait.rs`, `tasks/group.rs`). [`Lock`], [`Event`], [`Condition`],
//! [`Semaphore`] and [`Queue`] (`sync/`) are built on one queue of waiting coroutines.
//!
//! # 7 The world outside
//! TCP ([`open_connection`], [`start_server`]), child processes ([`process`]), [`signal`]s; and threads and
//! worker processes for work that blocks ([`to_thread`], [`ThreadPool`], [`ProcessPool`]). Other threads
//! reach a loop through a [`Notifier`] or a [`Remote`].
//!
//! # 8 Seeing what happens
//! [`EventLoop::set_debug`] reports faults ([`debug`]). A [virtual clock](crate::clock::Clock) jumps from
//! deadline to deadline, so that a day of timers passes at once, and in the same way each time.
//! [`EventLoop::shuffle`] permutes what is ready, to find races. [`trace`](crate::trace) records which
//! task ran, which was ready, and what each waited for.
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
//! | `except CancelledError:` … `raise` | inspect `Err(Error::Cancelled)`, return it |
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
//! Three things differ because this is Rust. Results are cloned, since a future may have several readers,
//! and errors are shared. A coroutine is polled and not resumed, so a future that is not ours may be
//! polled for nothing. What Python does in `finally` is done by `Drop`, where it need not wait.

mod core;
mod io;
mod sync;
mod tasks;

pub use self::core::*;
pub use io::*;
pub use sync::*;
pub use tasks::*;
