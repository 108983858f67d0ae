//! The web page: complete in one file, with the values of the run, and all text escaped.

use crate::synthetic::{self, EVENT_LOOP, Noise};
use gearshift::lab::metric::Metric;
use gearshift::lab::report;
use gearshift::lab::result::{Run, ScenarioRun};
use gearshift::lab::stats::{median, merge, verdict};

fn page(run: &Run) -> String {
    report::html(&synthetic::saved(run))
}

/// The rows of tables that begin with `name`: the values behind their cells. A sentence has none.
fn rows(page: &str, name: &str) -> Vec<Vec<f64>> {
    let values = |row: &str| {
        let cells = row.split("<data value=\"").skip(1);
        let value = |cell: &str| cell.split('"').next().unwrap().parse().unwrap();
        cells.map(value).collect()
    };
    let begins = |row: &&str| row.starts_with(&format!("<th scope=\"row\">{name}</th>"));
    let rows = page.split("<tr>").filter(begins).map(values);
    rows.filter(|row: &Vec<f64>| !row.is_empty()).collect()
}

fn median_of(scenario: &ScenarioRun, index: usize, metric: Metric) -> f64 {
    median(&verdict::values(metric, &scenario.subjects[index].samples)).unwrap()
}

#[test]
fn values_on_the_page_are_those_of_the_json() {
    let run = synthetic::run(5);
    // The page is made of the file, so the run is written and read again.
    let read = report::parse(&report::json(&run).unwrap()).unwrap();
    assert_eq!(read, run);
    let page = page(&read);
    let scenario = &run.scenarios[0];
    for (index, subject) in scenario.subjects.iter().enumerate() {
        let rows = rows(&page, &subject.name);
        let merged = merge::over_rounds(&subject.samples).unwrap();
        let speed = [
            median_of(scenario, index, Metric::Throughput),
            merged.p50_us,
            merged.p99_us,
            merged.max_us,
        ];
        assert_eq!(rows[0][..4], speed, "{}", subject.name);
        let cost = [Metric::Cpu, Metric::Cores, Metric::Memory];
        assert_eq!(
            rows[1][..3],
            cost.map(|metric| median_of(scenario, index, metric))
        );
        // And each round, in the folded table.
        for (sample, row) in subject.samples.iter().zip(&rows[2..]) {
            let metrics = [Metric::Throughput, Metric::P50, Metric::P99, Metric::Max];
            assert_eq!(
                row[..4],
                metrics.map(|metric| sample.value(metric).unwrap())
            );
        }
    }
}

#[test]
fn the_page_loads_nothing_else() {
    let mut run = synthetic::run(1);
    run.scenarios.extend(synthetic::sweep(1).scenarios);
    let page = page(&run);
    for outside in [
        "http:", "https:", "//cdn", "src=", "url(", "@import", "<script", "<link", "import(",
    ] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[test]
fn text_in_a_run_is_escaped() {
    let hostile = "<script>alert(\"1\")</script> & '{body}' \u{202E}\x1b[31m";
    let mut run = synthetic::run(1);
    run.command = hostile.to_owned();
    run.warnings = vec![hostile.to_owned()];
    run.machine.host = Some(hostile.to_owned());
    let scenario = &mut run.scenarios[0];
    scenario.name = hostile.to_owned();
    scenario.shows = hostile.to_owned();
    scenario.subjects[0].name = hostile.to_owned();
    scenario.subjects[1].failure = Some(hostile.to_owned());
    scenario.subjects[2].samples[0].errors = 1;
    scenario.subjects[2].samples[0].error_kinds = vec![(hostile.to_owned(), 1)];
    let [saved] = synthetic::saved(&run);
    let page = report::html(&[saved.clone(), saved.clone()]);
    let markdown = report::markdown(&[saved]);
    assert!(!page.contains("<script") && page.contains("&lt;script&gt;"));
    for text in [&page, &markdown, &report::terminal(&run, 80)] {
        assert!(!text.contains(['\u{202E}', '\x1b']));
    }
    let quotes_inside = page.split("aria-label=\"").skip(1).all(|rest| {
        let after = rest.split_once('"').unwrap().1;
        after.starts_with('>') || after.starts_with(' ')
    });
    assert!(quotes_inside);
    // The command is in a code block, where it is only text.
    assert_eq!(markdown.matches("<script").count(), 1);
}

/// Elements are closed in the order in which they were opened.
fn assert_well_formed(page: &str) {
    let mut open: Vec<&str> = Vec::new();
    let (_, body) = page.split_once("<body>").unwrap();
    for tag in body.split('<').skip(1) {
        let tag = tag.split('>').next().unwrap();
        let name = tag
            .trim_start_matches('/')
            .split([' ', '/'])
            .next()
            .unwrap();
        if tag.ends_with('/') || name == "br" {
            continue;
        }
        if tag.starts_with('/') {
            if name == "body" {
                break;
            }
            assert_eq!(open.pop(), Some(name), "{tag}");
        } else {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn elements_are_closed_and_plots_have_names() {
    let mut run = synthetic::run(3);
    run.scenarios.extend(synthetic::sweep(1).scenarios);
    let page = page(&run);
    assert_well_formed(&page);
    let plots = page.matches("<figure>").count();
    assert!(plots >= 12, "{plots}");
    assert_eq!(page.matches("role=\"img\" aria-label=\"").count(), plots);
    assert!(!page.contains("NaN") && !page.contains("inf"));
}

#[test]
fn an_empty_run_makes_a_valid_page() {
    let mut run = synthetic::run_of(Vec::new());
    assert_well_formed(&page(&run));
    let empty = synthetic::scenario("empty", Vec::new());
    let mut failed = synthetic::scenario(
        "failed",
        vec![synthetic::subject(&EVENT_LOOP, 0, Noise::Normal(0.0), 1)],
    );
    failed.subjects[0].failure = Some("It did not start.".to_owned());
    let once = synthetic::scenario(
        "once",
        vec![synthetic::subject(&EVENT_LOOP, 1, Noise::Normal(0.0), 1)],
    );
    run.scenarios = vec![empty, failed, once];
    let page = page(&run);
    assert_well_formed(&page);
    assert!(page.contains("It did not start.") && !page.contains("NaN"));
    assert!(report::terminal(&run, 80).contains("event-loop  It did not start."));
}
