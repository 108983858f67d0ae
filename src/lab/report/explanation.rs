//! Why the best subject is ahead: what the other metrics say, by rules, and whether theory agrees.
//!
//! The winner is compared with a loser. There are few ways to spend time: a message costs CPU time, or more
//! or fewer cores are in use, or the server waits. Each rule checks one way, and speaks if the two subjects
//! differ in it by more than a fifth. Then comes what theory expects, and if the results contradict it, the
//! metrics that do.
//!
//! **Where it breaks:** that metrics go together does not prove that one causes the other. The rules do not
//! know cache misses, lock queues or the scheduler; `perf` does.

use crate::lab::format;
use crate::lab::metric::Metric;
use crate::lab::result::{Expectation, Sample, ScenarioRun, SubjectRun};
use crate::lab::stats::interval::times_within;
use crate::lab::stats::verdict::{compare_with_best, median_of};
use crate::lab::stats::{Comparison, FEWEST_ROUNDS, Outcome, compare, median, quality};

/// Metrics that differ by less explain nothing.
const NOTABLE_RATIO: f64 = 1.2;

/// Paragraphs under a heading.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Explanation {
    /// "Why event-loop is ahead".
    pub(super) heading: String,
    /// Of the nearest subject that is shown to be worse, of the last one, and of theory.
    pub(super) paragraphs: Vec<String>,
}

/// `None` if there is nothing to compare.
pub(super) fn explain(scenario: &ScenarioRun) -> Option<Explanation> {
    let main = scenario.ranked_by();
    let comparisons = compare_with_best(scenario, main);
    let winner = scenario.subject(&comparisons.first()?.reference)?;
    let is_worse = |one: &&Comparison| one.outcome == Outcome::Worse;
    let nearest = comparisons.iter().find(is_worse);
    let last = comparisons.iter().rev().find(is_worse);
    let mut paragraphs = Vec::new();
    let heading = match nearest {
        Some(nearest) => {
            let last = last.filter(|last| last.subject != nearest.subject);
            let worse = [Some(nearest), last].into_iter().flatten();
            paragraphs.extend(worse.filter_map(|worse| explain_pair(scenario, winner, worse)));
            format!("Why {} is ahead", winner.name)
        }
        None if comparisons.iter().all(|one| one.rounds < FEWEST_ROUNDS) => return None,
        None => {
            paragraphs.push(
                "The rounds show no difference between any subjects, so there is nothing to explain."
                    .to_owned(),
            );
            "No winner".to_owned()
        }
    };
    let limited = quality::generator_limited(scenario);
    if !limited.is_empty() {
        paragraphs.push(format!(
            "But the generator was at its limit against {}, so the true distance is not known.",
            format::list(&limited)
        ));
    }
    let expected = &scenario.expected;
    let check = |one| check_expectation(scenario, one, main, expected.len());
    paragraphs.extend(expected.iter().filter_map(check));
    Some(Explanation {
        heading,
        paragraphs,
    })
}

/// How the winner differs from a subject that is worse.
fn explain_pair(scenario: &ScenarioRun, winner: &SubjectRun, worse: &Comparison) -> Option<String> {
    let loser = scenario.subject(&worse.subject)?;
    let mut sentences = vec![format!("{worse}.")];
    let reasons = reasons(&Pair { winner, loser });
    if reasons.is_empty() {
        sentences.push(
            "No other metric differs by more than a fifth, so the cause is not among them."
                .to_owned(),
        );
    }
    sentences.extend(reasons);
    Some(sentences.join(" "))
}

struct Pair<'a> {
    winner: &'a SubjectRun,
    loser: &'a SubjectRun,
}

impl Pair<'_> {
    /// The medians of winner and loser.
    fn get(&self, metric: Metric) -> Option<(f64, f64)> {
        let of = |subject| median_of(metric, subject);
        of(self.winner).zip(of(self.loser))
    }

    fn names(&self) -> (&str, &str) {
        (&self.winner.name, &self.loser.name)
    }
}

fn reasons(pair: &Pair<'_>) -> Vec<String> {
    let rules = [cpu, kernel, switches, cores, waiting, threads, memory, tail];
    rules.iter().filter_map(|rule| rule(pair)).collect()
}

/// `larger / smaller`, if it is notable.
fn notable(larger: f64, smaller: f64) -> Option<f64> {
    let ratio = larger / smaller;
    (smaller > 0.0 && ratio >= NOTABLE_RATIO).then_some(ratio)
}

fn cpu(pair: &Pair<'_>) -> Option<String> {
    let (winner, loser) = pair.get(Metric::Cpu)?;
    let (a, b) = pair.names();
    let (of_a, of_b) = (format::digits(winner), format::digits(loser));
    if let Some(ratio) = notable(loser, winner) {
        let ratio = format::times(ratio);
        return Some(format!(
            "A message costs {b} {of_b} µs of CPU time and {a} {of_a} µs, {ratio}."
        ));
    }
    let ratio = format::times(notable(winner, loser)?);
    Some(format!(
        "CPU time does not explain it: a message costs {a} {of_a} µs and {b} only {of_b} µs, {ratio} less."
    ))
}

/// Says so if most of the difference in CPU time is system calls and context switches.
fn kernel(pair: &Pair<'_>) -> Option<String> {
    let (winner, loser) = pair.get(Metric::Cpu)?;
    notable(loser, winner)?;
    let (of_winner, of_loser) = (kernel_share(pair.winner)?, kernel_share(pair.loser)?);
    let more = loser * of_loser - winner * of_winner;
    let share = more / (loser - winner);
    let shown = format::percent(share.min(1.0));
    (share >= 0.5).then(|| {
        format!(
            "{shown} of that difference is spent in the kernel, in system calls and context switches."
        )
    })
}

