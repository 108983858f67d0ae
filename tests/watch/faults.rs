//! Links, and paths that cannot be read. Root has every permission, so the errors are loops of links and
//! names that are too long. The unit tests of the states of a file cover a denied permission.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;

use gearshift::watch::Next;

use crate::test_dir::*;

#[test]
fn links_are_followed() {
    let dir = TestDir::new();
    dir.write("real/a.txt", "one", 0);
    dir.write("real/deep/b.txt", "one", 0);
    fs::create_dir(dir.path("tree")).unwrap();
    symlink("../real/a.txt", dir.path("tree/file")).unwrap();
    symlink("../real/deep", dir.path("tree/directory")).unwrap();
    let mut watch = dir.watch(&["tree"]);
    dir.write("real/a.txt", "two", 1);
    dir.write("real/deep/b.txt", "two", 1);
    assert_eq!(
        dir.poll(&mut watch),
        ["modified tree/directory/b.txt", "modified tree/file"]
    );
}

#[test]
fn a_loop_of_links_ends_the_walk_and_is_logged_once() {
    let dir = TestDir::new();
    let log = Log::start();
    dir.write("tree/deep/a.txt", "one", 0);
    symlink("..", dir.path("tree/deep/up")).unwrap();
    symlink(".", dir.path("tree/self")).unwrap();
    let mut watch = dir.watch(&["tree"]);
    dir.write("tree/deep/a.txt", "two", 1);
    assert_eq!(dir.poll(&mut watch), ["modified tree/deep/a.txt"]);
    dir.write("tree/b.txt", "two", 1);
    assert_eq!(dir.poll(&mut watch), ["created tree/b.txt"]);
    let reason = "the link leads to a directory above it; trying again at every scan";
    let mut lines = log.about(&dir);
    lines.sort();
    let expected = ["tree/deep/up", "tree/self"]
        .map(|name| format!("WARN cannot watch {}: {reason}", dir.path(name).display()));
    assert_eq!(lines, expected);
}

#[test]
fn a_dangling_link_is_logged_once_and_its_target_is_waited_for() {
    let dir = TestDir::new();
    let log = Log::start();
    fs::create_dir(dir.path("tree")).unwrap();
    symlink(dir.path("end.txt"), dir.path("tree/link")).unwrap();
    date(&dir.path("tree"), 0);
    let mut watch = dir.watch(&["tree"]);
    dir.poll(&mut watch);
    dir.poll(&mut watch);
    assert_eq!(log.about(&dir).len(), 1, "{:?}", log.about(&dir));
    dir.write("end.txt", "one", 0);
    assert_eq!(dir.poll(&mut watch), ["created tree/link"]);
    dir.remove("end.txt");
    assert_eq!(dir.poll(&mut watch), ["removed tree/link"]);
    dir.write("end.txt", "one", 0);
    assert_eq!(dir.poll(&mut watch), ["created tree/link"]);
    assert_eq!(
        log.about(&dir).len(),
        2,
        "logged again after it had recovered"
    );
}

#[test]
fn an_unreadable_path_is_logged_once_until_it_recovers() {
    let dir = TestDir::new();
    let log = Log::start();
    symlink("round", dir.path("round")).unwrap();
    let long = "x".repeat(300);
    let mut watch = dir.watch(&["round", "round/*.rs", &long]);
    for _ in 0..3 {
        assert_eq!(dir.poll(&mut watch), NOTHING);
    }
    let lines = log.about(&dir);
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(
        lines
            .iter()
            .all(|line| line.starts_with("WARN cannot watch ")),
        "{lines:?}"
    );

    dir.remove("round");
    dir.write("round", "one", 0);
    assert_eq!(dir.poll(&mut watch), ["created round"]);
    dir.remove("round");
    symlink("round", dir.path("round")).unwrap();
    assert_eq!(
        dir.poll(&mut watch),
        NOTHING,
        "an error is not reported as a change"
    );
    assert_eq!(dir.poll(&mut watch), NOTHING);
    assert_eq!(log.about(&dir).len(), 5, "both again, once each");
    dir.remove("round");
    assert_eq!(dir.poll(&mut watch), ["removed round"]);
}

#[test]
fn a_directory_that_recovers_is_logged_again_when_it_fails_again() {
    let dir = TestDir::new();
    let log = Log::start();
    dir.write("tree/deep/a.txt", "one", 0);
    date(&dir.path("tree/deep"), 0);
    let mut watch = dir.watch(&["tree/deep/*.txt"]);
    for times in 1..3 {
        dir.rename("tree", "aside");
        symlink("tree", dir.path("tree")).unwrap();
        assert_eq!(dir.poll(&mut watch), NOTHING);
        assert_eq!(dir.poll(&mut watch), NOTHING);
        let warnings = log.about(&dir);
        assert_eq!(
            warnings.len(),
            2 * times,
            "directory and file: {warnings:?}"
        );
        dir.remove("tree");
        dir.rename("aside", "tree");
        assert_eq!(dir.poll(&mut watch), NOTHING);
    }
}

#[test]
fn a_name_that_is_not_utf_8_is_watched() {
    let dir = TestDir::new();
    let mut watch = dir.watch(&["*.txt"]);
    let path = dir
        .root
        .path()
        .join(std::ffi::OsStr::from_bytes(b"caf\xe9.txt"));
    fs::write(&path, "one").unwrap();
    scan(&mut watch);
    assert_eq!(recheck(&mut watch)[0].path, path);
}

#[test]
fn sockets_and_pipes_in_a_directory_are_not_watched() {
    let dir = TestDir::new();
    let mut watch = dir.watch(&[""]);
    let _socket = std::os::unix::net::UnixListener::bind(dir.path("socket")).unwrap();
    symlink("socket", dir.path("link")).unwrap();
    assert_eq!(scan(&mut watch), (vec![], Next::Scan));
}
