//! A web page that contains everything it needs: style, script and data. It loads nothing, so it works
//! without a network.
//!
//! The data is JSON in an element that browsers do not run. Only `</script` could end it, so every `<` in
//! the data is written as `\u003c`. Text in the page is escaped. Both are necessary: a name in a timeline
//! can be any text that a client or a lesson chose.
//!
//! **Where it breaks:** a browser is slow with more than `MAX_EVENTS`, so the page leaves out the rest and
//! says so. Select a part with a window of time.

use super::{Arrow, EventKind, Timeline, Window};
use crate::text::{escape_html, fill};
use crate::trace::State;
use serde_json::{Value, json};
use std::collections::HashMap;

/// The maximum number of events: a page of about 10 MB, which a laptop draws without delay.
const MAX_EVENTS: usize = 300_000;

const PAGE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/style.css");
const SCRIPT: &str = include_str!("page/script.js");

/// The page of the part of the timeline that is in `window`.
pub fn page(timeline: &Timeline, window: Window) -> String {
    let data = data(timeline, window).to_string().replace('<', "\\u003c");
    let title = if timeline.title.is_empty() {
        "timeline"
    } else {
        &timeline.title
    };
    let title = escape_html(title);
    fill(
        PAGE,
        &[
            ("{title}", &title),
            ("{style}", STYLE),
            ("{heading}", &title),
            ("{data}", &data),
            ("{script}", SCRIPT),
        ],
    )
}

/// The data for the script: lanes, texts, and events as `[at, lane, code, a, b]`, with times in
/// nanoseconds.
///
/// | code | event | `a` | `b` |
/// |---|---|---|---|
/// | 0 running, 1 ready, 3 blocked on write | a state | its end | |
/// | 2 waiting | a state | its end | the reason, as the index of a text |
/// | 4 wake, 5 cancel, 6 hand over | an arrow | the other lane, or null | its end |
/// | 7 | a note | the index of its text | |
fn data(timeline: &Timeline, window: Window) -> Value {
    let mut texts = Texts::default();
    let mut events = Vec::new();
    let mut left_out = 0;
    for event in &timeline.events {
        let (at, lane) = (event.at, event.lane);
        let (until, code, a, b) = match &event.kind {
            EventKind::State(index) => {
                let span = &timeline.lanes[lane].states[*index];
                let (code, reason) = match &span.state {
                    State::Running => (0, Value::Null),
                    State::Ready => (1, Value::Null),
                    State::Waiting(reason) => (2, texts.number(reason)),
                    State::BlockedOnWrite => (3, Value::Null),
                };
                (span.until, code, json!(span.until), reason)
            }
            EventKind::Arrow { kind, to, until } => (*until, code(*kind), json!(to), json!(until)),
            EventKind::FromOutside(kind) => (at, code(*kind), Value::Null, json!(at)),
            EventKind::Note(text) => (at, 7, texts.number(text), Value::Null),
        };
        if window.cut(at, until).is_none() {
            continue;
        }
        if events.len() == MAX_EVENTS {
            left_out += 1;
            continue;
        }
        events.push(json!([at, lane, code, a, b]));
    }
    let lanes = timeline.lanes.iter();
    let lanes: Vec<Value> = lanes
        .map(|lane| json!([lane.name, lane.kind, lane.parent, lane.begin(), lane.end()]))
        .collect();
    json!({
        "model": timeline.model,
        "command": timeline.command,
        "wall": timeline.wall,
        "virtual": timeline.is_virtual,
        "dropped": timeline.dropped,
        "leftOut": left_out,
        "window": [window.from, window.until],
        "lanes": lanes,
        "texts": texts.all,
        "events": events,
    })
}

fn code(kind: Arrow) -> u8 {
    match kind {
        Arrow::Wake => 4,
        Arrow::Cancel => 5,
        Arrow::HandOver => 6,
    }
}

#[derive(Default)]
struct Texts {
    numbers: HashMap<String, usize>,
    all: Vec<String>,
}

impl Texts {
    fn number(&mut self, text: &str) -> Value {
        let next = self.all.len();
        let number = *self.numbers.entry(text.to_owned()).or_insert(next);
        if number == next {
            self.all.push(text.to_owned());
        }
        json!(number)
    }
}
