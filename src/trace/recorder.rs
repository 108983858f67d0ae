//! Records marks in the order in which they arrive.
//!
//! A mark is 24 bytes; each text is kept once, and marks refer to it by number. [`super`] holds one recorder
//! behind a lock.
//!
//! **Where the memory ends, the picture ends.** Beyond `MAX_MARKS`, marks are only counted, and all lanes
//! end at the first mark that did not fit. If some marks were kept and others dropped, a lane could seem to
//! wait forever because the mark of its waking is missing.

use super::lane::{About, FlowId, Kind, Lane, State};
use super::recorded::{EventKind, Mark, NO_TRACK, Trace, Track};
use crate::clock;
use std::borrow::Cow;
use std::collections::HashMap;
use std::time::Instant;

/// The maximum number of marks in a recording: about 50 MB, or a few minutes of a busy server.
const MAX_MARKS: usize = 2_000_000;

/// The maximum number of bytes of names, notes and reasons to wait. Each text is kept once, so only notes
/// come near it.
const MAX_TEXT_BYTES: usize = 32 << 20;

/// Records one timeline.
pub(super) struct Recorder {
    about: About,
    first_lane: u32,
    time: Time,
    tracks: Vec<Open>,
    marks: Vec<Mark>,
    texts: Texts,
    flows: u32,
    room: usize,
    /// The time of the first mark that did not fit.
    full_at: Option<u64>,
    dropped: u64,
}

enum Time {
    Real(Instant),
    /// Nanoseconds since the start, as set.
    Virtual(u64),
}

/// A lane while it is recorded.
struct Open {
    track: Track,
    /// `None` once it is closed.
    state: Option<EventKind>,
}

#[derive(Default)]
struct Texts {
    numbers: HashMap<Cow<'static, str>, u32>,
    bytes: usize,
}

impl Texts {
    fn number(&mut self, text: Cow<'static, str>) -> u32 {
        if let Some(number) = self.numbers.get(&text) {
            return *number;
        }
        let number = self.numbers.len() as u32;
        self.bytes += text.len();
        self.numbers.insert(text, number);
        number
    }

    fn in_order(self) -> Vec<Cow<'static, str>> {
        let mut all: Vec<_> = self.numbers.into_iter().collect();
        all.sort_unstable_by_key(|(_, number)| *number);
        all.into_iter().map(|(text, _)| text).collect()
    }
}

impl Recorder {
    pub(super) fn new(about: About, first_lane: u32) -> Recorder {
        Recorder::with_capacity(about, first_lane, MAX_MARKS)
    }

    fn with_capacity(about: About, first_lane: u32, room: usize) -> Recorder {
        Recorder {
            about,
            first_lane,
            time: Time::Real(clock::now()),
            tracks: Vec::new(),
            marks: Vec::new(),
            texts: Texts::default(),
            flows: 0,
            room,
            full_at: None,
            dropped: 0,
        }
    }

    /// The number of the next lane.
    pub(super) fn next_lane(&self) -> u32 {
        self.first_lane + self.tracks.len() as u32
    }

    pub(super) fn set_virtual_time(&mut self, now_ns: u64) {
        if let Time::Real(_) = self.time {
            for mark in &mut self.marks {
                mark.at_ns = now_ns;
            }
            for Open { track, .. } in &mut self.tracks {
                (track.begin_ns, track.end_ns) = (now_ns, now_ns);
            }
        }
        // Never backwards, whatever the caller sets: a state would end before it begins.
        self.time = Time::Virtual(match self.time {
            Time::Virtual(before) => before.max(now_ns),
            Time::Real(_) => now_ns,
        });
    }

    pub(super) fn open(&mut self, kind: Kind, name: &str, parent: Lane) -> Lane {
        let now = self.now();
        let number = self.next_lane();
        if !self.has_room(now) || number & Lane::IS_THREAD != 0 {
            return Lane::NONE;
        }
        self.texts.bytes += name.len();
        let parent = self.index(parent).map(|index| index as usize);
        self.tracks.push(Open {
            track: Track {
                kind,
                name: name.to_owned(),
                parent,
                begin_ns: now,
                end_ns: now,
            },
            state: None,
        });
        let index = self.tracks.len() as u32 - 1;
        self.set(index, now, EventKind::Ready);
        Lane::new(number, kind)
    }

    pub(super) fn close(&mut self, lane: Lane) {
        let now = self.full_at.unwrap_or(self.now());
        if let Some(index) = self.open_index(lane) {
            let open = &mut self.tracks[index as usize];
            open.track.end_ns = now;
            open.state = None;
        }
    }

