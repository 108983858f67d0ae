//! A source file as the rules see it: tokens with their lines, and the paths that they name.
//!
//! This is not a parser. It knows just enough of the language to tell comments and strings from code, to
//! see that `use a::{b, c as d}` names `a::b` and `a::c`, and to resolve `super`.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

/// A word, a `::`, or any other single character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    Word(String),
    PathSeparator,
    Other(char),
}

#[derive(Debug, Clone)]
pub(crate) struct Placed {
    pub(crate) token: Token,
    pub(crate) line: usize,
    /// Whether it is inside an item under `#[cfg(test)]`.
    pub(crate) in_test: bool,
}

impl Placed {
    pub(crate) fn is(&self, word: &str) -> bool {
        matches!(&self.token, Token::Word(own) if own == word)
    }

    fn is_other(&self, other: char) -> bool {
        self.token == Token::Other(other)
    }
}

/// A path that the code names: from the root of the crate, or beginning with another crate or a local
/// name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) segments: Vec<String>,
    pub(crate) of_this_crate: bool,
    pub(crate) line: usize,
    pub(crate) in_test: bool,
    /// Whether a `use` names it, and whether that `use` begins with `pub`.
    pub(crate) is_use: bool,
    pub(crate) is_reexport: bool,
    /// The name behind `as`.
    renamed: Option<String>,
}

impl Named {
    /// The name by which a `use` makes it known.
    pub(crate) fn alias(&self) -> &str {
        let last = || self.segments.last().map_or("", String::as_str);
        self.renamed.as_deref().unwrap_or_else(last)
    }

    /// Whether it names `module` (`a::b`) of this crate, something inside it, or with a star everything
    /// in a module around it.
    pub(crate) fn reaches(&self, module: &str) -> bool {
        let module: Vec<&str> = module.split("::").collect();
        if !self.of_this_crate {
            return false;
        }
        if let Some((star, around)) = self.segments.split_last()
            && star == "*"
            && around.len() < module.len()
        {
            return around.iter().eq(&module[..around.len()]);
        }
        self.segments.len() >= module.len()
            && self.segments.iter().zip(&module).all(|(a, b)| a == b)
    }

    pub(crate) fn ends_with(&self, end: &[&str]) -> bool {
        let skipped = self.segments.len().checked_sub(end.len());
        skipped.is_some_and(|skipped| self.segments[skipped..].iter().eq(end))
    }
}

#[derive(Debug)]
pub(crate) struct Source {
    /// Below `src`, with slashes.
    pub(crate) path: String,
    /// The same as a module: `["a", "b"]` for `a/b.rs` and `a/b/mod.rs`.
    pub(crate) module: Vec<String>,
    pub(crate) text: String,
    pub(crate) tokens: Vec<Placed>,
    pub(crate) names: Vec<Named>,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Source {
        let mut tokens = tokens(text);
        mark_tests(&mut tokens);
        Source {
            path: path.to_owned(),
            names: names(&module_of(path), &tokens),
            module: module_of(path),
            text: text.to_owned(),
            tokens,
        }
    }

    /// Every file of the crate, read once.
    pub(crate) fn all() -> &'static [Source] {
        static ALL: OnceLock<Vec<Source>> = OnceLock::new();
        ALL.get_or_init(|| {
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
            let mut found = Vec::new();
            collect(&root, &root, &mut found);
            found.sort_by(|a, b| a.path.cmp(&b.path));
            found
        })
    }

    /// Whether it is `module` (`a/b`), or a part of it.
    pub(crate) fn is_in(&self, module: &str) -> bool {
        let rest = self.path.strip_prefix(module);
        rest.is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
    }
}

fn collect(root: &Path, directory: &Path, found: &mut Vec<Source>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap();
            let text = fs::read_to_string(&path).unwrap();
            found.push(Source::new(&name.replace('\\', "/"), &text));
        }
    }
}

fn module_of(path: &str) -> Vec<String> {
    let stem = path.strip_suffix(".rs").unwrap();
    let is_name = |part: &&str| !matches!(*part, "mod" | "lib" | "main");
    stem.split('/').filter(is_name).map(str::to_owned).collect()
}

fn tokens(text: &str) -> Vec<Placed> {
    let mut tokens = Vec::new();
    let mut line = 1;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if first.is_alphanumeric() || first == '_' {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
            end.unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (taken, token) = match blank(rest) {
            Some(length) => (length, None),
            None if rest.starts_with("::") => (2, Some(Token::PathSeparator)),
            None if first.is_alphanumeric() || first == '_' => {
                (length, Some(Token::Word(rest[..length].to_owned())))
            }
            None if first.is_whitespace() => (length, None),
            None => (length, Some(Token::Other(first))),
        };
        tokens.extend(token.map(|token| Placed {
            token,
            line,
            in_test: false,
        }));
        line += rest[..taken].matches('\n').count();
        rest = &rest[taken..];
    }
    tokens
}

