//! Directories and globs: which files are found, which are ignored, and the order of reports.

use std::fs;

use gearshift::watch::{Rules, Watch};

use crate::test_dir::*;

#[test]
fn a_directory_is_watched_with_everything_below_it() {
    let dir = TestDir::new();
    dir.write("tree/a.txt", "one", 0);
    let mut watch = dir.watch(&["tree"]);
    dir.write("tree/b.txt", "one", 0);
    dir.write("tree/new/deep/c.txt", "one", 0);
    assert_eq!(dir.scan(&mut watch), NOTHING);
    assert_eq!(
        dir.recheck(&mut watch),
        ["created tree/b.txt", "created tree/new/deep/c.txt"]
    );
    dir.write("tree/new/deep/c.txt", "two", 1);
    assert_eq!(dir.scan(&mut watch), ["modified tree/new/deep/c.txt"]);
    dir.remove("tree/b.txt");
    assert_eq!(dir.poll(&mut watch), ["removed tree/b.txt"]);
    assert_eq!(dir.poll(&mut watch), NOTHING);
}

#[test]
fn a_glob_finds_its_matches_and_nothing_else() {
    let dir = TestDir::new();
    dir.write("src/a.rs", "one", 0);
    let mut watch = dir.watch(&["src/**/*.rs", "*.{md,txt}"]);
    for name in [
        "src/b.rs",
        "src/deep/down/c.rs",
        "src/c.py",
        "d.md",
        "e.txt",
        "f.rs",
        "src/g.md",
    ] {
        dir.write(name, "one", 0);
    }
    let created = [
        "created d.md",
        "created e.txt",
        "created src/b.rs",
        "created src/deep/down/c.rs",
    ];
    assert_eq!(dir.poll(&mut watch), created);
    dir.write("src/c.py", "two", 1);
    dir.write("src/a.rs", "two", 1);
    assert_eq!(dir.poll(&mut watch), ["modified src/a.rs"]);
}

#[test]
fn an_existing_file_is_watched_even_if_its_name_is_a_glob() {
    let dir = TestDir::new();
    dir.write("a[1].txt", "one", 0);
    dir.write("a1.txt", "one", 0);
    let mut watch = dir.watch(&["a[1].txt"]);
    dir.write("a[1].txt", "two", 1);
    dir.write("a1.txt", "two", 1);
    assert_eq!(dir.scan(&mut watch), ["modified a[1].txt"]);
}

#[test]
fn a_bad_glob_is_a_usage_error_of_one_line() {
    for (targets, ignore) in [
        (vec!["no-such/a{b"], vec![]),
        (vec![""], vec![]),
        (vec!["a"], vec!["x{"]),
    ] {
        let texts = |texts: &[&str]| {
            texts
                .iter()
                .map(|text| text.to_string())
                .collect::<Vec<_>>()
        };
        let rules = Rules {
            targets: texts(&targets),
            ignore: texts(&ignore),
        };
        let error = Watch::new(&rules).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert_eq!(error.to_string().lines().count(), 1, "{error}");
    }
}

#[test]
fn a_file_reached_by_several_targets_is_reported_once() {
    let dir = TestDir::new();
    dir.write("src/a.rs", "one", 0);
    let mut watch = dir.watch(&["src", "src/a.rs", "./src//a.rs", "src/*.rs", "**/*.rs"]);
    dir.write("src/a.rs", "two", 1);
    dir.write("src/b.rs", "two", 1);
    assert_eq!(
        dir.poll(&mut watch),
        ["modified src/a.rs", "created src/b.rs"]
    );
}

#[test]
fn changes_come_in_the_order_of_paths() {
    let dir = TestDir::new();
    let names = ["b/z", "a", "b/a", "c", "b-", "B"];
    for name in names {
        dir.write(name, "one", 0);
    }
    let mut watch = dir.watch(&["c", "b", ""]);
    for name in names {
        dir.write(name, "two", 1);
    }
    let expected = [
        "modified B",
        "modified a",
        "modified b/a",
        "modified b/z",
        "modified b-",
        "modified c",
    ];
    assert_eq!(dir.scan(&mut watch), expected);
    for name in names {
        dir.remove(name);
    }
    let expected = [
        "removed B",
        "removed a",
        "removed b/a",
        "removed b/z",
        "removed b-",
        "removed c",
    ];
    assert_eq!(dir.poll(&mut watch), expected);
}

