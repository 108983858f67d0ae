//! `timeout`: a limit for a block, which can be moved and is reported by its own block only.

use crate::naps::{nap, naps};
use crate::say;
use crate::twin::{Show, ending, fail, seconds};
use gearshift::aio::{
    Error, EventLoop, create_task, current_task, sleep, timeout, timeout_at, yield_now,
};
use std::time::Duration;

#[test]
fn a_timeout_cancels_the_body_and_leaves_no_request_behind() {
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
fn a_timeout_of_zero_lets_the_body_start() {
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
fn nested_timeouts_each_report_their_own_expiry() {
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
fn when_two_timeouts_expire_in_one_turn_the_outer_one_reports_it() {
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
fn a_cancellation_from_outside_has_priority_over_an_expiry() {
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
fn a_timeout_can_be_moved_and_removed() {
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
