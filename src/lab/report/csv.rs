//! One row per sample, for spreadsheets and data frames. Names of columns include the unit. What the system
//! does not tell is an empty field, never zero.
//!
//! **Where it breaks:** only percentiles of the latency distribution are here; the buckets are in JSON. A
//! subject without samples has one row with its failure and no values, so that nobody overlooks it.

use super::Saved;
use crate::lab::metric::Metric;
use crate::lab::result::{Latency, Sample, ScenarioRun, SubjectRun};

/// In the order of the fields of a row.
const COLUMNS: [&str; 44] = [
    "file",
    "host",
    "scenario",
    "connections",
    "idle_connections",
    "slow_readers",
    "in_flight",
    "message_bytes",
    "rate_per_second",
    "work_cpu_seconds",
    "work_block_seconds",
    "messages_per_connection",
    "subject",
    "failure",
    "round",
    "elapsed_seconds",
    "messages",
    "messages_per_second",
    "connected",
    "errors",
    "latency_min_us",
    "latency_mean_us",
    "latency_p50_us",
    "latency_p90_us",
    "latency_p99_us",
    "latency_p99_9_us",
    "latency_p99_99_us",
    "latency_max_us",
    "latency_from_send_p50_us",
    "latency_from_send_p99_us",
    "latency_from_send_max_us",
    "cpu_us_per_message",
    "user_us_per_message",
    "system_us_per_message",
    "cores_used",
    "memory_bytes",
    "memory_bytes_per_connection",
    "threads",
    "voluntary_switches_per_message",
    "involuntary_switches_per_message",
    "accept_queue",
    "generator_busy_share",
    "generator_achieved_rate_per_second",
    "generator_late_sends",
];

/// The runs as CSV (RFC 4180).
pub fn csv(runs: &[Saved]) -> String {
    let mut out = line(COLUMNS.map(str::to_owned).iter());
    for saved in runs {
        let host = saved.run.machine.host.clone().unwrap_or_default();
        for scenario in &saved.run.scenarios {
            for subject in &scenario.subjects {
                let mut common = vec![saved.name.clone(), host.clone()];
                common.extend(load(scenario));
                common.push(subject.name.clone());
                common.push(subject.failure.clone().unwrap_or_default());
                for row in samples(subject) {
                    out.push_str(&line(common.iter().chain(&row)));
                }
            }
        }
    }
    out
}

fn line<'a>(fields: impl Iterator<Item = &'a String>) -> String {
    let quoted = |field: &String| {
        if field.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", field.replace('"', "\"\""))
        } else {
            field.clone()
        }
    };
    fields.map(quoted).collect::<Vec<_>>().join(",") + "\n"
}

fn load(scenario: &ScenarioRun) -> [String; 10] {
    let load = &scenario.parameters;
    [
        scenario.name.clone(),
        load.connections.to_string(),
        load.idle.to_string(),
        load.slow_readers.to_string(),
        load.in_flight.to_string(),
        load.message_bytes.to_string(),
        or_empty(load.rate_per_second),
        load.work_cpu_seconds.to_string(),
        load.work_block_seconds.to_string(),
        or_empty(load.messages_per_connection),
    ]
}

fn samples(subject: &SubjectRun) -> Vec<[String; 30]> {
    match subject.samples.as_slice() {
        [] => vec![[const { String::new() }; 30]],
        samples => samples.iter().map(fields).collect(),
    }
}

fn or_empty<T: ToString>(value: Option<T>) -> String {
    value.map_or(String::new(), |value| value.to_string())
}

fn fields(sample: &Sample) -> [String; 30] {
    let (server, generator) = (&sample.server, &sample.generator);
    let time = |latency: &Latency, value: f64| or_empty((latency.count > 0).then_some(value));
    let (due, sent) = (&sample.latency, &sample.latency_from_send);
    [
        sample.round.to_string(),
        sample.elapsed_seconds.to_string(),
        sample.messages.to_string(),
        or_empty(sample.value(Metric::Throughput)),
        sample.connected.to_string(),
        sample.errors.to_string(),
        time(due, due.min_us),
        time(due, due.mean_us),
        time(due, due.p50_us),
        time(due, due.p90_us),
        time(due, due.p99_us),
        time(due, due.p99_9_us),
        time(due, due.p99_99_us),
        time(due, due.max_us),
        time(sent, sent.p50_us),
        time(sent, sent.p99_us),
        time(sent, sent.max_us),
        or_empty(server.cpu_us_per_message),
        or_empty(server.user_us_per_message),
        or_empty(server.system_us_per_message),
        or_empty(server.cores_used),
        or_empty(server.memory_bytes),
        or_empty(server.memory_bytes_per_connection),
        or_empty(server.threads),
        or_empty(server.voluntary_switches_per_message),
        or_empty(server.involuntary_switches_per_message),
        or_empty(server.accept_queue),
        or_empty(generator.busy_share),
        or_empty(generator.achieved_rate_per_second),
        generator.late_sends.to_string(),
    ]
}
