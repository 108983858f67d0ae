//! Asking for the order of the lines, and judging an answer: how much of it is right, where it goes wrong
//! first, and what decided there.

use super::screen::Screen;
use super::{cannot, failed};
use crate::clock::Clock;
use crate::error::Error;
use crate::lessons::score::{self, Score};
use crate::lessons::{self, Lesson, Line, RunOptions};
use std::cell::RefCell;
use std::fs;
use std::io::{self, BufRead};
use std::path::Path;
use std::rc::Rc;

/// What the lesson prints, without showing it.
fn print_unseen(lesson: &Lesson, seed: Option<u64>) -> Result<Vec<Line>, Error> {
    let printed = Rc::new(RefCell::new(Vec::new()));
    let to_printed = Rc::clone(&printed);
    let options = RunOptions::new(Clock::stopped(), seed);
    let note = move |line: &Line| to_printed.borrow_mut().push(line.clone());
    lessons::run_lesson(lesson, &options, note).map_err(|error| failed(lesson, &error))?;
    let lines = score::non_empty(&printed.borrow());
    Ok(lines)
}

/// Asks for the order; the answer as lines, and the lines that are right.
pub(super) fn predict(
    screen: &Screen,
    lesson: &Lesson,
    seed: Option<u64>,
    input: &mut impl BufRead,
) -> Result<(Vec<String>, Vec<Line>), Error> {
    let printed = print_unseen(lesson, seed)?;
    screen.rule("In which order does it print?");
    let shuffled = score::shuffle(lesson.name, printed.len());
    for (number, &line) in shuffled.iter().enumerate() {
        let (letter, text) = (score::letter(number), &printed[line].text);
        screen.line(&format!("{letter}  {text}"));
    }
    screen.line("");
    screen.line("Type the letters in the order of printing, as in C A B, and press Enter.");
    for answer in input.lines() {
        let answer = answer.map_err(cannot("read", Path::new("the answer")))?;
        match score::parse_letters(&answer, printed.len()) {
            Ok(letters) => return Ok((as_lines(&letters, lesson, &printed), printed)),
            Err(problem) => screen.line(&format!("{problem}; once more:")),
        }
    }
    Err(Error::failure("standard input ended without an answer"))
}

/// The lines that these letters stand for.
fn as_lines(letters: &[usize], lesson: &Lesson, printed: &[Line]) -> Vec<String> {
    let shuffled = score::shuffle(lesson.name, printed.len());
    let text = |letter: &usize| printed[shuffled[*letter]].text.clone();
    letters.iter().map(text).collect()
}

/// Judges what is in `file`, lines or letters.
pub(super) fn check(
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
    let problem = format!("the answer to lesson {name} is not right yet");
    Err(Error::failure(problem))
}

/// An answer is lines if it has one of those that are printed; else letters, if it can be read as such.
fn understand(text: &str, lesson: &Lesson, printed: &[Line]) -> Vec<String> {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let lines: Vec<String> = lines.map(str::to_owned).collect();
    let is_printed = |line: &String| printed.iter().any(|it| score::same(line, &it.text));
    match score::parse_letters(text, printed.len()) {
        Ok(letters) if !lines.iter().any(is_printed) => as_lines(&letters, lesson, printed),
        _ => lines,
    }
}

/// Shows how much of an answer is right, and where it goes wrong first.
pub(super) fn judge(screen: &Screen, answer: &[String], printed: &[Line]) -> Score {
    let texts: Vec<String> = printed.iter().map(|line| line.text.clone()).collect();
    let score = Score::of(answer, &texts);
    let (total, in_place, in_order) = (score.total, score.in_place, score.in_order);
    let in_place = format!("{in_place} of {total} lines in their place");
    screen.bold(&format!(
        "score: {in_place}, {in_order} of {total} in the right order"
    ));
    if let Some(place) = score.first_difference {
        let (yours, real) = (answer.get(place), printed.get(place));
        screen.line(&format!("The first difference is line {}:", place + 1));
        let nothing = "(nothing)";
        screen.line(&format!("  yours:   {}", yours.map_or(nothing, |it| it)));
        screen.line(&format!(
            "  printed: {}",
            real.map_or(nothing, |it| &it.text)
        ));
        screen.text(&why(printed, place, yours));
    }
    score
}

/// Why to look there: what decided between the line that came and the one that was expected.
fn why(printed: &[Line], place: usize, yours: Option<&String>) -> String {
    let Some(real) = printed.get(place) else {
        return "The program is over by then.".to_owned();
    };
    let it_comes = format!("It comes {}", when_and_by_whom(real));
    let Some(yours) = yours else {
        return format!("{it_comes}.");
    };
    let is_yours = |line: &&Line| score::same(yours, &line.text);
    let Some(expected) = printed[place..].iter().find(is_yours) else {
        return match printed.iter().find(is_yours) {
            Some(_) => format!("{it_comes}. Yours was printed before."),
            None => format!("{it_comes}. Yours is not printed at all."),
        };
    };
    let look = match () {
        () if real.at != expected.at => "Look for what each of them waits for.",
        () if real.task != expected.task => "No time decides, but who was ready first.",
        () => "They come in the order in which the code is gone through.",
    };
    format!("{it_comes};\nyours {}.\n{look}", when_and_by_whom(expected))
}

/// `at 0.5 s, by Task-2 worker`
fn when_and_by_whom(line: &Line) -> String {
    let at = format!("{:.2}", line.at.as_secs_f64());
    let at = at.trim_end_matches('0').trim_end_matches('.');
    let by = line.task.iter().map(|task| format!(", by {task}"));
    format!("at {at} s{}", by.collect::<String>())
}
