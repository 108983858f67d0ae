//! Scores: which answers count as right, and how wrong the others are.

use gearshift::lessons::score::{Score, parse_letters, same, shuffle};
use proptest::prelude::*;

fn lines(text: &str) -> Vec<String> {
    text.chars().map(String::from).collect()
}

#[track_caller]
fn scores(answer: &str, printed: &str, in_place: usize, in_order: usize, first: Option<usize>) {
    let score = Score::of(&lines(answer), &lines(printed));
    let expected = Score {
        total: printed.len(),
        in_place,
        in_order,
        first_difference: first,
    };
    assert_eq!(score, expected, "{answer} for {printed}");
    assert_eq!(score.is_perfect(), first.is_none());
}

#[test]
fn a_right_answer_is_perfect() {
    scores("abcd", "abcd", 4, 4, None);
    scores("", "", 0, 0, None);
}

#[test]
fn two_lines_swapped_cost_two_places_and_one_in_order() {
    scores("abdc", "abcd", 2, 3, Some(2));
}

#[test]
fn a_missing_first_line_costs_all_places_and_one_in_order() {
    scores("bcde", "abcde", 0, 4, Some(0));
}

#[test]
fn a_missing_or_an_additional_last_line_is_a_difference() {
    scores("abc", "abcd", 3, 3, Some(3));
    scores("abcde", "abcd", 4, 4, Some(4));
}

#[test]
fn equal_lines_are_interchangeable() {
    scores("abab", "abab", 4, 4, None);
    scores("aabb", "abab", 2, 3, Some(1));
}

#[test]
fn times_may_differ_and_counts_may_not() {
    assert!(same("total: 2.0 s", "total: 2.1 s"));
    assert!(same("total: 0.0 s", "  total: 0.1 s"));
    assert!(!same("total: 2.0 s", "total: 6.0 s"));
    assert!(!same("got 1", "got 2"));
    assert!(!same("total: 2 s", "total: 2.0 s"));
    assert!(same("closed.", "closed."));
    assert!(!same("file1.txt", "file2.txt"));
}

#[test]
fn letters_may_be_separated_in_any_way() {
    assert_eq!(parse_letters("C A B", 3), Ok(vec![2, 0, 1]));
    assert_eq!(parse_letters("c,a\nb\n", 3), Ok(vec![2, 0, 1]));
    assert_eq!(parse_letters("CAB", 3), Ok(vec![2, 0, 1]));
    assert!(parse_letters("C A D", 3).unwrap_err().contains("A to C"));
    assert!(parse_letters("A A", 3).unwrap_err().contains("twice"));
    assert!(parse_letters(" ", 3).is_err());
}

proptest! {
    // A failing case is printed, and becomes a test of its own.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn shuffling_moves_every_line_and_loses_none(name in "[a-z_]{1,20}", count in 2_usize..26) {
        let shuffled = shuffle(&name, count);
        let mut sorted = shuffled.clone();
        sorted.sort_unstable();
        prop_assert_eq!(sorted, (0..count).collect::<Vec<_>>());
        prop_assert!(shuffled.iter().enumerate().all(|(place, line)| place != *line));
        prop_assert_eq!(shuffle(&name, count), shuffled);
    }

    #[test]
    fn in_order_is_never_less_than_in_place(answer in "[abc]{0,8}", printed in "[abc]{0,8}") {
        let score = Score::of(&lines(&answer), &lines(&printed));
        prop_assert!(score.in_place <= score.in_order);
        prop_assert!(score.in_order <= score.total.min(answer.len()));
        prop_assert_eq!(score.is_perfect(), answer == printed);
    }

    #[test]
    fn no_answer_causes_a_panic(answer in ".*", printed in "[ -~]{0,20}") {
        let _ = parse_letters(&answer, printed.len());
        same(&answer, &printed);
    }
}
