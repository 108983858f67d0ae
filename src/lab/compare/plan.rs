//! What was asked for: scenarios, subjects, rounds, each parameter that was set; and a sweep, which is the
//! same scenario several times with one parameter changed.

use super::scenario::{NAMES, Scenario};
use super::subject::Subject;
use crate::cli;
use crate::error::Error;
use crate::lab::result::{Parameters, ScenarioRun};
use std::time::Duration;

/// If nothing is said.
const SCENARIOS: [&str; 2] = ["crowd", "blocking-handler"];
const ROUNDS: u32 = 6;
/// `--quick`.
const QUICK_ROUNDS: u32 = 4;
const QUICK_SECONDS: f64 = 0.3;
const QUICK_WARM_UP_SECONDS: f64 = 0.1;
/// Starting and ending a server, and what is under way at the end.
const OVERHEAD_SECONDS: f64 = 0.4;

/// A comparison, completely.
#[derive(Debug, Clone)]
pub struct Plan {
    /// In order.
    pub cases: Vec<Case>,
    /// How often everybody is measured.
    pub rounds: u32,
}

/// A scenario with its parameters and who is measured in it.
#[derive(Debug, Clone)]
pub struct Case {
    /// What is run.
    pub scenario: Scenario,
    /// As the scenario has them, or as they were set.
    pub parameters: Parameters,
    /// In the order of tables.
    pub subjects: Vec<Subject>,
}

impl Case {
    /// Not measured yet.
    pub(super) fn begin(&self) -> ScenarioRun {
        ScenarioRun {
            name: self.scenario.name.to_owned(),
            shows: self.scenario.shows.to_owned(),
            expects: self.scenario.expects.to_owned(),
            main_metric: Some(self.scenario.main_metric),
            expected: self.scenario.expected.clone(),
            parameters: self.parameters.clone(),
            subjects: self.subjects.iter().map(Subject::begin).collect(),
            order: Vec::new(),
        }
    }

    /// Whether a server that holds fewer clients than there are has failed: where holding them is the
    /// point. Elsewhere it is a figure among others.
    pub(super) fn must_hold_all(&self) -> bool {
        self.parameters.idle > 0
    }
}

impl Plan {
    /// `models`: the names of those chosen.
    ///
    /// # Errors
    /// One line on what makes no sense.
    pub fn new(args: &cli::Compare, models: &[String]) -> Result<Plan, Error> {
        let rounds = args
            .rounds
            .unwrap_or(if args.quick { QUICK_ROUNDS } else { ROUNDS });
        let peers: Vec<Subject> = args
            .peers
            .iter()
            .map(|peer| Subject::peer(peer))
            .collect::<Result<_, _>>()?;
        let mut cases = Vec::new();
        for scenario in scenarios(args)? {
            for parameters in sweep_values(args, &with_overrides(args, &scenario))? {
                let mut subjects = own_subjects(&scenario, &parameters, models);
                subjects.extend(peers.iter().cloned());
                number_duplicates(&mut subjects);
                let scenario = scenario.clone();
                cases.push(Case {
                    scenario,
                    parameters,
                    subjects,
                });
            }
        }
        Ok(Plan { cases, rounds })
    }

    /// How many samples there will be.
    pub fn samples(&self) -> u64 {
        let subjects: usize = self.cases.iter().map(|case| case.subjects.len()).sum();
        subjects as u64 * u64::from(self.rounds)
    }

    /// How long it will take, about.
    pub fn estimate(&self) -> Duration {
        let one = |case: &Case| {
            let of = &case.parameters;
            let each = of.warm_up_seconds + of.duration_seconds + OVERHEAD_SECONDS;
            each * case.subjects.len() as f64
        };
        let round: f64 = self.cases.iter().map(one).sum();
        Duration::from_secs_f64(round * f64::from(self.rounds))
    }
}

fn scenarios(args: &cli::Compare) -> Result<Vec<Scenario>, Error> {
    let mut names: Vec<&str> = args.scenarios.iter().map(String::as_str).collect();
    if names.contains(&"all") {
        names = NAMES.to_vec();
    } else if names.is_empty() {
        names = SCENARIOS[..if args.quick { 1 } else { 2 }].to_vec();
    }
    let find = |name: &str| {
        Scenario::named(name).ok_or_else(|| {
            Error::usage(format!(
                "there is no scenario '{name}'; there are {} and all",
                NAMES.join(", ")
            ))
        })
    };
    names.into_iter().map(find).collect()
}

