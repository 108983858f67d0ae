//! Saves as editors do them: by renaming over the file, or by removing and rewriting it.

use gearshift::watch::Next;

use crate::test_dir::*;

#[test]
fn a_rename_over_the_file_is_one_modification() {
    let dir = TestDir::new();
    dir.write("a.txt", "one", 0);
    for target in ["a.txt", "", "*.txt"] {
        let mut watch = dir.watch(&[target]);
        dir.write("a.new", "two", 1);
        dir.rename("a.new", "a.txt");
        assert_eq!(
            dir.poll(&mut watch),
            ["modified a.txt"],
            "watched as {target:?}"
        );
        assert_eq!(dir.poll(&mut watch), NOTHING);
    }
}

#[test]
fn a_scan_in_the_gap_of_a_save_reports_no_removal() {
    let dir = TestDir::new();
    dir.write("a.txt", "one", 0);
    for target in ["a.txt", "", "*.txt"] {
        let mut watch = dir.watch(&[target]);
        dir.remove("a.txt");
        assert_eq!(scan(&mut watch), (vec![], Next::Recheck));
        dir.write("a.txt", "two", 1);
        assert_eq!(
            dir.recheck(&mut watch),
            ["modified a.txt"],
            "watched as {target:?}"
        );
        assert_eq!(dir.poll(&mut watch), NOTHING);
        dir.write("a.txt", "one", 0);
    }
}

#[test]
fn a_file_that_returns_unchanged_is_not_reported() {
    let dir = TestDir::new();
    dir.write("a.txt", "one", 0);
    let mut watch = dir.watch(&["a.txt"]);
    dir.rename("a.txt", "aside");
    assert_eq!(scan(&mut watch), (vec![], Next::Recheck));
    dir.rename("aside", "a.txt");
    assert_eq!(dir.recheck(&mut watch), NOTHING);
    assert_eq!(scan(&mut watch), (vec![], Next::Scan));
}

#[test]
fn a_file_that_is_absent_at_the_recheck_is_removed_once_and_can_return() {
    let dir = TestDir::new();
    dir.write("a.txt", "one", 0);
    let mut watch = dir.watch(&["a.txt"]);
    dir.remove("a.txt");
    assert_eq!(dir.scan(&mut watch), NOTHING);
    assert_eq!(dir.recheck(&mut watch), ["removed a.txt"]);
    assert_eq!(dir.poll(&mut watch), NOTHING);
    dir.write("a.txt", "one", 0);
    assert_eq!(dir.scan(&mut watch), ["created a.txt"]);
}

#[test]
fn a_scan_before_the_recheck_decides_first() {
    let dir = TestDir::new();
    dir.write("a.txt", "one", 0);
    let mut watch = dir.watch(&[""]);
    dir.remove("a.txt");
    assert_eq!(dir.scan(&mut watch), NOTHING);
    dir.write("b.txt", "one", 0);
    assert_eq!(dir.scan(&mut watch), ["removed a.txt"]);
    assert_eq!(dir.recheck(&mut watch), ["created b.txt"]);
}

#[test]
fn a_temporary_file_that_is_renamed_in_time_is_never_reported() {
    let dir = TestDir::new();
    dir.write("a.txt", "one", 0);
    let mut watch = dir.watch(&[""]);
    dir.write("a.txt.8b3f", "two", 1);
    assert_eq!(scan(&mut watch), (vec![], Next::Recheck));
    dir.rename("a.txt.8b3f", "a.txt");
    assert_eq!(dir.recheck(&mut watch), NOTHING);
    assert_eq!(dir.poll(&mut watch), ["modified a.txt"]);
    assert_eq!(dir.poll(&mut watch), NOTHING);
}

#[test]
fn a_change_before_the_recheck_is_not_lost() {
    let dir = TestDir::new();
    dir.write("old.txt", "one", 0);
    let mut watch = dir.watch(&[""]);
    dir.write("new.txt", "one", 0);
    dir.scan(&mut watch);
    dir.write("new.txt", "longer", 1);
    dir.write("old.txt", "longer", 1);
    let created = recheck(&mut watch);
    assert_eq!(dir.lines(&created), ["created new.txt"]);
    assert_eq!(
        created[0].size,
        Some(6),
        "the size at the time of the report"
    );
    assert_eq!(dir.poll(&mut watch), ["modified old.txt"]);
}
