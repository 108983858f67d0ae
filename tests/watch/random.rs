//! Whatever happens to the files: a subscriber that applies all changes knows the files on disk.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use gearshift::watch::{Change, Kind};
use proptest::prelude::*;

use crate::test_dir::*;

/// An edit of the file `NAMES[i]`.
#[derive(Debug, Clone)]
enum Edit {
    Write(usize, usize),
    Redate(usize),
    PutBack(usize),
    SaveByRename(usize),
    SaveByRemoval(usize),
    Remove(usize),
    Rename(usize, usize),
    RenameDirectory,
    RemoveDirectory,
    Scan,
    Recheck,
}

const NAMES: [&str; 8] = [
    "a",
    "b",
    "c",
    "sub/a",
    "sub/b",
    "sub/deep/a",
    "other/a",
    "other/deep/b",
];

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let name = || 0..NAMES.len();
    let edit = prop_oneof![
        4 => (name(), 0..20_usize).prop_map(|(name, size)| Edit::Write(name, size)),
        2 => name().prop_map(Edit::Redate),
        2 => name().prop_map(Edit::PutBack),
        3 => name().prop_map(Edit::SaveByRename),
        2 => name().prop_map(Edit::SaveByRemoval),
        3 => name().prop_map(Edit::Remove),
        3 => (name(), name()).prop_map(|(from, to)| Edit::Rename(from, to)),
        1 => Just(Edit::RenameDirectory),
        1 => Just(Edit::RemoveDirectory),
        5 => Just(Edit::Scan),
        5 => Just(Edit::Recheck),
    ];
    proptest::collection::vec(edit, 300)
}

/// An edit of a file that does not exist does nothing.
fn apply(dir: &TestDir, edit: &Edit, second: u64) {
    let path = |name: usize| dir.path(NAMES[name]);
    match *edit {
        Edit::Write(name, size) => dir.write(NAMES[name], &"x".repeat(size), second),
        Edit::Redate(name) if path(name).exists() => date(&path(name), second),
        Edit::PutBack(name) if path(name).exists() => date(&path(name), second % 3),
        Edit::SaveByRename(name) => {
            dir.write("temporary", "saved", second);
            fs::create_dir_all(path(name).parent().unwrap()).unwrap();
            dir.rename("temporary", NAMES[name]);
        }
        Edit::SaveByRemoval(name) => {
            let _ = fs::remove_file(path(name));
            dir.write(NAMES[name], "saved", second);
        }
        Edit::Remove(name) => drop(fs::remove_file(path(name))),
        Edit::Rename(from, to) => drop(fs::rename(path(from), path(to))),
        Edit::RenameDirectory => drop(fs::rename(dir.path("sub"), dir.path("other"))),
        Edit::RemoveDirectory => drop(fs::remove_dir_all(dir.path("other"))),
        Edit::Redate(_) | Edit::PutBack(_) | Edit::Scan | Edit::Recheck => {}
    }
}

type Files = BTreeMap<PathBuf, (Option<SystemTime>, Option<u64>)>;

/// A subscriber that applies a change, and fails on one that is impossible.
fn apply_change(files: &mut Files, change: Change) {
    let known = files.contains_key(&change.path);
    assert_eq!(known, change.kind != Kind::Created, "{change:?}");
    match change.kind {
        Kind::Removed => files.remove(&change.path),
        Kind::Created | Kind::Modified => files.insert(change.path, (change.mtime, change.size)),
    };
}

fn on_disk(directory: &Path, files: &mut Files) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let metadata = fs::metadata(&path).unwrap();
        if metadata.is_dir() {
            on_disk(&path, files);
        } else {
            files.insert(path, (metadata.modified().ok(), Some(metadata.len())));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 12,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn applying_the_changes_gives_the_files_on_disk(edits in edits()) {
        let dir = TestDir::new();
        let mut watch = dir.watch(&["", "a", "sub/*"]);
        let mut files = Files::new();
        for (second, edit) in (10..).zip(&edits) {
            match edit {
                Edit::Scan => drop(watch.scan(&mut |change| apply_change(&mut files, change))),
                Edit::Recheck => watch.recheck(&mut |change| apply_change(&mut files, change)),
                _ => apply(&dir, edit, second),
            }
        }
        for _ in 0..2 {
            watch.scan(&mut |change| apply_change(&mut files, change));
            watch.recheck(&mut |change| apply_change(&mut files, change));
        }
        let mut expected = Files::new();
        on_disk(dir.root.path(), &mut expected);
        prop_assert_eq!(files, expected);
    }
}
