//! The targets that the user asked to watch: paths and globs.
//!
//! A target that exists is that file or directory, whatever characters are in its name. Otherwise `*`,
//! `?`, `[` or `{` make it a glob. The search for a glob begins at its base, the longest run of leading
//! directories without such a character: `src/**/*.rs` is never searched outside `src`.
//!
//! Paths are normalized, or one file under two targets would be reported twice: `./` and doubled slashes
//! are dropped, and if relative and absolute targets are mixed, absolute ones inside the working
//! directory become relative.
//!
//! **Where it breaks:** `..` is kept, since `a/..` is another directory if `a` is a link. And a file with
//! two names (by links of either kind) is two paths. Each is reported, since a client may need either.

use std::path::{Component, Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};

use super::ignore::Ignore;
use super::{Rules, stat};
use crate::error::Error;

/// Decides which paths found in directories are watched.
#[derive(Debug)]
pub(super) struct Selection {
    /// Directories that are watched with everything in them.
    trees: Vec<PathBuf>,
    globs: Vec<Glob>,
    ignore: Ignore,
}

#[derive(Debug)]
struct Glob {
    base: PathBuf,
    matcher: GlobMatcher,
    /// Number of components that a match has below the base; `None` if any number.
    depth: Option<usize>,
}

impl Selection {
    /// The compiled rules, and the targets that are paths and not globs.
    ///
    /// # Errors
    ///
    /// An empty target or a bad glob: a usage error of one line.
    pub(super) fn new(rules: &Rules) -> Result<(Selection, Vec<PathBuf>), Error> {
        let mut exact = Vec::new();
        let mut globs = Vec::new();
        let home = home_if_mixed(&rules.targets);
        for text in &rules.targets {
            if text.is_empty() {
                return Err(Error::usage(
                    "cannot watch \"\": a file, directory or glob is needed",
                ));
            }
            let target = normalize(&clean(text), home.as_deref());
            if is_glob(&target) && !exists(&target) {
                globs.push(Glob::new(&target, text)?);
            } else {
                exact.push(PathBuf::from(target));
            }
        }
        let selection = Selection {
            trees: Vec::new(),
            globs,
            ignore: Ignore::new(&rules.ignore)?,
        };
        Ok((selection, exact))
    }

    /// Where the search for each glob begins.
    pub(super) fn bases(&self) -> impl Iterator<Item = &Path> {
        self.globs.iter().map(|glob| glob.base.as_path())
    }

    /// From now on everything below `directory` is watched. Returns whether it was not before.
    pub(super) fn add_tree(&mut self, directory: &Path) -> bool {
        let is_new = self.trees.iter().all(|tree| tree != directory);
        if is_new {
            self.trees.push(directory.to_path_buf());
        }
        is_new
    }

    /// Whether a file found at `path` is watched.
    pub(super) fn wants_file(&self, path: &Path) -> bool {
        let matching = self.globs.iter().filter(|glob| glob.matcher.is_match(path));
        self.reaches(matching, path, false)
    }

    /// Whether the directory found at `path` is entered.
    pub(super) fn wants_directory(&self, path: &Path) -> bool {
        let matching = self.globs.iter().filter(|glob| glob.may_match_below(path));
        self.reaches(matching, path, true)
    }

    fn reaches<'a>(
        &'a self,
        globs: impl Iterator<Item = &'a Glob>,
        path: &Path,
        is_directory: bool,
    ) -> bool {
        let trees = self.trees.iter().filter(|tree| contains(tree, path));
        trees
            .chain(globs.map(|glob| &glob.base))
            .any(|base| !self.is_ignored_below(base, path, is_directory))
    }

    /// Checks each step from `base` down to `path`, because the walk for one target may find a file in a
    /// directory that the walk for another would not have entered.
    fn is_ignored_below(&self, base: &Path, path: &Path, is_directory: bool) -> bool {
        let steps = length(path).saturating_sub(length(base));
        let mut steps = path.ancestors().take(steps).enumerate();
        steps.any(|(up, step)| self.ignore.covers(step, is_directory || up > 0))
    }
}

impl Glob {
    fn new(pattern: &str, typed: &str) -> Result<Glob, Error> {
        let matcher = GlobBuilder::new(pattern)
            .literal_separator(true)
            .build()
            .map_err(|error| Error::usage(format!("cannot watch {typed:?}: {}", error.kind())))?
            .compile_matcher();
        let is_fixed = has_fixed_depth(pattern);
        let literal = |part: &Component<'_>| !part.as_os_str().to_string_lossy().contains(META);
        let pattern = Path::new(pattern);
        let base: PathBuf = pattern.components().take_while(literal).collect();
        let steps = length(pattern) - length(&base);
        Ok(Glob {
            base,
            matcher,
            depth: is_fixed.then_some(steps),
        })
    }

