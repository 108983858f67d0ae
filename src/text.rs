//! Untrusted text, made safe for a terminal, a web page or a shell.

use unicode_width::UnicodeWidthChar;

/// Replaces control characters: a name must not move the cursor, change the colour or reverse the
/// direction of the text after it.
pub(crate) fn plain(text: &str) -> String {
    let plain = |c: char| match c {
        '\n' | '\t' => ' ',
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => '\u{FFFD}',
        c if c.is_control() => '\u{FFFD}',
        c => c,
    };
    text.chars().map(plain).collect()
}

/// The number of terminal columns that `text` takes.
pub(crate) fn width(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// `text` in exactly `columns`: cut with an ellipsis, or padded with spaces.
pub(crate) fn fit(text: &str, columns: usize) -> String {
    let mut fitted = cut(text, columns);
    let missing = columns - width(&fitted);
    fitted.extend(std::iter::repeat_n(' ', missing));
    fitted
}

/// `text` in at most `columns`, cut with an ellipsis. A wide character is never split.
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

/// `text` in lines of at most `columns`, broken between words.
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

/// `text` as the content or an attribute of an HTML element.
pub(crate) fn escape_html(text: &str) -> String {
    plain(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

/// Replaces each placeholder of `template` once, in the given order. A placeholder in an inserted value
/// stays as it is.
pub(crate) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::new();
    let mut rest = template;
    for (placeholder, value) in values {
        let (before, after) = rest.split_once(placeholder).unwrap_or((rest, ""));
        out.push_str(before);
        out.push_str(value);
        rest = after;
    }
    out + rest
}

/// The command line of this process, quoted so that a shell runs the same again.
pub(crate) fn command_line() -> String {
    let args: Vec<String> = std::env::args().skip(1).collect();
    shell_line(args.iter().map(String::as_str))
}

/// `gearshift` with these arguments, quoted for a shell.
pub(crate) fn shell_line<'a>(args: impl IntoIterator<Item = &'a str>) -> String {
    let words = std::iter::once("gearshift").chain(args);
    shlex::try_join(words).expect("an argument of a process contains no NUL")
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
    fn wrapped_text_fits_the_columns() {
        let text = wrap(&"a sentence of words ".repeat(20), 80);
        assert!(text.lines().all(|line| width(line) <= 80));
        assert!(text.lines().count() > 4);
    }

    #[test]
    fn a_name_cannot_control_the_terminal() {
        assert_eq!(plain("a\x1b[31m\nb\u{202E}"), "a\u{FFFD}[31m b\u{FFFD}");
    }

    #[test]
    fn a_command_line_can_be_pasted_into_a_shell() {
        let args = ["serve", "--watch", "src/**/*.rs", "it's"];
        let line = shell_line(args);
        assert_eq!(line, r#"gearshift serve --watch 'src/**/*.rs' "it's""#);
        let words = shlex::split(&line).expect("it is quoted");
        assert_eq!(words[1..], args);
    }
}
