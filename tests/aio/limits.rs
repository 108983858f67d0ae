//! `wait_for`: a limit is a cancellation, and what it limits ends before the wait does.

use crate::naps::{nap, naps};
use crate::say;
use crate::twin::{Show, ending, fail, seconds, twins_with_lints};
use gearshift::aio::{EventLoop, Future, create_task, sleep, wait_for, yield_now};
use std::time::Duration;

#[test]
fn a_task_in_time_gives_its_result_and_a_late_one_has_ended_before_the_error() {
    naps(
        r#"
async def main():
    say(await ending(wait_for(nap(1), 2)))
    say(await ending(wait_for(nap(3), 2)))
    say(await ending(wait_for(nap(1), None)))
"#,
        async {
            say!("{}", wait_for(nap(1), seconds(2)).await.show());
            say!("{}", wait_for(nap(3), seconds(2)).await.show());
            say!("{}", wait_for(nap(1), None).await.show());
            Ok(())
        },
        "1 () | 1 | 3 cancelled | timed out | 1 () | 1",
    );
}

#[test]
fn a_limit_of_zero_accepts_only_a_done_future() {
    naps(
        r#"
async def main():
    done = get_running_loop().create_future()
    done.set_result(5)
    say(await ending(wait_for(done, 0)))
    say(await ending(wait_for(nap(1), 0)))
    task = create_task(nap(1))
    await sleep(0)
    say(await ending(wait_for(task, 0)))
"#,
        async {
            let done: Future<i32> = EventLoop::running().create_future();
            done.set_result(5)?;
            say!("{}", wait_for(done, Duration::ZERO).await.show());
            say!("{}", wait_for(nap(1), Duration::ZERO).await.show());
            let task = create_task(nap(1));
            yield_now().await?;
            say!("{}", wait_for(task, Duration::ZERO).await.show());
            Ok(())
        },
        "5 | timed out | 1 cancelled | timed out",
    );
}

#[test]
fn a_result_of_the_same_turn_as_the_limit_counts_if_it_came_first() {
    naps(
        r#"
async def main():
    loop = get_running_loop()
    future = loop.create_future()
    when = loop.time() + 2
    loop.call_at(when, future.set_result, 1)
    say(await ending(wait_for(future, 3 - 1)))
    future = loop.create_future()
    waiting = create_task(ending(wait_for(future, 2)))
    await sleep(0)
    loop.call_later(2, lambda: say("too late") if future.done() else future.set_result(2))
    say(await waiting)
"#,
        async {
            let event_loop = EventLoop::running();
            let future: Future<i32> = event_loop.create_future();
            let to_set = future.clone();
            event_loop.call_at(event_loop.time() + seconds(2), move || {
                to_set.set_result(1).unwrap();
            });
            say!("{}", wait_for(future, seconds(2)).await.show());
            let future: Future<i32> = event_loop.create_future();
            let to_set = future.clone();
            let waiting = create_task(async { Ok(ending(wait_for(future, seconds(2)).await)) });
            yield_now().await?;
            event_loop.call_later(seconds(2), move || match to_set.set_result(2) {
                Ok(()) => {}
                Err(_) => say!("too late"),
            });
            say!("{}", waiting.await?);
            Ok(())
        },
        "1 | 2",
    );
}

#[test]
fn a_task_that_refuses_to_end_makes_the_limit_late_and_its_result_counts() {
    twins_with_lints(
        r#"
async def main():
    async def stubborn():
        try:
            await sleep(5)
        except CancelledError:
            say("not yet")
            await sleep(2)
        return 7
    loop = get_running_loop()
    start = loop.time()
    say(await ending(wait_for(stubborn(), 1)))
    say(int(loop.time() - start))
"#,
        async {
            let stubborn = async {
                if sleep(seconds(5)).await.is_err() {
                    say!("not yet");
                    sleep(seconds(2)).await?;
                }
                Ok(7)
            };
            let start = EventLoop::running().time();
            say!("{}", wait_for(stubborn, seconds(1)).await.show());
            say!("{}", (EventLoop::running().time() - start).as_secs());
            Ok(())
        },
        "not yet | 7 | 3",
        &["swallowed-cancellation"],
    );
}

