//! `gearshift lesson`: lists the lessons, shows one, runs it, asks for its order, judges the answer.
//!
//! A lesson is judged by its run under a clock that jumps: what it prints then depends on the program and
//! the seed alone, and a slow machine makes nobody's answer wrong.

use crate::cli;
use crate::clock::Clock;
use crate::error::Error;
use crate::lessons::score::{self, Score};
use crate::lessons::{self, Lesson, Line, Staging};
use crate::trace;
use std::cell::RefCell;
use std::fs::{self, File};
use std::io::{self, BufRead, BufWriter, Write};
use std::path::Path;
use std::rc::Rc;

/// What of the notes is a server and no lesson.
const SERVERS: &str = "\
gearshift serve                       notify on 8765, reply on 8766
gearshift serve --service echo        8765: `Echo: ` and the message
gearshift serve --service periodic    8765: a message every 5 seconds
gearshift serve --service twin-echo   8765 and 8766, two in one process
gearshift serve --service tcp-echo    55555: raw TCP, what comes goes back
stages of the notes' TCP echo: --model sequential, pool, event-loop,
    round-robin, coroutines
";

/// What a terminal shows without wrapping.
const COLUMNS: usize = 80;

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
        return screen.complaint();
    };
    let lesson = lessons::find(name).map_err(Error::usage)?;
    if let Some(file) = &args.check {
        check(&screen, &lesson, args.seed, file, input)?;
    } else if args.output_only {
        play_and_trace(&lesson, args, &screen, |screen, line| {
            screen.line(&line.text)
        })?;
    } else {
        teach(&screen, &lesson, args, input)?;
    }
    screen.complaint()
}

