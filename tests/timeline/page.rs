//! The web page: complete in one file, and text from a timeline cannot break out of its element.

use gearshift::timeline::html::page;
use gearshift::timeline::read::read;
use gearshift::timeline::{Timeline, Window};
use serde_json::Value;

use crate::sample;

fn whole(timeline: &Timeline) -> Window {
    Window {
        from: 0,
        until: timeline.wall,
    }
}

fn sample_page() -> String {
    let timeline = read(&sample::text()).unwrap();
    page(&timeline, whole(&timeline))
}

/// The data for the script of the page.
fn data(page: &str) -> Value {
    let (_, after) = page.split_once("type=\"application/json\">").unwrap();
    serde_json::from_str(after.split_once("</script>").unwrap().0).unwrap()
}

#[test]
fn the_page_loads_nothing() {
    let page = sample_page();
    for outside in [
        "http:",
        "https:",
        "//cdn",
        "src=",
        "href=",
        "url(",
        "@import",
        "fetch(",
        "XMLHttp",
        "WebSocket",
        "import(",
    ] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[test]
fn text_from_a_timeline_cannot_break_out_of_its_element() {
    let page = sample_page();
    let hostile = "</script> & \"A\"";
    assert_eq!(
        data(&page)["lanes"][1][0],
        hostile,
        "the name is in the data"
    );
    assert!(
        !page.contains(hostile) && !page.contains("<b>hello"),
        "and nowhere else"
    );
    // One for the data and one for the script.
    assert_eq!(page.matches("<script").count(), 2);
    assert_eq!(page.matches("</script").count(), 2);
    assert!(page.contains("<h1>a slow task &lt;/title&gt;</h1>"));
    assert_eq!(page.matches("</title>").count(), 1);
    for place in ["{title}", "{style}", "{heading}", "{data}", "{script}"] {
        assert!(!page.contains(place), "{place} is not filled in");
    }
}

#[test]
fn a_title_that_contains_a_placeholder_is_not_filled_in() {
    let mut value = sample::value();
    value["otherData"]["title"] = "{data}{script}".into();
    let timeline = read(&value.to_string()).unwrap();
    let page = page(&timeline, whole(&timeline));
    assert!(page.contains("<h1>{data}{script}</h1>"));
    assert_eq!(data(&page)["lanes"].as_array().unwrap().len(), 5);
}

#[test]
fn the_script_gets_every_event_of_the_window() {
    let timeline = read(&sample::text()).unwrap();
    let everything = data(&page(&timeline, whole(&timeline)));
    // An arrow is two events in the file and one here.
    let in_file = sample::value()["traceEvents"].as_array().unwrap().clone();
    let in_file = in_file
        .iter()
        .filter(|it| it["ph"] != "M" && it["ph"] != "f");
    assert_eq!(
        everything["events"].as_array().unwrap().len(),
        in_file.count()
    );
    let late = Window {
        from: 400_000_000,
        until: timeline.wall,
    };
    let late = data(&page(&timeline, late));
    let events = late["events"].as_array().unwrap();
    // The loop runs and waits, the writer runs, the callback waits.
    assert_eq!(events.len(), 4, "{events:?}");
    assert_eq!(
        late["window"],
        serde_json::json!([400_000_000, 500_000_000])
    );
}
