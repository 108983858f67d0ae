//! What was found in a scenario: verdicts, as sentences.
//!
//! The winner first; then those that the rounds cannot tell from it, in one sentence, because "six are
//! best" is as good a result as "one is"; then those that are worse, the nearest first.
//!
//! **Where it breaks:** everybody is compared with the best only. Two in the middle of the table may
//! differ or not; their intervals say nothing about that.

use crate::lab::format;
use crate::lab::metric::Metric;
use crate::lab::result::{ScenarioRun, SubjectRun};
use crate::lab::stats::verdict::{ranking, values};
use crate::lab::stats::{Comparison, FEWEST_ROUNDS, Outcome, compare_with_best, median, merge};

/// Sentences, the most important first.
pub(super) fn sentences(scenario: &ScenarioRun) -> Vec<String> {
    let main = Metric::main(scenario);
    let comparisons = compare_with_best(scenario, main);
    let mut all = Vec::new();
    all.extend(best(scenario, main, &comparisons));
    let of = |outcome: Outcome| comparisons.iter().filter(move |one| one.outcome == outcome);
    let same: Vec<&str> = of(Outcome::NoDifferenceShown)
        .map(|one| one.subject.as_str())
        .collect();
    let reference = comparisons.first().map_or("", |one| one.reference.as_str());
    if !same.is_empty() {
        let names: Vec<&str> = std::iter::once(reference).chain(same).collect();
        let names = format::list(&names);
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
            format::list(&few)
        ));
    }
    for comparison in of(Outcome::NothingToCompare) {
        all.push(nothing(scenario, main, comparison));
    }
    all.extend(scenario.subjects.iter().filter_map(waited_to_be_sent));
    all
}

/// Where messages were due long before they left, in a sentence: people do not believe the first figure
/// until they see the second.
fn waited_to_be_sent(subject: &SubjectRun) -> Option<String> {
    let due = merge::over_rounds(&subject.samples)?.p99_us;
    let sent = merge::merge(subject.samples.iter().map(|one| &one.latency_from_send)).p99_us;
    // By half, and more than a millisecond: less is the generator's own step.
    (sent > 0.0 && due > 1.5 * sent && due - sent > 1000.0).then(|| {
        format!(
            "{}: p99 is {} from when a message was due, and {} from when it left. The difference is time \
             that messages waited to be sent because answers before them were late; users wait it, too.",
            subject.name,
            format::microseconds(due),
            format::microseconds(sent)
        )
    })
}

fn best(scenario: &ScenarioRun, main: Metric, comparisons: &[Comparison]) -> Option<String> {
    let best = &scenario.subjects[*ranking(scenario, main).first()?];
    let value = format::with_unit(main, median(&values(main, &best.samples))?);
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
fn nothing(scenario: &ScenarioRun, main: Metric, comparison: &Comparison) -> String {
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