/// A scenario's parameters, with those that were set.
fn with_overrides(args: &cli::Compare, scenario: &Scenario) -> Parameters {
    let mut of = scenario.parameters.clone();
    if args.quick {
        of.duration_seconds = QUICK_SECONDS;
        of.warm_up_seconds = QUICK_WARM_UP_SECONDS;
    }
    let seconds = |time: Option<Duration>, into: &mut f64| {
        if let Some(time) = time {
            *into = time.as_secs_f64();
        }
    };
    let given = &args.load;
    seconds(given.duration, &mut of.duration_seconds);
    seconds(given.warm_up, &mut of.warm_up_seconds);
    seconds(given.think_time, &mut of.think_seconds);
    seconds(given.work_cpu, &mut of.work_cpu_seconds);
    seconds(given.work_block, &mut of.work_block_seconds);
    let number = |given: Option<u64>, into: &mut usize| {
        *into = given.map_or(*into, |number| number as usize);
    };
    number(given.connections, &mut of.connections);
    number(given.idle, &mut of.idle);
    number(given.slow_readers, &mut of.slow_readers);
    number(given.in_flight, &mut of.in_flight);
    of.message_bytes = given.size.unwrap_or(of.message_bytes);
    of.rate_per_second = given.rate.or(of.rate_per_second);
    of.text |= given.text;
    of
}

fn own_subjects(scenario: &Scenario, parameters: &Parameters, models: &[String]) -> Vec<Subject> {
    let arguments = |extra: &[&str]| -> Vec<String> {
        let work = [
            ("--work-cpu", parameters.work_cpu_seconds),
            ("--work-block", parameters.work_block_seconds),
        ];
        let work = work.into_iter().filter(|(_, seconds)| *seconds > 0.0);
        let work = work.flat_map(|(flag, seconds)| {
            [flag.to_owned(), format!("{}us", (seconds * 1e6).round())]
        });
        let service = format!("{}=0", scenario.service);
        ["serve", "-q", "--service", &service]
            .iter()
            .chain(extra)
            .chain(scenario.serve)
            .map(|word| (*word).to_owned())
            .chain(work)
            .collect()
    };
    if scenario.variants.is_empty() {
        let own = |model: &String| Subject::own(model, arguments(&["-m", model]));
        models.iter().map(own).collect()
    } else {
        let own = |(name, extra): &(&str, &[&str])| Subject::own(name, arguments(extra));
        scenario.variants.iter().map(own).collect()
    }
}

/// The same model may be named twice, to see what a difference of nothing looks like.
fn number_duplicates(subjects: &mut [Subject]) {
    for index in 1..subjects.len() {
        let (before, this) = subjects.split_at_mut(index);
        let name = this[0].name.clone();
        let base = |other: &&Subject| other.name.split(" (").next() == Some(&name);
        match before.iter().filter(base).count() {
            0 => {}
            same => this[0].name = format!("{name} ({})", same + 1),
        }
    }
}

// -- Sweeps -------------------------------------------------------------------------------------------

/// The parameters once for each value of the sweep, or as they are.
fn sweep_values(args: &cli::Compare, parameters: &Parameters) -> Result<Vec<Parameters>, Error> {
    let Some(sweep) = &args.sweep else {
        return Ok(vec![parameters.clone()]);
    };
    let wrong = |reason: &str| Error::usage(format!("--sweep {sweep}: {reason}"));
    let (name, values) = sweep
        .split_once('=')
        .ok_or_else(|| wrong("write it like connections=1,10,100"))?;
    let mut all = Vec::new();
    for value in values.split(',') {
        let number: usize = value
            .trim()
            .parse()
            .ok()
            .filter(|number| *number > 0)
            .ok_or_else(|| wrong(&format!("'{value}' is no whole number above 0")))?;
        let mut one = parameters.clone();
        match name {
            "connections" => one.connections = number,
            "idle" => one.idle = number,
            "in-flight" => one.in_flight = number,
            "size" => one.message_bytes = number,
            "rate" => one.rate_per_second = Some(number as f64),
            "work-cpu-us" => one.work_cpu_seconds = number as f64 / 1e6,
            "work-block-us" => one.work_block_seconds = number as f64 / 1e6,
            _ => {
                return Err(wrong(
                    "what can be swept is connections, idle, in-flight, size, rate, work-cpu-us, work-block-us",
                ));
            }
        }
        all.push(one);
    }
    Ok(all)
}