/// The share of the CPU time that is spent in the kernel.
fn kernel_share(subject: &SubjectRun) -> Option<f64> {
    let share = |sample: &Sample| {
        let server = &sample.server;
        let (user, system) = (server.user_us_per_message?, server.system_us_per_message?);
        (user + system > 0.0).then(|| system / (user + system))
    };
    let shares: Vec<f64> = subject.samples.iter().filter_map(share).collect();
    median(&shares)
}

fn switches(pair: &Pair<'_>) -> Option<String> {
    let (winner, loser) = pair.get(Metric::Switches)?;
    let (a, b) = pair.names();
    let (of_a, of_b) = (format::digits(winner), format::digits(loser));
    // A tenth of a switch explains nothing, however many times a hundredth it is.
    if loser - winner >= 0.1 && (winner == 0.0 || notable(loser, winner).is_some()) {
        let batch = if winner < 0.5 {
            ", because each wake-up serves several clients"
        } else {
            ""
        };
        return Some(format!(
            "{b} makes {of_b} context switches per message, and {a} {of_a}{batch}."
        ));
    }
    (winner - loser >= 0.1 && notable(winner, loser).is_some()).then(|| {
        format!(
            "Context switches do not explain it: {a} makes more of them ({of_a} per message, and {b} \
             {of_b})."
        )
    })
}

fn cores(pair: &Pair<'_>) -> Option<String> {
    let (winner, loser) = pair.get(Metric::Cores)?;
    notable(winner, loser)?;
    let (a, b) = pair.names();
    let (of_a, of_b) = (format::digits(winner), format::digits(loser));
    (winner >= 1.05)
        .then(|| format!("{a} uses {of_a} cores and {b} {of_b}: it wins by parallelism."))
}

/// A loser that had CPU time left was waiting.
fn waiting(pair: &Pair<'_>) -> Option<String> {
    let (winner, loser) = pair.get(Metric::Cores)?;
    notable(winner, loser)?;
    // With a fixed rate, no server is meant to be busy.
    let is_open_loop = |sample: &Sample| sample.generator.achieved_rate_per_second.is_some();
    let is_closed = !pair.winner.samples.iter().any(is_open_loop);
    let works = median_of(Metric::Throughput, pair.loser)? > 0.0;
    let ((_, b), used) = (pair.names(), format::percent(loser));
    (is_closed && loser < 0.5 && works)
        .then(|| format!("{b} used {used} of one core: it waited more than it worked."))
}

fn threads(pair: &Pair<'_>) -> Option<String> {
    let (winner, loser) = pair.get(Metric::Threads)?;
    let (a, b) = pair.names();
    (notable(loser, winner)? >= 2.0)
        .then(|| format!("{b} needs {loser:.0} threads, and {a} {winner:.0}."))
}

/// The price that the winner pays.
fn memory(pair: &Pair<'_>) -> Option<String> {
    let (winner, loser) = pair.get(Metric::MemoryPerConnection)?;
    notable(winner, loser)?;
    let (a, b) = pair.names();
    let (of_a, of_b) = (format::short(winner), format::short(loser));
    Some(format!(
        "{a} pays with memory: {of_a} bytes per connection, where {b} takes {of_b}."
    ))
}

fn tail(pair: &Pair<'_>) -> Option<String> {
    let (fast, slow) = pair.get(Metric::P50)?;
    let (fast_tail, slow_tail) = pair.get(Metric::P99)?;
    let (winner, loser) = (fast_tail / fast, slow_tail / slow);
    let (a, b) = pair.names();
    let (of_a, of_b) = (format::times(winner), format::times(loser));
    (notable(loser, winner)? >= 1.5).then(|| {
        format!(
            "{a} is also more consistent: its p99 is {of_a} its p50, and that of {b} is {of_b}."
        )
    })
}

/// Whether an expectation of theory came true.
fn check_expectation(
    scenario: &ScenarioRun,
    expected: &Expectation,
    main: Metric,
    comparisons: usize,
) -> Option<String> {
    let (better, worse) = (&expected.better, &expected.worse);
    let metric = expected.metric.unwrap_or(main);
    let (of_better, of_worse) = (scenario.subject(better)?, scenario.subject(worse)?);
    let comparison = compare(metric, of_worse, of_better, comparisons);
    let theory = format!(
        "{better} to be better than {worse} in {}, because {}",
        metric.name(),
        expected.because
    );
    Some(match comparison.outcome {
        Outcome::Worse => format!("This agrees with theory, which expects {theory}."),
        Outcome::NoDifferenceShown => format!(
            "Theory expects {theory}. These rounds show no difference, {}.",
            times_within(comparison.factor?, comparison.interval)
        ),
        Outcome::Better => {
            let reasons = reasons(&Pair {
                winner: of_worse,
                loser: of_better,
            });
            let explained = if reasons.is_empty() {
                "No other metric explains it.".to_owned()
            } else {
                format!("The metrics that go with it: {}", reasons.join(" "))
            };
            format!(
                "This CONTRADICTS the textbook, which expects {theory}. Measured here: {comparison}. \
                 {explained}"
            )
        }
        Outcome::NotEnoughRounds | Outcome::NothingToCompare => {
            format!("Theory expects {theory}. These rounds are not enough for a verdict.")
        }
    })
}
