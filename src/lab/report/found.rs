//! What was found in a scenario: verdicts, as sentences.
//!
//! The winner first; then those that the rounds cannot tell from it, in one sentence, because "six are
//! best" is as good a result as "one is"; then those that are worse, the nearest first.
//!
//! **Where it breaks:** everybody is compared with the best only. Two in the middle of the table may
//! differ or not; their intervals say nothing about that.

use crate::lab::figure::Figure;
use crate::lab::result::ScenarioRun;
use crate::lab::stats::verdict::{ranking, values};
use crate::lab::stats::{Comparison, FEWEST_ROUNDS, Outcome, median, with_the_best};
use crate::lab::words;

/// Sentences, the most important first.
pub(super) fn sentences(scenario: &ScenarioRun) -> Vec<String> {
    let main = Figure::main(scenario);
    let comparisons = with_the_best(scenario, main);
    let mut all = Vec::new();
    all.extend(best(scenario, main, &comparisons));
    let of = |outcome: Outcome| comparisons.iter().filter(move |one| one.outcome == outcome);
    let same: Vec<&str> = of(Outcome::NoDifferenceShown)
        .map(|one| one.subject.as_str())
        .collect();
    let reference = comparisons.first().map_or("", |one| one.reference.as_str());
    if !same.is_empty() {
        let names: Vec<&str> = std::iter::once(reference).chain(same).collect();
        let names = words::list(&names);
        all.push(format!(
            "No difference shown in {} between {names}.",
            main.name()
        ));
    }
    for comparison in of(Outcome::Worse).chain(of(Outcome::Better)) {
        all.push(format!("{comparison}."));
    }
    let few: Vec<&str> = of(Outcome::NotEnoughRounds)
        .map(|one| one.subject.as_str())
        .collect();
    if !few.is_empty() {
        all.push(format!(
            "Not enough rounds to tell {reference} from {}: it takes {FEWEST_ROUNDS} at least.",
            words::list(&few)
        ));
    }
    for comparison in of(Outcome::NothingToCompare) {
        all.push(nothing(scenario, main, comparison));
    }
    all
}

fn best(scenario: &ScenarioRun, main: Figure, comparisons: &[Comparison]) -> Option<String> {
    let best = &scenario.subjects[*ranking(scenario, main).first()?];
    let value = words::figure(main, median(&values(main, &best.samples))?);
    let name = &best.name;
    if comparisons.is_empty() {
        return Some(format!(
            "{name}: {} {value}. There is nobody to compare it with.",
            main.name()
        ));
    }
    let alone = comparisons.iter().all(|one| one.outcome == Outcome::Worse);
    let how = if alone { "is best" } else { "is in front" };
    Some(format!("{name} {how}: {} {value}.", main.name()))
}

/// A subject that did nothing in some rounds.
fn nothing(scenario: &ScenarioRun, main: Figure, comparison: &Comparison) -> String {
    let name = &comparison.subject;
    let subject = scenario.subjects.iter().find(|one| one.name == *name);
    let values = subject.map_or(Vec::new(), |subject| values(main, &subject.samples));
    let zeros = values.iter().filter(|value| **value == 0.0).count();
    match zeros {
        0 => format!(
            "{name} has no round in common with {}.",
            comparison.reference
        ),
        _ => format!(
            "{name} has a {} of zero in {zeros} of {} rounds, so there is no ratio to tell.",
            main.name(),
            values.len()
        ),
    }
}
