//! `gather`: all at once, results in the order given.

use crate::say;
use crate::twin::{Show, ending, fail, seconds, twins, twins_with_lints};
use gearshift::aio::{
    Error, EventLoop, Future, Result, create_task, gather, gather_results, sleep, yield_now,
};

/// Sleeps, says so and returns how long it slept.
async fn nap(delay: i32) -> Result<i32> {
    let slept = sleep(seconds(delay as u64)).await;
    say!("{delay} {}", ending(slept.clone()));
    slept.map(|()| delay)
}

/// Sleeps and fails.
async fn fall(delay: u64, words: &str) -> Result<i32> {
    sleep(seconds(delay)).await?;
    say!("{words}");
    fail(words)
}

/// The same in Python.
const PRELUDE: &str = r#"
async def nap(delay):
    try:
        await sleep(delay)
    except CancelledError:
        say(delay, "cancelled")
        raise
    say(delay, None)
    return delay

async def fall(delay, words):
    await sleep(delay)
    say(words)
    fail(words)
"#;

#[track_caller]
fn naps(python: &str, main: impl std::future::Future<Output = Result<()>> + 'static, prints: &str) {
    twins(&format!("{PRELUDE}{python}"), main, prints);
}

#[test]
fn results_come_in_the_order_given() {
    naps(
        r#"
async def main():
    say(await gather(nap(3), nap(1), nap(2)))
"#,
        async {
            say!("{}", gather([nap(3), nap(1), nap(2)]).await.show());
            Ok(())
        },
        "1 () | 2 () | 3 () | [3, 1, 2]",
    );
}

#[test]
fn gathering_nothing_is_done_at_once() {
    naps(
        r#"
async def main():
    get_running_loop().call_soon(say, "a callback")
    say(await gather())
    await sleep(0)
"#,
        async {
            EventLoop::running().call_soon(|| say!("a callback"));
            let nothing: [Future<i32>; 0] = [];
            say!("{}", gather(nothing).await.show());
            yield_now().await
        },
        "[] | a callback",
    );
}

#[test]
fn the_others_go_on_after_one_has_failed() {
    naps(
        r#"
async def main():
    say(await ending(gather(nap(3), fall(1, "broken"), fall(2, "late"))))
    await sleep(5)
"#,
        async {
            let all = gather([
                create_task(nap(3)),
                create_task(fall(1, "broken")),
                create_task(fall(2, "late")),
            ]);
            say!("{}", all.await.show());
            sleep(seconds(5)).await
        },
        "broken | broken | late | 3 ()",
    );
}

#[test]
fn errors_can_be_results_like_any_other() {
    naps(
        r#"
async def main():
    tasks = [create_task(nap(4)), create_task(fall(1, "broken")), create_task(nap(2))]
    get_running_loop().call_later(3, tasks[0].cancel)
    say(await gather(*tasks, return_exceptions=True))
"#,
        async {
            let tasks = [
                create_task(nap(4)),
                create_task(fall(1, "broken")),
                create_task(nap(2)),
            ];
            let to_cancel = tasks[0].clone();
            EventLoop::running().call_later(seconds(3), move || {
                to_cancel.cancel();
            });
            say!("{}", gather_results(tasks).await.show());
            Ok(())
        },
        "broken | 2 () | 4 cancelled | [cancelled, broken, 2]",
    );
}

#[test]
fn a_cancelled_child_is_an_error_of_the_whole_that_does_not_cancel_the_others() {
    naps(
        r#"
async def main():
    tasks = [create_task(nap(2)), create_task(nap(3))]
    everything = gather(*tasks)
    get_running_loop().call_later(1, tasks[0].cancel)
    say(await ending(everything))
    say(everything.cancelled(), tasks[1].done())
    await sleep(5)
"#,
        async {
            let tasks = [create_task(nap(2)), create_task(nap(3))];
            let everything = gather(&tasks);
            let to_cancel = tasks[0].clone();
            EventLoop::running().call_later(seconds(1), move || {
                to_cancel.cancel();
            });
            say!("{}", (&everything).await.show());
            say!("{} {}", everything.cancelled(), tasks[1].done());
            sleep(seconds(5)).await
        },
        "2 cancelled | cancelled | false false | 3 ()",
    );
}

#[test]
fn cancelling_the_whole_cancels_every_child() {
    naps(
        r#"
async def main():
    everything = gather(nap(2), nap(3))
    await sleep(1)
    say(everything.cancel(), everything.done())
    say(await ending(everything))
    say(everything.cancelled())
"#,
        async {
            let everything = gather([nap(2), nap(3)]);
            sleep(seconds(1)).await?;
            let cancelled = everything.cancel();
            say!("{cancelled} {}", everything.done());
            say!("{}", (&everything).await.show());
            say!("{}", everything.cancelled());
            Ok(())
        },
        "true false | 2 cancelled | 3 cancelled | cancelled | false",
    );
}

