//! The cost of a process, as the kernel counts it in /proc: see proc(5).
//!
//! A process is sampled before and after, and the difference is the cost of what happened between. CPU time
//! comes from the scheduler's nanoseconds and not from the ticks in `stat`, which are ten milliseconds
//! long. Only the split into user and system time comes from the ticks, because the scheduler has none.
//!
//! **Where it breaks:** the nanoseconds and switches of a thread that ends between two samples are lost.
//! Then the ticks show more CPU time, and are used instead. Without /proc, everything stays unknown.

use crate::lab::result::ServerCost;
use std::fs;
use std::net::SocketAddr;
use std::time::Duration;

/// The counters of a process at one time. Unknown values are `None`.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ProcessSample {
    /// CPU time of the threads that are alive.
    cpu: Option<Duration>,
    /// CPU time of all threads, from ticks: user and system.
    ticks: Option<(Duration, Duration)>,
    /// Voluntary and involuntary.
    switches: Option<(u64, u64)>,
    threads: Option<u64>,
    /// Proportional set size, in bytes.
    pub(super) memory: Option<u64>,
}

impl ProcessSample {
    /// Takes about 20 µs per thread, and up to a millisecond for the memory of a large process.
    pub(super) fn of(process: u32) -> ProcessSample {
        let dir = format!("/proc/{process}");
        let mut sample = ProcessSample {
            ticks: ticks(&dir),
            memory: memory(&dir),
            ..ProcessSample::default()
        };
        let Ok(tasks) = fs::read_dir(format!("{dir}/task")) else {
            return sample;
        };
        let tasks: Vec<_> = tasks.flatten().map(|task| task.path()).collect();
        let read = |name: &str| {
            let files = tasks.iter().map(|task| fs::read_to_string(task.join(name)));
            files.flatten().collect::<Vec<String>>() // a thread may end meanwhile
        };
        sample.threads = Some(tasks.len() as u64);
        let nanoseconds = |line: &String| line.split(' ').next()?.parse::<u64>().ok();
        let total: Option<u64> = read("schedstat").iter().map(nanoseconds).sum();
        sample.cpu = total.map(Duration::from_nanos);
        let status = read("status");
        let count = |key| -> Option<u64> { status.iter().map(|text| field(text, key)).sum() };
        sample.switches =
            count("voluntary_ctxt_switches:").zip(count("nonvoluntary_ctxt_switches:"));
        sample
    }

    /// The cost of what happened since `before`: `messages`, in `elapsed`.
    pub(super) fn cost_since(
        &self,
        before: &ProcessSample,
        messages: u64,
        elapsed: Duration,
    ) -> ServerCost {
        let per_message = |total: f64| (messages > 0).then(|| total / messages as f64);
        let by_scheduler = self.cpu.zip(before.cpu);
        let by_scheduler = by_scheduler.map(|(now, then)| now.saturating_sub(then));
        let by_ticks = self.ticks.zip(before.ticks).map(|(now, then)| {
            let (user, system) = (now.0.saturating_sub(then.0), now.1.saturating_sub(then.1));
            (user, user + system)
        });
        let cpu = match (by_scheduler, by_ticks) {
            // Rounding can make a difference of two ticks.
            (Some(precise), Some((_, ticks))) if ticks > precise + 2 * TICK => Some(ticks),
            (precise, ticks) => precise.or(ticks.map(|(_, total)| total)),
        };
        let user_share = by_ticks.filter(|(_, total)| !total.is_zero());
        let user_share = user_share.map(|(user, total)| user.div_duration_f64(total));
        let cpu_us = cpu.and_then(|cpu| per_message(cpu.as_secs_f64() * 1e6));
        let split = cpu_us.zip(user_share);
        let switches = |which: fn(&(u64, u64)) -> u64| {
            let (now, then) = self.switches.zip(before.switches)?;
            per_message(which(&now).saturating_sub(which(&then)) as f64)
        };
        ServerCost {
            cpu_us_per_message: cpu_us,
            user_us_per_message: split.map(|(cpu, user)| cpu * user),
            system_us_per_message: split.map(|(cpu, user)| cpu * (1.0 - user)),
            cores_used: cpu.map(|cpu| cpu.as_secs_f64() / elapsed.as_secs_f64().max(1e-9)),
            threads: self.threads,
            voluntary_switches_per_message: switches(|both| both.0),
            involuntary_switches_per_message: switches(|both| both.1),
            ..ServerCost::default()
        }
    }
}

/// USER_HZ is 100 on every Linux.
const TICK: Duration = Duration::from_millis(10);

fn ticks(dir: &str) -> Option<(Duration, Duration)> {
    let stat = fs::read_to_string(format!("{dir}/stat")).ok()?;
    // The name is in brackets and may hold anything. The numbers begin behind it.
    let (_, numbers) = stat.rsplit_once(')')?;
    let mut numbers = numbers.split_whitespace().skip(11);
    let mut next = || Some(TICK * numbers.next()?.parse::<u32>().ok()?);
    Some((next()?, next()?))
}

fn memory(dir: &str) -> Option<u64> {
    let rollup = fs::read_to_string(format!("{dir}/smaps_rollup")).ok()?;
    field(&rollup, "Pss:").map(|kilobytes| kilobytes * 1024)
}

/// The number after `key` at the beginning of a line.
fn field(text: &str, key: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    line.split_whitespace().next()?.parse().ok()
}

/// How many clients wait at `address` to be accepted.
pub(super) fn accept_queue(address: SocketAddr) -> Option<u64> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"];
    let port = format!(":{:04X}", address.port());
    tables
        .iter()
        .filter_map(|table| fs::read_to_string(table).ok())
        .find_map(|table| {
            table.lines().find_map(|line| {
                let mut words = line.split_whitespace().skip(1);
                let (local, _, state) = (words.next()?, words.next()?, words.next()?);
                let queues = words.next()?; // sent:received; of a listener: limit:waiting
                let listens = state == "0A" && local.ends_with(&port);
                let (_, waiting) = queues.split_once(':').filter(|_| listens)?;
                u64::from_str_radix(waiting, 16).ok()
            })
        })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::clock;
    use std::net::{TcpListener, TcpStream};

    #[test]
    fn two_samples_show_the_cpu_time_between_them() {
        let own = std::process::id();
        let (before, start) = (ProcessSample::of(own), clock::thread_cpu());
        while clock::thread_cpu() - start < Duration::from_millis(50) {}
        let cost = ProcessSample::of(own).cost_since(&before, 10, Duration::from_millis(50));
        // Other tests run in this process at the same time.
        assert!(cost.cpu_us_per_message >= Some(5000.0), "{cost:?}");
        assert!(cost.threads >= Some(1) && before.memory > Some(1 << 20));
    }

    #[test]
    fn the_cost_of_a_process_that_does_not_exist_is_unknown() {
        let cost = ProcessSample::of(u32::MAX).cost_since(
            &ProcessSample::of(u32::MAX),
            10,
            Duration::from_secs(1),
        );
        assert_eq!(cost, ServerCost::default());
    }

    #[test]
    fn clients_that_wait_to_be_accepted_are_counted() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        assert_eq!(accept_queue(address), Some(0));
        let _waiting: Vec<_> = (0..3).map(|_| TcpStream::connect(address)).collect();
        assert_eq!(accept_queue(address), Some(3));
    }
}
