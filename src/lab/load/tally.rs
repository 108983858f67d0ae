//! What one thread counted, and what all of them did together.
//!
//! Times go into histograms of bounded error (HdrHistogram, three digits) and not into a list: recording
//! one is a few instructions and no memory, however long the run.
//!
//! **Where it breaks:** a time above an hour counts as an hour.

use crate::lab::result::Latency;
use hdrhistogram::Histogram;
use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, ErrorKind};
use std::time::Duration;

const HOUR_NS: u64 = 3_600_000_000_000;

/// What can go wrong with a connection or a message.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum LoadError {
    ConnectTimeout,
    /// In the words of the system.
    Connect(String),
    HandshakeRefused(u16),
    NotWebSocket(&'static str),
    HandshakeTimeout,
    /// With the code of the close frame.
    ClosedByServer(u16),
    /// Without a close frame.
    Disconnected,
    ConnectionLost(String),
    InvalidFrame(&'static str),
    WrongReply,
    Unsolicited,
    ReplyTimeout,
    /// Its connection ended first.
    ReplyLost,
    /// The run ended first, and after it the time to wait for what was under way.
    NoReplyByEnd,
    /// Due on a connection that was gone.
    NotSent,
}

impl LoadError {
    pub(super) fn connect(error: &io::Error) -> LoadError {
        match error.kind() {
            ErrorKind::TimedOut => LoadError::ConnectTimeout,
            ErrorKind::AddrNotAvailable => LoadError::Connect("no local port is free".to_owned()),
            _ => LoadError::Connect(words(error)),
        }
    }

    pub(super) fn connection_lost(error: &io::Error) -> LoadError {
        LoadError::ConnectionLost(words(error))
    }
}

/// The standard library's words where it has any: the system's have a number in them.
fn words(error: &io::Error) -> String {
    match error.kind() {
        kind @ (ErrorKind::ConnectionRefused
        | ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::HostUnreachable
        | ErrorKind::NetworkUnreachable) => kind.to_string(),
        _ => error.to_string(),
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadError::ConnectTimeout => f.write_str("no connection in time"),
            LoadError::Connect(why) => write!(f, "not connected: {why}"),
            LoadError::HandshakeRefused(status) => write!(f, "handshake refused: status {status}"),
            LoadError::NotWebSocket(why) => write!(f, "no WebSocket: {why}"),
            LoadError::HandshakeTimeout => f.write_str("no answer to the handshake in time"),
            LoadError::ClosedByServer(code) => write!(f, "closed by the server: code {code}"),
            LoadError::Disconnected => f.write_str("the server hung up"),
            LoadError::ConnectionLost(why) => write!(f, "connection lost: {why}"),
            LoadError::InvalidFrame(why) => write!(f, "broken frame: {why}"),
            LoadError::WrongReply => f.write_str("wrong answer"),
            LoadError::Unsolicited => f.write_str("a message that nobody asked for"),
            LoadError::ReplyTimeout => f.write_str("no answer in time"),
            LoadError::ReplyLost => f.write_str("no answer: its connection ended"),
            LoadError::NoReplyByEnd => f.write_str("not answered by the end"),
            LoadError::NotSent => f.write_str("not sent: its connection was gone"),
        }
    }
}

/// Counts.
#[derive(Debug, Clone)]
pub(super) struct Tally {
    /// Answered while it was measured.
    pub(super) messages: u64,
    /// Sent while it was measured.
    pub(super) sent: u64,
    pub(super) connected: u64,
    pub(super) errors: BTreeMap<LoadError, u64>,
    /// From the time at which a message should have left.
    pub(super) latency: Histogram<u64>,
    /// From the time at which it left, where that is not the same.
    pub(super) from_send: Option<Histogram<u64>>,
    pub(super) per_second: Vec<u64>,
    pub(super) late_sends: u64,
    pub(super) worst_lateness: Duration,
    /// Clients that never read, and were dropped for it.
    pub(super) slow_readers_dropped: u64,
    /// Of the thread while it was measured: processor time, and time in which it was ready and had no
    /// core, where the system tells.
    pub(super) cpu: Duration,
    pub(super) runqueue_wait: Option<Duration>,
}

impl Tally {
    /// `intends`: whether a message may leave later than it should.
    pub(super) fn new(intends: bool) -> Tally {
        Tally {
            messages: 0,
            sent: 0,
            connected: 0,
            errors: BTreeMap::new(),
            latency: histogram(3),
            from_send: intends.then(|| histogram(3)),
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

    /// An answer: `since_due` after the message should have left, `since_sent` after it did.
    #[inline]
    pub(super) fn record(&mut self, since_due: Duration, since_sent: Duration) {
        self.latency.saturating_record(nanoseconds(since_due));
        if let Some(from_send) = &mut self.from_send {
            from_send.saturating_record(nanoseconds(since_sent));
        }
    }

    /// An answer in the second `second` of the measurement.
    #[inline]
    pub(super) fn count_reply(&mut self, second: u64) {
        self.messages += 1;
        let second = second as usize;
        if second >= self.per_second.len() {
            self.per_second.resize(second + 1, 0);
        }
        self.per_second[second] += 1;
    }

    pub(super) fn add(&mut self, other: &Tally) {
        self.messages += other.messages;
        self.sent += other.sent;
        self.connected += other.connected;
        for (error, count) in &other.errors {
            self.count_error(error.clone(), *count);
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

/// Two digits are enough for a picture and for merging, and keep the file small.
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
