//! What was found in a scenario: verdicts, as sentences.
//!
//! First the best subject. Then the subjects that the rounds cannot tell from it, in one sentence, because
//! "six are best" is as good a result as "one is". Then the subjects that are worse, the nearest first.
//!
//! **Where it breaks:** all others are compared with the best one only. Two subjects in the middle of the
//! table may differ or not; their intervals do not say.

use crate::lab::format;
use crate::lab::metric::Metric;
use crate::lab::result::{ScenarioRun, SubjectRun};
use crate::lab::stats::verdict::{compare_with_best, median_of, ranking, values};
use crate::lab::stats::{Comparison, FEWEST_ROUNDS, Outcome, merge};

/// Sentences, the most important first.
pub(super) fn sentences(scenario: &ScenarioRun) -> Vec<String> {
    let main = scenario.ranked_by();
    let comparisons = compare_with_best(scenario, main);
    let with = |outcome: Outcome| comparisons.iter().filter(move |one| one.outcome == outcome);
    let names =
        |outcome: Outcome| -> Vec<&str> { with(outcome).map(|one| one.subject.as_str()).collect() };
    let reference = comparisons.first().map_or("", |one| one.reference.as_str());
    let mut all = Vec::new();
    all.extend(best(scenario, main, &comparisons));
    let mut same = names(Outcome::NoDifferenceShown);
    if !same.is_empty() {
        same.insert(0, reference);
        all.push(format!(
            "No difference shown in {} between {}.",
            main.name(),
            format::list(&same)
        ));
    }
    for comparison in with(Outcome::Worse).chain(with(Outcome::Better)) {
        all.push(format!("{comparison}."));
    }
    let few = names(Outcome::NotEnoughRounds);
    if !few.is_empty() {
        all.push(format!(
            "Not enough rounds to tell {reference} from {}: at least {FEWEST_ROUNDS} are needed.",
            format::list(&few)
        ));
    }
    for comparison in with(Outcome::NothingToCompare) {
        all.push(not_comparable(scenario, main, comparison));
    }
    all.extend(scenario.subjects.iter().filter_map(late_sends));
    all
}

/// Says so if messages were due long before they were sent. Without it, the higher latency is hard to
/// believe.
fn late_sends(subject: &SubjectRun) -> Option<String> {
    let due = merge::over_rounds(&subject.samples)?.p99_us;
    let sent = merge::merge(subject.samples.iter().map(|one| &one.latency_from_send)).p99_us;
    // By half, and by more than a millisecond: less is the precision of the generator.
    (sent > 0.0 && due > 1.5 * sent && due - sent > 1000.0).then(|| {
        format!(
            "{}: p99 is {} from when messages were due, and {} from when they were sent. The difference is \
             time that messages waited because earlier replies were late. Users wait that long, too.",
            subject.name,
            format::microseconds(due),
            format::microseconds(sent)
        )
    })
}

fn best(scenario: &ScenarioRun, main: Metric, comparisons: &[Comparison]) -> Option<String> {
    let best = ranking(scenario, main).into_iter().next()?;
    let value = format::with_unit(main, median_of(main, best)?);
    let (name, metric) = (&best.name, main.name());
    if comparisons.is_empty() {
        return Some(format!(
            "{name}: {metric} {value}. There is nothing to compare it with."
        ));
    }
    let is_alone = comparisons.iter().all(|one| one.outcome == Outcome::Worse);
    let how = if is_alone { "is best" } else { "leads" };
    Some(format!("{name} {how} in {metric}: {value}."))
}

/// A subject that did nothing in some rounds, or was measured in other rounds.
fn not_comparable(scenario: &ScenarioRun, main: Metric, comparison: &Comparison) -> String {
    let name = &comparison.subject;
    let values = scenario
        .subject(name)
        .map_or(Vec::new(), |subject| values(main, &subject.samples));
    let zeros = values.iter().filter(|value| **value == 0.0).count();
    if zeros == 0 {
        let reference = &comparison.reference;
        return format!("{name} and {reference} were never measured in the same round.");
    }
    format!(
        "{name} has a {} of zero in {zeros} of {} rounds, so no ratio can be given.",
        main.name(),
        values.len()
    )
}
