//! The scenarios: a load, a server for it, what it shows and what theory expects.
//!
//! Each scenario differs from `echo` in one thing: more clients, silent clients, work that blocks, work
//! that computes. So a difference between two scenarios has one cause.

use crate::lab::metric::Metric;
use crate::lab::result::{Expectation, Parameters};

/// A scenario.
#[derive(Debug)]
pub(super) struct Scenario {
    /// As on the command line.
    pub(super) name: &'static str,
    /// One paragraph.
    pub(super) shows: &'static str,
    /// One paragraph.
    pub(super) expects: &'static str,
    /// The metric by which subjects are ranked.
    pub(super) main_metric: Metric,
    expected: &'static [Expected],
    pub(super) parameters: Parameters,
    /// The service that every model offers.
    pub(super) service: &'static str,
    /// Further arguments of `gearshift serve`, under every model.
    pub(super) serve: &'static [&'static str],
    /// Variants of one model, measured instead of the models: a name and arguments of `serve`.
    pub(super) variants: &'static [(&'static str, &'static [&'static str])],
}

/// Which of two subjects theory expects to be better, and why.
#[derive(Debug)]
struct Expected {
    better: &'static str,
    worse: &'static str,
    /// `None`: in the main metric.
    metric: Option<Metric>,
    because: &'static str,
}

impl Scenario {
    /// The scenario of that name.
    pub(super) fn named(name: &str) -> Option<&'static Scenario> {
        ALL.iter().find(|scenario| scenario.name == name)
    }

    /// The expectations of theory, as they are saved.
    pub(super) fn expected(&self) -> Vec<Expectation> {
        let saved = |one: &Expected| Expectation {
            better: one.better.to_owned(),
            worse: one.worse.to_owned(),
            metric: one.metric,
            because: one.because.to_owned(),
        };
        self.expected.iter().map(saved).collect()
    }
}

/// A metric that only Linux provides; elsewhere throughput.
const fn on_linux(metric: Metric) -> Metric {
    if cfg!(target_os = "linux") {
        metric
    } else {
        Metric::Throughput
    }
}

/// More threads than any scenario has clients.
const MANY_THREADS: &[&str] = &["--max-threads", "20000", "--max-connections", "12000"];

/// All others change some of this. Where the server's work differs, the main metric is its cost, which does
/// not depend on how much of the machine the generator takes. Where waiting differs, it is what the clients
/// got.
const ECHO: Scenario = Scenario {
    name: "echo",
    shows: "Four clients, each of which sends again as soon as it has its reply: what a message costs on a \
            server with little load.",
    expects: "Each message is one wake-up in every model, so models differ only by the context switch of a \
              thread. sequential serves one client of the four.",
    main_metric: on_linux(Metric::Cpu),
    expected: &[],
    parameters: Parameters {
        connections: 4,
        idle: 0,
        slow_readers: 0,
        in_flight: 1,
        message_bytes: 32,
        text: false,
        rate_per_second: None,
        think_seconds: 0.0,
        warm_up_seconds: 0.3,
        duration_seconds: 1.0,
        messages_per_connection: None,
        fan_out: false,
        work_cpu_seconds: 0.0,
        work_block_seconds: 0.0,
    },
    service: "mirror",
    serve: &[],
    variants: &[],
};

