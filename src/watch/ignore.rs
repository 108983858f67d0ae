//! Which paths in a directory or glob are ignored: a list of globs, of which the last match decides.
//!
//! The rules are those of `.gitignore`, as far as they help here. A pattern without a slash is a name at
//! any depth. One with a slash is the path as it is reported. A slash at the end is for directories only,
//! and `!` in front includes a path again. An ignored directory is not entered, which makes ignoring it
//! cheap. So nothing below it can be included again: include the directory itself. Files that the user
//! named are never ignored.
//!
//! The matcher is `globset`, which targets need anyway. The `ignore` crate would not spare code: its
//! patterns belong to one root directory, while targets may be relative and absolute, and it takes `#`
//! for a comment, which begins the names of Emacs' save files.
//!
//! **Where it breaks:** a pattern with a slash is compared with the path as reported, so `docs/*.bak`
//! does not match in a tree that is watched under its absolute path; `**/docs/*.bak` does.

use std::path::Path;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::target::clean;
use crate::error::Error;

/// Ignored in every directory and glob, unless a user's `!` includes it again.
///
/// There are two kinds only: the internal files of tools, and files that editors make for a moment while
/// saving. `target`, `build` and `dist` are missing on purpose: people have directories of their own with
/// these names, and a watcher that ignores them looks broken.
const DEFAULTS: &[&str] = &[
    // Version control. Without a slash, because `.git` is a file in a linked work tree.
    ".git",
    ".hg",
    ".svn",
    ".jj",
    // Tens of thousands of files of a package manager.
    "node_modules/",
    // Python rewrites these when it runs the code.
    "__pycache__/",
    // The Finder rewrites it when it shows a folder.
    ".DS_Store",
    // Backups: vim, Emacs, gedit, Kate.
    "*~",
    // Vim: swap files, and the file with which it tests whether it may write.
    ".*.sw?",
    "4913",
    // Emacs: lock (a dangling link) and automatic save.
    ".#*",
    "#*#",
    // JetBrains' safe write, GNOME's, Kate's swap file, LibreOffice's lock.
    "*___jb_tmp___",
    "*___jb_old___",
    ".goutputstream-*",
    ".*.kate-swp",
    ".~lock.*#",
    // By convention these are renamed or removed at once.
    "*.tmp",
];

/// The compiled rules.
#[derive(Debug)]
pub(super) struct Ignore {
    /// All globs at once; the index of a match points into `kinds`.
    globs: GlobSet,
    kinds: Vec<Kind>,
}

#[derive(Debug, Clone, Copy)]
struct Kind {
    includes: bool,
    directories_only: bool,
}

impl Ignore {
    /// The defaults, then `patterns` in their order.
    ///
    /// # Errors
    ///
    /// A pattern that is not a glob: a usage error of one line.
    pub(super) fn new(patterns: &[String]) -> Result<Ignore, Error> {
        let mut globs = GlobSetBuilder::new();
        let mut kinds = Vec::new();
        let defaults = DEFAULTS.iter().copied();
        for text in defaults.chain(patterns.iter().map(String::as_str)) {
            let invalid = |reason: &dyn std::fmt::Display| {
                Error::usage(format!("cannot ignore {text:?}: {reason}"))
            };
            let (pattern, kind) = parse(text);
            if pattern.is_empty() {
                return Err(invalid(&"it is empty"));
            }
            let glob = GlobBuilder::new(&pattern).literal_separator(true).build();
            globs.add(glob.map_err(|error| invalid(error.kind()))?);
            kinds.push(kind);
        }
        let too_large = |error: globset::Error| {
            Error::usage(format!(
                "cannot combine the --ignore globs: {}",
                error.kind()
            ))
        };
        let globs = globs.build().map_err(too_large)?;
        Ok(Ignore { globs, kinds })
    }

    /// Whether `path` itself is ignored. The caller checks the directories above it.
    pub(super) fn covers(&self, path: &Path, is_directory: bool) -> bool {
        // Matches come in ascending order.
        let matches = self.globs.matches(path).into_iter().rev();
        let mut kinds = matches.filter_map(|index| self.kinds.get(index));
        let last = kinds.find(|kind| is_directory || !kind.directories_only);
        last.is_some_and(|kind| !kind.includes)
    }
}

fn parse(text: &str) -> (String, Kind) {
    let glob = text.strip_prefix('!').unwrap_or(text);
    let kind = Kind {
        includes: text.starts_with('!'),
        directories_only: glob.ends_with('/'),
    };
    let pattern = clean(glob);
    if pattern.is_empty() || pattern.contains('/') {
        (pattern, kind)
    } else {
        (format!("**/{pattern}"), kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_pattern_that_matches_decides() {
        let table: &[(&[&str], &str, bool, bool)] = &[
            (&[], "a.txt", false, false),
            (&[], ".git", true, true),
            (&[], "deep/down/.git", false, true),
            (&[], "node_modules", true, true),
            (&[], "node_modules", false, false),
            (&[], "target", true, false),
            (&[], "src/.main.rs.swp", false, true),
            (&[], "src/main.rs~", false, true),
            (&[], "#note#", false, true),
            (&["!*.tmp"], "a.tmp", false, false),
            (&["!*.tmp", "a.*"], "a.tmp", false, true),
            (&["gen/"], "src/gen", true, true),
            (&["gen/"], "src/gen", false, false),
            (&["src/gen"], "src/gen", true, true),
            (&["src/gen"], "other/src/gen", true, false),
            (&["./src/*.c"], "src/a.c", false, true),
            (&["src/*.c"], "src/deep/a.c", false, false),
            (&["src/**/*.c"], "src/deep/a.c", false, true),
            (&["\\!odd"], "!odd", false, true),
        ];
        for (patterns, path, is_directory, ignored) in table {
            let patterns: Vec<String> = patterns.iter().map(|text| text.to_string()).collect();
            let ignore = Ignore::new(&patterns).expect("valid patterns");
            assert_eq!(
                ignore.covers(Path::new(path), *is_directory),
                *ignored,
                "{patterns:?} on {path}"
            );
        }
    }
}
