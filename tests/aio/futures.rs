//! A future: set once, seen by all waiters, in the order in which they came.

use crate::say;
use crate::twin::{ending, seconds, twins, twins_with_lints};
use gearshift::aio::{Error, EventLoop, Future, create_task, sleep, yield_now};

fn create_future() -> Future<i32> {
    EventLoop::running().create_future()
}

#[test]
fn done_callbacks_run_in_the_next_turn_in_the_order_of_adding() {
    twins(
        r#"
async def main():
    future = get_running_loop().create_future()
    future.add_done_callback(lambda f: say("first", f.result()))
    future.add_done_callback(lambda f: say("second", f.result()))
    future.set_result(7)
    say("set")
    future.add_done_callback(lambda f: say("added when it was done"))
    await sleep(0)
    say("main")
"#,
        async {
            let future = create_future();
            future.add_done_callback(|f| say!("first {}", ending(f.result())));
            future.add_done_callback(|f| say!("second {}", ending(f.result())));
            future.set_result(7)?;
            say!("set");
            future.add_done_callback(|_| say!("added when it was done"));
            yield_now().await?;
            say!("main");
            Ok(())
        },
        "set | first 7 | second 7 | added when it was done | main",
    );
}

#[test]
fn a_removed_callback_does_not_run() {
    twins(
        r#"
async def main():
    future = get_running_loop().create_future()
    def one(f): say("one")
    def two(f): say("two")
    future.add_done_callback(one)
    future.add_done_callback(two)
    say(future.remove_done_callback(one))
    say(future.remove_done_callback(one))
    future.set_result(1)
    say(future.remove_done_callback(two))
    await sleep(0)
"#,
        async {
            let future = create_future();
            let one = future.add_done_callback(|_| say!("one"));
            let two = future.add_done_callback(|_| say!("two"));
            say!("{}", i32::from(future.remove_done_callback(one)));
            say!("{}", i32::from(future.remove_done_callback(one)));
            future.set_result(1)?;
            say!("{}", i32::from(future.remove_done_callback(two)));
            yield_now().await
        },
        "1 | 0 | 0 | two",
    );
}

#[test]
fn cancelling_a_future_calls_back_like_any_other_end() {
    twins(
        r#"
async def main():
    future = get_running_loop().create_future()
    future.add_done_callback(lambda f: say("called back", f.cancelled()))
    say(future.cancel(), future.done(), future.cancelled())
    say(future.cancel())
    await sleep(0)
    say(await ending(future))
"#,
        async {
            let future = create_future();
            future.add_done_callback(|f| say!("called back {}", f.cancelled()));
            let cancelled = future.cancel();
            say!("{cancelled} {} {}", future.done(), future.cancelled());
            say!("{}", future.cancel());
            yield_now().await?;
            say!("{}", ending(future.await));
            Ok(())
        },
        "true true true | false | called back true | cancelled",
    );
}

#[test]
fn a_future_is_set_once() {
    twins(
        r#"
async def main():
    future = get_running_loop().create_future()
    def attempt(act, *args):
        try:
            act(*args)
            say("done")
        except InvalidStateError:
            say("refused")
    attempt(future.result)
    attempt(future.set_result, 1)
    attempt(future.set_result, 2)
    attempt(future.set_exception, Exception("late"))
    say(future.result(), future.cancel())
"#,
        async {
            let future = create_future();
            let attempt = |ended: gearshift::aio::Result<()>| {
                say!("{}", if ended.is_ok() { "done" } else { "refused" });
            };
            attempt(future.result().map(drop));
            attempt(future.set_result(1));
            attempt(future.set_result(2));
            attempt(future.set_error(Error::message("late")));
            say!("{} {}", ending(future.result()), future.cancel());
            Ok(())
        },
        "refused | done | refused | refused | 1 false",
    );
}

#[test]
fn awaiters_go_on_in_the_order_in_which_they_began_to_wait() {
    twins(
        r#"
async def main():
    future = get_running_loop().create_future()
    async def wait(name):
        say(name, "waits")
        say(name, await future)
    tasks = [create_task(wait(name)) for name in "abc"]
    await sleep(1)
    future.add_done_callback(lambda f: say("a callback"))
    future.set_result(5)
    for task in tasks:
        await task
"#,
        async {
            let future = create_future();
            let wait = |name: &'static str| {
                let future = future.clone();
                async move {
                    say!("{name} waits");
                    say!("{name} {}", future.await?);
                    Ok(())
                }
            };
            let tasks = ["a", "b", "c"].map(|name| create_task(wait(name)));
            sleep(seconds(1)).await?;
            future.add_done_callback(|_| say!("a callback"));
            future.set_result(5)?;
            for task in tasks {
                task.await?;
            }
            Ok(())
        },
        "a waits | b waits | c waits | a 5 | b 5 | c 5 | a callback",
    );
}

