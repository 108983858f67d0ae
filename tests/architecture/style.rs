//! Models do not know each other, files are short, and each begins by saying what it is.

use crate::source::{Placed, Source};
use crate::{Violations, hold, violation};

/// The parts of `models` that are not models.
const SHARED_BY_MODELS: [&str; 2] = ["mod", "support"];

/// The name of the model whose file or part this is.
fn model_of(source: &Source) -> Option<&str> {
    let name = source.path.strip_prefix("models/")?;
    let name = name.split(['/', '.']).next()?;
    (!SHARED_BY_MODELS.contains(&name)).then_some(name)
}

#[test]
fn no_model_imports_another() {
    let all = Source::all();
    let models: Vec<&str> = all.iter().filter_map(model_of).collect();
    assert!(models.contains(&"event_loop"), "{models:?}");
    let rule = |source: &Source| {
        let Some(own) = model_of(source) else {
            return Vec::new();
        };
        let mut violations = Vec::new();
        for named in &source.names {
            let reached =
                |other: &&&str| **other != own && named.reaches(&format!("models::{other}"));
            if let Some(other) = models.iter().find(reached) {
                let rule = format!("model {own} must not import model {other}");
                violations.push(violation(source, named.line, &rule));
            }
        }
        violations
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
fn models_do_not_record_for_the_timeline_themselves() {
    let rule = |source: &Source| {
        let marks = source.tokens.iter().filter(|token| token.is("trace"));
        let rule = "no trace in a model; record the wait in models/support";
        let in_model = |_: &&Placed| model_of(source).is_some();
        marks
            .filter(in_model)
            .map(|token| violation(source, token.line, rule))
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

fn at_most(lines: usize, rule: &str, source: &Source) -> Violations {
    let too_long = source.text.lines().count() > lines;
    let last = source.text.lines().count();
    too_long
        .then(|| violation(source, last, rule))
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
            .then(|| violation(source, 1, "a file begins with //!"))
            .into_iter()
            .collect()
    };
    hold(rule, &[("server.rs", "use std::io; //! late")]);
}
