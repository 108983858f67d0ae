//! What is left out of a directory or glob: a list of globs, of which the last that matches
//! decides.
//!
//! The rules are those people know from `.gitignore`, as far as they help here. A pattern without a
//! slash means a name at any depth, one with a slash means the path as it is reported; a slash at
//! the end means directories only; `!` in front takes a path back in. A directory left out is not
//! entered, which is what makes leaving it out cheap, and is also why nothing below it can be taken
//! back in: take back the directory itself. Files that the user named are never asked about here.
//!
//! Where it breaks: a pattern with a slash is compared with the path as reported, so `docs/*.bak`
//! says nothing about a tree watched under its absolute path; `**/docs/*.bak` does.

use std::path::Path;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::target::clean;
use crate::error::Error;

/// Left out of every directory and glob unless a user's `!` takes it back in.
///
/// Two kinds only: stores of tools that nobody edits by hand, and files that editors make for a
/// moment while saving. `target`, `build` and `dist` are missing on purpose: they are words that
/// people use for directories of their own, and a watcher that is silent about them looks broken.
const DEFAULTS: &[&str] = &[
    // Version control. Without a slash: in a linked work tree, `.git` is a file.
    ".git",
    ".hg",
    ".svn",
    ".jj",
    // Tens of thousands of files that a package manager owns.
    "node_modules/",
    // Python rewrites these when it merely runs the code.
    "__pycache__/",
    // The Finder rewrites it when a folder is merely looked at.
    ".DS_Store",
    // Backups: vim, Emacs, gedit, Kate.
    "*~",
    // Vim: swap files; the number it tries out whether it may write here.
    ".*.sw?",
    "4913",
    // Emacs: lock (a link that leads nowhere) and automatic save.
    ".#*",
    "#*#",
    // JetBrains' safe write, GNOME's, Kate's swap file, LibreOffice's lock.
    "*___jb_tmp___",
    "*___jb_old___",
    ".goutputstream-*",
    ".*.kate-swp",
    ".~lock.*#",
    // By convention: to be renamed or removed at once.
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
    takes_back: bool,
    directories_only: bool,
}

impl Ignore {
    /// The defaults, then `patterns` in their order.
    ///
    /// # Errors
    ///
    /// A pattern that is no glob: a usage error of one line.
    pub(super) fn new(patterns: &[String]) -> Result<Ignore, Error> {
        let mut globs = GlobSetBuilder::new();
        let mut kinds = Vec::new();
        for text in DEFAULTS
            .iter()
            .copied()
            .chain(patterns.iter().map(String::as_str))
        {
            let (pattern, kind) = parse(text);
            let refuse = |reason: &dyn std::fmt::Display| {
                Error::usage(format!(
                    "the pattern {text:?} of what to ignore is not valid: {reason}"
                ))
            };
            if pattern.is_empty() {
                return Err(refuse(&"it is empty"));
            }
            let glob = GlobBuilder::new(&pattern)
                .literal_separator(true)
                .build()
                .map_err(|error| refuse(error.kind()))?;
            globs.add(glob);
            kinds.push(kind);
        }
        let globs = globs.build().map_err(|error| {
            Error::usage(format!(
                "cannot combine the patterns to ignore: {}",
                error.kind()
            ))
        })?;
        Ok(Ignore { globs, kinds })
    }

    /// Whether `path` itself is left out; the directories above it are the caller's affair.
    pub(super) fn covers(&self, path: &Path, is_directory: bool) -> bool {
        let applying = self.globs.matches(path).into_iter().filter_map(|index| {
            let kind = *self.kinds.get(index)?;
            (is_directory || !kind.directories_only).then_some((index, kind.takes_back))
        });
        applying.max().is_some_and(|(_, takes_back)| !takes_back)
    }
}

fn parse(text: &str) -> (String, Kind) {
    let (takes_back, rest) = match text.strip_prefix('!') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let directories_only = rest.ends_with('/');
    let pattern = clean(rest);
    let anywhere = !pattern.is_empty() && !pattern.contains('/');
    let pattern = if anywhere {
        format!("**/{pattern}")
    } else {
        pattern
    };
    (
        pattern,
        Kind {
            takes_back,
            directories_only,
        },
    )
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
