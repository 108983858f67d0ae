//! The scenarios: each a load, a server to bear it, what it shows and what theory says of it.
//!
//! One scenario changes one thing beside `echo`: more clients, silent clients, work that blocks, work that
//! computes. So a difference between two scenarios has one cause.

use crate::lab::metric::Metric;
use crate::lab::result::{Expectation, Parameters};

/// See the module.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// As on the command line.
    pub name: &'static str,
    /// One sentence.
    pub shows: &'static str,
    /// One sentence.
    pub expects: &'static str,
    /// By which subjects are ranked.
    pub main_metric: Metric,
    /// Who is better than whom, in theory, and why.
    pub expected: Vec<Expectation>,
    /// The load.
    pub parameters: Parameters,
    /// What every model serves.
    pub service: &'static str,
    /// Further arguments of `gearshift serve`, under every model.
    pub serve: &'static [&'static str],
    /// These variants of one model, instead of the models chosen: a name and arguments of `serve`.
    pub variants: &'static [(&'static str, &'static [&'static str])],
}

/// The names, in the order of `--scenario all`.
pub const NAMES: [&str; 10] = [
    "echo",
    "crowd",
    "pipeline",
    "blocking-handler",
    "cpu-handler",
    "idle-crowd",
    "slow-readers",
    "churn",
    "fan-out",
    "long-lived",
];

/// More threads than any scenario has clients.
const MANY_THREADS: &[&str] = &["--max-threads", "20000", "--max-connections", "12000"];

/// The pool and its cures.
const POOLS: &[(&str, &[&str])] = &[
    ("pool, hold", &["-m", "pool", "--long-lived", "hold"]),
    ("pool, requeue", &["-m", "pool", "--long-lived", "requeue"]),
    (
        "pool, drop",
        &["-m", "pool", "--long-lived", "drop", "--slice", "300ms"],
    ),
    ("pool, thread", &["-m", "pool", "--when-full", "thread"]),
    ("event-loop", &["-m", "event-loop"]),
];

impl Scenario {
    /// The scenario of that name.
    pub fn named(name: &str) -> Option<Scenario> {
        let name = *NAMES.iter().find(|known| **known == name)?;
        let (shows, expects) = texts(name);
        let (service, serve, variants): (_, &[&str], &[_]) = match name {
            "fan-out" => ("broadcast", MANY_THREADS, &[]),
            "idle-crowd" => ("mirror", MANY_THREADS, &[]),
            "long-lived" => ("mirror", &[], POOLS),
            _ => ("mirror", &[], &[]),
        };
        Some(Scenario {
            name,
            shows,
            expects,
            main_metric: main_metric(name),
            expected: expectations(name),
            parameters: parameters(name),
            service,
            serve,
            variants,
        })
    }
}

/// Where it is the server's work that differs, its price: it is the same however much of the machine the
/// generator takes. Where it is waiting that differs, what the clients got.
fn main_metric(name: &str) -> Metric {
    let has_proc = cfg!(target_os = "linux");
    match name {
        "idle-crowd" if has_proc => Metric::MemoryPerConnection,
        "echo" | "crowd" | "pipeline" | "churn" | "fan-out" if has_proc => Metric::Cpu,
        _ => Metric::Throughput,
    }
}

fn parameters(name: &str) -> Parameters {
    let echo = Parameters {
        connections: 4,
        in_flight: 1,
        message_bytes: 32,
        warm_up_seconds: 0.3,
        duration_seconds: 1.0,
        ..Parameters::default()
    };
    match name {
        "crowd" => Parameters {
            connections: 100,
            ..echo
        },
        "pipeline" => Parameters {
            connections: 100,
            in_flight: 16,
            ..echo
        },
        "blocking-handler" => Parameters {
            connections: 20,
            work_block_seconds: 0.005,
            ..echo
        },
        "cpu-handler" => Parameters {
            connections: 20,
            work_cpu_seconds: 0.001,
            ..echo
        },
        "idle-crowd" => Parameters {
            connections: 10,
            idle: 10_000,
            ..echo
        },
        "slow-readers" => Parameters {
            connections: 10,
            slow_readers: 10,
            message_bytes: 1024,
            ..echo
        },
        "churn" => Parameters {
            connections: 10,
            messages_per_connection: Some(1),
            ..echo
        },
        "fan-out" => Parameters {
            connections: 500,
            fan_out: true,
            ..echo
        },
        "long-lived" => Parameters {
            connections: 30,
            think_seconds: 0.02,
            warm_up_seconds: 0.5,
            duration_seconds: 2.0,
            ..echo
        },
        _ => echo,
    }
}

