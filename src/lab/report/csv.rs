//! One row per sample, for spreadsheets and data frames. Names of columns include the unit. A value that
//! the system does not provide is an empty field, never zero.
//!
//! **Where it breaks:** only percentiles of the latency distribution are here; the buckets are in JSON. A
//! subject without samples has one row with its failure and no values, so that nobody overlooks it.

use super::Saved;
use crate::lab::metric::Metric;
use crate::lab::result::{Latency, Parameters, Sample, ScenarioRun, ServerCost, SubjectRun};

/// The sources of a row.
struct Row<'a> {
    saved: &'a Saved,
    scenario: &'a ScenarioRun,
    subject: &'a SubjectRun,
    /// `None` if nothing was measured.
    sample: Option<&'a Sample>,
}

impl<'a> Row<'a> {
    fn load(&self) -> &'a Parameters {
        &self.scenario.parameters
    }

    /// Latency from when messages were due.
    fn due(&self) -> Option<&'a Latency> {
        let latency = &self.sample?.latency;
        (latency.count > 0).then_some(latency)
    }

    /// Latency from when messages were sent.
    fn sent(&self) -> Option<&'a Latency> {
        let latency = &self.sample?.latency_from_send;
        (latency.count > 0).then_some(latency)
    }

    fn server(&self) -> Option<&'a ServerCost> {
        Some(&self.sample?.server)
    }
}

/// The name of a column and its field in a row.
type Column = (&'static str, fn(&Row<'_>) -> Option<String>);

#[rustfmt::skip] // a table
const COLUMNS: [Column; 44] = [
    ("file", |row| text(&row.saved.name)),
    ("host", |row| row.saved.run.machine.host.clone()),
    ("scenario", |row| text(&row.scenario.name)),
    ("connections", |row| text(row.load().connections)),
    ("idle_connections", |row| text(row.load().idle)),
    ("slow_readers", |row| text(row.load().slow_readers)),
    ("in_flight", |row| text(row.load().in_flight)),
    ("message_bytes", |row| text(row.load().message_bytes)),
    ("rate_per_second", |row| text(row.load().rate_per_second?)),
    ("work_cpu_seconds", |row| text(row.load().work_cpu_seconds)),
    ("work_block_seconds", |row| text(row.load().work_block_seconds)),
    ("messages_per_connection", |row| text(row.load().messages_per_connection?)),
    ("subject", |row| text(&row.subject.name)),
    ("failure", |row| row.subject.failure.clone()),
    ("round", |row| text(row.sample?.round)),
    ("elapsed_seconds", |row| text(row.sample?.elapsed_seconds)),
    ("messages", |row| text(row.sample?.messages)),
    ("messages_per_second", |row| text(row.sample?.value(Metric::Throughput)?)),
    ("connected", |row| text(row.sample?.connected)),
    ("errors", |row| text(row.sample?.errors)),
    ("latency_min_us", |row| text(row.due()?.min_us)),
    ("latency_mean_us", |row| text(row.due()?.mean_us)),
    ("latency_p50_us", |row| text(row.due()?.p50_us)),
    ("latency_p90_us", |row| text(row.due()?.p90_us)),
    ("latency_p99_us", |row| text(row.due()?.p99_us)),
    ("latency_p99_9_us", |row| text(row.due()?.p99_9_us)),
    ("latency_p99_99_us", |row| text(row.due()?.p99_99_us)),
    ("latency_max_us", |row| text(row.due()?.max_us)),
    ("latency_from_send_p50_us", |row| text(row.sent()?.p50_us)),
    ("latency_from_send_p99_us", |row| text(row.sent()?.p99_us)),
    ("latency_from_send_max_us", |row| text(row.sent()?.max_us)),
    ("cpu_us_per_message", |row| text(row.server()?.cpu_us_per_message?)),
    ("user_us_per_message", |row| text(row.server()?.user_us_per_message?)),
    ("system_us_per_message", |row| text(row.server()?.system_us_per_message?)),
    ("cores_used", |row| text(row.server()?.cores_used?)),
    ("memory_bytes", |row| text(row.server()?.memory_bytes?)),
    ("memory_bytes_per_connection", |row| text(row.server()?.memory_bytes_per_connection?)),
    ("threads", |row| text(row.server()?.threads?)),
    ("voluntary_switches_per_message", |row| text(row.server()?.voluntary_switches_per_message?)),
    ("involuntary_switches_per_message", |row| text(row.server()?.involuntary_switches_per_message?)),
    ("accept_queue", |row| text(row.server()?.accept_queue?)),
    ("generator_busy_share", |row| text(row.sample?.generator.busy_share?)),
    ("generator_achieved_rate_per_second", |row| text(row.sample?.generator.achieved_rate_per_second?)),
    ("generator_late_sends", |row| text(row.sample?.generator.late_sends)),
];

/// Never `None`; so that a field is one expression with `?`.
fn text(value: impl ToString) -> Option<String> {
    Some(value.to_string())
}

/// The runs as CSV (RFC 4180).
pub fn csv(runs: &[Saved]) -> String {
    let mut out = line(COLUMNS.map(|(name, _)| name.to_owned()));
    for saved in runs {
        for scenario in &saved.run.scenarios {
            for subject in &scenario.subjects {
                let mut samples: Vec<_> = subject.samples.iter().map(Some).collect();
                if samples.is_empty() {
                    samples.push(None);
                }
                for sample in samples {
                    let row = Row {
                        saved,
                        scenario,
                        subject,
                        sample,
                    };
                    let fields = COLUMNS.map(|(_, field)| field(&row).unwrap_or_default());
                    out.push_str(&line(fields));
                }
            }
        }
    }
    out
}

fn line(fields: [String; COLUMNS.len()]) -> String {
    let quoted = |field: String| {
        if field.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", field.replace('"', "\"\""))
        } else {
            field
        }
    };
    fields.map(quoted).join(",") + "\n"
}
