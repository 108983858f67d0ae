//! When plain callbacks run: in which turn, and in which order within a turn.

use crate::say;
use crate::twin::{seconds, twins};
use gearshift::aio::{EventLoop, Handle, sleep};
use std::cell::RefCell;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::thread;

#[test]
fn a_callback_scheduled_by_a_callback_runs_after_everything_that_was_ready() {
    twins(
        r#"
async def main():
    loop = get_running_loop()
    def second():
        say("second")
        loop.call_soon(say, "scheduled by the second")
    loop.call_soon(say, "first")
    loop.call_soon(second)
    loop.call_soon(say, "third")
    await sleep(1)
"#,
        async {
            let event_loop = EventLoop::running();
            let inner = event_loop.clone();
            let second = move || {
                say!("second");
                inner.call_soon(|| say!("scheduled by the second"));
            };
            event_loop.call_soon(|| say!("first"));
            event_loop.call_soon(second);
            event_loop.call_soon(|| say!("third"));
            sleep(seconds(1)).await
        },
        "first | second | third | scheduled by the second",
    );
}

#[test]
fn in_one_turn_scheduled_callbacks_run_first_then_readers_then_timers() {
    twins(
        r#"
async def main():
    loop = get_running_loop()
    ours, theirs = socket.socketpair()
    theirs.send(b"x")
    def readable():
        say("readable")
        loop.remove_reader(ours)
    loop.call_later(0, say, "timer")
    loop.add_reader(ours, readable)
    loop.call_soon(say, "soon")
    await sleep(1)
    ours.close(), theirs.close()
"#,
        async {
            let event_loop = EventLoop::running();
            let (ours, mut theirs) = UnixStream::pair().unwrap();
            theirs.write_all(b"x").unwrap();
            event_loop.call_later(seconds(0), || say!("timer"));
            let watched = Rc::new(RefCell::new(None));
            let forget = Rc::clone(&watched);
            let readable = move || {
                say!("readable");
                drop(forget.take());
            };
            *watched.borrow_mut() = Some(event_loop.add_reader(ours, readable)?);
            event_loop.call_soon(|| say!("soon"));
            sleep(seconds(1)).await
        },
        "soon | readable | timer",
    );
}

#[test]
fn a_callback_sent_from_the_loops_own_thread_keeps_its_order_among_the_others() {
    twins(
        r#"
async def main():
    loop = get_running_loop()
    loop.call_soon(say, "first")
    loop.call_soon_threadsafe(say, "second, by the safe way")
    loop.call_soon(say, "third")
    await sleep(1)
"#,
        async {
            let event_loop = EventLoop::running();
            event_loop.call_soon(|| say!("first"));
            let remote = event_loop.remote();
            remote.call_soon_threadsafe(|| say!("second, by the safe way"));
            event_loop.call_soon(|| say!("third"));
            sleep(seconds(1)).await
        },
        "first | second, by the safe way | third",
    );
}

#[test]
fn callbacks_from_another_thread_run_in_the_order_of_sending() {
    twins(
        r#"
async def main():
    loop = get_running_loop()
    def work():
        for number in range(3):
            loop.call_soon_threadsafe(say, number)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    loop.call_later(0, say, "timer")
    await sleep(1)
"#,
        async {
            let event_loop = EventLoop::running();
            let remote = event_loop.remote();
            let work = move || {
                for number in 0..3 {
                    remote.call_soon_threadsafe(move || say!("{number}"));
                }
            };
            thread::spawn(work).join().unwrap();
            event_loop.call_later(seconds(0), || say!("timer"));
            sleep(seconds(1)).await
        },
        "0 | 1 | 2 | timer",
    );
}

#[test]
fn a_cancelled_callback_does_not_run_not_even_if_its_turn_has_begun() {
    twins(
        r#"
async def main():
    loop = get_running_loop()
    before = loop.call_soon(say, "cancelled at once")
    before.cancel()
    handles = []
    loop.call_soon(lambda: handles[0].cancel())
    handles.append(loop.call_soon(say, "cancelled by the one before it"))
    loop.call_soon(say, "the third")
    await sleep(1)
    say(before.cancelled(), handles[0].cancelled())
"#,
        async {
            let event_loop = EventLoop::running();
            let before = event_loop.call_soon(|| say!("cancelled at once"));
            before.cancel();
            let handles: Rc<RefCell<Vec<Handle>>> = Rc::default();
            let in_callback = Rc::clone(&handles);
            event_loop.call_soon(move || in_callback.borrow()[0].cancel());
            let second = event_loop.call_soon(|| say!("cancelled by the one before it"));
            handles.borrow_mut().push(second);
            event_loop.call_soon(|| say!("the third"));
            sleep(seconds(1)).await?;
            say!("{} {}", before.cancelled(), handles.borrow()[0].cancelled());
            Ok(())
        },
        "the third | true true",
    );
}

#[test]
fn a_timer_can_be_cancelled_by_another_that_is_due_in_the_same_turn() {
    twins(
        r#"
async def main():
    loop = get_running_loop()
    handles = []
    def first():
        say("first")
        handles[0].cancel()
    when = loop.time() + 1
    loop.call_at(when, first)
    handles.append(loop.call_at(when, say, "second"))
    await sleep(2)
"#,
        async {
            let event_loop = EventLoop::running();
            let handles: Rc<RefCell<Vec<Handle>>> = Rc::default();
            let in_callback = Rc::clone(&handles);
            let first = move || {
                say!("first");
                in_callback.borrow()[0].cancel();
            };
            let when = event_loop.time() + seconds(1);
            event_loop.call_at(when, first);
            let second = event_loop.call_at(when, || say!("second"));
            handles.borrow_mut().push(second);
            sleep(seconds(2)).await
        },
        "first",
    );
}

#[test]
fn timers_run_by_deadline_and_one_in_the_past_runs_in_the_next_turn() {
    twins(
        r#"
async def main():
    loop = get_running_loop()
    await sleep(5)
    loop.call_later(3, say, "three")
    loop.call_later(1, say, "one")
    loop.call_at(loop.time() - 1, say, "of the past")
    loop.call_soon(say, "soon")
    await sleep(2)
    say("two")
    await sleep(2)
"#,
        async {
            let event_loop = EventLoop::running();
            sleep(seconds(5)).await?;
            event_loop.call_later(seconds(3), || say!("three"));
            event_loop.call_later(seconds(1), || say!("one"));
            event_loop.call_at(event_loop.time() - seconds(1), || say!("of the past"));
            event_loop.call_soon(|| say!("soon"));
            sleep(seconds(2)).await?;
            say!("two");
            sleep(seconds(2)).await
        },
        "soon | of the past | one | two | three",
    );
}

#[test]
fn two_chains_of_callbacks_take_turns() {
    twins(
        r#"
async def main():
    loop = get_running_loop()
    def chain(name, left):
        say(f"{name}{left}")
        if left > 0:
            loop.call_soon(chain, name, left - 1)
    chain("a", 2)
    chain("b", 2)
    await sleep(1)
"#,
        async {
            fn chain(name: &'static str, left: u32) {
                say!("{name}{left}");
                if left > 0 {
                    EventLoop::running().call_soon(move || chain(name, left - 1));
                }
            }
            chain("a", 2);
            chain("b", 2);
            sleep(seconds(1)).await
        },
        "a2 | b2 | a1 | b1 | a0 | b0",
    );
}
