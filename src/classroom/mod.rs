//! `gearshift lesson`: lists the lessons, shows and runs one, asks for the order of its output, and scores
//! the answer.
//!
//! Answers are scored against a run under the virtual clock. Its output depends on the program and the
//! seed alone, so a slow machine cannot make an answer wrong.

mod answers;
mod screen;

use crate::clock::Clock;
use crate::error::Error;
use crate::lessons::{self, Lesson, Line, RunOptions};
use crate::output;
use crate::text::shell_line;
use crate::timeline::recording::Recording;
use crate::trace::About;
use answers::{check, predict, show_score};
use screen::Screen;
use std::io::BufRead;
use std::path::PathBuf;

/// Servers to try next; a lesson cannot show them.
const SERVERS: &str = "\
gearshift serve                       notify on 8765, reply on 8766
gearshift serve --service echo        8765: replies with `Echo: MESSAGE`
gearshift serve --service periodic    8765: a message every 5 seconds
gearshift serve --service twin-echo   8765, 8766: echo servers in one process
gearshift serve --service http-hello  8888: a web server that says hello
gearshift serve --service tcp-echo    55555: raw TCP, sends every byte back
Compare tcp-echo under --model sequential, pool, round-robin, event-loop,
    coroutines
";

/// What the command line asks for.
#[derive(Debug, Clone)]
pub struct Options {
    /// Name of a lesson, its number, or the beginning of its name; without it, all are listed.
    pub(crate) name: Option<String>,
    /// Print the output of the program and nothing else.
    pub(crate) output_only: bool,
    /// Run under a clock that jumps over all waiting.
    pub(crate) virtual_clock: bool,
    /// Permute what is ready at the same time.
    pub(crate) seed: Option<u64>,
    /// Ask for the order of the output first.
    pub(crate) predict: bool,
    /// Score the answer in this file; `-` is standard input.
    pub(crate) check: Option<PathBuf>,
    /// Record a timeline to this file.
    pub(crate) trace: Option<PathBuf>,
}

/// Does what `options` ask for. The user's answers are read from `input`.
///
/// # Blocks
/// While the lesson runs, and while it waits for an answer.
///
/// # Errors
/// No such lesson; a file that cannot be read, or output that cannot be written; a program that fails; with
/// `check`, a wrong answer.
pub fn run(options: &Options, input: &mut impl BufRead) -> Result<(), Error> {
    let screen = Screen::new(output::colours());
    let Some(name) = &options.name else {
        list(&screen);
        return screen.finish();
    };
    let lesson = lessons::find(name).map_err(Error::usage)?;
    if let Some(file) = &options.check {
        check(&screen, &lesson, options.seed, file, input)?;
    } else if options.output_only {
        run_and_record(&lesson, options, &screen, Screen::printed)?;
    } else {
        teach(&screen, &lesson, options, input)?;
    }
    screen.finish()
}

fn list(screen: &Screen) {
    for chapter in lessons::chapters() {
        screen.bold(chapter.heading);
        for it in &chapter.lessons {
            screen.line(&format!(
                "{:>3}  {:<25}  {}",
                it.number, it.name, it.page.title
            ));
        }
        screen.line("");
    }
    screen.bold("Servers, which run under every --model (see gearshift models)");
    for server in SERVERS.lines() {
        screen.line(&format!("  {server}"));
    }
    screen.line("");
    screen.line("gearshift lesson NAME shows, runs and explains one; more with --help");
}

fn teach(
    screen: &Screen,
    lesson: &Lesson,
    options: &Options,
    input: &mut impl BufRead,
) -> Result<(), Error> {
    screen.bold(&format!("Lesson {}: {}", lesson.number, lesson.name));
    screen.line(lesson.page.title);
    screen.rule("The program");
    screen.source(lesson.source());
    let prediction = if options.predict {
        Some(predict(screen, lesson, options.seed, input)?)
    } else {
        None
    };
    screen.rule("It runs");
    run_and_record(lesson, options, screen, Screen::timed)?;
    if let Some((answer, printed)) = prediction {
        screen.rule("Your prediction");
        show_score(screen, &answer, &printed);
    }
    screen.rule("What happened");
    screen.text(lesson.page.explanation);
    screen.line("");
    screen.line(&format!("Read next: {}", lesson.page.next));
    // Numbers start at 1, so this index is the next lesson.
    if let Some(next) = lessons::all().get(lesson.number) {
        screen.line(&format!("Next lesson: gearshift lesson {}", next.name));
    }
    Ok(())
}

fn run_and_record(
    lesson: &Lesson,
    options: &Options,
    screen: &Screen,
    show: impl Fn(&Screen, &Line) + 'static,
) -> Result<(), Error> {
    let about = || About {
        title: format!("{}: {}", lesson.name, lesson.page.title),
        model: None,
        command: command_line(lesson, options),
    };
    let recording = options.trace.as_deref();
    let recording = recording.map(|path| Recording::start(path, about()));
    let recording = recording.transpose()?;
    let clock = if options.virtual_clock {
        Clock::stopped()
    } else {
        Clock::Real
    };
    let run_options = RunOptions {
        clock,
        seed: options.seed,
        ..RunOptions::default()
    };
    let screen = screen.clone();
    let result = lessons::run_lesson(lesson, &run_options, move |line| show(&screen, line));
    recording.map_or(Ok(()), Recording::save)?;
    result.map_err(|error| failed(lesson, &error))
}

/// The command that repeats this run, without `--trace`.
fn command_line(lesson: &Lesson, options: &Options) -> String {
    let seed = options.seed.map(|seed| seed.to_string());
    let mut words = vec!["lesson", lesson.name];
    words.extend(options.virtual_clock.then_some("--virtual"));
    words.extend(seed.iter().flat_map(|seed| ["--seed", seed]));
    shell_line(words)
}

fn failed(lesson: &Lesson, error: &crate::aio::Error) -> Error {
    let name = lesson.name;
    Error::failure(format!("the program of lesson {name} failed: {error}"))
}
