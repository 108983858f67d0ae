//! `TaskGroup`: after it all is done, and the first task that fails ends the others.

use crate::naps::{fall, nap, naps};
use crate::say;
use crate::twin::{Show, ending, fail, seconds};
use gearshift::aio::{
    Error, EventLoop, Future, Result, TaskGroup, create_task, current_task, sleep, task_group,
    timeout, yield_now,
};

#[test]
fn after_a_group_all_its_tasks_are_done() {
    naps(
        r#"
async def main():
    async with TaskGroup() as group:
        tasks = [group.create_task(nap(delay)) for delay in (2, 1)]
        say("body")
    say([task.result() for task in tasks])
"#,
        async {
            let tasks = task_group(async |group| {
                let tasks = [group.create_task(nap(2))?, group.create_task(nap(1))?];
                say!("body");
                Ok(tasks)
            });
            let results: Vec<i32> = tasks.await?.iter().map(|it| it.result().unwrap()).collect();
            say!("{}", results.show());
            Ok(())
        },
        "body | 1 () | 2 () | [2, 1]",
    );
}

#[test]
fn the_first_task_that_fails_cancels_the_others_and_the_body() {
    naps(
        r#"
async def main():
    async def body(group):
        group.create_task(nap(5))
        group.create_task(fall(1, "broken"))
        try:
            await sleep(9)
        except CancelledError:
            say("body cancelled")
            raise
    say(await ending(group(body)))
"#,
        async {
            let group = task_group(async |group| {
                group.create_task(nap(5))?;
                group.create_task(fall(1, "broken"))?;
                let slept = sleep(seconds(9)).await;
                say!("body {}", ending(slept.clone()));
                slept
            });
            say!("{}", group.await.show());
            Ok(())
        },
        "5 cancelled | body cancelled | group(broken)",
    );
}

#[test]
fn several_errors_are_reported_together_also_those_of_cleaning_up() {
    naps(
        r#"
async def main():
    async def clumsy():
        try:
            await sleep(9)
        except CancelledError:
            fail("while cleaning up")
    async def body(group):
        group.create_task(clumsy())
        group.create_task(fall(1, "first"))
        group.create_task(fall(1, "second"))
    say(await ending(group(body)))
"#,
        async {
            let clumsy = async {
                if sleep(seconds(9)).await.is_err() {
                    return fail::<i32>("while cleaning up");
                }
                Ok(0)
            };
            let group = task_group(async |group| {
                group.create_task(clumsy)?;
                group.create_task(fall(1, "first"))?;
                group.create_task(fall(1, "second"))?;
                Ok(())
            });
            say!("{}", group.await.show());
            Ok(())
        },
        "group(first, second, while cleaning up)",
    );
}

#[test]
fn a_body_that_fails_cancels_the_tasks_and_its_error_comes_last() {
    naps(
        r#"
async def main():
    async def clumsy():
        try:
            await sleep(9)
        except CancelledError:
            fail("while cleaning up")
    async def body(group):
        group.create_task(nap(5))
        group.create_task(clumsy())
        await sleep(1)
        fail("body")
    say(await ending(group(body)))
"#,
        async {
            let clumsy = async {
                if sleep(seconds(9)).await.is_err() {
                    return fail::<()>("while cleaning up");
                }
                Ok(())
            };
            let group = task_group(async |group| {
                group.create_task(nap(5))?;
                group.create_task(clumsy)?;
                sleep(seconds(1)).await?;
                fail::<()>("body")
            });
            say!("{}", group.await.show());
            Ok(())
        },
        "5 cancelled | group(while cleaning up, body)",
    );
}

#[test]
fn a_cancellation_in_the_body_cancels_the_tasks() {
    naps(
        r#"
async def main():
    async def body(group):
        group.create_task(nap(5))
        await nap(7)
    task = create_task(group(body))
    await sleep(1)
    task.cancel()
    say(await ending(task))
"#,
        async {
            let task = create_task(task_group(async |group| {
                group.create_task(nap(5))?;
                nap(7).await
            }));
            sleep(seconds(1)).await?;
            task.cancel();
            say!("{}", ending(task.await));
            Ok(())
        },
        "7 cancelled | 5 cancelled | cancelled",
    );
}

