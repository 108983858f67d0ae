//! The cost of a sample for the server, and whether the server still accepts clients.

use super::process::{ProcessSample, accept_queue};
use super::server::address_of;
use crate::clock;
use crate::lab::load::Progress;
use crate::lab::result::{Sample, ServerCost};
use std::net::{SocketAddr, ToSocketAddrs};
use std::time::{Duration, Instant};

/// When no client was accepted for this long, none will be.
const NO_PROGRESS_TIMEOUT: Duration = Duration::from_millis(1500);

/// Notices that a server has stopped accepting clients. Without it, a server that holds a few of ten
/// thousand clients would cost the time-outs of all others.
pub(super) struct StallDetector {
    open: u64,
    since: Instant,
    /// How many clients were open, of how many, when the server stopped accepting.
    pub(super) stalled_at: Option<(u64, u64)>,
}

impl StallDetector {
    pub(super) fn new() -> StallDetector {
        StallDetector {
            open: 0,
            since: clock::now(),
            stalled_at: None,
        }
    }

    pub(super) fn is_stalled(&mut self, progress: Progress) -> bool {
        if let Progress::Connecting { open, of } = progress {
            if open != self.open {
                (self.open, self.since) = (open, clock::now());
            } else if clock::now() - self.since > NO_PROGRESS_TIMEOUT {
                self.stalled_at = Some((open, of));
            }
        }
        self.stalled_at.is_some()
    }
}

/// Reads the counters of a server process at the beginning and the end of a measurement.
pub(super) struct ServerMonitor {
    id: u32,
    address: Option<SocketAddr>,
    memory_without_clients: Option<u64>,
    memory_with_clients: Option<u64>,
    /// Clients that were connected when measuring began.
    pub(super) open: u64,
    begin: ProcessSample,
    end: ProcessSample,
    max_accept_queue: Option<u64>,
}

impl ServerMonitor {
    pub(super) fn new(id: u32, url: &str) -> ServerMonitor {
        let resolved = address_of(url)
            .ok()
            .and_then(|it| it.to_socket_addrs().ok());
        ServerMonitor {
            id,
            address: resolved.and_then(|mut all| all.next()),
            memory_without_clients: ProcessSample::of(id).memory,
            memory_with_clients: None,
            open: 0,
            begin: ProcessSample::default(),
            end: ProcessSample::default(),
            max_accept_queue: None,
        }
    }

    pub(super) fn on(&mut self, progress: Progress) {
        match progress {
            Progress::Connected { open } => {
                self.memory_with_clients = ProcessSample::of(self.id).memory;
                self.open = open;
            }
            Progress::MeasuringBegins => self.begin = ProcessSample::of(self.id),
            Progress::MeasuringEnds => self.end = ProcessSample::of(self.id),
            Progress::Connecting { .. } | Progress::Measuring { .. } => {
                let waiting = self.address.and_then(accept_queue);
                self.max_accept_queue = self.max_accept_queue.max(waiting);
            }
            Progress::WarmingUp => {}
        }
    }

    pub(super) fn cost(&self, sample: &Sample) -> ServerCost {
        let elapsed = Duration::from_secs_f64(sample.elapsed_seconds);
        let (with, without) = (self.memory_with_clients, self.memory_without_clients);
        let clients = with.zip(without).filter(|_| self.open > 0);
        ServerCost {
            memory_bytes: with,
            memory_bytes_per_connection: clients
                .map(|(with, without)| with.saturating_sub(without) as f64 / self.open as f64),
            accept_queue: self.max_accept_queue,
            ..self.end.cost_since(&self.begin, sample.messages, elapsed)
        }
    }
}
