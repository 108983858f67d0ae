//! Blocking work, on threads where blocking is allowed.
//!
//! A blocking call (a file, a name look-up, a library that knows no loop) must not be made on the loop:
//! everything else would wait. A thread of a pool makes it, and sends the result to the loop. So waiting
//! for it is an `await` like any other. Only the number of such calls at once is limited, by the number
//! of threads; the rest queue up.
//!
//! asyncio copies the context variables into the thread. Here they stay behind, because their values need
//! not be `Send`. What the work needs is moved into its closure, where it can be seen.
//!
//! **Where it breaks:** a thread cannot be stopped. Cancelling the waiter does not end work that has
//! begun, and closing the loop waits for it. And the queue has no bound: to reject work, or to wait before
//! adding it, use a [`Semaphore`](crate::aio::Semaphore).

use crate::aio::core::{Error, EventLoop, Result, panic_message};
use crate::aio::tasks::{Future, Shutdown};
use crate::trace::{self, Kind, State};
use crossbeam_channel::{Receiver, Sender, unbounded};
use std::cell::{Cell, RefCell};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

/// Runs `work` on a thread of the loop's default pool and waits for what it returns.
///
/// # Errors
/// `Panicked` if it does; `Cancelled`; the system's error when no thread can be started. Work that has
/// begun when the caller is cancelled goes on, and its result is dropped.
///
/// # Panics
/// When no loop runs on this thread.
pub async fn to_thread<T, F>(work: F) -> Result<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let event_loop = EventLoop::running();
    let pool = event_loop.default_pool();
    // There is only one reader, so the result is moved through a cell and need not be Clone.
    let result = Rc::new(Cell::new(None));
    let done = event_loop.create_future_for("a thread");
    let (put, finished) = (Rc::clone(&result), done.clone());
    let abandoned = pool.submit(&event_loop, work, move |outcome| {
        settle(&finished, outcome.map(|value| put.set(Some(value))));
    })?;
    let _abandon = AbandonOnDrop(abandoned);
    done.await?;
    result.take().ok_or(Error::Cancelled)
}

impl EventLoop {
    /// Runs `work` on a thread of `pool`, or of the default pool. The future fails with `Panicked` if the
    /// work does. Cancelling the future before the work has begun keeps it from running.
    pub fn run_in_executor<'p, T, F>(
        &self,
        pool: impl Into<Option<&'p ThreadPool>>,
        work: F,
    ) -> Future<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let pool = pool.into().cloned().unwrap_or_else(|| self.default_pool());
        let future = self.create_future_for("a thread");
        let finished = future.clone();
        match pool.submit(self, work, move |outcome| settle(&finished, outcome)) {
            Ok(abandoned) => {
                future.add_done_callback(move |_| abandoned.store(true, Ordering::Relaxed));
            }
            Err(error) => settle(&future, Err(error)),
        }
        future
    }

    /// The pool that [`to_thread`] uses. The first call makes it.
    fn default_pool(&self) -> ThreadPool {
        let default = self.extensions().get::<DefaultPool>();
        let mut pool = default.pool.borrow_mut();
        let pool = pool.get_or_insert_with(|| {
            let shutdown = self.extensions().get::<Shutdown>();
            shutdown.add(shut_down_default_pool);
            ThreadPool::of_default_size()
        });
        pool.clone()
    }
}

/// The threads for [`to_thread`], once they are used.
#[derive(Default)]
struct DefaultPool {
    pool: RefCell<Option<ThreadPool>>,
}

/// Waits on a thread of its own until the default pool has ended: asyncio's `shutdown_default_executor`.
/// The loop goes on meanwhile, so work that needs it can end.
async fn shut_down_default_pool(event_loop: EventLoop) -> Result<()> {
    let pool = event_loop.extensions().get::<DefaultPool>().pool.take();
    let Some(pool) = pool else { return Ok(()) };
    let ended = event_loop.create_future_for("the threads");
    let to_end = ended.clone();
    let completer = event_loop.completer(move |result| settle(&to_end, result));
    let join = move || {
        pool.close();
        completer.complete(Ok(()));
    };
    let thread = thread::Builder::new()
        .name("aio-shutdown".to_owned())
        .spawn(join)?;
    let result = ended.await;
    let _ = thread.join(); // it has just reported that it is done
    result
}

/// Sets a future that may have been cancelled meanwhile.
fn settle<T>(future: &Future<T>, result: Result<T>) {
    match result {
        _ if future.done() => {}
        Err(Error::Cancelled) => {
            future.cancel();
        }
        result => {
            let _ = future.set(result); // seen not to be done
        }
    }
}

/// Says that no one waits for the work any more.
struct AbandonOnDrop(Arc<AtomicBool>);

impl Drop for AbandonOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

type Work = Box<dyn FnOnce() + Send>;

/// Threads that take work from one queue. A thread is started when there is work and no idle thread, up
/// to a maximum. Clones are handles to the same pool; dropping the last one closes it.
#[derive(Clone)]
pub struct ThreadPool {
    inner: Arc<PoolInner>,
}

