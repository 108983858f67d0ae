//! Why the winner won: what the measured figures say, by rules, and whether theory said the same.
//!
//! The winner is set beside the loser. Time goes by in few ways: a message costs processor time, or there
//! are more or fewer processors at work, or nobody works and somebody waits. Each rule looks at one way and
//! speaks if the two differ in it by more than a fifth. Then comes what theory expects; where the figures
//! contradict it, that is said, and which figures do.
//!
//! **Where it breaks:** figures go together, and that is no proof that one makes the other. The rules do
//! not know cache misses, lock queues or the scheduler; `perf` does.

use crate::lab::format;
use crate::lab::metric::Metric;
use crate::lab::result::{Expectation, Sample, ScenarioRun, SubjectRun};
use crate::lab::stats::verdict::{ranking, values};
use crate::lab::stats::{
    Comparison, FEWEST_ROUNDS, Outcome, compare, compare_with_best, median, quality,
};

/// Two figures that differ by less explain nothing.
const NOTABLE_RATIO: f64 = 1.2;

/// Why, under a heading.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Explanation {
    /// "Why event-loop is ahead".
    pub(super) heading: String,
    /// Of the nearest that is shown to be worse, of the last, and of theory.
    pub(super) paragraphs: Vec<String>,
}

/// `None` where nobody is to be compared.
pub(super) fn explanation(scenario: &ScenarioRun) -> Option<Explanation> {
    let main = Metric::main(scenario);
    let comparisons = compare_with_best(scenario, main);
    let winner = find(scenario, &comparisons.first()?.reference)?;
    let worse = |one: &&Comparison| one.outcome == Outcome::Worse;
    let nearest = comparisons.iter().find(worse);
    let last = comparisons.iter().rev().find(worse);
    let mut paragraphs = Vec::new();
    let heading = match nearest {
        Some(nearest) => {
            paragraphs.extend(explain_pair(scenario, winner, nearest));
            let last = last.filter(|last| last.subject != nearest.subject);
            paragraphs.extend(last.and_then(|last| explain_pair(scenario, winner, last)));
            format!("Why {} is ahead", winner.name)
        }
        None if comparisons.iter().all(|one| one.rounds < FEWEST_ROUNDS) => return None,
        None => {
            paragraphs.push(
                "The rounds show no difference between any of them, so there is nothing to explain."
                    .to_owned(),
            );
            "Nobody won".to_owned()
        }
    };
    paragraphs.extend(generator_limit(scenario));
    paragraphs.extend(theory(scenario, main));
    Some(Explanation {
        heading,
        paragraphs,
    })
}

/// What tells the winner from one that is worse.
fn explain_pair(scenario: &ScenarioRun, winner: &SubjectRun, worse: &Comparison) -> Option<String> {
    let pair = Pair {
        winner: SubjectMetrics::of(winner),
        loser: SubjectMetrics::of(find(scenario, &worse.subject)?),
    };
    let mut sentences = vec![format!("{worse}.")];
    let reasons = reasons(&pair);
    if reasons.is_empty() {
        sentences.push(
            "No other figure that was measured differs by more than a fifth; what makes the difference \
             is not among them."
                .to_owned(),
        );
    }
    sentences.extend(reasons);
    Some(sentences.join(" "))
}

fn find<'a>(scenario: &'a ScenarioRun, name: &str) -> Option<&'a SubjectRun> {
    scenario.subjects.iter().find(|one| one.name == name)
}

struct Pair<'a> {
    winner: SubjectMetrics<'a>,
    loser: SubjectMetrics<'a>,
}

/// What a subject has of each figure, over its rounds.
struct SubjectMetrics<'a> {
    name: &'a str,
    samples: &'a [Sample],
}