#[test]
fn a_cancellation_after_the_body_cancels_the_tasks_and_waits_for_them() {
    naps(
        r#"
async def main():
    async def slow_to_end():
        try:
            await sleep(9)
        finally:
            await sleep(2)
            say("cleaned up")
    async def body(group):
        group.create_task(slow_to_end())
    task = create_task(group(body))
    await sleep(1)
    task.cancel()
    await sleep(1)
    say("again", task.cancel())
    say(await ending(task), task.cancelling())
"#,
        async {
            let slow_to_end = async {
                let slept = sleep(seconds(9)).await;
                sleep(seconds(2)).await?;
                say!("cleaned up");
                slept
            };
            let task = create_task(task_group(async |group| {
                group.create_task(slow_to_end)?;
                Ok(())
            }));
            sleep(seconds(1)).await?;
            task.cancel();
            sleep(seconds(1)).await?;
            say!("again {}", task.cancel());
            say!("{} {}", ending((&task).await), task.cancelling());
            Ok(())
        },
        "again true | cleaned up | cancelled 2",
    );
}

#[test]
fn cancelling_a_single_child_is_not_an_error_of_the_group() {
    naps(
        r#"
async def main():
    async with TaskGroup() as group:
        alone = group.create_task(nap(5))
        group.create_task(nap(2))
        await sleep(1)
        alone.cancel()
    say("all done")
"#,
        async {
            task_group(async |group| {
                let alone = group.create_task(nap(5))?;
                group.create_task(nap(2))?;
                sleep(seconds(1)).await?;
                alone.cancel();
                Ok(())
            })
            .await?;
            say!("all done");
            Ok(())
        },
        "5 cancelled | 2 () | all done",
    );
}

#[test]
fn children_may_make_children_while_the_group_waits() {
    naps(
        r#"
async def main():
    async with TaskGroup() as group:
        async def family(depth):
            say("depth", depth)
            if depth < 3:
                group.create_task(family(depth + 1))
            await sleep(1)
            say("depth", depth, "ends")
        group.create_task(family(1))
    say("all done")
"#,
        async {
            async fn family(group: TaskGroup, depth: u32) -> Result<()> {
                say!("depth {depth}");
                if depth < 3 {
                    let inner = group.clone();
                    // Boxed: a coroutine cannot hold one of its own kind.
                    let child: std::pin::Pin<Box<dyn std::future::Future<Output = _>>> =
                        Box::pin(async move { family(inner, depth + 1).await });
                    group.create_task(child)?;
                }
                sleep(seconds(1)).await?;
                say!("depth {depth} ends");
                Ok(())
            }
            task_group(async |group| {
                group.create_task(family(group.clone(), 1))?;
                Ok(())
            })
            .await?;
            say!("all done");
            Ok(())
        },
        "depth 1 | depth 2 | depth 3 | depth 1 ends | depth 2 ends | depth 3 ends | all done",
    );
}

#[test]
fn a_group_that_ends_accepts_no_more_tasks() {
    naps(
        r#"
async def main():
    def attempt():
        child = nap(1)
        try:
            group.create_task(child)
            say("taken")
        except RuntimeError:
            say("refused")
            child.close()
    async def late():
        try:
            await sleep(5)
        finally:
            attempt()
    try:
        async with TaskGroup() as group:
            group.create_task(late())
            await sleep(1)
            fail("broken")
    except ExceptionGroup as error:
        say(what(error))
    async with TaskGroup() as group:
        pass
    attempt()
"#,
        async {
            fn attempt(group: &TaskGroup) {
                let refused = group.create_task(nap(1)).is_err();
                say!("{}", if refused { "refused" } else { "taken" });
            }
            let broken = task_group(async |group| {
                let of_late = group.clone();
                group.create_task(async move {
                    let slept = sleep(seconds(5)).await;
                    attempt(&of_late);
                    slept
                })?;
                sleep(seconds(1)).await?;
                fail::<()>("broken")
            });
            say!("{}", broken.await.show());
            attempt(&task_group(async |group| Ok(group.clone())).await?);
            Ok(())
        },
        "refused | group(broken) | refused",
    );
}

