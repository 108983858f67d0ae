//! Asks for the order of the printed lines and scores the answer: how much of it is right, where the first
//! difference is, and what decided the order there.

use super::failed;
use super::screen::Screen;
use crate::clock::Clock;
use crate::error::Error;
use crate::lessons::score::{self, Score};
use crate::lessons::{self, Lesson, Line, RunOptions};
use std::cell::RefCell;
use std::fs;
use std::io::{self, BufRead};
use std::path::Path;
use std::rc::Rc;

/// The non-empty lines that the lesson prints, without showing them.
fn run_unseen(lesson: &Lesson, seed: Option<u64>) -> Result<Vec<Line>, Error> {
    let printed = Rc::new(RefCell::new(Vec::new()));
    let to_printed = Rc::clone(&printed);
    let options = RunOptions {
        clock: Clock::stopped(),
        seed,
        ..RunOptions::default()
    };
    let collect = move |line: &Line| to_printed.borrow_mut().push(line.clone());
    lessons::run_lesson(lesson, &options, collect).map_err(|error| failed(lesson, &error))?;
    let mut lines = printed.take();
    lines.retain(|line| !line.text.trim().is_empty());
    Ok(lines)
}

/// Asks for the order. Returns the lines in the order of the answer, and in the right order.
pub(super) fn predict(
    screen: &Screen,
    lesson: &Lesson,
    seed: Option<u64>,
    input: &mut impl BufRead,
) -> Result<(Vec<String>, Vec<Line>), Error> {
    let printed = run_unseen(lesson, seed)?;
    screen.rule("In which order does it print?");
    let shuffled = score::shuffle(lesson.name, printed.len());
    for (number, &line) in shuffled.iter().enumerate() {
        let (letter, text) = (score::letter(number), &printed[line].text);
        screen.line(&format!("{letter}  {text}"));
    }
    screen.line("");
    screen.line("Type the letters in the order of printing, as in C A B, and press Enter.");
    for answer in input.lines() {
        let answer = answer.map_err(Error::cannot("read", Path::new("the answer")))?;
        match score::parse_letters(&answer, printed.len()) {
            Ok(letters) => return Ok((as_lines(&letters, lesson, &printed), printed)),
            Err(problem) => screen.line(&format!("{problem}; try again:")),
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

/// Scores the answer in `file`, which is lines or letters.
pub(super) fn check(
    screen: &Screen,
    lesson: &Lesson,
    seed: Option<u64>,
    file: &Path,
    input: &mut impl BufRead,
) -> Result<(), Error> {
    let text = if file.as_os_str() == "-" {
        io::read_to_string(input)
    } else {
        fs::read_to_string(file)
    };
    let text = text.map_err(Error::cannot("read", file))?;
    let printed = run_unseen(lesson, seed)?;
    let answer = parse_answer(&text, lesson, &printed);
    if show_score(screen, &answer, &printed).is_perfect() {
        return Ok(());
    }
    let name = lesson.name;
    Err(Error::failure(format!(
        "the answer to lesson {name} is not right yet"
    )))
}

/// Lines, if at least one of them is printed by the lesson; else letters, if they can be parsed.
fn parse_answer(text: &str, lesson: &Lesson, printed: &[Line]) -> Vec<String> {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let lines: Vec<String> = lines.map(str::to_owned).collect();
    let is_printed = |line: &String| printed.iter().any(|it| score::same(line, &it.text));
    match score::parse_letters(text, printed.len()) {
        Ok(letters) if !lines.iter().any(is_printed) => as_lines(&letters, lesson, printed),
        _ => lines,
    }
}

/// Shows how much of an answer is right, and where the first difference is.
pub(super) fn show_score(screen: &Screen, answer: &[String], printed: &[Line]) -> Score {
    let texts: Vec<String> = printed.iter().map(|line| line.text.clone()).collect();
    let score = Score::of(answer, &texts);
    let (total, in_place, in_order) = (score.total, score.in_place, score.in_order);
    screen.bold(&format!(
        "score: {in_place} of {total} lines in their place, {in_order} of {total} in the right order"
    ));
    if let Some(index) = score.first_difference {
        let yours = answer.get(index);
        let right = printed.get(index).map(|line| &line.text);
        let shown = |line: Option<&String>| line.map_or("(nothing)".to_owned(), String::clone);
        screen.line(&format!("The first difference is line {}:", index + 1));
        screen.line(&format!("  yours:   {}", shown(yours)));
        screen.line(&format!("  printed: {}", shown(right)));
        screen.text(&explain(printed, index, yours));
    }
    score
}

/// What decided between the line that was printed and the one that was expected.
fn explain(printed: &[Line], index: usize, yours: Option<&String>) -> String {
    let Some(right) = printed.get(index) else {
        return "The program had ended before.".to_owned();
    };
    let printed_when = format!("It is printed {}", when_and_by_which_task(right));
    let Some(yours) = yours else {
        return format!("{printed_when}.");
    };
    let is_yours = |line: &&Line| score::same(yours, &line.text);
    let Some(expected) = printed[index..].iter().find(is_yours) else {
        return if printed.iter().any(|line| is_yours(&line)) {
            format!("{printed_when}. Yours was printed before.")
        } else {
            format!("{printed_when}. Yours is not printed at all.")
        };
    };
    let advice = if right.at != expected.at {
        "Find out what each of them waits for."
    } else if right.task != expected.task {
        "The time is the same. What decides is which task was ready first."
    } else {
        "They are printed in the order in which the code runs."
    };
    let yours_when = when_and_by_which_task(expected);
    format!("{printed_when}.\nYours is printed {yours_when}.\n{advice}")
}

/// `at 0.5 s, by Task-2 worker`
fn when_and_by_which_task(line: &Line) -> String {
    let at = format!("{:.2}", line.at.as_secs_f64());
    let at = at.trim_end_matches('0').trim_end_matches('.');
    let by = line.task.as_ref().map(|task| format!(", by {task}"));
    format!("at {at} s{}", by.unwrap_or_default())
}
