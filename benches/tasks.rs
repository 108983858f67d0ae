//! What a task costs, compared to smol's `LocalExecutor` and tokio's current-thread runtime.
//!
//! The same three programs on all of them: many tasks that take turns, tasks that are made and awaited,
//! and two tasks that pass a message back and forth.
#![allow(missing_docs)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gearshift::aio::{self, EventLoop};
use std::future::Future;
use std::hint::black_box;
use std::pin::Pin;
use std::task::{Context, Poll};

const TASKS: usize = 1000;
const YIELDS: usize = 10;

/// Yields once, in the same way for all executors: through the waker.
struct Yield(bool);

impl Future for Yield {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

async fn by_waker() {
    for _ in 0..YIELDS {
        Yield(false).await;
    }
}

fn ours<T: Clone + 'static>(
    event_loop: &EventLoop,
    main: impl Future<Output = aio::Result<T>> + 'static,
) -> T {
    event_loop
        .run_until_complete(main)
        .expect("it does not fail")
}

fn tokio_runtime() -> (tokio::runtime::Runtime, tokio::task::LocalSet) {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    (runtime.expect("a runtime"), tokio::task::LocalSet::new())
}

/// A thousand tasks, each of which yields ten times.
fn take_turns(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("1000 tasks yield 10 times");
    group.throughput(Throughput::Elements((TASKS * YIELDS) as u64));
    let event_loop = EventLoop::new().expect("a poller");
    group.bench_function("gearshift", |bencher| {
        bencher.iter(|| {
            ours(&event_loop, async {
                let turns = || async {
                    for _ in 0..YIELDS {
                        aio::yield_now().await?;
                    }
                    Ok(())
                };
                let tasks: Vec<_> = (0..TASKS).map(|_| aio::create_task(turns())).collect();
                for task in tasks {
                    task.await?;
                }
                Ok(())
            });
        });
    });
    group.bench_function("gearshift, by waker", |bencher| {
        bencher.iter(|| {
            ours(&event_loop, async {
                let turns = || async {
                    by_waker().await;
                    Ok(())
                };
                let tasks: Vec<_> = (0..TASKS).map(|_| aio::create_task(turns())).collect();
                for task in tasks {
                    task.await?;
                }
                Ok(())
            });
        });
    });
    group.bench_function("smol", |bencher| {
        let executor = async_executor::LocalExecutor::new();
        bencher.iter(|| {
            futures_lite::future::block_on(executor.run(async {
                let tasks: Vec<_> = (0..TASKS).map(|_| executor.spawn(by_waker())).collect();
                for task in tasks {
                    task.await;
                }
            }));
        });
    });
    group.bench_function("tokio", |bencher| {
        let (runtime, local) = tokio_runtime();
        bencher.iter(|| {
            local.block_on(&runtime, async {
                let tasks: Vec<_> = (0..TASKS)
                    .map(|_| tokio::task::spawn_local(by_waker()))
                    .collect();
                for task in tasks {
                    task.await.expect("it does not fail");
                }
            });
        });
    });
    group.finish();
}

/// A thousand tasks that only return a number.
fn make_and_await(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("1000 tasks made and awaited");
    group.throughput(Throughput::Elements(TASKS as u64));
    let event_loop = EventLoop::new().expect("a poller");
    group.bench_function("gearshift", |bencher| {
        bencher.iter(|| {
            ours(&event_loop, async {
                let mut sum = 0;
                let one = |n: usize| async move { Ok(n) };
                let tasks: Vec<_> = (0..TASKS).map(|n| aio::create_task(one(n))).collect();
                for task in tasks {
                    sum += task.await?;
                }
                Ok(black_box(sum))
            })
        });
    });
    group.bench_function("smol", |bencher| {
        let executor = async_executor::LocalExecutor::new();
        bencher.iter(|| {
            futures_lite::future::block_on(executor.run(async {
                let mut sum = 0;
                let tasks: Vec<_> = (0..TASKS)
                    .map(|n| executor.spawn(async move { n }))
                    .collect();
                for task in tasks {
                    sum += task.await;
                }
                black_box(sum)
            }))
        });
    });
    group.bench_function("tokio", |bencher| {
        let (runtime, local) = tokio_runtime();
        bencher.iter(|| {
            local.block_on(&runtime, async {
                let mut sum = 0;
                let tasks: Vec<_> = (0..TASKS)
                    .map(|n| tokio::task::spawn_local(async move { n }))
                    .collect();
                for task in tasks {
                    sum += task.await.expect("it does not fail");
                }
                black_box(sum)
            })
        });
    });
    group.finish();
}

criterion_group!(benches, take_turns, make_and_await);
criterion_main!(benches);