    fn may_match_below(&self, directory: &Path) -> bool {
        let below = length(directory).saturating_sub(length(&self.base));
        contains(&self.base, directory) && self.depth.is_none_or(|depth| below < depth)
    }
}

/// Number of components.
fn length(path: &Path) -> usize {
    path.components().count()
}

/// The special characters of a glob; a backslash makes the next character ordinary.
const META: [char; 5] = ['*', '?', '[', '{', '\\'];

fn is_glob(target: &str) -> bool {
    target.contains(['*', '?', '[', '{'])
}

/// `**` spans any number of directories, and a slash inside braces makes the alternatives differ.
fn has_fixed_depth(pattern: &str) -> bool {
    let mut braces = 0_usize;
    let slash_in_braces = pattern.chars().any(|c| {
        match c {
            '{' => braces += 1,
            '}' => braces = braces.saturating_sub(1),
            _ => {}
        }
        c == '/' && braces > 0
    });
    !pattern.contains("**") && !slash_in_braces
}

/// A dangling link exists too: its target may appear.
fn exists(target: &str) -> bool {
    !matches!(
        stat::stat(Path::new(target)),
        stat::StatResult::Gone | stat::StatResult::Error(_)
    )
}

/// Drops `.` and empty components; `.` alone becomes the empty path.
pub(super) fn clean(text: &str) -> String {
    let parts = Path::new(text)
        .components()
        .filter(|part| *part != Component::CurDir);
    parts.collect::<PathBuf>().to_string_lossy().into_owned()
}

/// The working directory, if there are relative and absolute targets.
fn home_if_mixed(targets: &[String]) -> Option<PathBuf> {
    let is_absolute = |target: &String| Path::new(target).is_absolute();
    let mixed = targets.iter().any(is_absolute) && !targets.iter().all(is_absolute);
    mixed.then(std::env::current_dir)?.ok()
}

fn normalize(target: &str, home: Option<&Path>) -> String {
    let inside = home.and_then(|home| Path::new(target).strip_prefix(home).ok());
    inside
        .unwrap_or(Path::new(target))
        .to_string_lossy()
        .into_owned()
}

/// Whether `path` is `base` or below it. The empty base is the working directory. `Path::starts_with`
/// would find it in absolute paths and in `..` as well.
fn contains(base: &Path, path: &Path) -> bool {
    if base.as_os_str().is_empty() {
        return matches!(path.components().next(), None | Some(Component::Normal(_)));
    }
    path.starts_with(base)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn select(targets: &[&str]) -> Selection {
        let targets = targets.iter().map(|text| text.to_string()).collect();
        let rules = Rules {
            targets,
            ignore: Vec::new(),
        };
        Selection::new(&rules).expect("valid targets").0
    }

    #[test]
    fn a_glob_searches_from_its_literal_base_and_no_deeper_than_it_can_match() {
        let table = [
            ("no/**/*.rs", "no", None),
            ("./no//*.md", "no", Some(1)),
            ("*.md", "", Some(1)),
            ("/no/*/b/*.c", "/no", Some(3)),
            ("no/{a,b}.c", "no", Some(1)),
            ("no/{a/b,c}.c", "no", None),
            ("../no/?", "../no", Some(1)),
            ("no\\[/x*", "", Some(2)),
        ];
        for (pattern, base, depth) in table {
            let selection = select(&[pattern]);
            assert_eq!(selection.globs[0].base, Path::new(base), "{pattern}");
            assert_eq!(selection.globs[0].depth, depth, "{pattern}");
        }
    }

    #[test]
    fn a_directory_ignored_for_one_target_stays_ignored_when_another_enters_it() {
        let mut selection = select(&["node_modules/mine/*.js"]);
        selection.add_tree(Path::new(""));
        assert!(selection.wants_file(Path::new("node_modules/mine/a.js")));
        assert!(!selection.wants_file(Path::new("node_modules/mine/a.txt")));
        assert!(selection.wants_file(Path::new("mine/a.txt")));
        assert!(!selection.wants_file(Path::new("/elsewhere/a.txt")));
        assert!(!selection.wants_file(Path::new("../a.txt")));
    }

    #[test]
    fn an_absolute_target_inside_the_working_directory_joins_the_relative_ones() {
        let home = std::env::current_dir().expect("a working directory");
        let inside = home.join("no").join("file");
        let rules = |targets: &[&str]| Rules {
            targets: targets.iter().map(|text| text.to_string()).collect(),
            ignore: Vec::new(),
        };
        let typed = inside.to_str().expect("UTF-8");
        let mixed = Selection::new(&rules(&["a", typed])).expect("valid").1;
        assert_eq!(mixed, [Path::new("a"), Path::new("no/file")]);
        let alone = Selection::new(&rules(&[typed])).expect("valid").1;
        assert_eq!(alone, [inside]);
    }
}