struct PoolInner {
    name: String,
    workers: usize,
    queue: Receiver<Work>,
    /// `None` once it is closed.
    sender: Mutex<Option<Sender<Work>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    /// Threads that wait, minus the work that is on its way to them.
    idle: Arc<AtomicUsize>,
}

impl ThreadPool {
    /// A pool of at most `workers` threads, and at least one.
    pub fn new(workers: usize) -> ThreadPool {
        ThreadPool::named("pool", workers)
    }

    /// asyncio's default. Its threads mostly wait, so it has more of them than cores, up to a limit.
    pub(super) fn of_default_size() -> ThreadPool {
        let cores = thread::available_parallelism().map_or(1, |cores| cores.get());
        ThreadPool::named("asyncio", (cores + 4).min(32))
    }

    fn named(name: &str, workers: usize) -> ThreadPool {
        let (sender, queue) = unbounded();
        let inner = PoolInner {
            name: name.to_owned(),
            workers: workers.max(1),
            queue,
            sender: Mutex::new(Some(sender)),
            threads: Mutex::default(),
            idle: Arc::default(),
        };
        ThreadPool {
            inner: Arc::new(inner),
        }
    }

    /// The maximum number of threads.
    pub fn workers(&self) -> usize {
        self.inner.workers
    }

    /// The number of threads started so far.
    pub fn threads(&self) -> usize {
        lock(&self.inner.threads).len()
    }

    /// The number of threads that have nothing to do.
    pub fn idle(&self) -> usize {
        self.inner.idle.load(Ordering::SeqCst)
    }

    /// Accepts no more work, finishes what is queued, and ends its threads.
    ///
    /// # Blocks
    /// Until they have ended.
    pub fn close(&self) {
        self.inner.close();
    }

    /// Queues `work`. `on_result` is called with its result, on the loop. Setting the flag that is returned
    /// keeps work that has not begun from running.
    fn submit<T, F>(
        &self,
        event_loop: &EventLoop,
        work: F,
        on_result: impl FnOnce(Result<T>) + 'static,
    ) -> Result<Arc<AtomicBool>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let completer = event_loop.completer(on_result);
        let abandoned = Arc::new(AtomicBool::new(false));
        let cancelled = Arc::clone(&abandoned);
        let work = move || {
            if cancelled.load(Ordering::Relaxed) {
                return; // dropping the completer reports a cancellation
            }
            let outcome = catch_unwind(AssertUnwindSafe(work));
            completer.complete(outcome.map_err(|panic| panic_message(&*panic).to_owned()));
        };
        self.inner.enqueue(Box::new(work))?;
        Ok(abandoned)
    }
}

impl PoolInner {
    fn enqueue(&self, work: Work) -> Result<()> {
        let sender = lock(&self.sender);
        let Some(sender) = &*sender else {
            return Err(Error::InvalidState("the pool is closed"));
        };
        let has_idle_thread = self
            .idle
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |idle| {
                idle.checked_sub(1)
            })
            .is_ok();
        if !has_idle_thread {
            self.add_thread()?;
        }
        let queued = sender.send(work);
        queued.map_err(|_| Error::InvalidState("the pool is closed"))
    }

    /// Starts another thread, unless there are enough. Fails only if there would be no thread at all.
    fn add_thread(&self) -> io::Result<()> {
        let mut threads = lock(&self.threads);
        if threads.len() >= self.workers {
            return Ok(());
        }
        let name = format!("{}_{}", self.name, threads.len());
        let (queue, idle) = (self.queue.clone(), Arc::clone(&self.idle));
        let thread = thread::Builder::new()
            .name(name.clone())
            .spawn(move || worker_loop(&name, &queue, &idle));
        match thread {
            Ok(thread) => threads.push(thread),
            Err(error) if threads.is_empty() => return Err(error),
            Err(error) => log::warn!("the pool stays at {} threads: {error}", threads.len()),
        }
        Ok(())
    }

    fn close(&self) {
        let sender = lock(&self.sender).take();
        drop(sender);
        let threads = std::mem::take(&mut *lock(&self.threads));
        for thread in threads {
            // Work may own the last handle to its own pool, and a thread cannot wait for itself.
            if thread.thread().id() != thread::current().id() {
                let _ = thread.join(); // panics of work are caught
            }
        }
    }
}

impl Drop for PoolInner {
    fn drop(&mut self) {
        self.close();
    }
}

/// Runs on each thread of a pool until the queue is closed and empty.
fn worker_loop(name: &str, queue: &Receiver<Work>, idle: &AtomicUsize) {
    let lane = trace::open(Kind::Worker, name, trace::current());
    let running = trace::enter(lane);
    trace::mark(lane, State::Waiting("work".into()));
    while let Ok(work) = queue.recv() {
        trace::mark(lane, State::Running);
        work();
        trace::mark(lane, State::Waiting("work".into()));
        idle.fetch_add(1, Ordering::SeqCst);
    }
    drop(running);
    trace::close(lane);
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
