//! Made-up runs from a seed, with known true values.
//!
//! A subject has true values, and noise moves them in each round. Latencies are drawn message by message
//! from a lognormal distribution with a tail, and counted in buckets like a histogram of two digits.

use fastrand::Rng;
use gearshift::lab::report::Saved;
use gearshift::lab::result::{
    Expectation, Generator, Latency, Machine, Parameters, Run, SCHEMA, Sample, ScenarioRun,
    ServerCost, SubjectRun,
};

/// How a round differs from the true values; the number is the standard deviation, as a share.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Noise {
    Normal(f64),
    LogNormal(f64),
    /// Normal, while the machine gets slower by 30 % from the first round to the last.
    Drifting(f64),
    /// Normal, and one round in ten is slower by 10 to 60 %.
    Spiky(f64),
}

/// The true values of a server.
#[derive(Debug, Clone)]
pub(crate) struct Truth {
    pub(crate) name: &'static str,
    pub(crate) messages_per_second: f64,
    pub(crate) p50_us: f64,
    /// Standard deviation of the logarithm of latency: 0.2 is even, 1.0 has a long tail.
    pub(crate) tail: f64,
    pub(crate) cpu_us: f64,
    pub(crate) bytes_per_connection: f64,
    pub(crate) threads: u64,
    pub(crate) switches: f64,
}

pub(crate) const THREADS: Truth = Truth {
    name: "thread-per-connection",
    messages_per_second: 84_000.0,
    p50_us: 590.0,
    tail: 0.7,
    cpu_us: 21.0,
    bytes_per_connection: 26_400.0,
    threads: 52,
    switches: 1.04,
};
pub(crate) const EVENT_LOOP: Truth = Truth {
    name: "event-loop",
    messages_per_second: 151_000.0,
    p50_us: 320.0,
    tail: 0.25,
    cpu_us: 6.6,
    bytes_per_connection: 1_840.0,
    threads: 2,
    switches: 0.03,
};
pub(crate) const COROUTINES: Truth = Truth {
    name: "coroutines",
    messages_per_second: 147_000.0,
    p50_us: 330.0,
    tail: 0.25,
    cpu_us: 6.8,
    bytes_per_connection: 2_310.0,
    threads: 2,
    switches: 0.03,
};
pub(crate) const MULTI_LOOP: Truth = Truth {
    name: "multi-loop",
    messages_per_second: 163_000.0,
    p50_us: 280.0,
    tail: 0.4,
    cpu_us: 9.9,
    bytes_per_connection: 1_900.0,
    threads: 3,
    switches: 0.21,
};
pub(crate) const POOL: Truth = Truth {
    name: "thread-pool",
    messages_per_second: 71_000.0,
    p50_us: 260.0,
    tail: 1.1,
    cpu_us: 20.0,
    bytes_per_connection: 8_100.0,
    threads: 22,
    switches: 1.1,
};
pub(crate) const ROUND_ROBIN: Truth = Truth {
    name: "round-robin",
    messages_per_second: 62_000.0,
    p50_us: 780.0,
    tail: 0.3,
    cpu_us: 15.9,
    bytes_per_connection: 1_750.0,
    threads: 2,
    switches: 0.4,
};
pub(crate) const SEQUENTIAL: Truth = Truth {
    name: "sequential",
    messages_per_second: 19_000.0,
    p50_us: 50.0,
    tail: 0.2,
    cpu_us: 13.0,
    bytes_per_connection: 900.0,
    threads: 2,
    switches: 1.0,
};

