//! The words in code and documents, and links that lead somewhere.

use std::fs;
use std::path::{Path, PathBuf};

/// Private words for things that have a standard term, also as parts of names: `crew` is in `run_crew` and
/// in `CrewSize`. A word with `_` is a whole name.
const RETIRED: &str = "bell, bells, belongings, crew, farewell, parcel, rope, spelt, ticket, unheard, whom, \
    everybody, processor time, cannot be had, is no json, close_doors, gone_by, has_rope, kill_and_bury, \
    let_in, look_after_children, move_to, not_heard_until, open_doors, pause_door, ToTheEnd, TurnedAway, \
    UntilLeaving, ForASlice";

/// The words of `line`, in lower case and between spaces: `runCrew_size` is ` run crew size `.
fn words(line: &str) -> String {
    let mut words = String::from(" ");
    let mut before = ' ';
    for c in line.chars() {
        if c.is_uppercase() && before.is_lowercase() {
            words.push(' ');
        }
        let is_letter = c.is_alphanumeric();
        words.extend(if is_letter { c } else { ' ' }.to_lowercase());
        before = c;
    }
    words.push(' ');
    words
        .split_inclusive(' ')
        .filter(|word| *word != " ")
        .fold(" ".to_owned(), |all, word| all + word)
}

/// The lines of `text` with one of the retired words, each with the word.
fn retired_words(text: &str) -> Vec<(usize, &'static str)> {
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let words = words(line);
        let is_in = |retired: &&str| {
            if retired.contains('_') || retired.chars().any(char::is_uppercase) {
                let mut names = line.split(|c: char| !c.is_alphanumeric() && c != '_');
                names.any(|name| name == *retired)
            } else {
                words.contains(&format!(" {retired} "))
            }
        };
        found.extend(
            RETIRED
                .split(", ")
                .filter(is_in)
                .map(|word| (index + 1, word)),
        );
    }
    found
}

#[test]
fn standard_terms_are_used() {
    let text = "fn run_crew(rope: &BellRope) {\n let bellow = let_in(); }\n// Processor time.\n/* let in */";
    let expected = [
        (1, "bell"),
        (1, "crew"),
        (1, "rope"),
        (2, "let_in"),
        (3, "processor time"),
    ];
    assert_eq!(retired_words(text), expected);
    let mut wrong = Vec::new();
    for (path, text) in texts(&["src", "tests", "benches", "README.md", "CONTRIBUTING.md"]) {
        // This file has the list.
        if path != "tests/architecture/documents.rs" {
            let words = retired_words(&text).into_iter();
            wrong.extend(words.map(|(line, word)| format!("{path}:{line}: {word}")));
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// Rust and Markdown files below `places`, with their paths from the package's root.
fn texts(places: &[&str]) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut ahead: Vec<PathBuf> = places.iter().map(|place| root.join(place)).collect();
    let mut found = Vec::new();
    while let Some(path) = ahead.pop() {
        if path.is_dir() {
            ahead.extend(
                fs::read_dir(&path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        } else if path
            .extension()
            .is_some_and(|end| end == "rs" || end == "md")
        {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap();
            found.push((name.replace('\\', "/"), fs::read_to_string(&path).unwrap()));
        }
    }
    found
}

/// The targets of the links and pictures in Markdown: `](target)`, `href="…"`, `src="…"`, `srcset="…"`.
fn link_targets(markdown: &str) -> Vec<&str> {
    let begins = [
        ("](", ')'),
        ("href=\"", '"'),
        ("src=\"", '"'),
        ("srcset=\"", '"'),
    ];
    let mut targets = Vec::new();
    for (begin, end) in begins {
        let parts = markdown.split(begin).skip(1);
        targets.extend(parts.filter_map(|part| Some(part.split_once(end)?.0)));
    }
    targets
}

/// Paths below `src`, `tests`, `benches` and `.ci` between backquotes.
fn quoted_paths(markdown: &str) -> Vec<&str> {
    let quoted = markdown.split('`').skip(1).step_by(2);
    let is_path = |text: &&str| {
        let places = ["src/", "tests/", "benches/", ".ci/"];
        let plain = |c: char| c.is_alphanumeric() || "/._-".contains(c);
        places.iter().any(|place| text.starts_with(place))
            && text.chars().all(plain)
            && !text.contains("NAME")
    };
    quoted.filter(is_path).collect()
}

/// The anchor that GitHub gives a heading.
fn anchor(heading: &str) -> String {
    let kept = heading
        .chars()
        .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.collect::<String>()
        .trim()
        .to_lowercase()
        .replace(' ', "-")
}

/// The links and paths in `markdown` that lead nowhere.
fn dead_links(markdown: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let headings = markdown.lines().filter(|line| line.starts_with('#'));
    let anchors: Vec<String> = headings
        .map(|line| anchor(line.trim_start_matches('#')))
        .collect();
    let is_dead = |target: &&str| match target.split_once('#') {
        _ if target.starts_with("https://") || target.starts_with("http://") => false,
        Some(("", name)) => !anchors.iter().any(|anchor| anchor == name),
        _ => !root.join(target).exists(),
    };
    let targets = link_targets(markdown)
        .into_iter()
        .chain(quoted_paths(markdown));
    targets.filter(is_dead).map(str::to_owned).collect()
}

/// The functions that `markdown` names as `` `A::f` of [file](path) `` or `in`, and that are not there.
fn missing_functions(markdown: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut missing = Vec::new();
    for link in ["` of [", "` in ["] {
        let parts: Vec<&str> = markdown.split(link).collect();
        for pair in parts.windows(2) {
            let name = pair[0].rsplit('`').next().unwrap_or("");
            let function = name.rsplit("::").next().unwrap_or("");
            let path = pair[1].split(['(', ')']).nth(1).unwrap_or("");
            let text = fs::read_to_string(root.join(path)).unwrap_or_default();
            if !text.contains(&format!("fn {function}(")) {
                missing.push(format!("{name} of {path}"));
            }
        }
    }
    missing
}

#[test]
fn functions_in_the_readme_are_where_it_says() {
    let made_up = "`Server::run` of [a](src/server.rs), `Server::walk` in [a](src/server.rs)";
    assert_eq!(
        missing_functions(made_up),
        ["Server::walk of src/server.rs"]
    );
    let readme =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    assert!(readme.contains("` of ["));
    assert_eq!(missing_functions(&readme), [""; 0]);
}

#[test]
fn links_and_paths_in_the_documents_lead_somewhere() {
    let made_up =
        "# A b!\n[x](#a-b) [y](#c) [z](src/no.rs) `src/lib.rs` `src/not.rs` [w](https://x.y)";
    assert_eq!(dead_links(made_up), ["#c", "src/no.rs", "src/not.rs"]);
    for file in ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let dead = dead_links(&fs::read_to_string(path).unwrap());
        assert!(dead.is_empty(), "{file}: {dead:?}");
    }
}
