//! The source and the explanation of each lesson fit on a screen.

use gearshift::lessons::all;
use std::path::Path;

#[test]
fn the_source_of_every_lesson_fits_on_a_screen() {
    for lesson in all() {
        let (name, source) = (lesson.name, lesson.source());
        let lines = source.lines().count();
        assert!((4..=45).contains(&lines), "{name}: {lines} lines");
        for line in source.lines() {
            let width = line.chars().count();
            assert!(width <= 80, "{name}: {width} columns: {line}");
        }
        assert!(source.contains("fn program() -> Result<()>"), "{name}");
    }
}

#[test]
fn every_lesson_says_what_happened_and_where_to_look() {
    for lesson in all() {
        let name = lesson.name;
        assert!(
            lesson.page.title.chars().count() <= 48,
            "{name}: {}",
            lesson.page.title
        );
        let lines: Vec<&str> = lesson.page.explanation.lines().collect();
        assert!((5..=18).contains(&lines.len()), "{name}: {}", lines.len());
        assert!(lesson.page.explanation.contains("Look at: "), "{name}");
        for line in lines {
            assert!(line.chars().count() <= 80, "{name}: {line}");
        }
        let next = Path::new(env!("CARGO_MANIFEST_DIR")).join(lesson.page.next);
        assert!(next.is_file(), "{name}: there is no {}", lesson.page.next);
    }
}