#[test]
fn an_awaiter_that_is_cancelled_ends_the_future_for_all() {
    twins(
        r#"
async def main():
    future = get_running_loop().create_future()
    async def wait(name):
        try:
            await future
        except CancelledError:
            say(name, "cancelled")
            raise
    tasks = [create_task(wait(name)) for name in "ab"]
    await sleep(1)
    tasks[1].cancel()
    say(future.cancelled())
    await sleep(1)
"#,
        async {
            let future = create_future();
            let wait = |name: &'static str| {
                let future = future.clone();
                async move {
                    let waited = future.await;
                    say!("{name} {}", ending(waited.clone()));
                    waited
                }
            };
            let tasks = ["a", "b"].map(|name| create_task(wait(name)));
            sleep(seconds(1)).await?;
            tasks[1].cancel();
            say!("{}", future.cancelled());
            sleep(seconds(1)).await
        },
        "true | a cancelled | b cancelled",
    );
}

#[test]
fn awaiting_a_done_future_does_not_let_others_run() {
    twins(
        r#"
async def main():
    future = get_running_loop().create_future()
    future.set_result(3)
    get_running_loop().call_soon(say, "a callback")
    say(await future)
    say(await future)
    await sleep(0)
"#,
        async {
            let future = create_future();
            future.set_result(3)?;
            future.event_loop().call_soon(|| say!("a callback"));
            say!("{}", (&future).await?);
            say!("{}", future.await?);
            yield_now().await
        },
        "3 | 3 | a callback",
    );
}

#[test]
fn an_error_is_seen_by_every_awaiter() {
    twins(
        r#"
async def main():
    future = get_running_loop().create_future()
    tasks = [create_task(ending(future)) for _ in range(2)]
    await sleep(0)
    future.set_exception(Exception("broken"))
    say(await tasks[0], await tasks[1], await ending(future))
"#,
        async {
            let future = create_future();
            let tasks = [0, 1].map(|_| {
                let future = future.clone();
                create_task(async move { Ok(ending(future.await)) })
            });
            yield_now().await?;
            future.set_error(Error::message("broken"))?;
            let [first, second] = tasks;
            say!(
                "{} {} {}",
                first.await?,
                second.await?,
                ending(future.await)
            );
            Ok(())
        },
        "broken broken broken",
    );
}

#[test]
fn a_callback_that_sets_another_future_hands_on_in_the_next_turn() {
    twins(
        r#"
async def main():
    loop = get_running_loop()
    first, second = loop.create_future(), loop.create_future()
    first.add_done_callback(lambda f: second.set_result(f.result() + 1))
    first.add_done_callback(lambda f: say("first is done", second.done()))
    second.add_done_callback(lambda f: say("second is done"))
    first.set_result(1)
    loop.call_soon(say, "scheduled behind")
    say(await second)
"#,
        async {
            let event_loop = EventLoop::running();
            let (first, second) = (create_future(), create_future());
            let to_set = second.clone();
            first.add_done_callback(move |f| to_set.set_result(f.result().unwrap() + 1).unwrap());
            let seen = second.clone();
            first.add_done_callback(move |_| say!("first is done {}", seen.done()));
            second.add_done_callback(|_| say!("second is done"));
            first.set_result(1)?;
            event_loop.call_soon(|| say!("scheduled behind"));
            say!("{}", second.await?);
            Ok(())
        },
        "first is done true | scheduled behind | second is done | 2",
    );
}

#[test]
fn an_error_that_was_never_retrieved_is_reported_when_the_future_is_dropped() {
    twins_with_lints(
        r#"
async def main():
    loop = get_running_loop()
    loop.set_exception_handler(lambda loop, context: say("reported"))
    future = loop.create_future()
    future.set_exception(Exception("broken"))
    del future
    say("gone")
"#,
        async {
            let future = create_future();
            future.set_error(Error::message("broken"))?;
            drop(future);
            say!("reported");
            say!("gone");
            Ok(())
        },
        "reported | gone",
        &["never-retrieved"],
    );
}

#[test]
fn cancelling_a_failed_future_counts_as_retrieving_its_error() {
    twins(
        r#"
async def main():
    loop = get_running_loop()
    loop.set_exception_handler(lambda loop, context: say("reported"))
    async def broken(): fail("broken")
    task = create_task(broken())
    future = loop.create_future()
    future.set_exception(Exception("broken"))
    await sleep(0)
    say(task.cancel(), future.cancel())
    del task, future
    say("gone")
"#,
        async {
            let task = create_task(async { crate::twin::fail::<()>("broken") });
            let future = create_future();
            future.set_error(Error::message("broken"))?;
            yield_now().await?;
            say!("{} {}", task.cancel(), future.cancel());
            drop((task, future));
            say!("gone");
            Ok(())
        },
        "false false | gone",
    );
}
