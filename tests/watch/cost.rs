//! What a scan does: counted in system calls, since times depend on the machine.

use std::fs;
use std::os::unix::fs::symlink;

use crate::place::*;

#[test]
fn a_directory_is_listed_again_only_when_its_own_stamp_changed() {
    let place = Place::new();
    place.write("tree/a.txt", "one", 0);
    date(&place.path("tree"), 0);
    let mut watch = place.watch(&["tree/*"]);
    let listings = watch.effort().listings;
    for second in 1..10 {
        place.write("tree/a.txt", "two", second);
        assert_eq!(place.poll(&mut watch), ["modified tree/a.txt"]);
    }
    assert_eq!(watch.effort().listings, listings);
    place.write("tree/b.txt", "one", 0);
    assert_eq!(place.poll(&mut watch), ["created tree/b.txt"]);
    assert!(watch.effort().listings > listings);
}

#[test]
fn a_new_file_is_found_though_the_time_of_its_directory_was_put_back() {
    let place = Place::new();
    place.write("tree/a.txt", "one", 0);
    date(&place.path("tree"), 0);
    let mut watch = place.watch(&["tree"]);
    place.write("tree/b.txt", "one", 0);
    date(&place.path("tree"), 0);
    assert_eq!(place.poll(&mut watch), ["created tree/b.txt"]);
}

#[test]
fn a_scan_makes_one_metadata_call_a_file_and_a_directory() {
    let place = Place::new();
    for number in 0..50 {
        place.write(&format!("tree/{}/{number}", number % 5), "one", 0);
    }
    symlink("0/0", place.path("tree/link")).unwrap();
    let mut watch = place.watch(&["tree/**"]);
    let before = watch.effort().metadata_calls;
    scan(&mut watch);
    assert_eq!(watch.effort().metadata_calls - before, 50 + 1 + 5 + 1);
}

#[test]
fn a_glob_enters_no_directory_in_which_it_cannot_match() {
    let place = Place::new();
    for name in ["near/deep/down/a.rs", "far/deep/down/b.rs", "far/deep/c.rs"] {
        place.write(name, "one", 0);
    }
    let mut watch = place.watch(&["near/*.rs", "far/*/*.rs"]);
    let before = watch.effort().metadata_calls;
    scan(&mut watch);
    let looks = watch.effort().metadata_calls - before;
    assert_eq!(looks, 4, "near, far, far/deep and the one file");
}

#[test]
fn what_is_gone_costs_nothing_any_more() {
    let place = Place::new();
    let mut watch = place.watch(&["tree/**"]);
    place.poll(&mut watch);
    for round in 0..5 {
        place.write(&format!("tree/{round}/file"), "one", round);
        symlink("nowhere", place.path(&format!("tree/{round}/link"))).unwrap();
        place.poll(&mut watch);
        fs::remove_dir_all(place.path("tree")).unwrap();
        place.poll(&mut watch);
    }
    place.poll(&mut watch);
    let before = watch.effort().metadata_calls;
    place.poll(&mut watch);
    assert_eq!(
        watch.effort().metadata_calls - before,
        1,
        "the base that is waited for"
    );
}
