//! `wait_for` and `timeout`: a limit is a cancellation, and what it limits has ended before it has.

use crate::say;
use crate::twin::{Show, ending, fail, seconds, twins, twins_with_lints};
use gearshift::aio::{
    Error, EventLoop, Future, Result, create_task, current_task, sleep, timeout, timeout_at,
    wait_for, yield_now,
};
use std::time::Duration;

async fn nap(delay: i32) -> Result<i32> {
    let slept = sleep(seconds(delay as u64)).await;
    say!("{delay} {}", ending(slept.clone()));
    slept.map(|()| delay)
}

const PRELUDE: &str = r#"
async def nap(delay):
    try:
        await sleep(delay)
    except CancelledError:
        say(delay, "cancelled")
        raise
    say(delay, None)
    return delay
"#;

#[track_caller]
fn naps(python: &str, main: impl std::future::Future<Output = Result<()>> + 'static, prints: &str) {
    twins(&format!("{PRELUDE}{python}"), main, prints);
}

// -- wait_for -----------------------------------------------------------------------------------------

#[test]
fn what_is_in_time_gives_its_result_and_what_is_not_has_ended_first() {
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
fn a_limit_of_zero_takes_only_what_is_done_already() {
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
fn what_refuses_to_end_makes_the_limit_late_and_its_result_counts() {
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
fn an_error_while_cleaning_up_goes_before_the_limit() {
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
fn who_is_cancelled_while_limiting_cancels_what_is_limited_and_waits_for_its_end() {
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
fn of_nested_limits_the_shorter_one_decides() {
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
fn a_limited_task_that_somebody_else_cancels_is_cancelled_and_not_late() {
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

// -- timeout ------------------------------------------------------------------------------------------

#[test]
fn a_timeout_cancels_the_body_and_nothing_is_left_of_it() {
    naps(
        r#"
async def main():
    try:
        async with timeout(1) as limit:
            await nap(3)
    except TimeoutError as error:
        say(what(error), limit.expired(), current_task().cancelling())
    async with timeout(2) as limit:
        await nap(1)
    say(limit.expired())
    await nap(3)
"#,
        async {
            let limited = timeout(seconds(1), async |_| nap(3).await).await;
            let requests = current_task().unwrap().cancelling();
            say!("{} true {requests}", limited.show());
            let expired = timeout(seconds(2), async |limit| {
                nap(1).await?;
                Ok(limit.expired())
            });
            say!("{}", expired.await?);
            nap(3).await.map(drop)
        },
        "3 cancelled | timed out true 0 | 1 () | false | 3 ()",
    );
}

#[test]
fn a_timeout_of_zero_lets_the_body_begin() {
    naps(
        r#"
async def main():
    try:
        async with timeout(0):
            say("begins")
            await sleep(0)
            say("never")
    except TimeoutError as error:
        say(what(error))
    async with timeout(0):
        say("does not wait")
"#,
        async {
            let limited = timeout(Duration::ZERO, async |_| {
                say!("begins");
                yield_now().await?;
                say!("never");
                Ok(())
            });
            say!("{}", limited.await.show());
            timeout(Duration::ZERO, async |_| {
                say!("does not wait");
                Ok(())
            })
            .await
        },
        "begins | timed out | does not wait",
    );
}

#[test]
fn of_nested_timeouts_each_hears_of_its_own_expiry() {
    naps(
        r#"
async def nested(outer, inner):
    try:
        async with timeout(outer):
            try:
                async with timeout(inner):
                    await nap(5)
            except TimeoutError:
                say("inner")
            await sleep(2)
            say("between")
    except TimeoutError:
        say("outer")

async def main():
    await nested(4, 1)
    await nested(2, 1)
    await nested(1, 2)
"#,
        async {
            async fn nested(outer: u64, inner: u64) {
                let outer = timeout(seconds(outer), async |_| {
                    let inner = timeout(seconds(inner), async |_| nap(5).await).await;
                    match inner {
                        Err(Error::TimedOut) => say!("inner"),
                        other => drop(other?),
                    }
                    sleep(seconds(2)).await?;
                    say!("between");
                    Ok(())
                });
                if outer.await.is_err() {
                    say!("outer");
                }
            }
            nested(4, 1).await;
            nested(2, 1).await;
            nested(1, 2).await;
            Ok(())
        },
        "5 cancelled | inner | between | 5 cancelled | inner | outer | 5 cancelled | outer",
    );
}

#[test]
fn two_timeouts_that_expire_in_one_turn_are_the_outer_ones_affair() {
    naps(
        r#"
async def main():
    when = get_running_loop().time() + 1
    try:
        async with timeout_at(when):
            try:
                async with timeout_at(when):
                    await nap(5)
            except TimeoutError:
                say("inner")
    except TimeoutError:
        say("outer")
    say(current_task().cancelling())
"#,
        async {
            let when = EventLoop::running().time() + seconds(1);
            let outer = timeout_at(when, async |_| {
                match timeout_at(when, async |_| nap(5).await).await {
                    Err(Error::TimedOut) => say!("inner"),
                    other => drop(other?),
                }
                Ok(())
            });
            if let Err(Error::TimedOut) = outer.await {
                say!("outer");
            }
            say!("{}", current_task().unwrap().cancelling());
            Ok(())
        },
        "5 cancelled | outer | 0",
    );
}

#[test]
fn a_cancellation_from_outside_goes_before_an_expiry() {
    naps(
        r#"
async def main():
    async def limited():
        try:
            async with timeout(2):
                await nap(5)
        except BaseException as error:
            say(what(error), current_task().cancelling())
            raise
    task = create_task(limited())
    get_running_loop().call_later(1.5, lambda: get_running_loop().call_later(0.5, task.cancel))
    say(await ending(task))
"#,
        async {
            let task = create_task(async {
                let end = timeout(seconds(2), async |_| nap(5).await).await;
                say!("{} {}", end.show(), current_task().unwrap().cancelling());
                end
            });
            let to_cancel = task.clone();
            EventLoop::running().call_later(Duration::from_millis(1500), move || {
                EventLoop::running().call_later(Duration::from_millis(500), move || {
                    to_cancel.cancel();
                });
            });
            say!("{}", ending(task.await));
            Ok(())
        },
        "5 cancelled | cancelled 1 | cancelled",
    );
}

#[test]
fn a_timeout_can_be_moved_and_taken_away() {
    naps(
        r#"
async def main():
    loop = get_running_loop()
    async with timeout(1) as limit:
        limit.reschedule(loop.time() + 5)
        await nap(2)
        limit.reschedule(None)
        await nap(9)
        say(limit.when() is None)
        limit.reschedule(loop.time() - 1)
        try:
            await nap(1)
        finally:
            say(limit.expired())
"#,
        async {
            let event_loop = EventLoop::running();
            timeout(seconds(1), async |limit| {
                limit.reschedule(Some(event_loop.time() + seconds(5)));
                nap(2).await?;
                limit.reschedule(None);
                nap(9).await?;
                say!("{}", limit.when().is_none());
                limit.reschedule(Some(event_loop.time() - seconds(1)));
                let last = nap(1).await;
                say!("{}", limit.expired());
                last.map(drop)
            })
            .await
        },
        "2 () | 9 () | true | 1 cancelled | true | main: timed out",
    );
}

#[test]
fn a_body_that_fails_or_goes_on_after_the_expiry_decides_for_itself() {
    naps(
        r#"
async def main():
    async def failing():
        async with timeout(1):
            try:
                await sleep(5)
            except CancelledError:
                fail("broken")
    async def going_on():
        async with timeout(1):
            try:
                await sleep(5)
            except CancelledError:
                say("goes on")
        await sleep(1)
        return current_task().cancelling()
    say(await ending(failing()))
    say(await ending(going_on()))
"#,
        async {
            let failing = timeout(seconds(1), async |_| match sleep(seconds(5)).await {
                Err(Error::Cancelled) => fail::<()>("broken"),
                other => other,
            });
            say!("{}", failing.await.show());
            timeout(seconds(1), async |_| {
                if sleep(seconds(5)).await.is_err() {
                    say!("goes on");
                }
                Ok(())
            })
            .await?;
            sleep(seconds(1)).await?;
            say!("{}", current_task().unwrap().cancelling());
            Ok(())
        },
        "broken | goes on | 0",
    );
}

#[test]
fn a_timeout_that_has_expired_cannot_be_moved_any_more() {
    naps(
        r#"
async def main():
    loop = get_running_loop()
    async with timeout(1) as limit:
        try:
            await sleep(5)
        finally:
            try:
                limit.reschedule(loop.time() + 1)
            except RuntimeError:
                pass
            await sleep(3)
            say("cleaned up")
"#,
        async {
            timeout(seconds(1), async |limit| {
                let slept = sleep(seconds(5)).await;
                limit.reschedule(Some(EventLoop::running().time() + seconds(1)));
                sleep(seconds(3)).await?;
                say!("cleaned up");
                slept
            })
            .await
        },
        "cleaned up | main: timed out",
    );
}
