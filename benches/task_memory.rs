//! What many tasks cost: memory while they sleep, processor time while they sleep, time to take turns.
//!
//! Memory is the resident set's growth as the kernel counts it (proc(5), VmRSS), each in a process of
//! its own, because an allocator does not give back what it had. So it counts everything: the task,
//! its coroutine, its timer, its places in the loop's tables, and what the allocator adds to each.
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
        _ => {} // as a test: there is nothing to promise
    }
}

fn all() {
    for [what, tasks] in [
        ["sleep", "100000"],
        ["sleep", "1000000"],
        ["turns", "1000000"],
    ] {
        let program = env::current_exe().expect("the path of this program");
        let status = Command::new(program).args([what, tasks]).status();
        assert!(status.expect("it starts").success());
    }
}

async fn nap() -> gearshift::aio::Result<()> {
    sleep(Duration::from_secs(3600)).await
}

/// Memory a task, then what it costs that they are there.
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
            println!("{tasks} sleeping tasks: this system does not tell how much memory they take")
        }
    }
    let pause = Duration::from_secs(2);
    let before = processor_time();
    event_loop
        .run_until_complete(sleep(pause))
        .expect("it does not fail");
    let used = processor_time() - before;
    println!("{tasks} sleeping tasks: {used:.2?} of processor time in {pause:?}");
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
    println!("{tasks} tasks that yield {TURNS} times: {took:.2?}, {each} ns a turn of a task");
}

/// Bytes that are in memory for this process.
fn resident() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kibibytes: usize = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes * 1024)
}

fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
