//! Starting and joining the threads of a model.
//!
//! All threads of a model run inside one scope, so a model returns only when they have ended. Scopes are
//! why a thread can borrow what the model owns.

use super::accept::Clients;
use super::failed::Failed;
use super::shared::Shared;
use crate::connection::Connection;
use crate::trace::{self, Kind, State};
use std::collections::VecDeque;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::Duration;

/// A thread's stack, reserved but not touched: ten times what serving a client takes. The usual 2 MiB
/// would reserve 20 GiB of addresses for ten thousand clients, which some systems refuse.
const STACK: usize = 256 << 10;

/// As [`std::thread::scope`]: returns when all threads that were started in it have ended.
///
/// # Errors
/// Those of `start`.
pub fn scope<'env, T>(
    start: impl for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> io::Result<T>,
) -> io::Result<T> {
    let result = thread::scope(|scope| {
        let result = start(scope);
        trace::mark(trace::current(), State::Waiting("its threads".into()));
        result
    });
    trace::mark(trace::current(), State::Running);
    result
}

/// Starts a thread of a model.
///
/// # Errors
/// When the system has no more threads (`std::thread::spawn` would panic).
pub fn spawn<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    name: &str,
    work: impl FnOnce() -> T + Send + 'scope,
) -> io::Result<ScopedJoinHandle<'scope, T>> {
    spawn_as(Kind::Thread, scope, name, work)
}

fn spawn_as<'scope, T: Send + 'scope>(
    kind: Kind,
    scope: &'scope Scope<'scope, '_>,
    name: &str,
    work: impl FnOnce() -> T + Send + 'scope,
) -> io::Result<ScopedJoinHandle<'scope, T>> {
    let lane = trace::open(kind, name, trace::current());
    trace::wake(lane);
    let work = move || {
        let running = trace::enter(lane);
        let result = work();
        drop(running);
        trace::close(lane);
        result
    };
    thread::Builder::new()
        .name(name.to_owned())
        .stack_size(STACK)
        .spawn_scoped(scope, work)
        .inspect_err(|_| trace::close(lane))
}

/// Starts a thread that the model cannot work without. If that fails the other threads are told to stop;
/// otherwise the scope would wait for them for ever.
///
/// # Errors
/// As [`spawn`].
pub fn spawn_essential<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    shared: &Shared,
    name: &str,
    work: impl FnOnce() -> T + Send + 'scope,
) -> io::Result<ScopedJoinHandle<'scope, T>> {
    spawn(scope, name, work).inspect_err(|_| shared.stop_signal.stop())
}

/// Starts a pool's worker; the model needs every one of them.
///
/// # Errors
/// As [`spawn`].
pub fn spawn_worker<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    shared: &Shared,
    number: usize,
    work: impl FnOnce() -> T + Send + 'scope,
) -> io::Result<ScopedJoinHandle<'scope, T>> {
    spawn_as(Kind::Worker, scope, &format!("worker {number}"), work)
        .inspect_err(|_| shared.stop_signal.stop())
}

/// Starts one thread per endpoint that accepts clients and hands each to `take`, until the model is told
/// to stop.
///
/// # Errors
/// As [`spawn`].
pub fn spawn_acceptors<'scope>(
    scope: &'scope Scope<'scope, '_>,
    shared: &'scope Shared,
    take: impl Fn(Connection) + Copy + Send + 'scope,
) -> io::Result<()> {
    for (endpoint, at) in shared.endpoints.iter().enumerate() {
        let mut clients = Clients::new(endpoint, VecDeque::new(), shared);
        let accept_loop = move || {
            while let Some(connection) = clients.accept() {
                take(connection);
            }
        };
        spawn_essential(scope, shared, &format!("accept {}", at.name), accept_loop)?;
    }
    Ok(())
}

/// Runs `serve` on one thread per endpoint. Returns the clients that it hands back.
///
/// # Blocks
/// Until the threads have ended.
///
/// # Errors
/// When a thread cannot be started. The clients are in the error.
pub fn one_per_endpoint(
    live: Vec<Connection>,
    shared: &Shared,
    serve: impl Fn(Clients<'_>) -> Vec<Connection> + Copy + Send,
) -> Result<Vec<Connection>, Failed> {
    // A thread takes its clients from here, because one that cannot be started drops what it was to own.
    let mut adopted: Vec<Mutex<VecDeque<Connection>>> = Vec::new();
    adopted.resize_with(shared.endpoints.len(), Mutex::default);
    for connection in live {
        lock(&adopted[connection.endpoint()]).push_back(connection);
    }
    let handed_back = Mutex::new(Vec::new());
    let (adopted_ref, handed_back_ref) = (&adopted, &handed_back);
    let result = scope(|scope| {
        for (endpoint, at) in shared.endpoints.iter().enumerate() {
            let work = move || {
                let adopted = std::mem::take(&mut *lock(&adopted_ref[endpoint]));
                let live = serve(Clients::new(endpoint, adopted, shared));
                lock(handed_back_ref).extend(live);
            };
            spawn_essential(scope, shared, &format!("serve {}", at.name), work)?;
        }
        Ok(())
    });
    let mut live = std::mem::take(&mut *lock(&handed_back));
    live.extend(
        adopted
            .iter()
            .flat_map(|clients| std::mem::take(&mut *lock(clients))),
    );
    Failed::unless(result, live)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a thread returned; the default if it panicked. That is a bug of ours (a service's panic does not
/// get this far) and must not take the clients of other threads along.
pub fn join<T: Default>(thread: ScopedJoinHandle<'_, T>) -> T {
    trace::during(State::Waiting("its threads".into()), || thread.join()).unwrap_or_else(|_| {
        log::error!("a thread of the model panicked; its clients are lost");
        T::default()
    })
}

/// Sleeps, and shows it in the timeline.
pub fn nap(time: Duration) {
    trace::during(State::Waiting("a pause".into()), || thread::sleep(time));
}
