//! One page with everything in it: style, script and data. It asks nobody for anything, so it works from
//! a memory stick, in an exam room and in ten years.
//!
//! The data is JSON in an element that no browser runs. The one thing that ends such an element is
//! `</script`, so every `<` in it is spelt `\u003c`, which JSON reads as the same; what stands in the page
//! as text is escaped as text. A name in a timeline can be anything a client or a lesson chose.
//!
//! **Where it breaks:** beyond [`MAX_EVENTS`] a browser gets slow, so the page ends there and says so;
//! cut out what you want to see with a window of time.

use super::{Arrow, EventKind, Timeline, Window};
use crate::text::{escape_html, fill};
use crate::trace::State;
use serde_json::{Value, json};
use std::collections::HashMap;

/// A page of some 10 MB, drawn at once on a laptop.
pub const MAX_EVENTS: usize = 300_000;

const PAGE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/style.css");
const SCRIPT: &str = include_str!("page/script.js");

/// Makes the page of what is in `window`.
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

/// What the script is given: lanes, texts, and events as `[at, lane, code, a, b]`, times in
/// nanoseconds.
///
/// | code | what | `a` | `b` |
/// |---|---|---|---|
/// | 0 running, 1 ready, 3 blocked on write | a state | its end | |
/// | 2 | waiting | its end | the text of what for |
/// | 4 wake, 5 cancel, 6 hand over | an arrow | the other lane, or null | when it got there |
/// | 7 | a note | its text | |
fn data(timeline: &Timeline, window: Window) -> Value {
    let mut texts = Texts::default();
    let mut events = Vec::new();
    let mut left_out = 0;
    for event in &timeline.events {
        let (at, lane) = (event.at, event.lane);
        let (until, code, a, b) = match &event.kind {
            EventKind::State(place) => {
                let span = &timeline.lanes[lane].states[*place];
                let (code, what) = match &span.state {
                    State::Running => (0, Value::Null),
                    State::Ready => (1, Value::Null),
                    State::Waiting(what) => (2, texts.number(what)),
                    State::BlockedOnWrite => (3, Value::Null),
                };
                (span.until, code, json!(span.until), what)
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
