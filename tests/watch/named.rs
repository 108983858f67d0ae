//! Files that the user named, and the contents of changes.

use std::fs::File;
use std::time::Duration;

use gearshift::watch::{Change, Kind, Next};

use crate::test_dir::*;

#[test]
fn what_exists_at_the_start_is_not_reported() {
    let dir = TestDir::new();
    dir.write("a.txt", "one", 0);
    dir.write("tree/b.txt", "one", 0);
    let mut watch = dir.watch(&["a.txt", "tree"]);
    assert_eq!(scan(&mut watch), (vec![], Next::Scan));
}

#[test]
fn a_change_has_time_and_size_and_a_removal_neither() {
    let dir = TestDir::new();
    dir.write("a.txt", "one", 0);
    let mut watch = dir.watch(&["a.txt"]);
    dir.write("a.txt", "three", 7);
    let path = dir.path("a.txt");
    let modified = Change {
        kind: Kind::Modified,
        path: path.clone(),
        mtime: Some(fixed_time(7)),
        size: Some(5),
    };
    assert_eq!(scan(&mut watch).0, [modified]);
    dir.remove("a.txt");
    scan(&mut watch);
    assert_eq!(
        recheck(&mut watch),
        [Change {
            kind: Kind::Removed,
            path,
            mtime: None,
            size: None
        }]
    );
}

#[test]
fn a_missing_file_is_waited_for_and_created_in_the_scan_that_finds_it() {
    let dir = TestDir::new();
    let mut watch = dir.watch(&["later/a.txt"]);
    assert_eq!(dir.poll(&mut watch), NOTHING);
    dir.write("later/a.txt", "one", 0);
    assert_eq!(dir.scan(&mut watch), ["created later/a.txt"]);
    assert_eq!(dir.poll(&mut watch), NOTHING);
}

#[test]
fn any_difference_of_the_stamp_is_a_modification() {
    let dir = TestDir::new();
    dir.write("a.txt", "one", 100);
    let mut watch = dir.watch(&["a.txt"]);

    dir.write("a.txt", "one", 101);
    assert_eq!(
        dir.scan(&mut watch),
        ["modified a.txt"],
        "the time went forward"
    );
    dir.write("a.txt", "one", 50);
    assert_eq!(
        dir.scan(&mut watch),
        ["modified a.txt"],
        "the time went back"
    );
    dir.write("a.txt", "four", 50);
    assert_eq!(dir.scan(&mut watch), ["modified a.txt"], "the size differs");
    dir.write("b.txt", "five", 50);
    dir.rename("b.txt", "a.txt");
    assert_eq!(
        dir.scan(&mut watch),
        ["modified a.txt"],
        "another file with the same time and size"
    );
    assert_eq!(dir.scan(&mut watch), NOTHING);
}

#[test]
fn times_are_compared_to_the_nanosecond() {
    let dir = TestDir::new();
    dir.write("a.txt", "one", 0);
    let mut watch = dir.watch(&["a.txt"]);
    let file = File::open(dir.path("a.txt")).unwrap();
    file.set_modified(fixed_time(0) + Duration::from_nanos(1))
        .unwrap();
    assert_eq!(dir.scan(&mut watch), ["modified a.txt"]);
}

#[test]
fn a_missing_file_is_announced_once() {
    let dir = TestDir::new();
    let log = Log::start();
    let mut watch = dir.watch(&["absent.txt", "absent/*.rs"]);
    for _ in 0..5 {
        dir.poll(&mut watch);
    }
    let announced = [
        format!(
            "INFO waiting for {} to appear",
            dir.path("absent.txt").display()
        ),
        format!(
            "INFO waiting for {} to appear",
            dir.path("absent").display()
        ),
    ];
    assert_eq!(log.about(&dir), announced);
}

#[test]
fn kinds_are_written_in_lower_case() {
    let kinds = [Kind::Created, Kind::Modified, Kind::Removed];
    let json = serde_json::to_string(&kinds).unwrap();
    assert_eq!(json, r#"["created","modified","removed"]"#);
}
