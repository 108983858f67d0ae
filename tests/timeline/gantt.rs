//! The terminal's picture.

use std::time::Duration;

use gearshift::timeline::gantt::{View, draw};
use gearshift::timeline::read::read;
use gearshift::timeline::{LaneFilter, Timeline, Window};

use crate::sample;

fn view(timeline: &Timeline) -> View {
    View {
        columns: 80,
        colour: false,
        window: Window {
            from: 0,
            until: timeline.wall,
        },
        filter: LaneFilter {
            names: Vec::new(),
            max_lanes: 40,
        },
        arrows: false,
    }
}

fn drawn(change: impl FnOnce(&mut View)) -> String {
    let timeline = read(&sample::text()).unwrap();
    let mut view = view(&timeline);
    change(&mut view);
    draw(&timeline, &view)
}

#[track_caller]
fn same(drawn: &str, expected: &str) {
    assert_eq!(drawn, expected, "\n{drawn}");
}

#[test]
fn each_state_has_its_character_and_even_no_duration_is_shown() {
    let expected = r#"a slow task </title>
500 ms of virtual time, lanes: 5
$ gearshift lesson slow

                     0 ms       100 ms      200 ms      300 ms      400 ms
                     ┬──────────┬───────────┬───────────┬───────────┬──────────┬
loop                 ▒███████████·events····▌██████████████████████████·········
  </script> & "A"     ▒█████▌·sleep 0.14 s··▌███████████████
    書き手 with a l…  ▒▒▒▒▒▒▒▒▒▒!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!███
  B                   ▒▒▒▒▒▒█████·lock············▒▒▒▒▒▒╳▒▒▒██▌
  on_readable        ·socket 7··············▌··························

█ running  ▌ ran for less than half of the cell  ▒ ready  · waiting
! blocked on write  ╳ cancelled

lane                 lifetime  running    ready  waiting  blocked  waits for
loop                   500 ms   63.0 %    1.0 %   36.0 %        -  events
  </script> & "A"      320 ms   53.1 %    3.1 %   43.8 %        -  sleep 0.14 s
    書き手 with a l…   405 ms    8.6 %   18.5 %        -   72.8 %
  B                    340 ms   17.6 %   38.2 %   44.1 %        -  lock
  on_readable          420 ms        -        -  100.0 %        -  socket 7

      30.000 ms  </script> & "A": A says: <b>hello</b>
     200.000 ms  loop wakes </script> & "A"
     220.000 ms  </script> & "A" queues an item, 書き手 with a long name takes …
     300.000 ms  </script> & "A" cancels B
"#;
    same(&drawn(|view| view.arrows = true), expected);
}

#[test]
fn a_part_of_the_time_and_of_the_lanes_can_be_shown() {
    let cut = |view: &mut View| {
        view.columns = 60;
        view.window = Window {
            from: Duration::from_millis(190).as_nanos() as u64,
            until: Duration::from_millis(260).as_nanos() as u64,
        };
        view.filter.names = vec!["b".to_owned(), "LOOP".to_owned()];
    };
    let expected = r#"a slow task </title>
500 ms of virtual time, lanes: 5
$ gearshift lesson slow

                    200 ms       220 ms       240 ms
              ──────┬────────────┬────────────┬────────────┬
loop          events▌███████████████████████████████████████
  B           ·lock··································▒▒▒▒▒▒▒
  on_readable ······▌·socket 7······························

█ running  ▌ ran for less than half of the cell  ▒ ready
· waiting  ! blocked on write  ╳ cancelled

lane          lifetime  running    ready  waiting  blocked
loop             70 ms   85.7 %        -   14.3 %        -
  B              70 ms        -   14.3 %   85.7 %        -
  on_readable    70 ms        -        -  100.0 %        -
"#;
    same(&drawn(cut), expected);
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for columns in [40, 41, 57, 80, 100, 237] {
        let drawn = drawn(|view| {
            view.columns = columns;
            view.arrows = true;
        });
        for line in drawn.lines() {
            let wide = unicode_width::UnicodeWidthStr::width(line);
            assert!(wide <= columns, "{wide} columns of {columns}: {line}");
        }
    }
}

#[test]
fn of_many_lanes_the_busiest_are_shown_and_the_others_summed_up_in_a_sentence() {
    let drawn = drawn(|view| view.filter.max_lanes = 2);
    let rows: Vec<&str> = drawn.lines().skip(6).take(3).collect();
    assert!(rows[0].starts_with("loop"), "{drawn}");
    assert!(rows[1].starts_with("  書き手"), "{drawn}");
    let sentence = "and 3 less busy lanes, waiting 65.7 % of the time (--max-lanes 5 shows all)";
    assert_eq!(rows[2], sentence, "{drawn}");
}

#[test]
fn colours_add_nothing_that_the_characters_do_not_show() {
    let plain = drawn(|_| {});
    let coloured = drawn(|view| view.colour = true);
    assert!(!plain.contains('\x1b') && coloured.contains("\x1b[1;31m!!!"));
    let mut without = String::new();
    let mut rest = &coloured[..];
    while let Some((before, after)) = rest.split_once('\x1b') {
        without += before;
        rest = after.split_once('m').unwrap().1;
    }
    assert_eq!(without + rest, plain);
}

#[test]
fn an_empty_timeline_is_an_empty_picture() {
    let mut value = sample::value();
    value["traceEvents"] = serde_json::json!([]);
    value["otherData"]["wall_us"] = 0.into();
    let timeline = read(&value.to_string()).unwrap();
    let drawn = draw(&timeline, &view(&timeline));
    assert!(
        drawn.contains("no lane with that name in that time"),
        "{drawn}"
    );
}
