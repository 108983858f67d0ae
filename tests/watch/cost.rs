//! The cost of a scan, in system calls, since times depend on the machine.

use std::fs;
use std::os::unix::fs::symlink;

use crate::test_dir::*;

#[test]
fn a_directory_is_listed_again_only_when_its_own_stamp_changed() {
    let dir = TestDir::new();
    dir.write("tree/a.txt", "one", 0);
    date(&dir.path("tree"), 0);
    let mut watch = dir.watch(&["tree/*"]);
    let listings = watch.syscalls().listings;
    for second in 1..10 {
        dir.write("tree/a.txt", "two", second);
        assert_eq!(dir.poll(&mut watch), ["modified tree/a.txt"]);
    }
    assert_eq!(watch.syscalls().listings, listings);
    dir.write("tree/b.txt", "one", 0);
    assert_eq!(dir.poll(&mut watch), ["created tree/b.txt"]);
    assert!(watch.syscalls().listings > listings);
}

#[test]
fn a_new_file_is_found_even_if_the_time_of_its_directory_was_reset() {
    let dir = TestDir::new();
    dir.write("tree/a.txt", "one", 0);
    date(&dir.path("tree"), 0);
    let mut watch = dir.watch(&["tree"]);
    dir.write("tree/b.txt", "one", 0);
    date(&dir.path("tree"), 0);
    assert_eq!(dir.poll(&mut watch), ["created tree/b.txt"]);
}

#[test]
fn a_scan_makes_one_metadata_call_per_file_and_per_directory() {
    let dir = TestDir::new();
    for number in 0..50 {
        dir.write(&format!("tree/{}/{number}", number % 5), "one", 0);
    }
    symlink("0/0", dir.path("tree/link")).unwrap();
    let mut watch = dir.watch(&["tree/**"]);
    let before = watch.syscalls().metadata_calls;
    scan(&mut watch);
    assert_eq!(watch.syscalls().metadata_calls - before, 50 + 1 + 5 + 1);
}

#[test]
fn a_glob_enters_no_directory_in_which_it_cannot_match() {
    let dir = TestDir::new();
    for name in ["near/deep/down/a.rs", "far/deep/down/b.rs", "far/deep/c.rs"] {
        dir.write(name, "one", 0);
    }
    let mut watch = dir.watch(&["near/*.rs", "far/*/*.rs"]);
    let before = watch.syscalls().metadata_calls;
    scan(&mut watch);
    let calls = watch.syscalls().metadata_calls - before;
    assert_eq!(calls, 4, "near, far, far/deep and the one file");
}

#[test]
fn removed_files_and_directories_cost_nothing() {
    let dir = TestDir::new();
    let mut watch = dir.watch(&["tree/**"]);
    dir.poll(&mut watch);
    for round in 0..5 {
        dir.write(&format!("tree/{round}/file"), "one", round);
        symlink("nowhere", dir.path(&format!("tree/{round}/link"))).unwrap();
        dir.poll(&mut watch);
        fs::remove_dir_all(dir.path("tree")).unwrap();
        dir.poll(&mut watch);
    }
    dir.poll(&mut watch);
    let before = watch.syscalls().metadata_calls;
    dir.poll(&mut watch);
    assert_eq!(
        watch.syscalls().metadata_calls - before,
        1,
        "the base that is waited for"
    );
}
