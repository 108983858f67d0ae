//! The server counts its clients by the permits they hold.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Which client a connection belongs to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClientInfo {
    /// The index of its endpoint.
    pub(crate) endpoint: usize,
    /// The client's address and port.
    pub(crate) address: SocketAddr,
    /// The client's number, counted from 1.
    pub(crate) client: u64,
}

/// One client's share of the connection count, given back when it is dropped.
pub(crate) struct Permit(Arc<AtomicUsize>);

impl Permit {
    /// Takes a permit; returns it with the number of permits that are now held.
    pub(crate) fn take(open: &Arc<AtomicUsize>) -> (Permit, usize) {
        let before = open.fetch_add(1, Ordering::Relaxed);
        (Permit(Arc::clone(open)), before + 1)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