#[test]
fn an_inner_group_that_fails_is_an_error_of_the_outer_one() {
    naps(
        r#"
async def main():
    async def inner():
        async with TaskGroup() as group:
            group.create_task(fall(1, "broken"))
            group.create_task(nap(3))
    async def body(group):
        group.create_task(inner())
        group.create_task(nap(5))
        group.create_task(nap(1))
    say(await ending(group(body)))
"#,
        async {
            let inner = task_group(async |group| {
                group.create_task(fall(1, "broken"))?;
                group.create_task(nap(3))?;
                Ok(())
            });
            let group = task_group(async |group| {
                group.create_task(inner)?;
                group.create_task(nap(5))?;
                group.create_task(nap(1))?;
                Ok(())
            });
            say!("{}", group.await.show());
            Ok(())
        },
        "1 () | 3 cancelled | 5 cancelled | group(group(broken))",
    );
}

#[test]
fn after_its_group_has_failed_a_task_goes_on_as_if_never_cancelled() {
    naps(
        r#"
async def main():
    async def worker():
        try:
            async with TaskGroup() as group:
                group.create_task(fall(1, "broken"))
                await sleep(5)
        except ExceptionGroup as error:
            say(what(error), current_task().cancelling())
        async with timeout(3):
            await sleep(1)
        return 1
    say(await ending(create_task(worker())))
"#,
        async {
            let worker = async {
                let group = task_group(async |group| {
                    group.create_task(fall(1, "broken"))?;
                    sleep(seconds(5)).await
                });
                let requests = || current_task().unwrap().cancelling();
                say!("{} {}", group.await.show(), requests());
                timeout(seconds(3), async |_| sleep(seconds(1)).await).await?;
                Ok(1)
            };
            say!("{}", ending(create_task(worker).await));
            Ok(())
        },
        "group(broken) 0 | 1",
    );
}

#[test]
fn a_group_that_fails_after_its_body_leaves_no_request_in_its_task() {
    naps(
        r#"
async def main():
    async def worker():
        try:
            async with TaskGroup() as group:
                group.create_task(fall(1, "broken"))
        except ExceptionGroup as error:
            say(what(error))
        await sleep(1)
        return 1
    say(await ending(create_task(worker())))
"#,
        async {
            let worker = async {
                let group = task_group(async |group| {
                    group.create_task(fall(1, "broken"))?;
                    Ok(())
                });
                say!("{}", group.await.show());
                sleep(seconds(1)).await?;
                Ok(1)
            };
            say!("{}", ending(create_task(worker).await));
            Ok(())
        },
        "group(broken) | 1",
    );
}

#[test]
fn an_error_in_the_turn_in_which_the_parent_is_cancelled_is_still_reported() {
    naps(
        r#"
async def main():
    future = get_running_loop().create_future()
    async def child():
        await future
    async def body(group):
        group.create_task(child())
        group.create_task(nap(5))
    task = create_task(group(body))
    await sleep(1)
    future.set_exception(Exception("broken"))
    task.cancel()
    say(await ending(task))
"#,
        async {
            let future: Future<()> = EventLoop::running().create_future();
            let awaited = future.clone();
            let task = create_task(task_group(async |group| {
                group.create_task(async { awaited.await })?;
                group.create_task(nap(5))?;
                Ok(())
            }));
            sleep(seconds(1)).await?;
            future.set_error(Error::message("broken"))?;
            task.cancel();
            say!("{}", ending(task.await));
            Ok(())
        },
        "5 cancelled | group(broken)",
    );
}

#[test]
fn a_group_with_nothing_in_it_does_not_wait() {
    naps(
        r#"
async def main():
    get_running_loop().call_soon(say, "a callback")
    async with TaskGroup():
        pass
    say("behind")
    await sleep(0)
"#,
        async {
            EventLoop::running().call_soon(|| say!("a callback"));
            task_group(async |_| Ok(())).await?;
            say!("behind");
            yield_now().await
        },
        "behind | a callback",
    );
}