    /// `ready_ns`: for how many nanoseconds, up to now, the lane has been ready already.
    pub(super) fn mark(&mut self, lane: Lane, state: State, ready_ns: u64) {
        let now = self.now();
        let Some(index) = self.open_index(lane).filter(|_| self.has_room(now)) else {
            return;
        };
        if ready_ns > 0
            && let Time::Real(_) = self.time
        {
            // Not before the wait began: the clocks of the kernel and ours are read one after the other.
            let since = self.tracks[index as usize].track.end_ns;
            let ready = now.saturating_sub(ready_ns).max(since);
            self.set_if_new(index, ready, EventKind::Ready);
        }
        let kind = match state {
            State::Running => EventKind::Running,
            State::Ready => EventKind::Ready,
            State::BlockedOnWrite => EventKind::BlockedOnWrite,
            State::Waiting(reason) => EventKind::Waiting(self.texts.number(reason)),
        };
        self.set_if_new(index, now, kind);
    }

    pub(super) fn arrow(&mut self, from: Lane, to: Lane, cancels: bool) {
        let now = self.now();
        let Some(to) = self.open_index(to).filter(|_| self.has_room(now)) else {
            return;
        };
        let kind = if cancels {
            EventKind::Cancel(to)
        } else {
            EventKind::Wake(to)
        };
        let from = self.open_index(from).unwrap_or(NO_TRACK);
        self.push(from, now, kind);
    }

    /// The number of the flow, from 1 on; 0 if it was not recorded.
    pub(super) fn flow_begin(&mut self, from: Lane) -> u32 {
        let now = self.now();
        let Some(from) = self.open_index(from).filter(|_| self.has_room(now)) else {
            return 0;
        };
        self.flows += 1;
        self.push(from, now, EventKind::FlowBegin(self.flows));
        self.flows
    }

    pub(super) fn flow_end(&mut self, to: Lane, flow: &FlowId) {
        let now = self.now();
        let is_ours = self.index(flow.from).is_some() && flow.number > 0;
        let Some(to) = self
            .open_index(to)
            .filter(|_| is_ours && self.has_room(now))
        else {
            return;
        };
        self.push(to, now, EventKind::FlowEnd(flow.number));
    }

    pub(super) fn note(&mut self, on: Lane, text: &str) {
        let now = self.now();
        let Some(on) = self.open_index(on).filter(|_| self.has_room(now)) else {
            return;
        };
        let number = self.texts.number(Cow::Owned(text.to_owned()));
        self.push(on, now, EventKind::Note(number));
    }

    /// Closes all open lanes.
    pub(super) fn finish(mut self) -> Trace {
        let end = self.full_at.unwrap_or(self.now());
        for Open { track, state } in &mut self.tracks {
            if state.is_some() {
                track.end_ns = end;
            }
        }
        // The end of a wait in `Ready` is recorded after the fact, see `mark`. The sort is stable: equal
        // times stay in the order of recording.
        self.marks.sort_by_key(|mark| mark.at_ns);
        Trace {
            about: self.about,
            wall_ns: end,
            is_virtual: matches!(self.time, Time::Virtual(_)),
            dropped: self.dropped,
            tracks: self.tracks.into_iter().map(|open| open.track).collect(),
            marks: self.marks,
            texts: self.texts.in_order(),
        }
    }

    fn now(&self) -> u64 {
        match self.time {
            Time::Real(start) => clock::now().saturating_duration_since(start).as_nanos() as u64,
            Time::Virtual(now) => now,
        }
    }

    /// `None` for no lane, and for lanes of other recordings.
    fn index(&self, lane: Lane) -> Option<u32> {
        let index = lane.number().checked_sub(self.first_lane)?;
        ((index as usize) < self.tracks.len()).then_some(index)
    }

    fn open_index(&self, lane: Lane) -> Option<u32> {
        let is_open = |index: &u32| self.tracks[*index as usize].state.is_some();
        self.index(lane).filter(is_open)
    }

    fn set_if_new(&mut self, index: u32, at_ns: u64, kind: EventKind) {
        if self.tracks[index as usize].state != Some(kind) {
            self.set(index, at_ns, kind);
        }
    }

    fn set(&mut self, index: u32, at_ns: u64, kind: EventKind) {
        self.push(index, at_ns, kind);
        let open = &mut self.tracks[index as usize];
        open.state = Some(kind);
        open.track.end_ns = at_ns; // while it is open: the time of its last mark
    }

    fn push(&mut self, track: u32, at_ns: u64, kind: EventKind) {
        self.marks.push(Mark { at_ns, track, kind });
    }

