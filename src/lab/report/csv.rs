//! A row a sample, for spreadsheets and data frames. Units are in the names of the columns; what the
//! system does not tell is an empty field, never zero.
//!
//! **Where it breaks:** the distribution of latency is told by its percentiles; the buckets are in JSON. A
//! subject without samples has a row with its failure and no figures, so that nobody misses it.

use super::Saved;
use crate::error::Error;
use crate::lab::metric::Metric;
use crate::lab::result::{Parameters, Sample, ScenarioRun, SubjectRun};

/// Of a row, in this order.
pub(super) const COLUMNS: [&str; 44] = [
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

pub(super) fn rows(runs: &[Saved]) -> Result<String, Error> {
    let failed =
        |error: &dyn std::fmt::Display| Error::failure(format!("cannot write CSV: {error}"));
    let mut out = ::csv::Writer::from_writer(Vec::new());
    out.write_record(COLUMNS).map_err(|error| failed(&error))?;
    for saved in runs {
        let host = saved.run.machine.host.clone().unwrap_or_default();
        for scenario in &saved.run.scenarios {
            for subject in &scenario.subjects {
                let mut style_of = vec![saved.name.clone(), host.clone()];
                style_of.extend(load(scenario));
                style_of.push(subject.name.clone());
                style_of.push(subject.failure.clone().unwrap_or_default());
                for row in samples(subject) {
                    let row = style_of.iter().chain(&row);
                    out.write_record(row).map_err(|error| failed(&error))?;
                }
            }
        }
    }
    let bytes = out.into_inner().map_err(|error| failed(&error))?;
    String::from_utf8(bytes).map_err(|error| failed(&error))
}

fn load(scenario: &ScenarioRun) -> Vec<String> {
    let Parameters {
        connections,
        idle,
        slow_readers,
        in_flight,
        message_bytes,
        rate_per_second,
        work_cpu_seconds,
        work_block_seconds,
        messages_per_connection,
        ..
    } = &scenario.parameters;
    vec![
        scenario.name.clone(),
        connections.to_string(),
        idle.to_string(),
        slow_readers.to_string(),
        in_flight.to_string(),
        message_bytes.to_string(),
        or_empty(*rate_per_second),
        work_cpu_seconds.to_string(),
        work_block_seconds.to_string(),
        or_empty(*messages_per_connection),
    ]
}

fn samples(subject: &SubjectRun) -> Vec<Vec<String>> {
    match subject.samples.as_slice() {
        [] => vec![vec![String::new(); COLUMNS.len() - 14]],
        samples => samples.iter().map(metrics).collect(),
    }
}

fn or_empty<T: ToString>(value: Option<T>) -> String {
    value.map_or(String::new(), |value| value.to_string())
}

fn metrics(sample: &Sample) -> Vec<String> {
    let mut row = vec![
        sample.round.to_string(),
        sample.elapsed_seconds.to_string(),
        sample.messages.to_string(),
        or_empty(Metric::Throughput.of(sample)),
        sample.connected.to_string(),
        sample.errors.to_string(),
    ];
    let (latency, sent) = (&sample.latency, &sample.latency_from_send);
    let times = [
        (latency.count, latency.min_us),
        (latency.count, latency.mean_us),
        (latency.count, latency.p50_us),
        (latency.count, latency.p90_us),
        (latency.count, latency.p99_us),
        (latency.count, latency.p99_9_us),
        (latency.count, latency.p99_99_us),
        (latency.count, latency.max_us),
        (sent.count, sent.p50_us),
        (sent.count, sent.p99_us),
        (sent.count, sent.max_us),
    ];
    row.extend(times.map(|(count, time)| or_empty((count > 0).then_some(time))));
    let (server, generator) = (&sample.server, &sample.generator);
    row.extend([
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
    ]);
    row
}
