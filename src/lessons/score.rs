//! How near somebody's order of lines comes to the real one.
//!
//! Two figures, because there are two kinds of mistakes. Lines in their place: who forgot one line at the
//! top has hardly any. Lines in the right order, the longest common subsequence: who forgot one line
//! has all but that one.
//!
//! Lines are compared as people would: a number with a decimal point is a time, and times are never the
//! same twice.

use super::Line;

/// What somebody answered, beside what was printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Score {
    /// How many lines were to be put in order.
    pub total: usize,
    /// How many of them stand where they belong.
    pub in_place: usize,
    /// How many of them, at most, can be left standing while only others are moved.
    pub in_order: usize,
    /// The first place where both differ, from 0 on.
    pub first_difference: Option<usize>,
}

impl Score {
    /// Compares an answer with the lines that were printed.
    pub fn of(answer: &[String], printed: &[String]) -> Score {
        let pairs = || answer.iter().zip(printed);
        let differs = pairs().position(|(answer, printed)| !same(answer, printed));
        let shorter = answer.len().min(printed.len());
        let missing = (answer.len() != printed.len()).then_some(shorter);
        Score {
            total: printed.len(),
            in_place: pairs().filter(|(a, b)| same(a, b)).count(),
            in_order: longest_common_subsequence(answer, printed),
            first_difference: differs.or(missing),
        }
    }

    /// Whether there is nothing to correct.
    pub fn is_perfect(&self) -> bool {
        self.first_difference.is_none()
    }
}

/// The lines of a run that can be put in order: without the empty ones.
pub fn non_empty(lines: &[Line]) -> Vec<Line> {
    let lines = lines.iter().filter(|line| !line.text.trim().is_empty());
    lines.cloned().collect()
}

/// Deals the lines out: the n-th letter stands for the line with that number. The same lesson deals the
/// same every time, so that an answer in letters can be judged on another day.
pub fn shuffle(lesson: &str, count: usize) -> Vec<usize> {
    // A line that stood where it belongs would be given away, and with an odd step none of two stays.
    let mut shuffled: Vec<usize> = (0..count).collect();
    let mut state: u64 = lesson.bytes().fold(5381, |sum, byte| {
        sum.wrapping_mul(33).wrapping_add(byte.into())
    });
    for last in (1..count).rev() {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1); // Knuth's MMIX
        shuffled.swap(last, (state >> 33) as usize % last); // Sattolo's: one cycle, so none stays
    }
    shuffled
}

/// The letter of the n-th line as shuffled.
pub fn letter(number: usize) -> char {
    char::from(b'A' + number.min(25) as u8)
}

/// `C A B`, `c,a,b` or `CAB` as numbers of shuffled lines; nothing if it is anything else than letters.
///
/// # Errors
/// One line that says which letter stands for nothing or came twice.
pub fn parse_letters(answer: &str, count: usize) -> Result<Vec<usize>, String> {
    let last = letter(count.saturating_sub(1));
    let mut numbers = Vec::new();
    let letters = answer
        .chars()
        .filter(|it| !it.is_whitespace() && *it != ',');
    for it in letters {
        let upper = it.to_ascii_uppercase();
        if !('A'..=last).contains(&upper) {
            return Err(format!("'{it}' is none of the letters A to {last}"));
        }
        let number = usize::from(upper as u8 - b'A');
        if numbers.contains(&number) {
            return Err(format!("the letter {upper} is there twice"));
        }
        numbers.push(number);
    }
    match numbers.is_empty() {
        true => Err("an order is letters with blanks between them, as in C A B".to_owned()),
        false => Ok(numbers),
    }
}

/// Whether two lines say the same, times apart: those may differ by a fifth, or by 0.15 s.
pub fn same(left: &str, right: &str) -> bool {
    let (left, right) = (numbers_apart(left.trim()), numbers_apart(right.trim()));
    let near = |(a, b): (&f64, &f64)| (a - b).abs() <= f64::max(0.15, 0.2 * a.max(*b));
    left.0 == right.0 && left.1.len() == right.1.len() && left.1.iter().zip(&right.1).all(near)
}

/// A line with its numbers with a decimal point taken out, and these.
fn numbers_apart(line: &str) -> (String, Vec<f64>) {
    let (mut text, mut numbers) = (String::new(), Vec::new());
    let mut rest = line;
    while let Some(start) = rest.find(|it: char| it.is_ascii_digit()) {
        let (before, from) = rest.split_at(start);
        let is_part = |it: char| it.is_ascii_digit() || it == '.';
        let end = from.find(|it| !is_part(it)).unwrap_or(from.len());
        let number = from[..end].trim_end_matches('.');
        text.push_str(before);
        match number.parse() {
            Ok(value) if number.contains('.') => {
                text.push('#');
                numbers.push(value);
            }
            _ => text.push_str(number),
        }
        rest = &from[number.len()..];
    }
    text.push_str(rest);
    (text, numbers)
}

/// Row by row, as in the textbooks.
fn longest_common_subsequence(left: &[String], right: &[String]) -> usize {
    let mut above = vec![0; right.len() + 1];
    for a in left {
        let mut row = vec![0];
        for (column, b) in right.iter().enumerate() {
            row.push(match same(a, b) {
                true => above[column] + 1,
                false => above[column + 1].max(row[column]),
            });
        }
        above = row;
    }
    above.last().copied().unwrap_or(0)
}

/// How many letters have to be typed anew, put in or left out: Levenshtein's distance.
pub(super) fn typing_errors(wrong: &str, right: &str) -> usize {
    let mut above: Vec<usize> = (0..=right.len()).collect();
    for (row_number, a) in wrong.bytes().enumerate() {
        let mut row = vec![row_number + 1];
        for (column, b) in right.bytes().enumerate() {
            let changed = above[column] + usize::from(a != b);
            row.push(changed.min(above[column + 1] + 1).min(row[column] + 1));
        }
        above = row;
    }
    above.last().copied().unwrap_or(0)
}
