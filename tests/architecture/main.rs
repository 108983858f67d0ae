#![allow(clippy::unwrap_used, missing_docs)]
//! The layers and habits that the compiler cannot check, checked by reading the source.
//!
//! Each test first shows that its rule rejects a made-up file, then applies it to the crate.

mod documents;
mod imports;
mod layers;
mod places;
mod source;
mod style;

use source::Source;

/// The places that break a rule, each as `src/FILE:LINE: RULE`.
pub(crate) type Violations = Vec<String>;

pub(crate) fn violation(source: &Source, line: usize, rule: &str) -> String {
    format!("src/{}:{line}: {rule}", source.path)
}

/// Asserts that `rule` reports each made-up file once, in its last line, and nothing in the crate.
#[track_caller]
pub(crate) fn hold(rule: impl Fn(&Source) -> Violations, broken_by: &[(&str, &str)]) {
    for (path, text) in broken_by {
        let violations = rule(&Source::new(path, text));
        let place = format!("src/{path}:{}: ", text.lines().count());
        assert!(
            violations.len() == 1 && violations[0].starts_with(&place),
            "the rule does not see {text:?} in {path}: {violations:?}"
        );
    }
    let violations: Violations = Source::all().iter().flat_map(rule).collect();
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}