pub(crate) fn normal(random: &mut Rng) -> f64 {
    let (a, b) = (1.0 - random.f64(), random.f64());
    (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()
}

impl Noise {
    /// The factor for the true values of a round. `at`: 0 in the first round, 1 in the last.
    pub(crate) fn factor(self, random: &mut Rng, at: f64) -> f64 {
        let deviation = match self {
            Noise::Normal(by) | Noise::LogNormal(by) | Noise::Drifting(by) | Noise::Spiky(by) => by,
        };
        let factor = 1.0 + deviation * normal(random);
        match self {
            Noise::Normal(_) => factor,
            Noise::LogNormal(_) => (deviation * normal(random)).exp(),
            Noise::Drifting(_) => factor * (1.0 - 0.3 * at),
            Noise::Spiky(_) if random.f64() < 0.1 => factor * (0.4 + 0.5 * random.f64()),
            Noise::Spiky(_) => factor,
        }
    }
}

/// Counted like a histogram with two significant digits.
pub(crate) fn latency(mut values: Vec<f64>) -> Latency {
    values.sort_unstable_by(f64::total_cmp);
    let mut buckets: Vec<(f64, u64)> = Vec::new();
    for value in &values {
        let step = 10_f64.powf(value.log10().floor() - 1.0);
        let border = (value / step).ceil() * step;
        match buckets.last_mut() {
            Some(last) if last.0 >= *value => last.1 += 1,
            _ => buckets.push((border, 1)),
        }
    }
    let Some((min, max)) = values.first().zip(values.last()) else {
        return Latency::default();
    };
    let at = |share: f64| values[(share * values.len() as f64).ceil() as usize - 1];
    Latency {
        count: values.len() as u64,
        min_us: *min,
        mean_us: values.iter().sum::<f64>() / values.len() as f64,
        p50_us: at(0.5),
        p90_us: at(0.9),
        p99_us: at(0.99),
        p99_9_us: at(0.999),
        p99_99_us: at(0.9999),
        max_us: *max,
        buckets,
    }
}

/// A round of a server.
pub(crate) fn sample(truth: &Truth, round: u32, factor: f64, random: &mut Rng) -> Sample {
    let elapsed = 5.0;
    let p50 = truth.p50_us / factor;
    let draw = |_| p50 * (truth.tail * normal(random)).exp();
    let latency = latency((0..2000).map(draw).collect());
    let messages = (truth.messages_per_second * factor * elapsed) as u64;
    let cpu = truth.cpu_us / factor;
    Sample {
        round,
        elapsed_seconds: elapsed,
        messages,
        connected: 50,
        latency_from_send: latency.clone(),
        latency,
        server: ServerCost {
            cpu_us_per_message: Some(cpu),
            user_us_per_message: Some(cpu * 0.3),
            system_us_per_message: Some(cpu * 0.7),
            cores_used: Some(cpu * truth.messages_per_second * factor / 1e6),
            memory_bytes: Some(4_200_000 + (truth.bytes_per_connection * 50.0) as u64),
            memory_bytes_per_connection: Some(truth.bytes_per_connection),
            threads: Some(truth.threads),
            voluntary_switches_per_message: Some(truth.switches * 0.97),
            involuntary_switches_per_message: Some(truth.switches * 0.03),
            accept_queue: Some(0),
        },
        generator: Generator {
            threads: 1,
            busy_share: Some(0.62),
            ..Generator::default()
        },
        per_second: vec![messages / 5; 5],
        ..Sample::default()
    }
}

/// All rounds of a server.
pub(crate) fn subject(truth: &Truth, rounds: u32, noise: Noise, seed: u64) -> SubjectRun {
    let mut random = Rng::with_seed(seed);
    let mut one = |round: u32| {
        let index = f64::from(round - 1) / f64::from(rounds.max(2) - 1);
        let factor = noise.factor(&mut random, index);
        sample(truth, round, factor, &mut random)
    };
    SubjectRun {
        name: truth.name.to_owned(),
        command: Some(format!("gearshift serve --model {}", truth.name)),
        url: "ws://127.0.0.1:9001/".to_owned(),
        samples: (1..=rounds).map(&mut one).collect(),
        failure: None,
    }
}

pub(crate) fn scenario(name: &str, subjects: Vec<SubjectRun>) -> ScenarioRun {
    ScenarioRun {
        name: name.to_owned(),
        shows: "What a message costs when all clients send all the time.".to_owned(),
        expects: "One loop is cheapest per message. Threads pay one context switch for each."
            .to_owned(),
        main_metric: None,
        expected: Vec::new(),
        parameters: Parameters {
            connections: 50,
            in_flight: 1,
            message_bytes: 64,
            warm_up_seconds: 1.0,
            duration_seconds: 5.0,
            ..Parameters::default()
        },
        order: (0..subjects.len()).collect(),
        subjects,
    }
}

/// As read from a file.
pub(crate) fn saved(run: &Run) -> [Saved; 1] {
    [Saved {
        name: "run.json".to_owned(),
        run: run.clone(),
    }]
}

pub(crate) fn run_of(scenarios: Vec<ScenarioRun>) -> Run {
    Run {
        schema: SCHEMA.to_owned(),
        began_unix_seconds: 1_780_000_000,
        took_seconds: 312.5,
        command: "gearshift compare --rounds 7".to_owned(),
        machine: Machine {
            host: Some("lab-03".to_owned()),
            system: "Linux".to_owned(),
            kernel: Some("6.12.9".to_owned()),
            processor: Some("Ryzen 5 7600".to_owned()),
            cores: 12,
            memory_bytes: Some(33_554_432_000),
            virtual_machine: Some(false),
            frequency_governor: Some("schedutil".to_owned()),
            on_battery: Some(false),
            load_average: Some(0.21),
            gearshift_version: "0.1.0".to_owned(),
            debug_build: false,
        },
        scenarios,
        warnings: Vec::new(),
        interrupted: false,
    }
}

/// Seven models, seven rounds and a little noise: a good day.
pub(crate) fn run(seed: u64) -> Run {
    run_of(vec![
        all_talk(seed),
        open_loop(seed + 100),
        idle(seed + 200),
    ])
}

const ALL: [Truth; 7] = [
    SEQUENTIAL,
    THREADS,
    POOL,
    ROUND_ROBIN,
    EVENT_LOOP,
    COROUTINES,
    MULTI_LOOP,
];

fn subjects(seed: u64, mut change: impl FnMut(&mut Truth)) -> Vec<SubjectRun> {
    let all = ALL.into_iter().zip(seed..);
    all.map(|(mut truth, seed)| {
        change(&mut truth);
        subject(&truth, 7, Noise::Spiky(0.02), seed)
    })
    .collect()
}

pub(crate) fn expectation(better: &Truth, worse: &Truth, because: &str) -> Expectation {
    Expectation {
        better: better.name.to_owned(),
        worse: worse.name.to_owned(),
        metric: None,
        because: because.to_owned(),
    }
}

fn all_talk(seed: u64) -> ScenarioRun {
    let mut scenario = scenario("echo", subjects(seed, |_| ()));
    scenario.expected = vec![
        expectation(
            &EVENT_LOOP,
            &THREADS,
            "a thread pays one context switch per message",
        ),
        expectation(&MULTI_LOOP, &EVENT_LOOP, "it has more than one core"),
    ];
    // With one worker per client, fifty clients wait for twenty workers.
    let pool = &mut scenario.subjects[2];
    pool.samples[4].errors = 3;
    pool.samples[4].error_kinds = vec![("no reply within 5 s".to_owned(), 3)];
    scenario
}

fn open_loop(seed: u64) -> ScenarioRun {
    let mut scenario = scenario(
        "steady",
        subjects(seed, |truth| truth.messages_per_second = 10_000.0),
    );
    scenario.shows = "How long a reply takes at a rate that all servers can sustain.".to_owned();
    scenario.expects = "The tail is shortest where no client queues behind another.".to_owned();
    scenario.parameters.rate_per_second = Some(10_000.0);
    for subject in &mut scenario.subjects {
        for sample in &mut subject.samples {
            sample.generator.achieved_rate_per_second = Some(9_998.0);
        }
    }
    scenario
}

fn idle(seed: u64) -> ScenarioRun {
    let mut scenario = scenario("idle", subjects(seed, |_| ()));
    scenario.shows = "What a thousand silent clients cost.".to_owned();
    scenario.expects = "One thread per client costs one stack per client.".to_owned();
    scenario.parameters.connections = 0;
    scenario.parameters.idle = 1000;
    scenario.parameters.message_bytes = 0;
    for subject in &mut scenario.subjects {
        for sample in &mut subject.samples {
            sample.messages = 0;
            sample.latency = Latency::default();
            sample.latency_from_send = Latency::default();
            sample.server.cpu_us_per_message = None;
            sample.server.user_us_per_message = None;
            sample.server.system_us_per_message = None;
            sample.server.cores_used = Some(0.01);
            sample.server.voluntary_switches_per_message = None;
            sample.server.involuntary_switches_per_message = None;
            sample.per_second.clear();
        }
    }
    let first = &mut scenario.subjects[0];
    first.samples.clear();
    first.failure = Some(
        "It serves one client at a time, so the second of 1000 was never accepted.".to_owned(),
    );
    scenario
}

/// Connections from 1 to 10,000: threads are ahead with few clients, the loop with many.
pub(crate) fn sweep(seed: u64) -> Run {
    let points = [1_usize, 10, 100, 1_000, 10_000];
    let point = |connections: usize| {
        let decades = (connections as f64).log10();
        let mut subjects = Vec::new();
        for (truth, seed) in [THREADS, EVENT_LOOP, POOL].into_iter().zip(seed..) {
            let mut truth = truth;
            let (start, slope) = match truth.name {
                "event-loop" => (60_000.0, 1.25_f64),
                "thread-pool" => (70_000.0, 0.95),
                _ => (110_000.0, 0.82),
            };
            truth.messages_per_second = start * slope.powf(decades);
            truth.p50_us = 20.0 * (1.0 + connections as f64 / 30.0);
            truth.cpu_us = 21.0 / slope.powf(decades);
            let seed = seed * 1000 + connections as u64;
            let mut subject = subject(&truth, 5, Noise::Normal(0.02), seed);
            for sample in &mut subject.samples {
                let bytes = truth.bytes_per_connection * connections as f64;
                sample.server.memory_bytes = Some(4_200_000 + bytes as u64);
                sample.server.threads = Some(if truth.threads > 30 {
                    connections as u64 + 2
                } else {
                    truth.threads
                });
            }
            subjects.push(subject);
        }
        let mut scenario = scenario("connections", subjects);
        scenario.shows = "How each model copes with more clients.".to_owned();
        scenario.parameters.connections = connections;
        scenario
    };
    run_of(points.map(point).to_vec())
}
