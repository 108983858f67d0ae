//! The counts of a thread: replies, errors and latencies.
//!
//! Latencies go into histograms of bounded error (HdrHistogram, three digits) and not into a list. Recording
//! one takes a few instructions and no memory, however long the run is.
//!
//! **Where it breaks:** a time above an hour counts as an hour.

use crate::client::dial::reason;
use crate::lab::result::Latency;
use hdrhistogram::Histogram;
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::time::Duration;
use thiserror::Error;

const HOUR_NS: u64 = 3_600_000_000_000;

/// An error of a connection or a message.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Error)]
pub(super) enum LoadError {
    #[error("connecting timed out")]
    ConnectTimeout,
    #[error("not connected: {0}")]
    Connect(String),
    #[error("handshake refused: status {0}")]
    HandshakeRefused(u16),
    #[error("not a WebSocket server: {0}")]
    NotWebSocket(&'static str),
    #[error("handshake timed out")]
    HandshakeTimeout,
    #[error("closed by the server: code {0}")]
    ClosedByServer(u16),
    /// Without a close frame.
    #[error("disconnected by the server")]
    Disconnected,
    #[error("connection lost: {0}")]
    ConnectionLost(String),
    #[error("invalid frame: {0}")]
    InvalidFrame(&'static str),
    #[error("wrong reply")]
    WrongReply,
    #[error("unexpected message")]
    Unsolicited,
    #[error("reply timed out")]
    ReplyTimeout,
    #[error("no reply: connection ended")]
    ReplyLost,
    /// Nor in the time to wait for the last replies.
    #[error("no reply by the end")]
    NoReplyByEnd,
    #[error("not sent: connection ended")]
    NotSent,
}

impl LoadError {
    pub(super) fn connect(error: &io::Error) -> LoadError {
        match error.kind() {
            ErrorKind::TimedOut => LoadError::ConnectTimeout,
            ErrorKind::AddrNotAvailable => LoadError::Connect("no local port is free".to_owned()),
            _ => LoadError::Connect(reason(error)),
        }
    }

    pub(super) fn connection_lost(error: &io::Error) -> LoadError {
        LoadError::ConnectionLost(reason(error))
    }
}

/// The counts of a thread, or of several.
#[derive(Debug, Clone)]
pub(super) struct Tally {
    /// Replies while measuring.
    pub(super) messages: u64,
    /// Messages sent while measuring.
    pub(super) sent: u64,
    pub(super) connected: u64,
    pub(super) errors: BTreeMap<LoadError, u64>,
    /// From the time at which a message was due.
    pub(super) latency: Histogram<u64>,
    /// From the time at which it was sent, if that may differ.
    pub(super) from_send: Option<Histogram<u64>>,
    pub(super) per_second: Vec<u64>,
    pub(super) late_sends: u64,
    pub(super) worst_lateness: Duration,
    /// Clients that never read and were disconnected by the server.
    pub(super) slow_readers_dropped: u64,
    /// CPU time of the thread while measuring.
    pub(super) cpu: Duration,
    /// Time in which it was ready but had no core; `None` if the system does not provide it.
    pub(super) runqueue_wait: Option<Duration>,
}

impl Tally {
    /// `may_send_late`: whether a message may be sent later than it was due.
    pub(super) fn new(may_send_late: bool) -> Tally {
        Tally {
            messages: 0,
            sent: 0,
            connected: 0,
            errors: BTreeMap::new(),
            latency: histogram(3),
            from_send: may_send_late.then(|| histogram(3)),
            per_second: Vec::new(),
            late_sends: 0,
            worst_lateness: Duration::ZERO,
            slow_readers_dropped: 0,
            cpu: Duration::ZERO,
            runqueue_wait: None,
        }
    }

    pub(super) fn count_error(&mut self, error: LoadError, count: u64) {
        if count > 0 {
            *self.errors.entry(error).or_default() += count;
        }
    }

    pub(super) fn errors(&self) -> u64 {
        self.errors.values().sum()
    }

    /// Records a reply: `since_due` after the message was due, and `since_sent` after it was sent.
    #[inline]
    pub(super) fn record(&mut self, since_due: Duration, since_sent: Duration) {
        self.latency.saturating_record(nanoseconds(since_due));
        if let Some(from_send) = &mut self.from_send {
            from_send.saturating_record(nanoseconds(since_sent));
        }
    }

    /// Counts a reply in this second of the measurement, from 0.
    #[inline]
    pub(super) fn count_reply(&mut self, second: u64) {
        self.messages += 1;
        let second = second as usize;
        if second >= self.per_second.len() {
            self.per_second.resize(second + 1, 0);
        }
        self.per_second[second] += 1;
    }

    /// The counts of both.
    pub(super) fn merge(mut self, other: Tally) -> Tally {
        self.messages += other.messages;
        self.sent += other.sent;
        self.connected += other.connected;
        for (error, count) in other.errors {
            self.count_error(error, count);
        }
        add(&mut self.latency, &other.latency);
        if let (Some(own), Some(other)) = (&mut self.from_send, &other.from_send) {
            add(own, other);
        }
        let seconds = self.per_second.len().max(other.per_second.len());
        self.per_second.resize(seconds, 0);
        for (own, other) in self.per_second.iter_mut().zip(&other.per_second) {
            *own += other;
        }
        self.late_sends += other.late_sends;
        self.worst_lateness = self.worst_lateness.max(other.worst_lateness);
        self.slow_readers_dropped += other.slow_readers_dropped;
        self.cpu += other.cpu;
        if let Some(waited) = other.runqueue_wait {
            self.runqueue_wait = Some(self.runqueue_wait.unwrap_or_default() + waited);
        }
        self
    }

    /// Each kind of error with its count, the most frequent first.
    pub(super) fn error_kinds(&self) -> Vec<(String, u64)> {
        let kinds = self.errors.iter();
        let mut kinds: Vec<(String, u64)> = kinds
            .map(|(error, count)| (error.to_string(), *count))
            .collect();
        kinds.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        kinds
    }

    pub(super) fn latency(&self) -> Latency {
        summary(&self.latency)
    }

    pub(super) fn latency_from_send(&self) -> Latency {
        summary(self.from_send.as_ref().unwrap_or(&self.latency))
    }
}

fn histogram(digits: u8) -> Histogram<u64> {
    Histogram::new_with_bounds(1, HOUR_NS, digits).expect("the bounds are apart and digits few")
}

fn add(own: &mut Histogram<u64>, other: &Histogram<u64>) {
    own.add(other).expect("both have the same bounds");
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(HOUR_NS).max(1)
}

fn summary(times: &Histogram<u64>) -> Latency {
    if times.is_empty() {
        return Latency::default();
    }
    let at = |share: f64| us(times.value_at_quantile(share).min(times.max()));
    Latency {
        count: times.len(),
        min_us: us(times.min()),
        mean_us: times.mean() / 1e3,
        p50_us: at(0.5),
        p90_us: at(0.9),
        p99_us: at(0.99),
        p99_9_us: at(0.999),
        p99_99_us: at(0.9999),
        max_us: us(times.max()),
        buckets: buckets(times),
    }
}

/// Two digits are enough for a plot and for merging, and keep the file small.
fn buckets(times: &Histogram<u64>) -> Vec<(f64, u64)> {
    let mut coarse = histogram(2);
    coarse
        .add(times)
        .expect("the bounds are those of the finer one");
    coarse
        .iter_recorded()
        .map(|step| {
            (
                us(step.value_iterated_to()),
                step.count_since_last_iteration(),
            )
        })
        .collect()
}

fn us(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e3
}
