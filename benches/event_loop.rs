//! What a turn of the loop costs: with a callback, a timer, a notifier, a ready socket.
#![allow(missing_docs)]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use gearshift::aio::timers::Timers;
use gearshift::aio::{EventLoop, Interest};
use gearshift::clock;
use std::hint::black_box;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::time::Duration;

fn turns(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("turn");
    let event_loop = EventLoop::new().expect("a poller");
    group.bench_function("one callback", |bencher| {
        bencher.iter(|| {
            event_loop.call_soon(|| {});
            event_loop.run_once()
        });
    });
    group.bench_function("one notifier of its own", |bencher| {
        let notifier = event_loop.notifier(|| {});
        bencher.iter(|| {
            notifier.notify();
            event_loop.run_once()
        });
    });
    for ready in [1, 100] {
        let pairs: Vec<_> = (0..ready)
            .map(|_| UnixStream::pair().expect("a pair"))
            .collect();
        let watched: Vec<_> = pairs
            .into_iter()
            .map(|(ours, mut theirs)| {
                theirs.write_all(b"x").expect("room for a byte");
                let on_ready = |readiness| {
                    black_box(readiness);
                };
                (
                    event_loop
                        .watch(ours, Interest::Read, on_ready)
                        .expect("watched"),
                    theirs,
                )
            })
            .collect();
        group.throughput(Throughput::Elements(ready));
        group.bench_function(format!("{ready} ready sockets"), |bencher| {
            bencher.iter(|| event_loop.run_once());
        });
        drop(watched);
    }
    group.finish();
}

fn timers(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("timers");
    let now = clock::now();
    let deadlines = |count: u64| {
        (0..count)
            .map(move |n| now + Duration::from_micros(n.wrapping_mul(2_654_435_761) % 1_000_000))
    };
    group.throughput(Throughput::Elements(1000));
    group.bench_function("arm and fire 1,000", |bencher| {
        bencher.iter_batched(
            Timers::default,
            |mut timers| {
                for deadline in deadlines(1000) {
                    timers.arm(deadline, ());
                }
                while timers.pop_due(now + Duration::from_secs(1)).is_some() {}
            },
            BatchSize::SmallInput,
        );
    });
    group.bench_function("arm and cancel 1,000", |bencher| {
        bencher.iter_batched(
            Timers::default,
            |mut timers| {
                for deadline in deadlines(1000) {
                    let timer = timers.arm(deadline, ());
                    timers.cancel(timer);
                }
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group!(benches, turns, timers);
criterion_main!(benches);
