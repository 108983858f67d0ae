//! Which part of the crate may import which.

use crate::imports::Imports;
use crate::source::{Named, Source};
use crate::{Violations, hold, violation};
use std::collections::BTreeSet;

/// Folders and what must not be imported in them, from the lowest layer up.
const LAYERS: [(&str, &str); 10] = [
    ("aio/core", "aio/tasks aio/sync aio/io"),
    ("aio/tasks", "aio/sync aio/io"),
    ("aio/sync", "aio/io"),
    ("hub", "watch service protocol connection models aio"),
    ("watch", "hub service protocol connection models aio"),
    ("service", "protocol connection models aio"),
    ("protocol", "connection models aio"),
    ("connection", "models aio server"),
    ("models", "server settings serve cli"),
    ("lab", "server settings serve cli"),
];

/// The imports between `sources` that run upwards, as text.
fn upward_imports(sources: &[Source]) -> Vec<String> {
    let imports = Imports::new(sources);
    let mut wrong = Vec::new();
    for (layer, above) in LAYERS {
        for other in above.split(' ') {
            wrong.extend(imports.between(layer, other));
        }
    }
    wrong
}

#[test]
fn imports_go_down_the_layers_only() {
    let made_up = [
        (
            "aio/mod.rs",
            "mod core; mod tasks; pub use tasks::task::Task;",
        ),
        ("aio/tasks/mod.rs", "pub(crate) mod task;"),
        ("aio/core/event_loop.rs", "use crate::aio::Task;"),
        (
            "aio/tasks/task.rs",
            "use super::super::core::event_loop; pub struct Task;",
        ),
        ("hub.rs", "#[cfg(test)]\nmod tests { use crate::watch; }"),
    ];
    let sources = made_up.map(|(path, text)| Source::new(path, text));
    let wrong = "src/aio/core/event_loop.rs:1: aio/core must not import src/aio/tasks/task.rs";
    assert_eq!(upward_imports(&sources), [wrong]);
    let wrong = upward_imports(Source::all());
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// The circles of imports that are not allowed between `sources`, as text.
///
/// Two files of one folder may import each other: a `mod.rs` that defines a trait and lists its
/// implementations has to.
fn circles(sources: &[Source]) -> Vec<String> {
    let imports = Imports::new(sources);
    let is_wrong = |circle: &&Vec<&str>| {
        let folders: BTreeSet<&str> = circle.iter().map(|file| imports.folder(file)).collect();
        circle.len() > 2 || folders.len() > 1
    };
    let circles = imports.circles();
    let wrong = circles.iter().filter(is_wrong);
    wrong.map(|circle| imports.lines(circle)).collect()
}

#[test]
fn files_do_not_import_each_other_in_circles() {
    let made_up = |files: &[(&str, &str)]| {
        let sources: Vec<Source> = files
            .iter()
            .map(|(path, text)| Source::new(path, text))
            .collect();
        circles(&sources).len()
    };
    let three = [
        ("a/mod.rs", "mod b; mod c; mod d; pub use b::B;"),
        ("a/b.rs", "use super::c::C; pub struct B;"),
        ("a/c.rs", "pub struct C; fn f() { crate::a::d::D }"),
        ("a/d.rs", "use crate::a::B; pub struct D;"),
    ];
    let two = [
        ("a/b.rs", "use super::c::C; pub struct B;"),
        ("a/c.rs", "use super::b::*; pub struct C;"),
    ];
    let across = [
        ("a/mod.rs", "pub mod b; pub use b::*;"),
        ("a/b.rs", "use crate::c::D; pub struct B;"),
        ("c.rs", "mod e; pub use e::E as D;"),
        ("c/e.rs", "use crate::a::B; pub struct E;"),
    ];
    let in_tests = [
        ("a/b.rs", "use crate::c::C;"),
        ("c.rs", "#[cfg(test)]\nmod tests { use crate::a::b::B; }"),
    ];
    let star = [
        ("a.rs", "mod b; mod c; use b::B; use c::C; pub trait A {}"),
        ("a/b.rs", "use super::A; pub struct B;"),
        ("a/c.rs", "use super::A; pub struct C;"),
    ];
    assert_eq!([made_up(&three), made_up(&across)], [1, 1]);
    assert_eq!([made_up(&two), made_up(&star), made_up(&in_tests)], [0; 3]);
    let wrong = circles(Source::all());
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// `module` must not import any of `others`.
fn does_not_import(module: &str, others: &[&str], source: &Source) -> Violations {
    if !source.is_in(module) {
        return Vec::new();
    }
    let mut violations = Vec::new();
    for named in &source.names {
        if let Some(other) = others.iter().find(|other| named.reaches(other)) {
            let rule = format!("{module} must not import {other}");
            violations.push(violation(source, named.line, &rule));
        }
    }
    violations
}

#[test]
fn services_do_not_import_protocols_or_models() {
    let others = ["protocol", "models", "aio", "server", "client", "cli"];
    hold(
        |source| does_not_import("service", &others, source),
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
fn the_client_does_not_import_our_server() {
    let others = ["models", "protocol", "server", "service"];
    hold(
        |source| does_not_import("client", &others, source),
        &[
            ("client.rs", "use crate::protocol::Limits;"),
            ("client/dial.rs", "use super::super::server::Server;"),
        ],
    );
}

#[test]
fn the_lab_does_not_import_our_server() {
    let others = ["models", "protocol", "server", "service"];
    hold(
        |source| does_not_import("lab", &others, source),
        &[
            ("lab/load/plan.rs", "use crate::protocol::Limits;"),
            ("lab/mod.rs", "use super::server::Server;"),
        ],
    );
}

/// `module` may name only `allowed` and itself of this crate.
fn imports_only(module: &str, allowed: &[&str], source: &Source) -> Violations {
    if !source.is_in(module) {
        return Vec::new();
    }
    let wrong = |named: &&Named| {
        let first = named.segments.first().map_or("", |segment| segment);
        named.of_this_crate && first != module && !allowed.contains(&first)
    };
    let rule = format!("{module} may import {} only", allowed.join(" and "));
    let names = source.names.iter().filter(wrong);
    names
        .map(|named| violation(source, named.line, &rule))
        .collect()
}

#[test]
fn the_event_loop_imports_only_time() {
    // `gather` is a macro of the loop; macros are at the root of the crate.
    let allowed = ["clock", "tcp", "trace", "gather"];
    hold(
        |source| imports_only("aio", &allowed, source),
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
fn lessons_import_only_the_event_loop() {
    // `gather` is a macro of the loop; macros are at the root of the crate.
    hold(
        |source| imports_only("lessons", &["aio", "clock", "gather", "trace"], source),
        &[
            ("lessons/lock.rs", "use crate::cli::Lesson;"),
            ("lessons/mod.rs", "use crate::error::Error;"),
            ("lessons/streams.rs", "fn f() { super::super::server::g() }"),
        ],
    );
}

#[test]
fn recording_imports_only_time() {
    hold(
        |source| imports_only("trace", &["clock"], source),
        &[
            ("trace/mod.rs", "use crate::aio::EventLoop;"),
            ("trace/chrome.rs", "use crate::models::ModelKind;"),
        ],
    );
}

#[test]
fn the_timeline_is_drawn_from_the_file_alone() {
    hold(
        |source| imports_only("timeline", &["error", "output", "text", "trace"], source),
        &[
            ("timeline/read.rs", "use crate::models::ModelKind;"),
            ("timeline/html.rs", "use crate::server::Handle;"),
        ],
    );
}

#[test]
fn a_report_is_made_from_the_run_alone() {
    let allowed = ["lab", "error", "output", "text"];
    let about_runs = |source: &Source| {
        let parts = [
            "lab/report",
            "lab/stats",
            "lab/metric",
            "lab/format",
            "lab/result",
        ];
        parts.iter().any(|part| source.is_in(part))
    };
    let others = [
        "models", "protocol", "server", "service", "aio", "client", "cli", "clock",
    ];
    let rule = |source: &Source| match about_runs(source) {
        true => imports_only("lab", &allowed, source),
        false => does_not_import("lab", &others[..4], source),
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