impl<'a> SubjectMetrics<'a> {
    fn of(subject: &'a SubjectRun) -> SubjectMetrics<'a> {
        SubjectMetrics {
            name: &subject.name,
            samples: &subject.samples,
        }
    }

    fn get(&self, metric: Metric) -> Option<f64> {
        median(&values(metric, self.samples))
    }

    /// The share of its processor time that is the kernel's.
    fn kernel_share(&self) -> Option<f64> {
        let share = |sample: &Sample| {
            let server = &sample.server;
            let (user, system) = (server.user_us_per_message?, server.system_us_per_message?);
            (user + system > 0.0).then(|| system / (user + system))
        };
        let shares: Vec<f64> = self.samples.iter().filter_map(share).collect();
        median(&shares)
    }
}

impl Pair<'_> {
    fn get(&self, metric: Metric) -> Option<(f64, f64)> {
        Some((self.winner.get(metric)?, self.loser.get(metric)?))
    }
}

fn reasons(pair: &Pair<'_>) -> Vec<String> {
    let rules = [
        cost, kernel, switches, cores, waiting, threads, memory, tail,
    ];
    rules.iter().filter_map(|rule| rule(pair)).collect()
}

/// `larger / smaller`, if it is more than a fifth.
fn ratio_if_notable(larger: f64, smaller: f64) -> Option<f64> {
    let ratio = larger / smaller;
    (smaller > 0.0 && ratio >= NOTABLE_RATIO).then_some(ratio)
}

fn cost(pair: &Pair<'_>) -> Option<String> {
    let (winner, loser) = pair.get(Metric::Cpu)?;
    let show = |value| format!("{} µs", format::digits(value));
    if let Some(ratio) = ratio_if_notable(loser, winner) {
        return Some(format!(
            "A message costs {} {} of processor time and {} {}, {}.",
            pair.loser.name,
            show(loser),
            pair.winner.name,
            show(winner),
            format::times(ratio),
        ));
    }
    let ratio = ratio_if_notable(winner, loser)?;
    Some(format!(
        "It is not the cheaper one: a message costs {} {} of processor time and {} only {}, {} less.",
        pair.winner.name,
        show(winner),
        pair.loser.name,
        show(loser),
        format::times(ratio),
    ))
}

/// Where most of the difference in cost is system calls and switches.
fn kernel(pair: &Pair<'_>) -> Option<String> {
    let (winner, loser) = pair.get(Metric::Cpu)?;
    ratio_if_notable(loser, winner)?;
    let (of_winner, of_loser) = (pair.winner.kernel_share()?, pair.loser.kernel_share()?);
    let more = loser * of_loser - winner * of_winner;
    let share = more / (loser - winner);
    (share >= 0.5).then(|| {
        format!(
            "{} of that difference is spent in the kernel, that is in system calls and in switching.",
            format::percent(share.min(1.0))
        )
    })
}

fn switches(pair: &Pair<'_>) -> Option<String> {
    let (winner, loser) = pair.get(Metric::Switches)?;
    let show = format::digits;
    // A tenth of a switch explains nothing, however many times a hundredth it is.
    if loser - winner >= 0.1 && (winner == 0.0 || ratio_if_notable(loser, winner).is_some()) {
        let batch = match winner < 0.5 {
            true => ": who serves many clients a wake-up sleeps less often",
            false => "",
        };
        return Some(format!(
            "{} is put to sleep and woken {} times a message, {} {} times{batch}.",
            pair.loser.name,
            show(loser),
            pair.winner.name,
            show(winner)
        ));
    }
    (winner - loser >= 0.1 && ratio_if_notable(winner, loser).is_some()).then(|| {
        format!(
            "Context switches do not explain it: {} has more of them ({} a message beside {}).",
            pair.winner.name,
            show(winner),
            show(loser)
        )
    })
}

fn cores(pair: &Pair<'_>) -> Option<String> {
    let (winner, loser) = pair.get(Metric::Cores)?;
    ratio_if_notable(winner, loser)?;
    (winner >= 1.05).then(|| {
        format!(
            "{} has {} processors at work and {} {}: it wins by hands.",
            pair.winner.name,
            format::digits(winner),
            pair.loser.name,
            format::digits(loser)
        )
    })
}

