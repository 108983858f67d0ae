//! Things that are used in one place only: other crates, clocks, threads, unsafe code.

use crate::source::{Named, Placed, Source, Token};
use crate::{Violations, hold, violation};

/// Paths that begin with the crate `name` are allowed in `places` only.
fn crate_only_in(name: &str, places: &[&str], source: &Source) -> Violations {
    if places.iter().any(|place| source.is_in(place)) {
        return Vec::new();
    }
    let named = |named: &&Named| named.segments[..1] == [name];
    let rule = format!("{name} only in {}", places.join(" and "));
    let uses = source.names.iter().filter(named);
    uses.map(|named| violation(source, named.line, &rule))
        .collect()
}

#[test]
fn tungstenite_is_used_by_protocol_and_clients_only() {
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
fn the_command_line_is_parsed_in_cli_only() {
    hold(
        |source| crate_only_in("clap", &["cli", "main"], source),
        &[("settings.rs", "use clap::ValueEnum;")],
    );
}

#[test]
fn polling_is_used_by_the_reactor_only() {
    hold(
        |source| crate_only_in("polling", &["aio/core/reactor"], source),
        &[("aio/core/event_loop.rs", "use polling::{Poller};")],
    );
}

#[test]
fn signals_are_handled_in_main_and_aio_only() {
    hold(
        |source| crate_only_in("ctrlc", &["main"], source),
        &[("server.rs", "fn f() { ctrlc::set_handler(g) }")],
    );
    hold(
        |source| crate_only_in("signal_hook", &["aio/io/signal"], source),
        &[("server.rs", "use signal_hook::flag;")],
    );
}

/// Paths that end with `end` are allowed in `places` only.
fn path_only_in(end: &[&str], places: &[&str], rule: &str, source: &Source) -> Violations {
    if places.iter().any(|place| source.is_in(place)) {
        return Vec::new();
    }
    let uses = source.names.iter().filter(|named| named.ends_with(end));
    uses.map(|named| violation(source, named.line, rule))
        .collect()
}

#[test]
fn the_clock_is_read_in_one_place_only() {
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
fn unsafe_code_is_in_the_reactor_only() {
    let rule = |source: &Source| {
        let unsafe_words = source.tokens.iter().filter(|token| token.is("unsafe"));
        let allowed = source.path == "aio/core/reactor.rs";
        unsafe_words
            .filter(|_| !allowed)
            .map(|token| violation(source, token.line, "unsafe only in aio/core/reactor.rs"))
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
fn unwrap_is_called_in_tests_only() {
    let rule = |source: &Source| {
        let is_unwrap = |window: &&[Placed]| {
            window[0].token == Token::Other('.') && window[1].is("unwrap") && !window[1].in_test
        };
        let rule = "no unwrap(); say with expect() why it cannot fail";
        source
            .tokens
            .windows(2)
            .filter(is_unwrap)
            .map(|window| violation(source, window[1].line, rule))
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