/// The length of the comment or literal with which `text` begins.
fn blank(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    if text.starts_with("/*") {
        return Some(block_comment(text));
    }
    let prefix = ["br", "cr", "r", "b", "c", ""].into_iter().find(|prefix| {
        text.strip_prefix(*prefix)
            .is_some_and(|rest| rest.trim_start_matches('#').starts_with('"'))
    });
    if let Some(prefix) = prefix {
        let rest = &text[prefix.len()..];
        let fences = rest.find('"').unwrap();
        if prefix.ends_with('r') {
            let end = format!("\"{}", "#".repeat(fences));
            let body = &rest[fences + 1..];
            let length = body.find(&end).map_or(body.len(), |at| at + end.len());
            return Some(prefix.len() + fences + 1 + length);
        }
        if fences == 0 {
            return Some(prefix.len() + quoted(rest, '"'));
        }
    }
    // A character has a second quote, a lifetime has not.
    let quote = text.strip_prefix('b').unwrap_or(text);
    let mut characters = quote.strip_prefix('\'')?.chars();
    let is_character = characters.next()? == '\\' || characters.next()? == '\'';
    is_character.then(|| text.len() - quote.len() + quoted(quote, '\''))
}

fn block_comment(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest.starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        if !escaped && character == quote {
            return at + 1;
        }
        escaped = !escaped && character == '\\';
    }
    text.len()
}

fn mark_tests(tokens: &mut [Placed]) {
    let attribute = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut at = 0;
    while at + attribute.len() <= tokens.len() {
        let is_here = attribute.iter().zip(&tokens[at..]).all(|(part, token)| {
            token.is(part) || part.chars().next().is_some_and(|c| token.is_other(c))
        });
        let end = if is_here {
            end_of_item(tokens, at + attribute.len())
        } else {
            at + 1
        };
        if is_here {
            tokens[at..end]
                .iter_mut()
                .for_each(|token| token.in_test = true);
        }
        at = end;
    }
}

/// The index behind the item that begins at `from`: behind its block, or its semicolon if it has
/// none.
fn end_of_item(tokens: &[Placed], from: usize) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(from) {
        match token.token {
            Token::Other('{' | '(' | '[') => depth += 1,
            Token::Other('}' | ')' | ']') => depth -= 1,
            _ => {}
        }
        if depth == 0 && (token.is_other('}') || token.is_other(';')) {
            return at + 1;
        }
    }
    tokens.len()
}

