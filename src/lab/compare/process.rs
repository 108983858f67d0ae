//! What a process costs, as the system counts it: proc(5).
//!
//! Two looks, before and after, and the difference is the price of what happened between. Processor time
//! is taken from the scheduler's nanoseconds and not from the ticks in `stat`, which are ten
//! milliseconds; only the split into user and system time is theirs, because the scheduler has none.
//!
//! **Where it breaks:** threads that ended between the looks take their nanoseconds and switches along;
//! then the ticks know better, and are believed. Without /proc nothing is known, and nothing is said.

use crate::lab::result::ServerCost;
use std::fs;
use std::net::SocketAddr;
use std::time::Duration;

/// One look at a process. What is not known is `None`.
#[derive(Debug, Clone, Copy, Default)]
pub struct ProcessSample {
    /// Processor time of the threads that live.
    precise: Option<Duration>,
    /// Processor time of all threads, in ticks: user and system.
    ticks: Option<(Duration, Duration)>,
    switches: Option<(u64, u64)>,
    threads: Option<u64>,
    /// Proportional set size, in bytes.
    pub memory: Option<u64>,
}

impl ProcessSample {
    /// At `process`, now. Some dozen microseconds a thread, and a millisecond for the memory of a large
    /// process.
    pub fn of(process: u32) -> ProcessSample {
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
        sample.precise = read("schedstat")
            .iter()
            .map(|line| line.split(' ').next()?.parse::<u64>().ok())
            .sum::<Option<u64>>()
            .map(Duration::from_nanos);
        let status = read("status");
        let count = |key| {
            status
                .iter()
                .map(|text| field(text, key))
                .sum::<Option<u64>>()
        };
        sample.switches =
            count("voluntary_ctxt_switches:").zip(count("nonvoluntary_ctxt_switches:"));
        sample
    }

    /// The price of what happened between two looks: `messages`, over `elapsed`.
    pub fn cost_since(
        &self,
        before: &ProcessSample,
        messages: u64,
        elapsed: Duration,
    ) -> ServerCost {
        let each = |total: f64| (messages > 0).then(|| total / messages as f64);
        let micros = |time: Duration| time.as_secs_f64() * 1e6;
        let split = self.ticks.zip(before.ticks);
        let by_ticks = split.map(|(now, then)| (now.0 + now.1).saturating_sub(then.0 + then.1));
        let by_scheduler = self
            .precise
            .zip(before.precise)
            .map(|(now, then)| now.saturating_sub(then));
        let cpu = match (by_scheduler, by_ticks) {
            // Two ticks: what rounding can make.
            (Some(precise), Some(ticks)) if ticks > precise + 2 * TICK => Some(ticks),
            (precise, ticks) => precise.or(ticks),
        };
        let user_share = split.and_then(|(now, then)| {
            let user = now.0.saturating_sub(then.0).as_secs_f64();
            let both = by_ticks?.as_secs_f64();
            (both > 0.0).then(|| user / both)
        });
        let switched = self.switches.zip(before.switches);
        let cpu_each = cpu.and_then(|cpu| each(micros(cpu)));
        let switches_each = |which: fn(&(u64, u64)) -> u64| {
            let (now, then) = switched?;
            each(which(&now).saturating_sub(which(&then)) as f64)
        };
        ServerCost {
            cpu_us_per_message: cpu_each,
            user_us_per_message: cpu_each.zip(user_share).map(|(cpu, user)| cpu * user),
            system_us_per_message: cpu_each
                .zip(user_share)
                .map(|(cpu, user)| cpu * (1.0 - user)),
            cores_used: cpu.map(|cpu| cpu.as_secs_f64() / elapsed.as_secs_f64().max(1e-9)),
            threads: self.threads,
            voluntary_switches_per_message: switches_each(|both| both.0),
            involuntary_switches_per_message: switches_each(|both| both.1),
            ..ServerCost::default()
        }
    }
}

/// USER_HZ is 100 on every Linux that there is.
const TICK: Duration = Duration::from_millis(10);

fn ticks(dir: &str) -> Option<(Duration, Duration)> {
    let stat = fs::read_to_string(format!("{dir}/stat")).ok()?;
    // The name, in brackets, may hold anything; the numbers begin behind it.
    let (_, numbers) = stat.rsplit_once(')')?;
    let mut numbers = numbers.split_whitespace().skip(11);
    let mut next = || Some(TICK * numbers.next()?.parse::<u32>().ok()?);
    Some((next()?, next()?))
}

fn memory(dir: &str) -> Option<u64> {
    let rollup = fs::read_to_string(format!("{dir}/smaps_rollup")).ok()?;
    field(&rollup, "Pss:").map(|kilobytes| kilobytes * 1024)
}

/// The number behind `key` at the beginning of a line.
fn field(text: &str, key: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    line.split_whitespace().next()?.parse().ok()
}

/// How many clients wait at `address` to be accepted, as the kernel counts them now.
pub fn accept_queue(address: SocketAddr) -> Option<u64> {
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
    fn a_look_before_and_after_tells_the_processor_time_between() {
        let own = std::process::id();
        let (before, start) = (ProcessSample::of(own), clock::thread_cpu());
        while clock::thread_cpu() - start < Duration::from_millis(50) {}
        let cost = ProcessSample::of(own).cost_since(&before, 10, Duration::from_millis(50));
        // Other tests of this process run beside.
        assert!(cost.cpu_us_per_message >= Some(5000.0), "{cost:?}");
        assert!(cost.threads >= Some(1) && before.memory > Some(1 << 20));
    }

    #[test]
    fn a_process_that_is_gone_costs_nothing_that_is_known() {
        let cost = ProcessSample::of(u32::MAX).cost_since(
            &ProcessSample::of(u32::MAX),
            10,
            Duration::from_secs(1),
        );
        assert_eq!(cost, ServerCost::default());
    }

    #[test]
    fn clients_that_nobody_accepts_are_counted() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        assert_eq!(accept_queue(address), Some(0));
        let _waiting: Vec<_> = (0..3).map(|_| TcpStream::connect(address)).collect();
        assert_eq!(accept_queue(address), Some(3));
    }
}