#[test]
fn an_error_while_cleaning_up_replaces_the_timeout() {
    naps(
        r#"
async def main():
    async def clumsy():
        try:
            await sleep(5)
        except CancelledError:
            fail("broken while cleaning up")
    say(await ending(wait_for(clumsy(), 1)))
"#,
        async {
            let clumsy = async {
                if sleep(seconds(5)).await.is_err() {
                    return fail::<()>("broken while cleaning up");
                }
                Ok(())
            };
            say!("{}", wait_for(clumsy, seconds(1)).await.show());
            Ok(())
        },
        "broken while cleaning up",
    );
}

#[test]
fn cancelling_a_limited_wait_cancels_the_task_and_waits_for_its_end() {
    naps(
        r#"
async def main():
    async def slow_to_end():
        try:
            await sleep(9)
        except CancelledError:
            await sleep(1)
            say("cleaned up")
            raise
    outer = create_task(wait_for(slow_to_end(), 5))
    await sleep(1)
    outer.cancel()
    say(await ending(outer))
"#,
        async {
            let slow_to_end = async {
                if let Err(error) = sleep(seconds(9)).await {
                    sleep(seconds(1)).await?;
                    say!("cleaned up");
                    return Err::<(), _>(error);
                }
                Ok(())
            };
            let outer = create_task(wait_for(slow_to_end, seconds(5)));
            sleep(seconds(1)).await?;
            outer.cancel();
            say!("{}", ending(outer.await));
            Ok(())
        },
        "cleaned up | cancelled",
    );
}

#[test]
fn a_cancellation_of_the_same_turn_as_the_result_is_lost_to_the_result() {
    twins_with_lints(
        r#"
async def main():
    future = get_running_loop().create_future()
    async def outer():
        say(await ending(wait_for(future, 5)))
    outer = create_task(outer())
    await sleep(1)
    future.set_result(1)
    outer.cancel()
    say(await ending(outer))
"#,
        async {
            let future: Future<i32> = EventLoop::running().create_future();
            let limited = future.clone();
            let outer = create_task(async move {
                say!("{}", wait_for(limited, seconds(5)).await.show());
                Ok(())
            });
            sleep(seconds(1)).await?;
            future.set_result(1)?;
            outer.cancel();
            say!("{}", ending(outer.await));
            Ok(())
        },
        "1 | ()",
        &["swallowed-cancellation"],
    );
}

#[test]
fn the_shorter_of_two_nested_limits_decides() {
    naps(
        r#"
async def main():
    say(await ending(wait_for(wait_for(nap(5), 1), 3)))
    say(await ending(wait_for(wait_for(nap(5), 3), 1)))
"#,
        async {
            say!(
                "{}",
                wait_for(wait_for(nap(5), seconds(1)), seconds(3))
                    .await
                    .show()
            );
            say!(
                "{}",
                wait_for(wait_for(nap(5), seconds(3)), seconds(1))
                    .await
                    .show()
            );
            Ok(())
        },
        "5 cancelled | timed out | 5 cancelled | timed out",
    );
}

#[test]
fn a_limited_task_that_is_cancelled_from_outside_is_cancelled_and_not_timed_out() {
    naps(
        r#"
async def main():
    task = create_task(nap(5))
    get_running_loop().call_later(1, task.cancel)
    say(await ending(wait_for(task, 3)))
"#,
        async {
            let task = create_task(nap(5));
            let to_cancel = task.clone();
            EventLoop::running().call_later(seconds(1), move || {
                to_cancel.cancel();
            });
            say!("{}", wait_for(task, seconds(3)).await.show());
            Ok(())
        },
        "5 cancelled | cancelled",
    );
}