fn names(module: &[String], tokens: &[Placed]) -> Vec<Named> {
    let mut names = Vec::new();
    let mut module = module.to_vec();
    // The depths at which modules inside this file began.
    let mut inner = Vec::new();
    let mut depth = 0;
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let next = tokens.get(at + 1);
        let begins_path = next.is_some_and(|next| next.token == Token::PathSeparator);
        match &token.token {
            Token::Word(word) if word == "mod" => {
                if let (Some(Token::Word(name)), Some(Token::Other('{'))) = (
                    next.map(|next| &next.token),
                    tokens.get(at + 2).map(|block| &block.token),
                ) {
                    module.push(name.clone());
                    inner.push(depth);
                }
            }
            Token::Other('{') => depth += 1,
            Token::Other('}') => {
                depth -= 1;
                if inner.pop_if(|began| *began == depth).is_some() {
                    module.pop();
                }
            }
            Token::Word(word) if word == "use" || begins_path => {
                let start = at + usize::from(word == "use");
                let mut tree = Vec::new();
                let is_use = word == "use";
                // `pub use`, or `pub(crate) use` and its kind.
                let before = at.checked_sub(1).map(|before| &tokens[before]);
                let is_public = before.is_some_and(|t| t.is("pub") || t.is_other(')'));
                at = use_tree(tokens, start, &[], &mut tree);
                if is_use
                    && tokens.get(at).is_some_and(|token| token.is("as"))
                    && let Some(named) = tree.last_mut()
                {
                    named.renamed = word_at(tokens, at + 1);
                }
                names.extend(tree.into_iter().map(|named| Named {
                    is_use,
                    is_reexport: is_use && is_public,
                    ..resolve(named, &module)
                }));
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    names
}

/// Reads `a::b`, `a::{b, c as d}` or `a::*` from `at`; returns the index behind it.
fn use_tree(tokens: &[Placed], mut at: usize, prefix: &[String], found: &mut Vec<Named>) -> usize {
    let mut segments = prefix.to_vec();
    let mut line = None;
    while let Some(placed) = tokens.get(at) {
        match &placed.token {
            Token::PathSeparator => at += 1,
            Token::Word(word) if word != "as" => {
                segments.push(word.clone());
                line.get_or_insert(placed.line);
                at += 1;
                let follows = tokens.get(at).map(|next| &next.token);
                if follows != Some(&Token::PathSeparator) {
                    break;
                }
            }
            Token::Other('*') if !segments.is_empty() => {
                segments.push("*".to_owned());
                at += 1;
                break;
            }
            Token::Other('{') => {
                at += 1;
                while tokens.get(at).is_some_and(|next| !next.is_other('}')) {
                    let before = at;
                    at = use_tree(tokens, at, &segments, found);
                    if tokens.get(at).is_some_and(|next| next.is("as"))
                        && let Some(named) = found.last_mut()
                    {
                        named.renamed = word_at(tokens, at + 1);
                    }
                    // A comma, or `as name`.
                    while tokens
                        .get(at)
                        .is_some_and(|next| next.is_other(',') || next.is("as") || next.is("_"))
                    {
                        at += if tokens[at].is("as") { 2 } else { 1 };
                    }
                    at = at.max(before + 1);
                }
                return at + 1;
            }
            _ => break,
        }
    }
    let placed = tokens.get(at.saturating_sub(1));
    if let Some(placed) = placed.filter(|_| segments.len() > prefix.len()) {
        found.push(Named {
            segments,
            of_this_crate: false,
            line: line.unwrap_or(placed.line),
            in_test: placed.in_test,
            is_use: false,
            is_reexport: false,
            renamed: None,
        });
    }
    at.max(1)
}

fn word_at(tokens: &[Placed], at: usize) -> Option<String> {
    match &tokens.get(at)?.token {
        Token::Word(word) => Some(word.clone()),
        _ => None,
    }
}

/// Turns `crate`, `self` and `super` into a path from the root.
fn resolve(mut named: Named, module: &[String]) -> Named {
    let first = named.segments[0].as_str();
    named.of_this_crate = matches!(first, "crate" | "self" | "super" | "gearshift");
    if !named.of_this_crate {
        return named;
    }
    let mut base = match first {
        "crate" | "gearshift" => Vec::new(),
        _ => module.to_vec(),
    };
    for segment in named.segments {
        match segment.as_str() {
            "crate" | "gearshift" | "self" => {}
            "super" => drop(base.pop()),
            _ => base.push(segment),
        }
    }
    named.segments = base;
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(path: &str, text: &str) -> Vec<String> {
        let source = Source::new(path, text);
        let mine = source.names.iter().filter(|named| named.of_this_crate);
        mine.map(|named| format!("{}:{}", named.line, named.segments.join("::")))
            .collect()
    }

    #[test]
    fn imports_are_resolved_from_the_root() {
        let text = "use crate::a::{self, b::{C, d}, e as f};\nuse super::g::*;\nuse self::h;";
        let resolved = [
            "1:a",
            "1:a::b::C",
            "1:a::b::d",
            "1:a::e",
            "2:x::g::*",
            "3:x::y::h",
        ];
        assert_eq!(paths("x/y.rs", text), resolved);
        assert_eq!(paths("x/mod.rs", "use super::a;"), ["1:a"]);
        assert_eq!(paths("main.rs", "use gearshift::a;"), ["1:a"]);
    }

    #[test]
    fn modules_inside_a_file_have_their_own_super() {
        let text = "mod a {\n use super::b;\n fn c() { super::super::d() }\n}\nuse super::e;";
        assert_eq!(paths("x/y.rs", text), ["2:x::y::b", "3:x::d", "5:x::e"]);
    }

    #[test]
    fn paths_in_the_middle_of_code_are_seen() {
        let text = "fn f(x: &crate::a::B<super::c::D>) -> u8 { x.go::<crate::e::F>() }";
        assert_eq!(paths("x/y.rs", text), ["1:a::B", "1:x::c::D", "1:e::F"]);
    }

    #[test]
    fn comments_and_literals_are_no_code() {
        for text in [
            "// use crate::a;",
            "/* use crate::a; /* more */ crate::b::c() */",
            "const A: &str = \"crate::a::b \\\" crate::c::d\";",
            "const A: &str = r#\"crate::a::b \" crate::c::d\"#;",
            "const A: char = '\"'; const B: &str = \"crate::a::b\"; const C: char = '\\'';",
            "fn f<'a>(x: &'a str) -> &'a str { \"crate::a::b\" }",
            "const A: &[u8] = b\"crate::a::b\";",
        ] {
            assert_eq!(paths("x.rs", text), [""; 0], "{text}");
        }
        let after = "fn f<'a>() { g('x', b'\\'', \"\"); crate::a::b() }";
        assert_eq!(paths("x.rs", after), ["1:a::b"]);
    }

    #[test]
    fn test_items_are_told_from_the_rest() {
        let text =
            "fn a() { b() }\n#[cfg(test)]\n#[allow(x)]\nmod tests { fn c() { d() } }\nfn e() {}";
        let source = Source::new("x.rs", text);
        let line_of = |word| source.tokens.iter().find(|token| token.is(word)).unwrap();
        assert!(!line_of("b").in_test && line_of("d").in_test && !line_of("e").in_test);
        assert_eq!(line_of("e").line, 5);
    }
}
