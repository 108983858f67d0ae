//! Cancellation: where it goes, when it arrives, and what a task may do about it.

use crate::say;
use crate::twin::{ending, seconds, twins, twins_with_lints};
use gearshift::aio::{EventLoop, Future, Result, create_task, current_task, sleep, yield_now};

fn create_future() -> Future<i32> {
    EventLoop::running().create_future()
}

#[test]
fn a_task_that_is_cancelled_before_its_first_step_never_starts() {
    twins(
        r#"
async def main():
    async def worker(): say("never")
    task = create_task(worker())
    task.add_done_callback(lambda t: say("called back", t.cancelled()))
    say(task.cancel(), task.done())
    say(await ending(task), task.cancelled())
"#,
        async {
            let task = create_task(async {
                say!("never");
                Ok(())
            });
            task.add_done_callback(|t| say!("called back {}", t.cancelled()));
            let cancelled = task.cancel();
            say!("{cancelled} {}", task.done());
            say!("{} {}", ending((&task).await), task.cancelled());
            Ok(())
        },
        "true false | called back true | cancelled true",
    );
}

#[test]
fn a_cancellation_arrives_at_the_innermost_await_and_comes_up_through_all() {
    twins(
        r#"
async def main():
    async def inner():
        try: await sleep(5)
        finally: say("inner")
    async def middle():
        try: await inner()
        finally: say("middle")
    async def outer():
        try: await middle()
        finally: say("outer")
    task = create_task(outer())
    await sleep(1)
    task.cancel()
    say("asked")
    say(await ending(task))
"#,
        async {
            async fn inner() -> Result<()> {
                let slept = sleep(seconds(5)).await;
                say!("inner");
                slept
            }
            async fn middle() -> Result<()> {
                let ended = inner().await;
                say!("middle");
                ended
            }
            let task = create_task(async {
                let ended = middle().await;
                say!("outer");
                ended
            });
            sleep(seconds(1)).await?;
            task.cancel();
            say!("asked");
            say!("{}", ending(task.await));
            Ok(())
        },
        "asked | inner | middle | outer | cancelled",
    );
}

#[test]
fn cancelling_the_awaiter_of_a_task_cancels_that_task() {
    twins(
        r#"
async def main():
    async def inner():
        try: await sleep(5)
        finally: say("inner")
    inner = create_task(inner())
    async def outer():
        try: await inner
        finally: say("outer")
    outer = create_task(outer())
    await sleep(1)
    outer.cancel()
    say(await ending(outer), inner.cancelled(), inner.cancelling(), outer.cancelling())
"#,
        async {
            let inner = create_task(async {
                let slept = sleep(seconds(5)).await;
                say!("inner");
                slept
            });
            let awaited = inner.clone();
            let outer = create_task(async move {
                let ended = awaited.await;
                say!("outer");
                ended
            });
            sleep(seconds(1)).await?;
            outer.cancel();
            let end = ending((&outer).await);
            let requests = (inner.cancelling(), outer.cancelling());
            say!("{end} {} {} {}", inner.cancelled(), requests.0, requests.1);
            Ok(())
        },
        "inner | outer | cancelled true 1 1",
    );
}

#[test]
fn two_requests_before_the_step_arrive_as_one() {
    twins(
        r#"
async def main():
    async def worker():
        try:
            await sleep(5)
        finally:
            say("asked", current_task().cancelling())
            await sleep(1)
            say("cleaned up")
    task = create_task(worker())
    await sleep(1)
    say(task.cancel(), task.cancel())
    say(await ending(task))
"#,
        async {
            let task = create_task(async {
                let slept = sleep(seconds(5)).await;
                say!("asked {}", current_task().unwrap().cancelling());
                sleep(seconds(1)).await?;
                say!("cleaned up");
                slept
            });
            sleep(seconds(1)).await?;
            let first = task.cancel();
            say!("{first} {}", task.cancel());
            say!("{}", ending(task.await));
            Ok(())
        },
        "true true | asked 2 | cleaned up | cancelled",
    );
}

#[test]
fn cleaning_up_may_wait_and_may_be_cancelled_itself() {
    twins(
        r#"
async def main():
    async def worker(name):
        try:
            await sleep(5)
        finally:
            say(name, "cleans up")
            await sleep(2)
            say(name, "is clean")
    a, b = create_task(worker("a")), create_task(worker("b"))
    await sleep(1)
    a.cancel(), b.cancel()
    await sleep(1)
    b.cancel()
    say(await ending(b), await ending(a))
"#,
        async {
            let worker = |name| async move {
                let slept = sleep(seconds(5)).await;
                say!("{name} cleans up");
                sleep(seconds(2)).await?;
                say!("{name} is clean");
                slept
            };
            let (a, b) = (create_task(worker("a")), create_task(worker("b")));
            sleep(seconds(1)).await?;
            a.cancel();
            b.cancel();
            sleep(seconds(1)).await?;
            b.cancel();
            let b = ending(b.await);
            say!("{b} {}", ending(a.await));
            Ok(())
        },
        "a cleans up | b cleans up | a is clean | cancelled cancelled",
    );
}

