//! What many tasks cost: memory while they sleep, CPU time while they sleep, time to take turns.
//!
//! Memory is the growth of the resident set as the kernel counts it (proc(5), VmRSS). Each measurement
//! has a process of its own, because an allocator does not return what it had. So everything is counted:
//! the task, its coroutine, its timer, its entries in the loop's tables, and the allocator's overhead.
#![allow(missing_docs)]

use gearshift::aio::{EventLoop, create_task, sleep, yield_now};
use gearshift::clock;
use rustix::time::{ClockId, clock_gettime};
use std::env;
use std::process::Command;
use std::time::Duration;

fn main() {
    let arguments: Vec<String> = env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some("sleep") => sleeping(arguments[2].parse().expect("a number of tasks")),
        Some("turns") => taking_turns(arguments[2].parse().expect("a number of tasks")),
        _ if arguments.iter().any(|argument| argument == "--bench") => all(),
        _ => {} // run as a test: nothing to measure
    }
}

fn all() {
    for [name, tasks] in [
        ["sleep", "100000"],
        ["sleep", "1000000"],
        ["turns", "1000000"],
    ] {
        let program = env::current_exe().expect("the path of this program");
        let status = Command::new(program).args([name, tasks]).status();
        assert!(status.expect("it starts").success());
    }
}

async fn nap() -> gearshift::aio::Result<()> {
    sleep(Duration::from_secs(3600)).await
}

/// Memory per task, and then what the sleeping tasks cost.
fn sleeping(tasks: usize) {
    let event_loop = EventLoop::new().expect("a poller");
    event_loop
        .run_until_complete(yield_now())
        .expect("it does not fail");
    let before = resident();
    let start = clock::now();
    for _ in 0..tasks {
        event_loop.create_task(nap());
    }
    for _ in 0..3 {
        event_loop
            .run_until_complete(yield_now())
            .expect("it does not fail");
    }
    let made = start.elapsed();
    let coroutine = size_of_val(&nap());
    match (before, resident()) {
        (Some(before), Some(after)) => {
            let each = (after - before) / tasks;
            println!(
                "{tasks} sleeping tasks: {each} bytes each, of which {coroutine} are the coroutine; made in {made:.2?}"
            );
        }
        _ => {
            println!("{tasks} sleeping tasks: this system does not report their memory")
        }
    }
    let pause = Duration::from_secs(2);
    let before = cpu_time();
    event_loop
        .run_until_complete(sleep(pause))
        .expect("it does not fail");
    let used = cpu_time() - before;
    println!("{tasks} sleeping tasks: {used:.2?} of CPU time in {pause:?}");
}

fn taking_turns(tasks: usize) {
    const TURNS: usize = 10;
    let event_loop = EventLoop::new().expect("a poller");
    let start = clock::now();
    let main = async move {
        let worker = || async {
            for _ in 0..TURNS {
                yield_now().await?;
            }
            Ok(())
        };
        let tasks: Vec<_> = (0..tasks).map(|_| create_task(worker())).collect();
        for task in tasks {
            task.await?;
        }
        Ok(())
    };
    event_loop
        .run_until_complete(main)
        .expect("it does not fail");
    let took = start.elapsed();
    let each = took.as_nanos() as usize / (tasks * TURNS);
    println!("{tasks} tasks that yield {TURNS} times: {took:.2?}, {each} ns per turn of a task");
}

/// The resident memory of this process in bytes.
fn resident() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kibibytes: usize = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes * 1024)
}

fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
