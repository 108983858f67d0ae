//! Links, and paths that cannot be read. Root is denied nothing, so the faults are loops of links
//! and names that are too long; refused permission is among the unit tests of the file's states.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;

use gearshift::watch::Next;

use crate::place::*;

#[test]
fn links_are_followed() {
    let place = Place::new();
    place.write("real/a.txt", "one", 0);
    place.write("real/deep/b.txt", "one", 0);
    fs::create_dir(place.path("tree")).unwrap();
    symlink("../real/a.txt", place.path("tree/file")).unwrap();
    symlink("../real/deep", place.path("tree/directory")).unwrap();
    let mut watch = place.watch(&["tree"]);
    place.write("real/a.txt", "two", 1);
    place.write("real/deep/b.txt", "two", 1);
    assert_eq!(
        place.poll(&mut watch),
        ["modified tree/directory/b.txt", "modified tree/file"]
    );
}

#[test]
fn a_loop_of_links_ends_the_walk_and_is_said_once() {
    let place = Place::new();
    let log = Log::start();
    place.write("tree/deep/a.txt", "one", 0);
    symlink("..", place.path("tree/deep/up")).unwrap();
    symlink(".", place.path("tree/self")).unwrap();
    let mut watch = place.watch(&["tree"]);
    place.write("tree/deep/a.txt", "two", 1);
    assert_eq!(place.poll(&mut watch), ["modified tree/deep/a.txt"]);
    place.write("tree/b.txt", "two", 1);
    assert_eq!(place.poll(&mut watch), ["created tree/b.txt"]);
    let reason = "the link leads to a directory above it; looking again at every scan";
    let mut said = log.about(&place);
    said.sort();
    let expected = ["tree/deep/up", "tree/self"]
        .map(|name| format!("WARN cannot watch {}: {reason}", place.path(name).display()));
    assert_eq!(said, expected);
}

#[test]
fn a_link_that_leads_nowhere_is_said_once_and_its_end_is_waited_for() {
    let place = Place::new();
    let log = Log::start();
    fs::create_dir(place.path("tree")).unwrap();
    symlink(place.path("end.txt"), place.path("tree/link")).unwrap();
    date(&place.path("tree"), 0);
    let mut watch = place.watch(&["tree"]);
    place.poll(&mut watch);
    place.poll(&mut watch);
    assert_eq!(log.about(&place).len(), 1, "{:?}", log.about(&place));
    place.write("end.txt", "one", 0);
    assert_eq!(place.poll(&mut watch), ["created tree/link"]);
    place.remove("end.txt");
    assert_eq!(place.poll(&mut watch), ["removed tree/link"]);
    place.write("end.txt", "one", 0);
    assert_eq!(place.poll(&mut watch), ["created tree/link"]);
    assert_eq!(log.about(&place).len(), 2, "again after it had recovered");
}

#[test]
fn a_path_that_cannot_be_looked_at_is_said_once_until_it_recovers() {
    let place = Place::new();
    let log = Log::start();
    symlink("round", place.path("round")).unwrap();
    let long = "x".repeat(300);
    let mut watch = place.watch(&["round", "round/*.rs", &long]);
    for _ in 0..3 {
        assert_eq!(place.poll(&mut watch), NOTHING);
    }
    let said = log.about(&place);
    assert_eq!(said.len(), 3, "{said:?}");
    assert!(
        said.iter()
            .all(|line| line.starts_with("WARN cannot watch ")),
        "{said:?}"
    );

    place.remove("round");
    place.write("round", "one", 0);
    assert_eq!(place.poll(&mut watch), ["created round"]);
    place.remove("round");
    symlink("round", place.path("round")).unwrap();
    assert_eq!(
        place.poll(&mut watch),
        NOTHING,
        "what cannot be seen is not reported"
    );
    assert_eq!(place.poll(&mut watch), NOTHING);
    assert_eq!(log.about(&place).len(), 5, "both again, once each");
    place.remove("round");
    assert_eq!(place.poll(&mut watch), ["removed round"]);
}

#[test]
fn a_directory_that_recovers_as_it_was_is_said_again_when_it_fails_again() {
    let place = Place::new();
    let log = Log::start();
    place.write("tree/deep/a.txt", "one", 0);
    date(&place.path("tree/deep"), 0);
    let mut watch = place.watch(&["tree/deep/*.txt"]);
    for times in 1..3 {
        place.rename("tree", "aside");
        symlink("tree", place.path("tree")).unwrap();
        assert_eq!(place.poll(&mut watch), NOTHING);
        assert_eq!(place.poll(&mut watch), NOTHING);
        let warnings = log.about(&place);
        assert_eq!(
            warnings.len(),
            2 * times,
            "directory and file: {warnings:?}"
        );
        place.remove("tree");
        place.rename("aside", "tree");
        assert_eq!(place.poll(&mut watch), NOTHING);
    }
}

#[test]
fn a_name_that_is_not_utf_8_is_a_name() {
    let place = Place::new();
    let mut watch = place.watch(&["*.txt"]);
    let path = place
        .root
        .path()
        .join(std::ffi::OsStr::from_bytes(b"caf\xe9.txt"));
    fs::write(&path, "one").unwrap();
    scan(&mut watch);
    assert_eq!(settle(&mut watch)[0].path, path);
}

#[test]
fn sockets_and_pipes_in_a_directory_are_no_files() {
    let place = Place::new();
    let mut watch = place.watch(&[""]);
    let _socket = std::os::unix::net::UnixListener::bind(place.path("socket")).unwrap();
    symlink("socket", place.path("link")).unwrap();
    assert_eq!(scan(&mut watch), (vec![], Next::Scan));
}