    /// Whether one more mark fits; if not, counts it.
    fn has_room(&mut self, now: u64) -> bool {
        let room = self.marks.len() < self.room && self.texts.bytes < MAX_TEXT_BYTES;
        if self.full_at.is_none() && room {
            return true;
        }
        self.full_at.get_or_insert(now);
        self.dropped += 1;
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorder(room: usize) -> Recorder {
        let mut recorder = Recorder::with_capacity(About::default(), 7, room);
        recorder.set_virtual_time(0);
        recorder
    }

    /// The states of the first lane, with their beginnings and ends.
    fn states(trace: &Trace) -> Vec<(EventKind, u64, u64)> {
        let marks = trace.marks.iter().zip(trace.ends());
        marks
            .filter(|(mark, _)| mark.track == 0 && mark.kind.is_state())
            .map(|(mark, end)| (mark.kind, mark.at_ns, end))
            .collect()
    }

    fn waiting() -> State {
        State::Waiting("read".into())
    }

    #[test]
    fn states_are_contiguous_and_add_up_to_the_lifetime() {
        let mut recorder = recorder(100);
        recorder.set_virtual_time(5);
        let lane = recorder.open(Kind::Task, "a", Lane::NONE);
        let marks = [State::Running, waiting(), waiting(), State::Running];
        for (time, state) in (10..).step_by(10).zip(marks) {
            recorder.set_virtual_time(time);
            recorder.mark(lane, state, 0);
        }
        recorder.set_virtual_time(45);
        recorder.close(lane);
        recorder.set_virtual_time(50);
        recorder.mark(lane, State::Ready, 0);
        let trace = recorder.finish();
        let spans = states(&trace).into_iter();
        let spans: Vec<_> = spans.map(|(_, from, until)| (from, until)).collect();
        // The second `waiting` continues the first; the mark after the end is ignored.
        assert_eq!(spans, [(5, 10), (10, 20), (20, 40), (40, 45)]);
        assert_eq!((trace.wall_ns, trace.tracks[0].end_ns), (50, 45));
    }

    #[test]
    fn when_the_memory_is_full_the_picture_ends() {
        let mut recorder = recorder(3);
        let lane = recorder.open(Kind::Task, "a", Lane::NONE);
        for time in 1..=5 {
            recorder.set_virtual_time(10 * time);
            let state = [State::Running, State::Ready][time as usize % 2].clone();
            recorder.mark(lane, state, 0);
        }
        assert_eq!(
            recorder.open(Kind::Task, "late", lane),
            Lane::NONE,
            "no room"
        );
        recorder.set_virtual_time(100);
        let trace = recorder.finish();
        // The second `Ready` in a row is no new mark, so the third mark is the one at 30.
        assert_eq!((trace.marks(), trace.wall_ns, trace.dropped), (3, 40, 3));
        assert_eq!(trace.tracks[0].end_ns, 40);
        assert_eq!(states(&trace).last().map(|(_, _, until)| *until), Some(40));
    }

    #[test]
    fn the_last_part_of_a_wait_is_ready_if_the_kernel_reports_it() {
        let mut recorder = Recorder::with_capacity(About::default(), 1, 100);
        let lane = recorder.open(Kind::Thread, "a", Lane::NONE);
        recorder.mark(lane, State::Running, 0);
        recorder.mark(lane, waiting(), 0);
        recorder.open(Kind::Thread, "b", Lane::NONE);
        // More than the whole wait: it was ready from the beginning of the wait, and not before.
        recorder.mark(lane, State::Running, u64::MAX);
        let trace = recorder.finish();
        let times = trace.marks.iter().map(|mark| mark.at_ns);
        assert!(
            times.is_sorted(),
            "a mark made after the fact is in its place"
        );
        let states = states(&trace);
        let kinds: Vec<EventKind> = states.iter().map(|(kind, ..)| *kind).collect();
        let expected = [
            EventKind::Ready,
            EventKind::Running,
            EventKind::Waiting(0),
            EventKind::Ready,
            EventKind::Running,
        ];
        assert_eq!(kinds, expected);
        assert_eq!(states[2].1, states[2].2, "none of the wait is left");
        assert!(states.windows(2).all(|pair| pair[0].2 == pair[1].1));
    }

    #[test]
    fn lanes_of_another_recording_are_ignored() {
        let mut recorder = recorder(100);
        recorder.mark(Lane(6), State::Running, 0);
        recorder.mark(Lane(7), State::Running, 0);
        recorder.close(Lane(8));
        let lane = recorder.open(Kind::Task, "a", Lane(6));
        recorder.arrow(Lane(6), lane, true);
        let trace = recorder.finish();
        assert_eq!(trace.tracks[0].parent, None);
        let last = trace.marks.last().map(|mark| (mark.track, mark.kind));
        assert_eq!(last, Some((NO_TRACK, EventKind::Cancel(0))));
    }
}
