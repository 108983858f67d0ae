//! How close an answer is to the real order of lines.
//!
//! There are two counts, because there are two kinds of mistake. An answer without the first line has
//! hardly any lines in their place. But all of its lines are in the right order, which is measured by the
//! longest common subsequence.
//!
//! A number with a decimal point is a time, and times need only be close to each other.

/// An answer, compared with the printed lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Score {
    /// The number of printed lines.
    pub total: usize,
    /// How many of them are at their place in the answer.
    pub in_place: usize,
    /// The length of the longest common subsequence.
    pub in_order: usize,
    /// The first index at which the two differ.
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

    /// Whether the answer is right.
    pub fn is_perfect(&self) -> bool {
        self.first_difference.is_none()
    }
}

/// A permutation of the lines: the n-th letter stands for the line with the n-th number. It depends on
/// the lesson only, so that an answer in letters stays valid.
pub fn shuffle(lesson: &str, count: usize) -> Vec<usize> {
    let mut shuffled: Vec<usize> = (0..count).collect();
    let mut state: u64 = lesson.bytes().fold(5381, |sum, byte| {
        sum.wrapping_mul(33).wrapping_add(byte.into())
    });
    for last in (1..count).rev() {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1); // Knuth's MMIX
        shuffled.swap(last, (state >> 33) as usize % last); // Sattolo's algorithm: one cycle, so no line stays at its place
    }
    shuffled
}

/// The letter for the n-th of the shuffled lines.
pub(crate) fn letter(number: usize) -> char {
    char::from(b'A' + number.min(25) as u8)
}

/// `C A B`, `c,a,b` or `CAB` as numbers of shuffled lines.
///
/// # Errors
/// One line: there are no letters, a character is not one of them, or a letter occurs twice.
pub fn parse_letters(answer: &str, count: usize) -> Result<Vec<usize>, String> {
    let last = letter(count.saturating_sub(1));
    let mut numbers = Vec::new();
    let letters = answer
        .chars()
        .filter(|it| !it.is_whitespace() && *it != ',');
    for it in letters {
        let upper = it.to_ascii_uppercase();
        if !('A'..=last).contains(&upper) {
            return Err(format!("'{it}' is not one of the letters A to {last}"));
        }
        let number = usize::from(upper as u8 - b'A');
        if numbers.contains(&number) {
            return Err(format!("the letter {upper} occurs twice"));
        }
        numbers.push(number);
    }
    if numbers.is_empty() {
        return Err("an order is letters with spaces between them, as in C A B".to_owned());
    }
    Ok(numbers)
}

/// Whether two lines are the same, except that times may differ by a fifth or by 0.15 s.
pub fn same(left: &str, right: &str) -> bool {
    let (left, right) = (split_times(left.trim()), split_times(right.trim()));
    let near = |(a, b): (&f64, &f64)| (a - b).abs() <= f64::max(0.15, 0.2 * a.max(*b));
    left.0 == right.0 && left.1.len() == right.1.len() && left.1.iter().zip(&right.1).all(near)
}

/// A line with `#` for each number that has a decimal point, and these numbers.
fn split_times(line: &str) -> (String, Vec<f64>) {
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

/// Row by row of the usual table.
fn longest_common_subsequence(left: &[String], right: &[String]) -> usize {
    let mut above = vec![0; right.len() + 1];
    for a in left {
        let mut row = vec![0];
        for (column, b) in right.iter().enumerate() {
            row.push(if same(a, b) {
                above[column] + 1
            } else {
                above[column + 1].max(row[column])
            });
        }
        above = row;
    }
    above.last().copied().unwrap_or(0)
}