/// A loser that had time left was not short of processors.
fn waiting(pair: &Pair<'_>) -> Option<String> {
    let (winner, loser) = pair.get(Metric::Cores)?;
    ratio_if_notable(winner, loser)?;
    // It is about who could have done more: with a fixed rate nobody is meant to be busy.
    let closed = pair
        .winner
        .samples
        .iter()
        .all(|sample| sample.generator.achieved_rate_per_second.is_none());
    (closed && loser < 0.5 && pair.loser.get(Metric::Throughput)? > 0.0).then(|| {
        format!(
            "{} used {} of one processor: it waited more than it worked.",
            pair.loser.name,
            format::percent(loser)
        )
    })
}

fn threads(pair: &Pair<'_>) -> Option<String> {
    let (winner, loser) = pair.get(Metric::Threads)?;
    (ratio_if_notable(loser, winner)? >= 2.0).then(|| {
        format!(
            "It takes {} {loser:.0} threads and {} {winner:.0}.",
            pair.loser.name, pair.winner.name
        )
    })
}

/// What the winner pays.
fn memory(pair: &Pair<'_>) -> Option<String> {
    let (winner, loser) = pair.get(Metric::MemoryPerConnection)?;
    ratio_if_notable(winner, loser)?;
    Some(format!(
        "{} pays with memory: {} bytes a client, where {} takes {}.",
        pair.winner.name,
        format::short(winner),
        pair.loser.name,
        format::short(loser)
    ))
}

fn tail(pair: &Pair<'_>) -> Option<String> {
    let (fast, slow) = pair.get(Metric::P50)?;
    let (fast_tail, slow_tail) = pair.get(Metric::P99)?;
    let (winner, loser) = (fast_tail / fast, slow_tail / slow);
    if ratio_if_notable(loser, winner)? < 1.5 {
        return None;
    }
    Some(format!(
        "{} answers more evenly, too: its p99 is {} its p50, that of {} {}.",
        pair.winner.name,
        format::times(winner),
        pair.loser.name,
        format::times(loser)
    ))
}

fn generator_limit(scenario: &ScenarioRun) -> Option<String> {
    let names = quality::generator_limited(scenario);
    (!names.is_empty()).then(|| {
        format!(
            "But the generator was at its limit against {}, so the true distance is not known.",
            format::list(&names)
        )
    })
}

/// Whether each expectation of the scenario came true.
fn theory(scenario: &ScenarioRun, main: Metric) -> Vec<String> {
    let count = scenario.expected.len();
    let one = |expected| check_expectation(scenario, expected, main, count);
    scenario.expected.iter().filter_map(one).collect()
}

fn check_expectation(
    scenario: &ScenarioRun,
    expected: &Expectation,
    main: Metric,
    comparisons: usize,
) -> Option<String> {
    let Expectation {
        better,
        worse,
        because,
        ..
    } = expected;
    let metric = expected.metric.unwrap_or(main);
    let (of_better, of_worse) = (find(scenario, better)?, find(scenario, worse)?);
    let comparison = compare(metric, of_worse, of_better, comparisons);
    let theory = format!(
        "{better} before {worse} in {}, because {because}",
        metric.name()
    );
    Some(match comparison.outcome {
        Outcome::Worse => format!("This agrees with theory: {theory}."),
        Outcome::NoDifferenceShown => format!(
            "Theory expects {theory}; these rounds show no difference, {}.",
            format::times_within(comparison.factor?, comparison.interval)
        ),
        Outcome::Better => {
            let pair = Pair {
                winner: SubjectMetrics::of(of_worse),
                loser: SubjectMetrics::of(of_better),
            };
            let reasons = reasons(&pair);
            let explained = match reasons.is_empty() {
                true => "No figure that was measured explains it.".to_owned(),
                false => format!("The figures that go with it: {}", reasons.join(" ")),
            };
            format!(
                "This CONTRADICTS the textbook, which expects {theory}; measured here, {comparison}. \
                 {explained}"
            )
        }
        Outcome::NotEnoughRounds | Outcome::NothingToCompare => {
            format!("Theory expects {theory}; that cannot be told from these rounds.")
        }
    })
}

/// The winner of a scenario by its median, for a heading.
pub(super) fn winner(scenario: &ScenarioRun) -> Option<&SubjectRun> {
    let main = Metric::main(scenario);
    let best = scenario.subjects.get(*ranking(scenario, main).first()?)?;
    (!values(main, &best.samples).is_empty()).then_some(best)
}