fn list(screen: &Screen) {
    for chapter in lessons::chapters() {
        screen.bold(chapter.heading);
        for Lesson {
            number,
            name,
            title,
            ..
        } in &chapter.lessons
        {
            screen.line(&format!("{number:>3}  {name:<25}  {title}"));
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
    play_and_trace(lesson, args, screen, Screen::timed)?;
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

fn play_and_trace(
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
        let title = format!("{}: {}", lesson.name, lesson.title);
        let command = command_line(lesson, args);
        let model = None;
        trace::start(trace::About {
            title,
            model,
            command,
        });
    }
    let clock = match args.virtual_clock {
        true => Clock::stopped(),
        false => Clock::Real,
    };
    let seed = args.seed;
    let to_screen = screen.clone();
    let played = lessons::play(
        lesson,
        &Staging {
            clock,
            seed,
            ..Staging::default()
        },
        move |line| {
            show(&to_screen, line);
        },
    );
    if let (Some((path, file)), Some(trace)) = (file, trace::finish()) {
        let mut file = BufWriter::new(file);
        let written = trace.to_chrome_json(&mut file).and_then(|()| file.flush());
        written.map_err(cannot("write", path))?;
        log::info!("to see who ran when: gearshift timeline {}", path.display());
    }
    played.map_err(|error| failed(lesson, &error))
}

/// What to type in order to see the same again.
fn command_line(lesson: &Lesson, args: &cli::Lesson) -> String {
    let jumps = if args.virtual_clock { " --virtual" } else { "" };
    let seed = args
        .seed
        .map_or(String::new(), |seed| format!(" --seed {seed}"));
    format!("gearshift lesson {}{jumps}{seed}", lesson.name)
}

fn failed(lesson: &Lesson, error: &crate::aio::Error) -> Error {
    Error::failure(format!(
        "the program of lesson {} failed: {error}",
        lesson.name
    ))
}

fn cannot(what: &str, path: &Path) -> impl Fn(io::Error) -> Error {
    move |error| Error::failure(format!("cannot {what} {}: {error}", path.display()))
}

// -- Answers ----------------------------------------------------------------------------------------

/// What the lesson prints, without showing it.
fn print_unseen(lesson: &Lesson, seed: Option<u64>) -> Result<Vec<Line>, Error> {
    let printed = Rc::new(RefCell::new(Vec::new()));
    let to_printed = Rc::clone(&printed);
    let clock = Clock::stopped();
    lessons::play(
        lesson,
        &Staging {
            clock,
            seed,
            ..Staging::default()
        },
        move |line| {
            to_printed.borrow_mut().push(line.clone());
        },
    )
    .map_err(|error| failed(lesson, &error))?;
    let lines = score::worth_asking(&printed.borrow());
    Ok(lines)
}

/// Asks for the order; the answer as lines, and the lines that are right.
fn predict(
    screen: &Screen,
    lesson: &Lesson,
    seed: Option<u64>,
    input: &mut impl BufRead,
) -> Result<(Vec<String>, Vec<Line>), Error> {
    let printed = print_unseen(lesson, seed)?;
    screen.rule("In which order does it print?");
    let dealt = score::deal(lesson.name, printed.len());
    for (number, &line) in dealt.iter().enumerate() {
        screen.line(&format!(
            "{}  {}",
            score::letter(number),
            printed[line].text
        ));
    }
    screen.line("");
    screen.line("Type the letters in the order of printing, as in C A B, and press Enter.");
    for answer in input.lines() {
        let answer =
            answer.map_err(|error| Error::failure(format!("cannot read the answer: {error}")))?;
        match score::letters(&answer, printed.len()) {
            Ok(letters) => {
                let text = |letter: &usize| printed[dealt[*letter]].text.clone();
                return Ok((letters.iter().map(text).collect(), printed));
            }
            Err(complaint) => screen.line(&format!("{complaint}; once more:")),
        }
    }
    Err(Error::failure("standard input ended without an answer"))
}

fn check(
    screen: &Screen,
    lesson: &Lesson,
    seed: Option<u64>,
    file: &Path,
    input: &mut impl BufRead,
) -> Result<(), Error> {
    let text = match file.as_os_str() == "-" {
        true => io::read_to_string(input),
        false => fs::read_to_string(file),
    };
    let text = text.map_err(cannot("read", file))?;
    let printed = print_unseen(lesson, seed)?;
    let answer = understand(&text, lesson, &printed);
    if judge(screen, &answer, &printed).is_perfect() {
        return Ok(());
    }
    let name = lesson.name;
    Err(Error::failure(format!(
        "the answer to lesson {name} is not right yet"
    )))
}

/// An answer is lines if it has one of those that are printed; else letters, if it can be read as such.
fn understand(text: &str, lesson: &Lesson, printed: &[Line]) -> Vec<String> {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let lines: Vec<String> = lines.map(str::to_owned).collect();
    let is_printed = |line: &String| printed.iter().any(|it| score::same(line, &it.text));
    match score::letters(text, printed.len()) {
        Ok(letters) if !lines.iter().any(is_printed) => {
            let dealt = score::deal(lesson.name, printed.len());
            let text = |letter: usize| printed[dealt[letter]].text.clone();
            letters.into_iter().map(text).collect()
        }
        _ => lines,
    }
}

fn judge(screen: &Screen, answer: &[String], printed: &[Line]) -> Score {
    let texts: Vec<String> = printed.iter().map(|line| line.text.clone()).collect();
    let score = Score::of(answer, &texts);
    let Score {
        total,
        in_place,
        in_order,
        ..
    } = score;
    screen.bold(&format!(
        "score: {in_place} of {total} lines in their place, {in_order} of {total} in the right order"
    ));
    if let Some(place) = score.first_difference {
        let (yours, real) = (answer.get(place), printed.get(place));
        screen.line(&format!("The first difference is line {}:", place + 1));
        let text = |text: Option<&str>| text.unwrap_or("(nothing)").to_owned();
        screen.line(&format!("  yours:   {}", text(yours.map(String::as_str))));
        screen.line(&format!(
            "  printed: {}",
            text(real.map(|line| line.text.as_str()))
        ));
        screen.text(&why(printed, place, yours));
    }
    score
}

/// Why to look there: what decided between the line that came and the one that was expected.
fn why(printed: &[Line], place: usize, yours: Option<&String>) -> String {
    let at_and_by = |line: &Line| {
        let by = line.task.as_deref().unwrap_or("no task");
        (format!("{:.1} s", line.at.as_secs_f64()), by.to_owned())
    };
    let Some(real) = printed.get(place) else {
        return "The program is over by then.".to_owned();
    };
    let (at, by) = at_and_by(real);
    let Some(yours) = yours else {
        return format!("It comes at {at}, by {by}.");
    };
    let is_yours = |line: &&Line| score::same(yours, &line.text);
    let Some(expected) = printed[place..].iter().find(is_yours) else {
        return match printed.iter().find(is_yours) {
            Some(_) => format!("Yours was printed before. This one comes at {at}, by {by}."),
            None => format!("No such line is printed. This one comes at {at}, by {by}."),
        };
    };
    let (yours_at, yours_by) = at_and_by(expected);
    if real.at != expected.at {
        return format!(
            "It comes at {at}, by {by}; yours at {yours_at}, by {yours_by}.\n\
             Look for what each of them waits for."
        );
    }
    if real.task == expected.task {
        return format!(
            "Both come at {at}, by {by}. Nobody else runs between them:\n\
             they come in the order in which the code is gone through."
        );
    }
    format!(
        "Both come at {at}, the first by {by}, yours by {yours_by}.\n\
         No time decides, but who was ready first."
    )
}

// -- The screen -------------------------------------------------------------------------------------

/// Standard output, a line at a time, and each at once: a lesson is watched while it runs.
#[derive(Clone)]
struct Screen {
    colours: bool,
    complaint: Rc<RefCell<Option<io::Error>>>,
}

impl Screen {
    fn new(colours: bool) -> Screen {
        let complaint = Rc::default();
        Screen { colours, complaint }
    }

    fn line(&self, line: &str) {
        let mut complaint = self.complaint.borrow_mut();
        if complaint.is_none() {
            let mut stdout = io::stdout().lock();
            *complaint = writeln!(stdout, "{line}")
                .and_then(|()| stdout.flush())
                .err();
        }
    }

    fn text(&self, text: &str) {
        text.lines().for_each(|line| self.line(line));
    }

    fn styled(&self, code: &str, line: &str) {
        match self.colours {
            true => self.line(&format!("\x1b[{code}m{line}\x1b[0m")),
            false => self.line(line),
        }
    }

    fn bold(&self, line: &str) {
        self.styled("1", line);
    }

    /// A heading in the middle of a lesson.
    fn rule(&self, heading: &str) {
        self.line("");
        self.styled("36", &format!("{:-<COLUMNS$}", format!("-- {heading} ")));
    }

    /// With comments in grey, what prints in green, and in yellow where others may have their turn.
    fn source(&self, source: &str) {
        for line in source.lines() {
            let code = line.trim_start();
            match () {
                () if code.starts_with("//") => self.styled("2", line),
                () if code.contains(".await") => self.styled("33", line),
                () if code.starts_with("say!") => self.styled("32", line),
                () => self.line(line),
            }
        }
    }

    /// A printed line behind its time.
    fn timed(&self, line: &Line) {
        let time = format!("{:.1} s", line.at.as_secs_f64());
        match self.colours {
            true => self.line(&format!("\x1b[2m{time}\x1b[0m  {}", line.text)),
            false => self.line(&format!("{time}  {}", line.text)),
        }
    }

    /// What hindered the writing. A reader that has gone (`| head -1`) is no failure.
    fn complaint(&self) -> Result<(), Error> {
        match self.complaint.take() {
            Some(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Error::failure(
                format!("cannot write to standard output: {error}"),
            )),
            _ => Ok(()),
        }
    }
}
