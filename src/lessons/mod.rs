//! Small programs, one idea each, from blocking calls to the event loop.
//!
//! Each is as close to its Python as Rust permits and prints the same lines, so that the two can be read
//! side by side. Its explanation says what differs. A file is a lesson: the explanation first, and below
//! the mark the program, which is both shown and run.
//!
//! A program prints with `say!`. [`run_lesson`] passes each line to its caller: a terminal, a test, or
//! a question for the order of the lines ([`score`]).

mod prelude;
pub(crate) mod runner;
pub mod score;

mod async_iteration_and_scope;
mod await_runs_in_order;
mod background_work;
mod blocking_call_in_executor;
mod bounded_queue;
mod callbacks;
mod cancel_and_timeout;
mod catch_an_error;
mod context_variables;
mod coroutine_by_hand;
mod coroutines_and_tasks;
mod cpu_work_off_the_loop;
mod create_task_runs_later;
mod downloads_at_once;
mod downloads_one_by_one;
mod event;
mod fetch_three_urls;
mod flow_of_control;
mod future_callbacks;
mod future_result;
mod gather_results;
mod generators;
mod hello_async_world;
mod lock;
mod loop_by_hand;
mod loop_from_scratch;
mod nested_coroutines;
mod pause_twice;
mod read_file_in_chunks;
mod risky_operation;
mod round_robin_tasks;
mod scraper;
mod semaphore;
mod streams;
mod subprocess_exec;
mod subprocess_shell;
mod task_done_before_await;
mod task_states;
mod two_sleepers;
mod wait_for_timeout;
mod yield_from;

pub use runner::{Line, RunOptions, run_lesson};

use crate::aio::Result;

/// The program of a lesson, and the text about it.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// What it shows, in one line.
    pub title: &'static str,
    /// What happened and why, and what to look at; lines of at most 80 columns.
    pub explanation: &'static str,
    /// The file to read next.
    pub next: &'static str,
    program: fn() -> Result<()>,
}

/// A lesson: a page with its name and its place in the list.
#[derive(Debug, Clone, Copy)]
pub struct Lesson {
    /// Its place in the list, from 1 on.
    pub number: usize,
    /// Its name, which is also that of its file.
    pub name: &'static str,
    /// The program and its explanation.
    pub page: Page,
    file: &'static str,
}

/// Lessons under a heading.
#[derive(Debug, Clone)]
pub(crate) struct Chapter {
    /// Their common subject.
    pub(crate) heading: &'static str,
    /// In order.
    pub(crate) lessons: Vec<Lesson>,
}

macro_rules! chapters {
    ($($heading:literal: $($name:ident)+;)+) => {{
        let mut number = 0;
        vec![$(Chapter {
            heading: $heading,
            lessons: vec![$({
                number += 1;
                Lesson {
                    number,
                    name: stringify!($name),
                    page: $name::PAGE,
                    file: include_str!(concat!(stringify!($name), ".rs")),
                }
            }),+],
        }),+]
    }};
}

/// All lessons. Each builds on those before it.
pub(crate) fn chapters() -> Vec<Chapter> {
    chapters! {
        "Before there is a loop":
            downloads_one_by_one generators yield_from round_robin_tasks coroutine_by_hand
            loop_from_scratch callbacks;
        "Coroutines":
            hello_async_world pause_twice nested_coroutines await_runs_in_order;
        "Tasks":
            create_task_runs_later task_done_before_await coroutines_and_tasks two_sleepers
            flow_of_control background_work downloads_at_once gather_results fetch_three_urls;
        "Futures and states":
            future_result future_callbacks task_states;
        "Errors, limits, cancellation, context":
            catch_an_error risky_operation wait_for_timeout cancel_and_timeout context_variables;
        "Waiting for each other":
            lock event semaphore bounded_queue async_iteration_and_scope;
        "The world outside the loop":
            blocking_call_in_executor read_file_in_chunks cpu_work_off_the_loop streams scraper
            subprocess_exec subprocess_shell loop_by_hand;
    }
}

/// All lessons, without their chapters.
pub fn all() -> Vec<Lesson> {
    chapters().into_iter().flat_map(|it| it.lessons).collect()
}

/// Where the program begins in the file of a lesson.
const MARK: &str = "// -- The program ";

impl Lesson {
    /// The program as it is shown: the part of its file below the mark.
    pub fn source(&self) -> &'static str {
        let marked = self.file.split_once(MARK);
        let program = marked.and_then(|(_, rest)| rest.split_once('\n'));
        program.map_or("", |(_, program)| program.trim())
    }
}

/// Finds a lesson by its name, its number, or the unambiguous beginning of its name.
///
/// # Errors
/// One line that says what is wrong, with similar names if there are any.
pub fn find(wanted: &str) -> std::result::Result<Lesson, String> {
    let all = all();
    let by_number = wanted.parse().ok();
    let exact = |it: &&Lesson| it.name == wanted || Some(it.number) == by_number;
    if let Some(lesson) = all.iter().find(exact) {
        return Ok(*lesson);
    }
    if by_number.is_some() {
        return Err(format!(
            "no lesson {wanted}: they are numbered 1 to {}",
            all.len()
        ));
    }
    let begins = |it: &&Lesson| it.name.starts_with(wanted) && !wanted.is_empty();
    let candidates: Vec<&Lesson> = all.iter().filter(begins).collect();
    if let [lesson] = candidates[..] {
        return Ok(*lesson);
    }
    let names: Vec<&str> = candidates.iter().map(|it| it.name).collect();
    if !names.is_empty() {
        let names = names.join(", ");
        return Err(format!(
            "'{wanted}' is the beginning of more than one lesson: {names}"
        ));
    }
    let distance = |it: &&str| strsim::levenshtein(wanted, it);
    let mut similar: Vec<&str> = all.iter().map(|it| it.name).collect();
    similar.retain(|it| distance(it) * 3 <= it.len());
    similar.sort_by_key(distance);
    similar.truncate(3);
    Err(if similar.is_empty() {
        format!("no lesson '{wanted}'; see `gearshift lesson` for the list")
    } else {
        let similar = similar.join(", ");
        format!("no lesson '{wanted}'; did you mean {similar}?")
    })
}