#[test]
fn cancelling_a_gather_that_returns_errors_is_still_a_cancellation() {
    naps(
        r#"
async def main():
    async def outer():
        say(await ending(gather(nap(2), nap(3), return_exceptions=True)))
        raise CancelledError
    task = create_task(outer())
    await sleep(1)
    task.cancel()
    say(await ending(task))
"#,
        async {
            let outer = async {
                say!("{}", gather_results([nap(2), nap(3)]).await.show());
                Err::<(), _>(Error::Cancelled)
            };
            let task = create_task(outer);
            sleep(seconds(1)).await?;
            task.cancel();
            say!("{}", ending(task.await));
            Ok(())
        },
        "2 cancelled | 3 cancelled | cancelled | cancelled",
    );
}

#[test]
fn cancelling_a_done_gather_leaves_its_children_alone() {
    naps(
        r#"
async def main():
    everything = gather(fall(1, "broken"), nap(3))
    say(await ending(everything))
    say(everything.cancel())
    await sleep(5)
"#,
        async {
            let everything = gather([create_task(fall(1, "broken")), create_task(nap(3))]);
            say!("{}", (&everything).await.show());
            say!("{}", everything.cancel());
            sleep(seconds(5)).await
        },
        "broken | broken | false | 3 ()",
    );
}

#[test]
fn a_waiter_of_a_gather_that_has_just_failed_can_be_cancelled() {
    twins_with_lints(
        &format!(
            "{PRELUDE}{}",
            r#"
async def main():
    tasks = [create_task(fall(1, "broken")), create_task(nap(3))]
    async def outer():
        try:
            await gather(*tasks)
        except BaseException as error:
            say("outer", what(error))
            raise
    outer = create_task(outer())
    await sleep(0)
    # Runs between the end of the whole and the step of its waiter.
    tasks[0].add_done_callback(lambda _: outer.cancel())
    say(await ending(outer))
    await sleep(5)
"#
        ),
        async {
            let tasks = [create_task(fall(1, "broken")), create_task(nap(3))];
            let children = tasks.clone();
            let outer = create_task(async move {
                let end = gather(children).await;
                say!("outer {}", end.show());
                end
            });
            yield_now().await?;
            let to_cancel = outer.clone();
            tasks[0].add_done_callback(move |_| {
                to_cancel.cancel();
            });
            say!("{}", ending(outer.await));
            sleep(seconds(5)).await
        },
        "broken | outer cancelled | cancelled | 3 ()",
        &["never-retrieved"], // the error of the whole, whose waiter is gone
    );
}

#[test]
fn the_same_future_may_be_gathered_twice() {
    naps(
        r#"
async def main():
    task = create_task(nap(2))
    say(await gather(task, nap(1), task))
    everything = gather(other := create_task(nap(3)), other)
    await sleep(1)
    everything.cancel()
    say(await ending(everything), other.cancelling())
"#,
        async {
            let task = create_task(nap(2));
            let all = gather([task.clone(), create_task(nap(1)), task]);
            say!("{}", all.await.show());
            let other = create_task(nap(3));
            let everything = gather([&other, &other]);
            sleep(seconds(1)).await?;
            everything.cancel();
            say!("{} {}", everything.await.show(), other.cancelling());
            Ok(())
        },
        "1 () | 2 () | [2, 1, 2] | 3 cancelled | cancelled 2",
    );
}

#[test]
fn gathers_nest() {
    naps(
        r#"
async def main():
    say(await gather(gather(nap(3), nap(1)), gather(nap(2))))
    everything = gather(gather(nap(5), nap(4)), gather(nap(6)))
    await sleep(1)
    everything.cancel()
    say(await ending(everything))
"#,
        async {
            let all = gather([gather([nap(3), nap(1)]), gather([nap(2)])]);
            say!("{}", all.await.show());
            let everything = gather([gather([nap(5), nap(4)]), gather([nap(6)])]);
            sleep(seconds(1)).await?;
            everything.cancel();
            say!("{}", everything.await.show());
            Ok(())
        },
        "1 () | 2 () | 3 () | [[3, 1], [2]] | 5 cancelled | 4 cancelled | 6 cancelled | cancelled",
    );
}

#[test]
fn a_child_that_is_done_already_counts_in_its_order_among_those_that_start() {
    naps(
        r#"
async def main():
    broken = get_running_loop().create_future()
    broken.set_exception(Exception("broken"))
    async def starter(name):
        say(name, "starts")
        await sleep(0)
        say(name, "goes on")
    say(await ending(gather(starter("a"), broken, starter("b"))))
    await sleep(0)
"#,
        async {
            let broken: Future<()> = EventLoop::running().create_future();
            broken.set_error(Error::message("broken"))?;
            enum Either {
                Starter(&'static str),
                Done(Future<()>),
            }
            let what = [
                Either::Starter("a"),
                Either::Done(broken),
                Either::Starter("b"),
            ];
            let starter = |name| async move {
                say!("{name} starts");
                yield_now().await?;
                say!("{name} goes on");
                Ok(())
            };
            // Made one by one, as the items are taken.
            let what = what.into_iter().map(|it| match it {
                Either::Starter(name) => Future::clone(&create_task(starter(name))),
                Either::Done(future) => future,
            });
            say!("{}", gather(what).await.show());
            yield_now().await
        },
        "a starts | b starts | a goes on | broken | b goes on",
    );
}