fn expectations(name: &str) -> Vec<Expectation> {
    let all: &[(&str, &str, Option<Metric>, &str)] = match name {
        "crowd" => &[(
            "event-loop",
            "thread-per-connection",
            Some(Metric::Cpu),
            "one wake-up serves many clients and nobody has to be switched to",
        )],
        "blocking-handler" => &[
            (
                "thread-per-connection",
                "event-loop",
                None,
                "threads wait side by side and a loop for one after the other",
            ),
            (
                "thread-per-connection",
                "coroutines",
                None,
                "a call that blocks without .await holds the only thread",
            ),
        ],
        "cpu-handler" => &[(
            "multi-loop",
            "event-loop",
            None,
            "one loop uses one core and several use several",
        )],
        "idle-crowd" => &[(
            "event-loop",
            "thread-per-connection",
            None,
            "a silent client is an object there and a stack here",
        )],
        "churn" => &[(
            "event-loop",
            "thread-per-connection",
            Some(Metric::Cpu),
            "a thread has to be started and ended for each connection",
        )],
        "fan-out" => &[(
            "event-loop",
            "thread-per-connection",
            Some(Metric::Cpu),
            "a thread has to be woken for each client",
        )],
        "long-lived" => &[(
            "event-loop",
            "pool, hold",
            None,
            "held clients starve those for whom there is no worker",
        )],
        _ => &[],
    };
    let one = |(better, worse, metric, because): &(&str, &str, Option<Metric>, &str)| Expectation {
        better: (*better).to_owned(),
        worse: (*worse).to_owned(),
        metric: *metric,
        because: (*because).to_owned(),
    };
    all.iter().map(one).collect()
}

fn texts(name: &str) -> (&'static str, &'static str) {
    match name {
        "crowd" => (
            "A hundred clients, each of which asks again as soon as it is answered: what a message costs when the server is never idle.",
            "Loops serve many clients a wake-up and pay no context switch, so event-loop and coroutines cost least; a thread a client pays a switch a message; sequential and a pool serve only as many as they have workers.",
        ),
        "pipeline" => (
            "The same hundred clients with 16 messages under way each: what a message costs when a read brings many.",
            "System calls and switches are shared by the messages of a burst, so the models come closer together.",
        ),
        "blocking-handler" => (
            "Handling a message blocks for 5 ms, as a database call does, and uses no processor.",
            "Threads wait side by side, so thread-per-connection answers all 20 clients in 5 ms; one loop waits for one after the other, 200 messages a second and 100 ms for the last in line.",
        ),
        "cpu-handler" => (
            "Handling a message computes for 1 ms.",
            "As many compute at once as there are cores: models with threads or several loops use all of them, one loop uses one.",
        ),
        "idle-crowd" => (
            "Ten thousand clients that are silent, and ten that talk: what waiting costs.",
            "A loop keeps a silent client in some hundred bytes and asks nothing of it; a thread each costs memory and wake-ups; round-robin asks each of them in turn; sequential and a pool cannot hold them.",
        ),
        "slow-readers" => (
            "Ten clients that send and never read, beside ten that do both: whether the slow are kept from the others.",
            "All models bound what they keep for a client and go on with the others; sequential and a pool lose workers to the slow.",
        ),
        "churn" => (
            "Connect, one message, close, again and again: what a connection costs.",
            "A thread a connection has to be started and ended; a loop registers a descriptor.",
        ),
        "fan-out" => (
            "One message goes to 500 clients: what telling everybody costs.",
            "A loop writes to one after the other; threads are woken one by one, which costs a switch a client.",
        ),
        "long-lived" => (
            "Thirty clients that stay, and a pool of twenty workers: starvation and its cures.",
            "Held clients starve ten others; requeueing serves all but polls; dropping cuts the silent off; a thread of their own or an event loop serves all.",
        ),
        _ => (
            "Four clients, each of which asks again as soon as it is answered: what a message costs when little is going on.",
            "One message is one wake-up in every model, so they differ by the context switch of a thread; sequential serves one of the four.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_a_scenario_with_words_of_its_own() {
        let mut seen = Vec::new();
        for name in NAMES {
            let scenario = Scenario::named(name).expect("a scenario");
            assert!(scenario.parameters.connections > 0);
            assert!(!seen.contains(&scenario.shows), "{name}");
            seen.push(scenario.shows);
        }
        assert!(Scenario::named("ecko").is_none());
    }
}
