//! A message as a line of output.
//!
//! Principle: a text is printed as it came, so that a program sees what the server said; only for a
//! person is JSON laid out. Where it breaks: a text that contains line breaks is several lines, and
//! one that contains escape sequences reaches the terminal with them. Numbers beyond 64 bits are
//! shown rounded when JSON is laid out.

use std::fmt::Write as _;
use std::io::{self, Write};

/// Bytes of a binary message that its line shows.
const BINARY_SHOWN: usize = 32;

/// Longest line of the server's words inside our own.
const QUOTE_CHARS: usize = 200;

/// Writes `text` and a line feed, flushed.
pub(super) fn text(output: &mut dyn Write, text: &str, pretty: bool) -> io::Result<()> {
    match pretty.then(|| indented(text)).flatten() {
        Some(json) => writeln!(output, "{json}")?,
        None => writeln!(output, "{text}")?,
    }
    output.flush()
}

/// `None` unless `text` is a JSON object or array; a bare number or string gains nothing from it.
fn indented(text: &str) -> Option<String> {
    text.trim_start().starts_with(['{', '[']).then_some(())?;
    let value = serde_json::from_str::<serde_json::Value>(text).ok()?;
    serde_json::to_string_pretty(&value).ok()
}

/// Writes the length and the first bytes in hex, flushed.
pub(super) fn binary(output: &mut dyn Write, data: &[u8]) -> io::Result<()> {
    let mut line = format!("binary, {} bytes", data.len());
    for (index, byte) in data.iter().take(BINARY_SHOWN).enumerate() {
        let _ = write!(line, "{}{byte:02x}", if index == 0 { ": " } else { " " });
    }
    if data.len() > BINARY_SHOWN {
        line.push_str(" …");
    }
    writeln!(output, "{line}")?;
    output.flush()
}

/// The first line of what a server says, safe to stand inside a line of ours: no control
/// characters, not endless.
pub(super) fn one_line(words: &str) -> String {
    let line = words
        .trim_start()
        .lines()
        .next()
        .unwrap_or_default()
        .trim_end();
    line.chars()
        .filter(|c| !c.is_control())
        .take(QUOTE_CHARS)
        .collect()
}
