//! Which file imports which, and the circles among them.
//!
//! A name is followed through `use` to the file that defines it, so a `mod.rs` that only re-exports
//! what its folder contains is not a dependency of any file. Code under `#[cfg(test)]` does not count.
//!
//! **Where it breaks:** methods are called without naming a file, and macros are not expanded.

use crate::source::{Named, Source, Token};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The files of a crate and the imports between them.
pub(crate) struct Imports<'a> {
    /// By module path: `aio::core::timers`. The crate's root is "".
    files: BTreeMap<String, &'a Source>,
    /// By module path and name: the path that a `use` gives this name to.
    uses: BTreeMap<(String, String), Vec<String>>,
    /// Importing file, imported file, line of the first import.
    edges: BTreeMap<(&'a str, &'a str), usize>,
}

impl<'a> Imports<'a> {
    pub(crate) fn new(sources: &'a [Source]) -> Imports<'a> {
        // A program stands above the library: nothing can import it.
        let library = || sources.iter().filter(|source| source.path != "main.rs");
        let mut imports = Imports {
            files: library()
                .map(|source| (source.module.join("::"), source))
                .collect(),
            uses: BTreeMap::new(),
            edges: BTreeMap::new(),
        };
        for source in library() {
            for named in source.names.iter().filter(|named| named.is_use) {
                let key = (source.module.join("::"), named.alias().to_owned());
                imports.uses.insert(key, imports.absolute(source, named));
            }
        }
        for source in library() {
            let counts = |named: &&Named| !named.in_test && !named.is_reexport;
            for named in source.names.iter().filter(counts) {
                let path = imports.absolute(source, named);
                if let Some(file) = imports.defining(&path)
                    && file.path != source.path
                {
                    let edge = (source.path.as_str(), file.path.as_str());
                    imports.edges.entry(edge).or_insert(named.line);
                }
            }
        }
        imports
    }

    /// The path from the crate's root; empty for a name of another crate. A child module can be named
    /// without `self::`.
    fn absolute(&self, source: &Source, named: &Named) -> Vec<String> {
        if named.of_this_crate {
            return named.segments.clone();
        }
        let child = [&source.module[..], &named.segments[..1]].concat();
        if self.files.contains_key(&child.join("::")) {
            return [&source.module[..], &named.segments[..]].concat();
        }
        Vec::new()
    }

    /// The file that defines what `path` names.
    fn defining(&self, path: &[String]) -> Option<&'a Source> {
        let mut path = path.to_vec();
        // Re-exports of re-exports end soon; a circle of globs would not.
        for _ in 0..8 {
            if path.is_empty() {
                return None;
            }
            let length = (0..=path.len())
                .rev()
                .find(|length| self.files.contains_key(&path[..*length].join("::")))?;
            let (module, rest) = path.split_at(length);
            let module = module.join("::");
            let file = self.files[&module];
            let Some(name) = rest.first().filter(|name| *name != "*") else {
                return Some(file);
            };
            let used = self.uses.get(&(module.clone(), name.clone()));
            let next = match used {
                Some(used) if !used.is_empty() => used.clone(),
                _ if defines(file, name) => return Some(file),
                _ => match self.through_a_glob(&module, name) {
                    Some(path) => path,
                    None => return Some(file),
                },
            };
            path = [&next[..], &rest[1..]].concat();
        }
        None
    }

    /// `name`, where `module` has a `use other::*` and `other` defines it.
    fn through_a_glob(&self, module: &str, name: &str) -> Option<Vec<String>> {
        let file = self.files[module];
        let globs = file.names.iter().filter(|named| named.alias() == "*");
        globs.into_iter().find_map(|glob| {
            let mut path = self.absolute(file, glob);
            path.pop()?;
            let other = self.files.get(&path.join("::"))?;
            path.push(name.to_owned());
            defines(other, name).then_some(path)
        })
    }

    /// The circles, each as the files on the way round: of two files, and for every import the shortest
    /// of more than two.
    ///
    /// A `mod.rs` that lists its children, each of which imports it, is many circles of two.
    pub(crate) fn circles(&self) -> BTreeSet<Vec<&'a str>> {
        let mut circles = BTreeSet::new();
        for &(from, to) in self.edges.keys() {
            if from < to && self.edges.contains_key(&(to, from)) {
                circles.insert(vec![from, to]);
            }
            circles.extend(self.way_back(from, to));
        }
        circles
    }

    /// The shortest circle that begins with `from` importing `to` and has more than two files, turned
    /// so that the first file in the alphabet comes first.
    fn way_back(&self, from: &'a str, to: &'a str) -> Option<Vec<&'a str>> {
        let mut ways = VecDeque::from([vec![from, to]]);
        let mut seen = BTreeSet::from([to]);
        while let Some(way) = ways.pop_front() {
            let last = *way.last()?;
            let imported = self.edges.range((last, "")..).map(|(edge, _)| *edge);
            for (_, next) in imported.take_while(|(file, _)| *file == last) {
                if next == from && way.len() > 2 {
                    let mut circle = way;
                    let first = (0..circle.len()).min_by_key(|at| circle[*at])?;
                    circle.rotate_left(first);
                    return Some(circle);
                }
                if next != from && seen.insert(next) {
                    ways.push_back([&way[..], &[next]].concat());
                }
            }
        }
        None
    }

    /// The imports of anything in `other` by anything in `layer`, as text.
    pub(crate) fn between(&self, layer: &str, other: &str) -> Vec<String> {
        let is_in = |file: &str, module: &str| {
            let rest = file.strip_prefix(module);
            rest.is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
        };
        let edges = self.edges.iter();
        edges
            .filter(|((from, to), _)| is_in(from, layer) && is_in(to, other))
            .map(|((from, to), line)| {
                format!("src/{from}:{line}: {layer} must not import src/{to}")
            })
            .collect()
    }

    /// The imports round `circle`, one per line.
    pub(crate) fn lines(&self, circle: &[&str]) -> String {
        let next = circle.iter().cycle().skip(1);
        let steps = circle.iter().zip(next).map(|(from, to)| {
            let line = self.edges[&(*from, *to)];
            format!("  src/{from}:{line}: imports src/{to}\n")
        });
        steps.collect()
    }

    /// The directory of a file below `src`. A file `x.rs` next to a directory `x` belongs to it.
    pub(crate) fn folder(&self, file: &'a str) -> &'a str {
        let own = file.strip_suffix(".rs").unwrap_or(file);
        let has_parts = |other: &&Source| {
            let rest = other.path.strip_prefix(own);
            rest.is_some_and(|rest| rest.starts_with('/'))
        };
        if self.files.values().any(has_parts) {
            return own;
        }
        file.rsplit_once('/').map_or("", |(folder, _)| folder)
    }
}

/// Whether an item of this name is defined anywhere in `file`.
fn defines(file: &Source, name: &str) -> bool {
    let keywords = [
        "const",
        "enum",
        "fn",
        "macro_rules",
        "mod",
        "static",
        "struct",
        "trait",
        "type",
    ];
    file.tokens.windows(3).any(|window| {
        let keyword = keywords.iter().any(|keyword| window[0].is(keyword));
        let bang = window[1].token == Token::Other('!');
        keyword && window[if bang { 2 } else { 1 }].is(name)
    })
}
