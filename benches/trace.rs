#![allow(clippy::unwrap_used, missing_docs)]
//! What marks for the timeline cost, without and with a recording, for a wait that ends at once.
//!
//! `off` must be negligible compared with a system call (some hundred nanoseconds), because the marks are
//! always there. `on` is a wait and its end: two marks, and for a thread two reads of its kernel statistics.

use std::hint::black_box;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use criterion::{Criterion, criterion_group, criterion_main};
use gearshift::trace::{self, About, Kind, Lane, State};

/// Marks per recording. They fit into its memory, so dropping marks is not what is measured.
const BATCH: u64 = 1_000_000;

fn wait() {
    trace::during(State::Waiting("read".into()), || black_box(()));
}

fn marks(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("trace");
    group.bench_function("off", |bencher| bencher.iter(wait));
    for kind in [Kind::Task, Kind::Thread] {
        let name = format!("on, {kind:?}").to_lowercase();
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|times| {
                let mut all = std::time::Duration::ZERO;
                let mut left = times;
                while left > 0 {
                    let batch = left.min(BATCH / 2);
                    left -= batch;
                    trace::start(About::default());
                    let lane = trace::open(kind, "one", Lane::NONE);
                    let running = trace::enter(lane);
                    let begin = gearshift::clock::now();
                    (0..batch).for_each(|_| wait());
                    all += begin.elapsed();
                    drop(running);
                    drop(trace::finish());
                }
                all
            });
        });
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let mut far = listener.accept().unwrap().0;
    let mut byte = [0];
    group.bench_function("a byte written and read, for comparison", |bencher| {
        bencher.iter(|| {
            near.write_all(&[1]).unwrap();
            far.read_exact(&mut byte).unwrap();
        });
    });
    group.finish();
}

criterion_group!(benches, marks);
criterion_main!(benches);
