//! Any file is either shown or rejected, and nothing panics.

use gearshift::timeline::gantt::{View, draw};
use gearshift::timeline::html::page;
use gearshift::timeline::read::read;
use gearshift::timeline::{LaneFilter, Window};
use proptest::prelude::*;

use crate::sample;

/// Values that a file could contain where others are expected.
const ODD: [&str; 12] = [
    "0",
    "-1",
    "1e300",
    "18446744073709551615",
    "0.0001",
    "null",
    "\"x\"",
    "[]",
    "{}",
    "\"waiting\"",
    "\"f\"",
    "99999999999999",
];

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    })]
    #[test]
    fn a_file_with_odd_values_is_shown_or_rejected(
        places in prop::collection::vec((any::<prop::sample::Index>(), 0..ODD.len()), 1..6),
        from in 0..600_000_000_u64,
    ) {
        // Each value follows a colon.
        let text = sample::text();
        let mut parts: Vec<String> = text.split(':').map(str::to_owned).collect();
        for (place, odd) in places {
            let part = &mut parts[place.index(text.matches(':').count()) + 1];
            let end = part.find([',', '}', ']']).unwrap_or(part.len());
            part.replace_range(..end, ODD[odd]);
        }
        match read(&parts.join(":")) {
            Ok(timeline) => {
                let window = Window { from: from.min(timeline.wall), until: timeline.wall };
                let filter = LaneFilter { names: Vec::new(), max_lanes: 3 };
                let view = View { columns: 61, colour: false, window, filter, arrows: true };
                let drawn = draw(&timeline, &view);
                prop_assert!(drawn.lines().all(|line| unicode_width::UnicodeWidthStr::width(line) <= 61), "{drawn}");
                prop_assert_eq!(page(&timeline, window).matches("</script").count(), 2);
            }
            Err(problem) => prop_assert!(!problem.contains('\n') && problem.len() < 200, "{}", problem),
        }
    }
}
