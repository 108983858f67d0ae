//! A message as a line of output.
//!
//! A text is printed unchanged, so that a program sees what the server sent. Only on a terminal is JSON
//! indented. Where it breaks: a text with line breaks is several lines, and escape sequences in a text
//! reach the terminal. Indented JSON shows numbers beyond 64 bits rounded.

use std::fmt::Write as _;
use std::io::{self, Write};

/// The number of bytes of a binary message that are printed.
const BINARY_SHOWN: usize = 32;

/// The longest text of the server that is quoted in a line of ours.
const QUOTE_CHARS: usize = 200;

/// Writes `text` and a line feed, flushed.
pub(super) fn text(output: &mut dyn Write, text: &str, pretty: bool) -> io::Result<()> {
    match pretty.then(|| indented(text)).flatten() {
        Some(json) => writeln!(output, "{json}")?,
        None => writeln!(output, "{text}")?,
    }
    output.flush()
}

/// `None` unless `text` is a JSON object or array. A number or a string alone needs no indentation.
fn indented(text: &str) -> Option<String> {
    text.trim_start().starts_with(['{', '[']).then_some(())?;
    let mut json = serde_json::Deserializer::from_str(text);
    let mut indented = Vec::new();
    // Piece by piece: a `Value` in between would sort the keys.
    let mut output = serde_json::Serializer::pretty(&mut indented);
    serde_transcode::transcode(&mut json, &mut output).ok()?;
    json.end().ok()?;
    String::from_utf8(indented).ok()
}

/// Writes the length and the first bytes in hexadecimal, flushed.
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

/// The first line of a text from the server, to be quoted in a line of ours: limited in length, and without
/// control characters.
pub(super) fn one_line(text: &str) -> String {
    let line = text
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