#[test]
fn a_task_that_refuses_a_cancellation_goes_on_and_can_be_cancelled_again() {
    twins(
        r#"
async def main():
    async def stubborn():
        try:
            await sleep(5)
        except CancelledError:
            say("no", current_task().cancelling(), current_task().uncancel())
        await sleep(5)
        say("never")
    task = create_task(stubborn())
    await sleep(1)
    task.cancel()
    await sleep(1)
    say(task.done(), task.cancelling())
    task.cancel()
    say(await ending(task))
"#,
        async {
            let task = create_task(async {
                if sleep(seconds(5)).await.is_err() {
                    let this = current_task().unwrap();
                    let requests = this.cancelling();
                    say!("no {requests} {}", this.uncancel());
                }
                sleep(seconds(5)).await?;
                say!("never");
                Ok(())
            });
            sleep(seconds(1)).await?;
            task.cancel();
            sleep(seconds(1)).await?;
            say!("{} {}", task.done(), task.cancelling());
            task.cancel();
            say!("{}", ending(task.await));
            Ok(())
        },
        "no 1 0 | false 0 | cancelled",
    );
}

#[test]
fn a_task_that_swallows_a_cancellation_ends_with_a_result() {
    twins_with_lints(
        r#"
async def main():
    async def swallows():
        try:
            await sleep(5)
        except CancelledError:
            pass
        return 3
    task = create_task(swallows())
    await sleep(1)
    task.cancel()
    say(await ending(task), task.cancelled())
"#,
        async {
            let task = create_task(async {
                let _ = sleep(seconds(5)).await;
                Ok(3)
            });
            sleep(seconds(1)).await?;
            task.cancel();
            say!("{} {}", ending((&task).await), task.cancelled());
            Ok(())
        },
        "3 false",
        &["swallowed-cancellation"],
    );
}

#[test]
fn a_task_that_is_done_cannot_be_cancelled_any_more() {
    twins(
        r#"
async def main():
    async def worker(): return 1
    task = create_task(worker())
    await task
    say(task.cancel(), task.cancelled(), task.cancelling(), await task)
"#,
        async {
            let task = create_task(async { Ok(1) });
            (&task).await?;
            let cancelled = task.cancel();
            let state = format!("{cancelled} {} {}", task.cancelled(), task.cancelling());
            say!("{state} {}", task.await?);
            Ok(())
        },
        "false false 0 1",
    );
}

#[test]
fn a_cancellation_in_the_turn_of_the_result_replaces_the_result() {
    twins(
        r#"
async def main():
    future = get_running_loop().create_future()
    async def worker():
        try:
            say(await future)
        except CancelledError:
            say("noticed", future.result())
            raise
    task = create_task(worker())
    await sleep(1)
    future.set_result(7)
    say(task.cancel())
    say(await ending(task))
"#,
        async {
            let future = create_future();
            let awaited = future.clone();
            let task = create_task(async move {
                match (&awaited).await {
                    Ok(value) => say!("{value}"),
                    Err(error) => {
                        say!("noticed {}", ending(awaited.result()));
                        return Err(error);
                    }
                }
                Ok(())
            });
            sleep(seconds(1)).await?;
            future.set_result(7)?;
            say!("{}", task.cancel());
            say!("{}", ending(task.await));
            Ok(())
        },
        "true | noticed 7 | cancelled",
    );
}

#[test]
fn a_task_that_yields_is_cancelled_in_its_next_turn() {
    twins(
        r#"
async def main():
    async def spinner():
        turns = 0
        try:
            while True:
                turns += 1
                await sleep(0)
        finally:
            say("turns", turns)
    task = create_task(spinner())
    for _ in range(3):
        await sleep(0)
    task.cancel()
    say(await ending(task))
"#,
        async {
            let task = create_task(async {
                let mut turns = 0;
                loop {
                    turns += 1;
                    if let Err(error) = yield_now().await {
                        say!("turns {turns}");
                        return Err::<(), _>(error);
                    }
                }
            });
            for _ in 0..3 {
                yield_now().await?;
            }
            task.cancel();
            say!("{}", ending(task.await));
            Ok(())
        },
        "turns 3 | cancelled",
    );
}
