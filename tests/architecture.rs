#![allow(clippy::unwrap_used, missing_docs)]
//! The layers and habits that the compiler cannot hold, held by reading the source.
//!
//! Each test first shows its rule a made-up file that breaks it, then the crate.

#[path = "architecture/source.rs"]
mod source;

use source::{Source, Token};

/// Not models; everything else in `models` is one.
const SHARED_BY_MODELS: [&str; 2] = ["mod", "support"];

/// What is wrong, as `src/FILE:LINE: RULE`.
type Complaints = Vec<String>;

fn complaint(source: &Source, line: usize, rule: &str) -> String {
    format!("src/{}:{line}: {rule}", source.path)
}

/// Asserts that `rule` complains of each made-up file once, in its last line, and of nothing in the
/// crate.
#[track_caller]
fn hold(rule: impl Fn(&Source) -> Complaints, broken_by: &[(&str, &str)]) {
    for (path, text) in broken_by {
        let complaints = rule(&Source::new(path, text));
        let place = format!("src/{path}:{}: ", text.lines().count());
        assert!(
            complaints.len() == 1 && complaints[0].starts_with(&place),
            "the rule does not see {text:?} in {path}: {complaints:?}"
        );
    }
    let complaints: Complaints = Source::all().iter().flat_map(rule).collect();
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

// -- Layers -----------------------------------------------------------------------------------------

/// `module` must not name any of `others`.
fn knows_nothing_of(module: &str, others: &[&str], source: &Source) -> Complaints {
    if !source.is_in(module) {
        return Vec::new();
    }
    let mut complaints = Vec::new();
    for named in &source.names {
        if let Some(other) = others.iter().find(|other| named.reaches(other)) {
            let rule = format!("{module} must not know {other}");
            complaints.push(complaint(source, named.line, &rule));
        }
    }
    complaints
}

#[test]
fn services_know_no_bytes_and_no_waiting() {
    let others = ["protocol", "models", "aio", "server", "client", "cli"];
    hold(
        |source| knows_nothing_of("service", &others, source),
        &[
            ("service/echo.rs", "//!\nuse crate::protocol::Limits;"),
            ("service/echo.rs", "use crate::{clock, models::Model};"),
            ("service/mod.rs", "use super::aio;"),
            ("service/echo.rs", "fn f() { super::super::server::g() }"),
            ("service/echo.rs", "use crate::*;"),
        ],
    );
}

#[test]
fn protocols_know_no_waiting() {
    let others = ["models", "aio", "server", "client", "cli"];
    hold(
        |source| knows_nothing_of("protocol", &others, source),
        &[
            ("protocol/http.rs", "use crate::models::shared::Shared;"),
            ("protocol/http.rs", "fn f(x: crate::aio::Token) {}"),
        ],
    );
}

#[test]
fn models_know_nothing_of_who_starts_them() {
    let others = ["server", "client", "cli", "settings"];
    hold(
        |source| knows_nothing_of("models", &others, source),
        &[("models/support/queue.rs", "use crate::server::Handle;")],
    );
}

#[test]
fn watching_knows_nothing_of_who_is_told() {
    let others = [
        "service", "protocol", "models", "aio", "server", "client", "cli",
    ];
    hold(
        |source| knows_nothing_of("watch", &others, source),
        &[("watch/scan.rs", "use crate::service::Notice;")],
    );
}

#[test]
fn the_client_knows_nothing_of_our_server() {
    let others = ["models", "protocol", "server", "service"];
    hold(
        |source| knows_nothing_of("client", &others, source),
        &[
            ("client.rs", "use crate::protocol::Limits;"),
            ("client/dial.rs", "use super::super::server::Server;"),
        ],
    );
}

#[test]
fn the_lab_knows_nothing_of_our_server() {
    let others = ["models", "protocol", "server", "service"];
    hold(
        |source| knows_nothing_of("lab", &others, source),
        &[
            ("lab/load/plan.rs", "use crate::protocol::Limits;"),
            ("lab/mod.rs", "use super::server::Server;"),
        ],
    );
}

/// `module` must not name anything of this crate but `allowed` and itself.
fn knows_only(module: &str, allowed: &[&str], source: &Source) -> Complaints {
    if !source.is_in(module) {
        return Vec::new();
    }
    let wrong = |named: &&source::Named| {
        let first = named.segments.first().map_or("", |segment| segment);
        named.of_this_crate && first != module && !allowed.contains(&first)
    };
    let rule = format!("{module} may know {} only", allowed.join(" and "));
    let names = source.names.iter().filter(wrong);
    names
        .map(|named| complaint(source, named.line, &rule))
        .collect()
}

#[test]
fn the_event_loop_knows_only_time() {
    // Its own macro, which lives at the root as macros do.
    let allowed = ["clock", "tcp", "trace", "gather"];
    hold(
        |source| knows_only("aio", &allowed, source),
        &[
            (
                "aio/core/timers.rs",
                "use crate::clock;\nuse crate::error::Error;",
            ),
            ("aio/mod.rs", "use super::models::Model;"),
            ("aio/mod.rs", "use crate::*;"),
        ],
    );
}

#[test]
fn lessons_know_only_the_loop() {
    // `gather` is a macro of the loop's, and macros live at the root.
    hold(
        |source| knows_only("lessons", &["aio", "clock", "gather", "trace"], source),
        &[
            ("lessons/lock.rs", "use crate::cli::Lesson;"),
            ("lessons/mod.rs", "use crate::error::Error;"),
            ("lessons/streams.rs", "fn f() { super::super::server::g() }"),
        ],
    );
}

#[test]
fn recording_knows_only_time() {
    hold(
        |source| knows_only("trace", &["clock"], source),
        &[
            ("trace/mod.rs", "use crate::aio::EventLoop;"),
            ("trace/chrome.rs", "use crate::models::ModelKind;"),
        ],
    );
}

#[test]
fn a_picture_is_made_of_the_file_alone() {
    hold(
        |source| knows_only("timeline", &["error", "output", "text", "trace"], source),
        &[
            ("timeline/read.rs", "use crate::models::ModelKind;"),
            ("timeline/html.rs", "use crate::server::Handle;"),
        ],
    );
}

#[test]
fn a_report_is_made_of_the_run_alone() {
    let allowed = ["lab", "error", "text", "output"];
    let about_runs = |source: &Source| {
        let asks = [
            "lab/report",
            "lab/stats",
            "lab/metric",
            "lab/format",
            "lab/result",
        ];
        asks.iter().any(|place| source.is_in(place))
    };
    let others = [
        "models", "protocol", "server", "service", "aio", "client", "cli", "clock",
    ];
    let rule = |source: &Source| match about_runs(source) {
        true => knows_only("lab", &allowed, source),
        false => knows_nothing_of("lab", &others[..4], source),
    };
    hold(
        rule,
        &[
            ("lab/report/mod.rs", "use crate::clock;"),
            ("lab/stats/verdict.rs", "use crate::models::ModelKind;"),
            ("lab/load.rs", "use crate::{clock, protocol::Limits};"),
        ],
    );
}

/// The name of the model whose file or part this is.
fn model_of(source: &Source) -> Option<&str> {
    let name = source.path.strip_prefix("models/")?;
    let name = name.split(['/', '.']).next()?;
    (!SHARED_BY_MODELS.contains(&name)).then_some(name)
}

#[test]
fn one_model_does_not_know_another() {
    let all = Source::all();
    let models: Vec<&str> = all.iter().filter_map(model_of).collect();
    assert!(models.contains(&"event_loop"), "{models:?}");
    let rule = |source: &Source| {
        let Some(own) = model_of(source) else {
            return Vec::new();
        };
        let mut complaints = Vec::new();
        for named in &source.names {
            let reached =
                |other: &&&str| **other != own && named.reaches(&format!("models::{other}"));
            if let Some(other) = models.iter().find(reached) {
                let rule = format!("model {own} must not know model {other}");
                complaints.push(complaint(source, named.line, &rule));
            }
        }
        complaints
    };
    hold(
        rule,
        &[
            ("models/event_loop.rs", "use super::thread_pool::WhenFull;"),
            ("models/sequential.rs", "use crate::models::event_loop;"),
            ("models/sequential.rs", "use super::*;"),
        ],
    );
}

#[test]
fn a_model_is_written_without_marks_for_the_timeline() {
    let rule = |source: &Source| {
        let marks = source.tokens.iter().filter(|token| token.is("trace"));
        let rule = "no trace in a model: mark the wait where the models share it";
        let in_model = |_: &&source::Placed| model_of(source).is_some();
        marks
            .filter(in_model)
            .map(|token| complaint(source, token.line, rule))
            .collect()
    };
    hold(
        rule,
        &[
            ("models/sequential.rs", "use crate::{clock, trace};"),
            (
                "models/sequential.rs",
                "fn f() {\n crate::trace::note(\"\") }",
            ),
        ],
    );
}

// -- One place for each thing -----------------------------------------------------------------------

/// What begins with the crate `name` is allowed in `places` only.
fn crate_only_in(name: &str, places: &[&str], source: &Source) -> Complaints {
    if places.iter().any(|place| source.is_in(place)) {
        return Vec::new();
    }
    let named = |named: &&source::Named| named.segments[..1] == [name];
    let rule = format!("{name} only in {}", places.join(" and "));
    let uses = source.names.iter().filter(named);
    uses.map(|named| complaint(source, named.line, &rule))
        .collect()
}

#[test]
fn frames_are_spelt_by_protocol_and_clients_only() {
    let places = ["protocol", "client", "lab/load/target"];
    hold(
        |source| crate_only_in("tungstenite", &places, source),
        &[
            ("models/support/queue.rs", "\nuse tungstenite::Message;"),
            ("server.rs", "fn f(m: tungstenite::Message) {}"),
            ("server.rs", "use tungstenite as ws;"),
        ],
    );
}

#[test]
fn readiness_is_asked_for_by_the_reactor_only() {
    hold(
        |source| crate_only_in("polling", &["aio/core/reactor"], source),
        &[("aio/core/event_loop.rs", "use polling::{Poller};")],
    );
}

#[test]
fn signals_are_caught_in_main_and_on_a_loop_only() {
    hold(
        |source| crate_only_in("ctrlc", &["main"], source),
        &[("server.rs", "fn f() { ctrlc::set_handler(g) }")],
    );
    hold(
        |source| crate_only_in("signal_hook", &["aio/io/signal"], source),
        &[("server.rs", "use signal_hook::flag;")],
    );
}

/// No path ends with `end`, but in `places`.
fn path_only_in(end: &[&str], places: &[&str], rule: &str, source: &Source) -> Complaints {
    if places.iter().any(|place| source.is_in(place)) {
        return Vec::new();
    }
    let uses = source.names.iter().filter(|named| named.ends_with(end));
    uses.map(|named| complaint(source, named.line, rule))
        .collect()
}

#[test]
fn time_is_asked_of_the_clock_only() {
    let rule = "Instant::now() only in clock.rs; call clock::now()";
    hold(
        |source| path_only_in(&["Instant", "now"], &["clock"], rule, source),
        &[
            ("server.rs", "fn f() { Instant::now() }"),
            ("server.rs", "fn f() { std::time::Instant::now() }"),
            ("server.rs", "fn f() { g.map(Instant::now) }"),
        ],
    );
}

#[test]
fn every_thread_has_a_name() {
    let rule = "thread::spawn() panics where there are no threads left; use thread::Builder";
    hold(
        |source| path_only_in(&["thread", "spawn"], &[], rule, source),
        &[
            ("server.rs", "fn f() { thread::spawn(g) }"),
            ("server.rs", "use std::thread::{self, spawn};"),
        ],
    );
}

#[test]
fn what_the_compiler_cannot_check_is_in_the_reactor_only() {
    let rule = |source: &Source| {
        let unsafe_words = source.tokens.iter().filter(|token| token.is("unsafe"));
        let allowed = source.path == "aio/core/reactor.rs";
        unsafe_words
            .filter(|_| !allowed)
            .map(|token| complaint(source, token.line, "unsafe only in aio/core/reactor.rs"))
            .collect()
    };
    hold(
        rule,
        &[
            ("server.rs", "fn f() {\n unsafe { g() } }"),
            ("client/dial.rs", "unsafe impl Send for X {}"),
        ],
    );
}

#[test]
fn nothing_is_unwrapped_outside_tests() {
    let rule = |source: &Source| {
        let is_unwrap = |window: &&[source::Placed]| {
            window[0].token == Token::Other('.') && window[1].is("unwrap") && !window[1].in_test
        };
        let rule = "no unwrap(); say with expect() why it cannot fail";
        source
            .tokens
            .windows(2)
            .filter(is_unwrap)
            .map(|window| complaint(source, window[1].line, rule))
            .collect()
    };
    hold(
        rule,
        &[
            ("server.rs", "fn f() { g().unwrap() }"),
            ("server.rs", "fn f() { g()\n.unwrap() }"),
            (
                "server.rs",
                "#[cfg(test)]\nmod tests { fn f() { g().unwrap() } }\nfn h() { g().unwrap() }",
            ),
        ],
    );
}

// -- Habits -----------------------------------------------------------------------------------------

fn at_most(lines: usize, rule: &str, source: &Source) -> Complaints {
    let too_long = source.text.lines().count() > lines;
    let last = source.text.lines().count();
    too_long
        .then(|| complaint(source, last, rule))
        .into_iter()
        .collect()
}

#[test]
fn no_file_is_longer_than_500_lines() {
    hold(
        |source| at_most(500, "a file has at most 500 lines", source),
        &[("server.rs", &"//!\n".repeat(501))],
    );
}

#[test]
fn no_model_is_longer_than_260_lines() {
    let rule = |source: &Source| match model_of(source) {
        Some(_) => at_most(260, "a model has at most 260 lines", source),
        None => Vec::new(),
    };
    hold(rule, &[("models/coroutines.rs", &"//!\n".repeat(261))]);
}

#[test]
fn every_file_begins_by_saying_what_it_is() {
    let rule = |source: &Source| {
        let begins = source.text.starts_with("//! ");
        (!begins)
            .then(|| complaint(source, 1, "a file begins with //!"))
            .into_iter()
            .collect()
    };
    hold(rule, &[("server.rs", "use std::io; //! late")]);
}
