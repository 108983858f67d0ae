//! Saves as editors make them: by renaming over, by removing and writing anew.

use gearshift::watch::Next;

use crate::place::*;

#[test]
fn a_rename_over_the_file_is_one_modification() {
    let place = Place::new();
    place.write("a.txt", "one", 0);
    for target in ["a.txt", "", "*.txt"] {
        let mut watch = place.watch(&[target]);
        place.write("a.new", "two", 1);
        place.rename("a.new", "a.txt");
        assert_eq!(
            place.poll(&mut watch),
            ["modified a.txt"],
            "watched as {target:?}"
        );
        assert_eq!(place.poll(&mut watch), NOTHING);
    }
}

#[test]
fn a_scan_in_the_gap_of_a_save_makes_no_removal_of_it() {
    let place = Place::new();
    place.write("a.txt", "one", 0);
    for target in ["a.txt", "", "*.txt"] {
        let mut watch = place.watch(&[target]);
        place.remove("a.txt");
        assert_eq!(scan(&mut watch), (vec![], Next::Settle));
        place.write("a.txt", "two", 1);
        assert_eq!(
            place.settle(&mut watch),
            ["modified a.txt"],
            "watched as {target:?}"
        );
        assert_eq!(place.poll(&mut watch), NOTHING);
        place.write("a.txt", "one", 0);
    }
}

#[test]
fn a_file_that_comes_back_as_it_was_has_not_changed() {
    let place = Place::new();
    place.write("a.txt", "one", 0);
    let mut watch = place.watch(&["a.txt"]);
    place.rename("a.txt", "aside");
    assert_eq!(scan(&mut watch), (vec![], Next::Settle));
    place.rename("aside", "a.txt");
    assert_eq!(place.settle(&mut watch), NOTHING);
    assert_eq!(scan(&mut watch), (vec![], Next::Scan));
}

#[test]
fn a_file_still_gone_after_settling_is_removed_once_and_can_return() {
    let place = Place::new();
    place.write("a.txt", "one", 0);
    let mut watch = place.watch(&["a.txt"]);
    place.remove("a.txt");
    assert_eq!(place.scan(&mut watch), NOTHING);
    assert_eq!(place.settle(&mut watch), ["removed a.txt"]);
    assert_eq!(place.poll(&mut watch), NOTHING);
    place.write("a.txt", "one", 0);
    assert_eq!(place.scan(&mut watch), ["created a.txt"]);
}

#[test]
fn a_scan_that_comes_before_the_settling_decides_first() {
    let place = Place::new();
    place.write("a.txt", "one", 0);
    let mut watch = place.watch(&[""]);
    place.remove("a.txt");
    assert_eq!(place.scan(&mut watch), NOTHING);
    place.write("b.txt", "one", 0);
    assert_eq!(place.scan(&mut watch), ["removed a.txt"]);
    assert_eq!(place.settle(&mut watch), ["created b.txt"]);
}

#[test]
fn a_temporary_file_that_is_renamed_in_time_is_never_reported() {
    let place = Place::new();
    place.write("a.txt", "one", 0);
    let mut watch = place.watch(&[""]);
    place.write("a.txt.8b3f", "two", 1);
    assert_eq!(scan(&mut watch), (vec![], Next::Settle));
    place.rename("a.txt.8b3f", "a.txt");
    assert_eq!(place.settle(&mut watch), NOTHING);
    assert_eq!(place.poll(&mut watch), ["modified a.txt"]);
    assert_eq!(place.poll(&mut watch), NOTHING);
}

#[test]
fn a_change_while_settling_is_not_lost() {
    let place = Place::new();
    place.write("old.txt", "one", 0);
    let mut watch = place.watch(&[""]);
    place.write("new.txt", "one", 0);
    place.scan(&mut watch);
    place.write("new.txt", "longer", 1);
    place.write("old.txt", "longer", 1);
    let created = settle(&mut watch);
    assert_eq!(place.lines(&created), ["created new.txt"]);
    assert_eq!(created[0].size, Some(6), "as it is when it is reported");
    assert_eq!(place.poll(&mut watch), ["modified old.txt"]);
}
