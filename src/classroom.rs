//! `gearshift lesson`: lists the lessons, shows one, runs it, asks for its order, judges the answer.
//!
//! A lesson is judged by its run under a clock that jumps: what it prints then depends on the program and
//! the seed alone, and a slow machine makes nobody's answer wrong.

mod answers;
mod screen;

use crate::cli;
use crate::clock::Clock;
use crate::error::Error;
use crate::lessons::{self, Lesson, Line, RunOptions};
use crate::trace;
use answers::{check, judge, predict};
use screen::Screen;
use std::fs::File;
use std::io::{self, BufRead, BufWriter, Write};
use std::path::Path;

/// What of the notes is a server and no lesson.
const SERVERS: &str = "\
gearshift serve                       notify on 8765, reply on 8766
gearshift serve --service echo        8765: `Echo: ` and the message
gearshift serve --service periodic    8765: a message every 5 seconds
gearshift serve --service twin-echo   8765 and 8766, two in one process
gearshift serve --service http-hello  8888: a web server's greeting
gearshift serve --service tcp-echo    55555: raw TCP, what comes goes back
stages of the notes' TCP echo: --model sequential, pool, event-loop,
    round-robin, coroutines
";

/// Does what `args` say. What is asked of a person is read from `input`.
///
/// # Blocks
/// As long as the lesson takes, and while somebody thinks.
///
/// # Errors
/// No such lesson; a file that cannot be read or written; an answer that is not right.
pub fn run(args: &cli::Lesson, input: &mut impl BufRead, colours: bool) -> Result<(), Error> {
    let screen = Screen::new(colours);
    let Some(name) = &args.name else {
        list(&screen);
        return screen.finish();
    };
    let lesson = lessons::find(name).map_err(Error::usage)?;
    if let Some(file) = &args.check {
        check(&screen, &lesson, args.seed, file, input)?;
    } else if args.output_only {
        run_and_trace(&lesson, args, &screen, Screen::printed)?;
    } else {
        teach(&screen, &lesson, args, input)?;
    }
    screen.finish()
}

fn list(screen: &Screen) {
    for chapter in lessons::chapters() {
        screen.bold(chapter.heading);
        for it in &chapter.lessons {
            screen.line(&format!("{:>3}  {:<25}  {}", it.number, it.name, it.title));
        }
        screen.line("");
    }
    screen.bold("Servers, the same under every --model (gearshift models)");
    for server in SERVERS.lines() {
        screen.line(&format!("  {server}"));
    }
    screen.line("");
    screen.line("gearshift lesson NAME shows, runs and explains one; more with --help");
}

// -- One lesson -------------------------------------------------------------------------------------

fn teach(
    screen: &Screen,
    lesson: &Lesson,
    args: &cli::Lesson,
    input: &mut impl BufRead,
) -> Result<(), Error> {
    screen.bold(&format!("Lesson {}: {}", lesson.number, lesson.name));
    screen.line(lesson.title);
    screen.rule("The program");
    screen.source(lesson.source());
    let prediction = match args.predict {
        true => Some(predict(screen, lesson, args.seed, input)?),
        false => None,
    };
    screen.rule("It runs");
    run_and_trace(lesson, args, screen, Screen::timed)?;
    if let Some((answer, printed)) = prediction {
        screen.rule("Your prediction");
        judge(screen, &answer, &printed);
    }
    screen.rule("What happened");
    screen.text(lesson.explanation);
    screen.line("");
    screen.line(&format!("Read next: {}", lesson.next));
    let mut following = lessons::chapters().into_iter().flat_map(|it| it.lessons);
    if let Some(next) = following.nth(lesson.number) {
        screen.line(&format!("Next lesson: gearshift lesson {}", next.name));
    }
    Ok(())
}

fn run_and_trace(
    lesson: &Lesson,
    args: &cli::Lesson,
    screen: &Screen,
    show: impl Fn(&Screen, &Line) + 'static,
) -> Result<(), Error> {
    let file = match &args.trace {
        Some(path) => Some((path, File::create(path).map_err(cannot("write", path))?)),
        None => None,
    };
    if file.is_some() {
        trace::start(trace::About {
            title: format!("{}: {}", lesson.name, lesson.title),
            model: None,
            command: command_line(lesson, args),
        });
    }
    let clock = match args.virtual_clock {
        true => Clock::stopped(),
        false => Clock::Real,
    };
    let (options, screen) = (RunOptions::new(clock, args.seed), screen.clone());
    let result = lessons::run_lesson(lesson, &options, move |line| show(&screen, line));
    if let (Some((path, file)), Some(trace)) = (file, trace::finish()) {
        let mut file = BufWriter::new(file);
        let written = trace.to_chrome_json(&mut file).and_then(|()| file.flush());
        written.map_err(cannot("write", path))?;
        log::info!("to see who ran when: gearshift timeline {}", path.display());
    }
    result.map_err(|error| failed(lesson, &error))
}

/// What to type in order to see the same again.
fn command_line(lesson: &Lesson, args: &cli::Lesson) -> String {
    let jumps = if args.virtual_clock { " --virtual" } else { "" };
    let seed = args.seed.map(|seed| format!(" --seed {seed}"));
    let seed = seed.unwrap_or_default();
    format!("gearshift lesson {}{jumps}{seed}", lesson.name)
}

fn failed(lesson: &Lesson, error: &crate::aio::Error) -> Error {
    let name = lesson.name;
    Error::failure(format!("the program of lesson {name} failed: {error}"))
}

fn cannot(what: &str, path: &Path) -> impl Fn(io::Error) -> Error {
    move |error| Error::failure(format!("cannot {what} {}: {error}", path.display()))
}
