//! What the loop keeps of a watched descriptor: its callback, and what the kernel reported last.

use super::callback::{Ready, guarded};
use super::reactor::{Interest, Readiness};
use crate::trace::{self, Kind, Lane, State};
use std::cell::Cell;
use std::rc::Rc;

/// The reactor keeps it, and so does the ready queue when there is something to call.
pub(super) struct OnReady {
    callback: Box<dyn Fn(Readiness)>,
    /// As the kernel reported it last.
    readiness: Cell<Readiness>,
    interest: Cell<Interest>,
    /// Its descriptor was dropped, perhaps by an earlier callback of the same turn.
    gone: Cell<bool>,
    lane: Lane,
}

impl OnReady {
    pub(super) fn new(
        name: impl FnOnce() -> String,
        interest: Interest,
        callback: Box<dyn Fn(Readiness)>,
    ) -> OnReady {
        let lane = if trace::on() {
            trace::open(Kind::Callback, &name(), trace::current())
        } else {
            Lane::NONE
        };
        trace::mark(lane, waits_for(interest));
        OnReady {
            callback,
            readiness: Cell::default(),
            interest: Cell::new(interest),
            gone: Cell::new(false),
            lane,
        }
    }

    /// Keeps what the kernel reported until the callback has its turn.
    pub(super) fn set_readiness(&self, readiness: Readiness) {
        self.readiness.set(readiness);
        if trace::on() {
            trace::mark(self.lane, State::Ready);
        }
    }

    pub(super) fn interest(&self) -> Interest {
        self.interest.get()
    }

    pub(super) fn set_interest(&self, interest: Interest) {
        self.interest.set(interest);
    }

    /// The callback is not called again, even if it is in the ready queue.
    pub(super) fn remove(&self) {
        self.gone.set(true);
        trace::close(self.lane);
    }
}

impl Ready for OnReady {
    fn run(self: Rc<Self>) {
        if self.gone.get() {
            return;
        }
        if !trace::on() {
            return (self.callback)(self.readiness.get());
        }
        let running = trace::enter(self.lane);
        guarded(|| self.label(), || (self.callback)(self.readiness.get()));
        drop(running);
        trace::mark(self.lane, waits_for(self.interest.get()));
    }

    fn label(&self) -> String {
        "the callback of a source".to_owned()
    }
}

fn waits_for(interest: Interest) -> State {
    match interest {
        Interest::Nothing => State::Waiting("nothing".into()),
        Interest::Read => State::Waiting("input".into()),
        Interest::Write => State::BlockedOnWrite,
        Interest::ReadWrite => State::Waiting("input or room".into()),
    }
}
