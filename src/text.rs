//! Words from a file, made fit for a terminal: as wide as there is room, and without orders to it.

use unicode_width::UnicodeWidthChar;

/// Without control characters: a name must not move the cursor or change the colour. Nor turn the
/// direction of what comes after it.
pub(crate) fn plain(text: &str) -> String {
    let plain = |c: char| match c {
        '\n' | '\t' => ' ',
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => '\u{FFFD}',
        c if c.is_control() => '\u{FFFD}',
        c => c,
    };
    text.chars().map(plain).collect()
}

/// How many columns it takes.
pub(crate) fn width(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// Exactly `columns` wide: cut with an ellipsis, or filled up with spaces.
pub(crate) fn fit(text: &str, columns: usize) -> String {
    let mut fitted = cut(text, columns);
    let missing = columns - width(&fitted);
    fitted.extend(std::iter::repeat_n(' ', missing));
    fitted
}

/// At most `columns` wide, cut with an ellipsis. A wide character is left out whole.
pub(crate) fn cut(text: &str, columns: usize) -> String {
    let text = plain(text);
    if width(&text) <= columns {
        return text;
    }
    let mut kept = String::new();
    let mut room = columns.saturating_sub(1);
    for c in text.chars() {
        let Some(left) = room.checked_sub(c.width().unwrap_or(0)) else {
            break;
        };
        room = left;
        kept.push(c);
    }
    if columns > 0 {
        kept.push('…');
    }
    kept
}

/// In lines of at most `columns`, broken between words.
pub(crate) fn wrap(text: &str, columns: usize) -> String {
    let mut out = String::new();
    let mut used = 0;
    for word in text.split(' ') {
        let more = width(word);
        if used > 0 && used + 1 + more > columns {
            out.push('\n');
            used = 0;
        } else if used > 0 {
            out.push(' ');
            used += 1;
        }
        out.push_str(word);
        used += more;
    }
    out + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_by_columns_and_not_by_characters() {
        assert_eq!(fit("worker", 8), "worker  ");
        assert_eq!(fit("worker 17", 8), "worker …");
        assert_eq!(fit("日本語", 5), "日本…");
        assert_eq!(fit("日本語", 4), "日… ");
        assert_eq!(
            fit("e\u{301}e\u{301}e\u{301}", 3),
            "e\u{301}e\u{301}e\u{301}"
        );
        assert_eq!(fit("abc", 0), "");
    }

    #[test]
    fn a_name_gives_no_orders_to_the_terminal() {
        assert_eq!(plain("a\x1b[31m\nb\u{202E}"), "a\u{FFFD}[31m b\u{FFFD}");
    }
}
