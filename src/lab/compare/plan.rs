//! The plan of a comparison: scenarios, subjects and rounds.
//!
//! A sweep is one scenario several times, with one parameter changed.

use super::scenario::{ALL, Scenario};
use super::subject::Subject;
use crate::error::Error;
use crate::lab::result::{Parameters, ScenarioRun};

const DEFAULT_SCENARIOS: [&str; 2] = ["crowd", "blocking-handler"];
const ROUNDS: u32 = 6;
/// `--quick`.
const QUICK_ROUNDS: u32 = 4;
const QUICK_SECONDS: f64 = 0.3;
const QUICK_WARM_UP_SECONDS: f64 = 0.1;

/// The arguments of the command.
#[allow(missing_debug_implementations, reason = "holds a closure")]
pub struct Request<'a> {
    /// Names of scenarios; none for the default.
    pub scenarios: &'a [String],
    /// Names of models.
    pub models: &'a [&'a str],
    /// Other servers, as `NAME=COMMAND@URL`.
    pub peers: &'a [String],
    /// `None`: the default.
    pub rounds: Option<u32>,
    /// Fewer and shorter samples.
    pub quick: bool,
    /// `PARAMETER=N,N,…`.
    pub sweep: Option<&'a str>,
    /// Replaces parameters of a scenario.
    pub overrides: &'a dyn Fn(&mut Parameters),
}

/// A comparison.
#[derive(Debug, Clone)]
pub struct Plan {
    pub(super) cases: Vec<Case>,
    pub(super) rounds: u32,
}

/// A scenario with its parameters and subjects.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) scenario: &'static Scenario,
    /// Those of the scenario, with overrides.
    pub(super) parameters: Parameters,
    /// In the order of tables.
    pub(super) subjects: Vec<Subject>,
}

impl Case {
    /// Without samples.
    pub(super) fn empty_run(&self) -> ScenarioRun {
        ScenarioRun {
            name: self.scenario.name.to_owned(),
            shows: self.scenario.shows.to_owned(),
            expects: self.scenario.expects.to_owned(),
            main_metric: Some(self.scenario.main_metric),
            expected: self.scenario.expected(),
            parameters: self.parameters.clone(),
            subjects: self.subjects.iter().map(Subject::empty_run).collect(),
            order: Vec::new(),
        }
    }

    /// Whether a server fails if it does not hold all clients. That is so where holding them is the point
    /// of the scenario.
    pub(super) fn must_hold_all(&self) -> bool {
        self.parameters.idle > 0
    }
}

impl Plan {
    /// Checks a request.
    ///
    /// # Errors
    /// Usage: an unknown scenario, a malformed peer or sweep.
    pub fn new(request: &Request<'_>) -> Result<Plan, Error> {
        let default_rounds = if request.quick { QUICK_ROUNDS } else { ROUNDS };
        let peers: Vec<Subject> = request
            .peers
            .iter()
            .map(|peer| Subject::peer(peer))
            .collect::<Result<_, _>>()?;
        let mut cases = Vec::new();
        for scenario in scenarios(request)? {
            let mut parameters = scenario.parameters.clone();
            if request.quick {
                parameters.duration_seconds = QUICK_SECONDS;
                parameters.warm_up_seconds = QUICK_WARM_UP_SECONDS;
            }
            (request.overrides)(&mut parameters);
            for parameters in sweep(request.sweep, parameters)? {
                let mut subjects = own_subjects(scenario, &parameters, request.models);
                subjects.extend(peers.iter().cloned());
                number_duplicates(&mut subjects);
                cases.push(Case {
                    scenario,
                    parameters,
                    subjects,
                });
            }
        }
        Ok(Plan {
            cases,
            rounds: request.rounds.unwrap_or(default_rounds),
        })
    }

    /// How many samples there will be.
    pub(super) fn samples(&self) -> u64 {
        let subjects: usize = self.cases.iter().map(|case| case.subjects.len()).sum();
        subjects as u64 * u64::from(self.rounds)
    }
}

fn scenarios(request: &Request<'_>) -> Result<Vec<&'static Scenario>, Error> {
    let all = ALL.map(|scenario| scenario.name);
    let mut names: Vec<&str> = request.scenarios.iter().map(String::as_str).collect();
    if names.contains(&"all") {
        names = all.to_vec();
    } else if names.is_empty() {
        names = DEFAULT_SCENARIOS[..if request.quick { 1 } else { 2 }].to_vec();
    }
    let find = |name: &str| {
        Scenario::named(name).ok_or_else(|| {
            Error::usage(format!(
                "there is no scenario '{name}'; there are {} and all",
                all.join(", ")
            ))
        })
    };
    names.into_iter().map(find).collect()
}

fn own_subjects(scenario: &Scenario, parameters: &Parameters, models: &[&str]) -> Vec<Subject> {
    let service = format!("{}=0", scenario.service);
    let mut common = vec!["serve".to_owned(), "-q".to_owned()];
    common.extend(["--service".to_owned(), service]);
    common.extend(scenario.serve.iter().map(|word| (*word).to_owned()));
    for (flag, seconds) in [
        ("--work-cpu", parameters.work_cpu_seconds),
        ("--work-block", parameters.work_block_seconds),
    ] {
        if seconds > 0.0 {
            common.extend([flag.to_owned(), format!("{}us", (seconds * 1e6).round())]);
        }
    }
    let own = |name: &str, more: &[&str]| {
        let more = more.iter().map(|word| (*word).to_owned());
        Subject::own(name, common.iter().cloned().chain(more).collect())
    };
    match scenario.variants {
        [] => models
            .iter()
            .map(|model| own(model, &["-m", model]))
            .collect(),
        variants => variants
            .iter()
            .map(|(name, more)| own(name, more))
            .collect(),
    }
}

/// A model may be named twice, to see what a difference of nothing looks like.
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

/// The parameters once for each value of the sweep; without a sweep, as they are.
fn sweep(sweep: Option<&str>, parameters: Parameters) -> Result<Vec<Parameters>, Error> {
    let Some(sweep) = sweep else {
        return Ok(vec![parameters]);
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
            .ok_or_else(|| wrong(&format!("'{value}' is not a whole number above 0")))?;
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
                    "the parameters to sweep are connections, idle, in-flight, size, rate, work-cpu-us, \
                     work-block-us",
                ));
            }
        }
        all.push(one);
    }
    Ok(all)
}
