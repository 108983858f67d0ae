//! A small hand-made timeline of half a second: a loop with two tasks and a writer. One task runs while the
//! other is ready and gets cancelled; the writer is blocked; a callback takes no time.

use serde_json::{Value, json};

const LANES: [(&str, &str, Option<u64>); 5] = [
    ("loop", "thread", None),
    ("</script> & \"A\"", "task", Some(1)),
    ("B", "task", Some(1)),
    ("書き手 with a long name", "task", Some(2)),
    ("on_readable", "callback", Some(1)),
];

fn process(lane: u64) -> u64 {
    match LANES[lane as usize - 1].1 {
        "thread" => 1,
        "task" => 2,
        _ => 3,
    }
}

fn state(lane: u64, from: u64, until: u64, state: &str) -> Value {
    let (name, args) = match state.split_once(": ") {
        Some((waiting, what)) => (state, json!({"state": waiting, "waiting_for": what})),
        None => (state, json!({"state": state})),
    };
    json!({"name": name, "cat": "state", "ph": "X", "ts": from * 1000, "dur": (until - from) * 1000,
        "pid": process(lane), "tid": lane, "args": args})
}

fn arrow(kind: &str, id: u64, [from, to]: [u64; 2], [at, until]: [u64; 2]) -> [Value; 2] {
    let end = |phase, lane, at| {
        json!({"name": kind, "cat": kind, "ph": phase, "id": id, "ts": at * 1000, "pid": process(lane),
            "tid": lane})
    };
    let mut there = end("f", to, until);
    there["bp"] = "e".into();
    [end("s", from, at), there]
}

/// The file, as a value to change something in. Times in milliseconds above.
pub(crate) fn value() -> Value {
    let mut events = Vec::new();
    for (number, name) in [(1, "threads"), (2, "tasks"), (3, "callbacks")] {
        events.push(
            json!({"name": "process_name", "ph": "M", "pid": number, "tid": 0,
            "args": {"name": name}}),
        );
    }
    for (number, (name, kind, parent)) in (1..).zip(LANES) {
        events.push(
            json!({"name": "thread_name", "ph": "M", "pid": process(number), "tid": number,
            "args": {"name": name, "kind": kind, "parent": parent}}),
        );
    }
    let mut happened = vec![
        state(1, 0, 5, "ready"),
        state(1, 5, 100, "running"),
        state(1, 100, 200, "waiting: events"),
        state(1, 200, 420, "running"),
        state(1, 420, 500, "waiting: events"),
        state(2, 10, 20, "ready"),
        state(2, 20, 60, "running"),
        state(2, 60, 200, "waiting: sleep 0.14 s"),
        state(2, 200, 330, "running"),
        state(3, 10, 60, "ready"),
        state(3, 60, 100, "running"),
        state(3, 100, 250, "waiting: lock"),
        state(3, 250, 330, "ready"),
        state(3, 330, 350, "running"),
        state(4, 15, 90, "ready"),
        state(4, 90, 95, "running"),
        state(4, 95, 390, "blocked on write"),
        state(4, 390, 420, "running"),
        state(5, 0, 200, "waiting: socket 7"),
        state(5, 200, 200, "running"),
        state(5, 200, 420, "waiting: socket 7"),
        json!({"name": "A says: <b>hello</b>", "cat": "note", "ph": "i", "s": "t", "ts": 30_000,
            "pid": 2, "tid": 2}),
    ];
    happened.extend(arrow("wake", 1, [1, 2], [200, 200]));
    happened.extend(arrow("cancel", 2, [2, 3], [300, 300]));
    happened.extend(arrow("hand over", 3, [2, 4], [220, 390]));
    happened.sort_by_key(|event| event["ts"].as_u64());
    events.extend(happened);
    json!({"traceEvents": events, "displayTimeUnit": "ms", "otherData": {
        "schema": "gearshift-timeline/1", "title": "a slow task </title>", "model": null,
        "command": "gearshift lesson slow", "wall_us": 500_000, "dropped": 0, "clock": "virtual"}})
}

pub(crate) fn text() -> String {
    value().to_string()
}