#[test]
fn ignored_files_are_not_reported_unless_named() {
    let dir = TestDir::new();
    dir.write("named.tmp", "one", 0);
    let mut watch = dir.watch_without(&["", "named.tmp"], &["*.log", "gen/", "!keep.log"]);
    for name in [
        "named.tmp",
        "a.log",
        "deep/b.log",
        "keep.log",
        "gen/c.txt",
        ".git/HEAD",
        "d.txt~",
        "e.txt",
    ] {
        dir.write(name, "two", 1);
    }
    assert_eq!(
        dir.poll(&mut watch),
        ["modified named.tmp", "created e.txt", "created keep.log"]
    );
}

#[test]
fn files_ignored_by_default_can_be_included_again() {
    let dir = TestDir::new();
    let mut watch = dir.watch_without(&[""], &["!.git", "!*.tmp"]);
    dir.write(".git/HEAD", "one", 0);
    dir.write("a.tmp", "one", 0);
    dir.write("b.swp~", "one", 0);
    assert_eq!(dir.poll(&mut watch), ["created .git/HEAD", "created a.tmp"]);
}

#[test]
fn an_ignored_directory_is_not_polled() {
    let dir = TestDir::new();
    for number in 0..20 {
        dir.write(&format!("node_modules/{number}/index.js"), "one", 0);
    }
    let mut watch = dir.watch(&[""]);
    dir.poll(&mut watch);
    let before = watch.syscalls();
    dir.poll(&mut watch);
    let calls = watch.syscalls().metadata_calls - before.metadata_calls;
    assert_eq!(calls, 2, "the root as a named path and as a directory");
}

#[test]
fn a_removed_directory_removes_its_files_and_is_waited_for() {
    let dir = TestDir::new();
    let log = Log::start();
    for target in ["tree", "tree/**/*.txt"] {
        dir.write("tree/deep/a.txt", "one", 0);
        let mut watch = dir.watch(&[target]);
        dir.rename("tree", "elsewhere");
        assert_eq!(
            dir.poll(&mut watch),
            ["removed tree/deep/a.txt"],
            "watched as {target}"
        );
        assert_eq!(dir.poll(&mut watch), NOTHING);
        assert_eq!(dir.poll(&mut watch), NOTHING);
        dir.rename("elsewhere", "tree");
        assert_eq!(
            dir.poll(&mut watch),
            ["created tree/deep/a.txt"],
            "watched as {target}"
        );
    }
    let gone = format!(
        "WARN {} was removed; waiting for it to return",
        dir.path("tree").display()
    );
    assert_eq!(log.about(&dir), [gone.clone(), gone], "once each time");
}

#[test]
fn a_missing_path_that_appears_as_a_directory_is_watched_as_one() {
    let dir = TestDir::new();
    let mut watch = dir.watch(&["later"]);
    let names = ["later/a/z", "later/b", "later/c/y", "later/d", "later/e"];
    for name in names.iter().rev() {
        dir.write(name, "one", 0);
    }
    assert_eq!(
        dir.poll(&mut watch),
        names.map(|name| format!("created {name}"))
    );
    dir.write("later/b", "two", 1);
    assert_eq!(dir.poll(&mut watch), ["modified later/b"]);
}

#[test]
fn a_new_directory_is_watched_whole_even_if_a_glob_has_listed_it_first() {
    let dir = TestDir::new();
    let mut watch = dir.watch(&["later", "later/**/*.rs"]);
    for name in [
        "aside/a.rs",
        "aside/b.txt",
        "aside/sub/c.rs",
        "aside/sub/d.txt",
    ] {
        dir.write(name, "one", 0);
    }
    date(&dir.path("aside/sub"), 0);
    date(&dir.path("aside"), 0);
    dir.rename("aside", "later");
    let names = ["a.rs", "b.txt", "sub/c.rs", "sub/d.txt"];
    assert_eq!(
        dir.poll(&mut watch),
        names.map(|name| format!("created later/{name}"))
    );
}

#[test]
fn a_file_may_become_a_directory_and_a_directory_a_file() {
    let dir = TestDir::new();
    dir.write("tree/x", "one", 0);
    let mut watch = dir.watch(&["tree"]);
    dir.remove("tree/x");
    dir.write("tree/x/inside", "one", 0);
    assert_eq!(
        dir.poll(&mut watch),
        ["removed tree/x", "created tree/x/inside"]
    );
    fs::remove_dir_all(dir.path("tree/x")).unwrap();
    dir.write("tree/x", "two", 1);
    assert_eq!(
        dir.poll(&mut watch),
        ["created tree/x", "removed tree/x/inside"]
    );
    assert_eq!(dir.poll(&mut watch), NOTHING);
}