/// In the order of `--scenario all`.
pub(super) const ALL: [Scenario; 10] = [
    ECHO,
    Scenario {
        name: "crowd",
        shows: "A hundred clients, each of which sends again as soon as it has its reply: what a message \
                costs on a server that is never idle.",
        expects: "A loop serves many clients per wake-up and needs no context switch, so event-loop and \
                  coroutines cost least. thread-per-connection pays one context switch per message. \
                  sequential and a pool serve only as many clients as they have workers.",
        expected: &[Expected {
            better: "event-loop",
            worse: "thread-per-connection",
            metric: Some(Metric::Cpu),
            because: "one wake-up serves many clients without a context switch",
        }],
        parameters: Parameters {
            connections: 100,
            ..ECHO.parameters
        },
        ..ECHO
    },
    Scenario {
        name: "pipeline",
        shows: "The same hundred clients with 16 messages in flight each: what a message costs when one \
                read returns many.",
        expects: "The messages of a burst share system calls and context switches, so the models come \
                  closer together.",
        parameters: Parameters {
            connections: 100,
            in_flight: 16,
            ..ECHO.parameters
        },
        ..ECHO
    },
    Scenario {
        name: "blocking-handler",
        shows: "Handling a message blocks for 5 ms, as a database call does, and uses no CPU time.",
        expects: "Threads wait in parallel, so thread-per-connection replies to all 20 clients in 5 ms. One \
                  loop waits for each in turn: 200 messages per second, and 100 ms for the last client.",
        main_metric: Metric::Throughput,
        expected: &[
            Expected {
                better: "thread-per-connection",
                worse: "event-loop",
                metric: None,
                because: "threads wait in parallel and a loop waits for each client in turn",
            },
            Expected {
                better: "thread-per-connection",
                worse: "coroutines",
                metric: None,
                because: "a blocking call without .await stops the only thread",
            },
        ],
        parameters: Parameters {
            connections: 20,
            work_block_seconds: 0.005,
            ..ECHO.parameters
        },
        ..ECHO
    },
    Scenario {
        name: "cpu-handler",
        shows: "Handling a message computes for 1 ms.",
        expects: "As many messages are handled at once as there are cores. Models with threads or several \
                  loops use all cores, one loop uses one.",
        main_metric: Metric::Throughput,
        expected: &[Expected {
            better: "multi-loop",
            worse: "event-loop",
            metric: None,
            because: "one loop uses one core and several loops use several",
        }],
        parameters: Parameters {
            connections: 20,
            work_cpu_seconds: 0.001,
            ..ECHO.parameters
        },
        ..ECHO
    },
    Scenario {
        name: "idle-crowd",
        shows: "Ten thousand silent clients and ten that send: what waiting costs.",
        expects: "A loop keeps a silent client in a few hundred bytes and does no work for it. One thread per \
                  client costs memory and wake-ups. round-robin polls each client in turn. sequential and \
                  a pool cannot hold them.",
        main_metric: on_linux(Metric::MemoryPerConnection),
        expected: &[Expected {
            better: "event-loop",
            worse: "thread-per-connection",
            metric: None,
            because: "a loop keeps a silent client as an object, and a thread keeps it as a stack",
        }],
        parameters: Parameters {
            connections: 10,
            idle: 10_000,
            ..ECHO.parameters
        },
        serve: MANY_THREADS,
        ..ECHO
    },
    Scenario {
        name: "slow-readers",
        shows: "Ten clients that send but never read, next to ten that do both: whether slow clients harm \
                the others.",
        expects: "All models bound the memory for a slow client and go on serving the others. sequential \
                  and a pool lose workers to the slow clients.",
        main_metric: Metric::Throughput,
        parameters: Parameters {
            connections: 10,
            slow_readers: 10,
            message_bytes: 1024,
            ..ECHO.parameters
        },
        ..ECHO
    },
    Scenario {
        name: "churn",
        shows: "Connect, send one message, close, and again: what a connection costs.",
        expects: "One thread per connection has to be started and ended each time. A loop registers a \
                  descriptor.",
        expected: &[Expected {
            better: "event-loop",
            worse: "thread-per-connection",
            metric: Some(Metric::Cpu),
            because: "a thread has to be started and ended for each connection",
        }],
        parameters: Parameters {
            connections: 10,
            messages_per_connection: Some(1),
            ..ECHO.parameters
        },
        ..ECHO
    },
    Scenario {
        name: "fan-out",
        shows: "One message goes to 500 clients: what a broadcast costs.",
        expects: "A loop writes to one client after another. Threads are woken one by one, which costs one \
                  context switch per client.",
        expected: &[Expected {
            better: "event-loop",
            worse: "thread-per-connection",
            metric: Some(Metric::Cpu),
            because: "a thread has to be woken for each client",
        }],
        parameters: Parameters {
            connections: 500,
            fan_out: true,
            ..ECHO.parameters
        },
        service: "broadcast",
        serve: MANY_THREADS,
        ..ECHO
    },
    Scenario {
        name: "long-lived",
        shows: "Thirty clients that stay, and a pool of twenty workers: starvation and its cures.",
        expects: "With hold, twenty clients starve the other ten. Requeueing serves all of them but polls. \
                  Dropping disconnects silent clients. An extra thread or an event loop serves all.",
        main_metric: Metric::Throughput,
        expected: &[Expected {
            better: "event-loop",
            worse: "pool, hold",
            metric: None,
            because: "clients that are held starve those for which there is no worker",
        }],
        parameters: Parameters {
            connections: 30,
            think_seconds: 0.02,
            warm_up_seconds: 0.5,
            duration_seconds: 2.0,
            ..ECHO.parameters
        },
        variants: &[
            ("pool, hold", &["-m", "pool", "--long-lived", "hold"]),
            ("pool, requeue", &["-m", "pool", "--long-lived", "requeue"]),
            (
                "pool, drop",
                &["-m", "pool", "--long-lived", "drop", "--slice", "300ms"],
            ),
            ("pool, thread", &["-m", "pool", "--when-full", "thread"]),
            ("event-loop", &["-m", "event-loop"]),
        ],
        ..ECHO
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scenario_is_found_by_its_name_and_has_texts_of_its_own() {
        let mut seen = Vec::new();
        for scenario in &ALL {
            let found = Scenario::named(scenario.name).expect("a scenario");
            assert!(scenario.parameters.connections > 0);
            assert!(!seen.contains(&found.shows), "{}", scenario.name);
            seen.push(found.shows);
        }
        assert!(Scenario::named("ecko").is_none());
    }
}
