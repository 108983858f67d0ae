//! `wait`, `as_completed` and `shield`.

use crate::say;
use crate::twin::{Show, ending, fail, seconds, twins};
use gearshift::aio::{
    EventLoop, Future, Result, ReturnWhen, Task, as_completed, create_task, shield, sleep, wait,
    yield_now,
};
use std::time::Duration;

async fn nap(delay: i32) -> Result<i32> {
    sleep(seconds(delay as u64)).await?;
    say!("{delay} woke");
    Ok(delay)
}

async fn fall(delay: u64) -> Result<i32> {
    sleep(seconds(delay)).await?;
    fail("broken")
}

const PRELUDE: &str = r#"
async def nap(delay):
    await sleep(delay)
    say(delay, "woke")
    return delay

async def fall(delay):
    await sleep(delay)
    fail("broken")
"#;

#[track_caller]
fn naps(python: &str, main: impl std::future::Future<Output = Result<()>> + 'static, prints: &str) {
    twins(&format!("{PRELUDE}{python}"), main, prints);
}

fn futures(tasks: &[Task<i32>]) -> Vec<Future<i32>> {
    tasks.iter().map(|task| Future::clone(task)).collect()
}

/// `done 1 3, pending 2`: by index among the tasks, which Python's sets do not keep.
fn sort(tasks: &[Task<i32>], (done, pending): (Vec<Future<i32>>, Vec<Future<i32>>)) {
    let places = |some: Vec<Future<i32>>| -> Vec<i32> {
        let is_there = |task: &Task<i32>| some.iter().any(|it| it.is(task));
        let places = (0..).zip(tasks).filter(|(_, task)| is_there(task));
        places.map(|(place, _)| place).collect()
    };
    say!(
        "done {}, pending {}",
        places(done).show(),
        places(pending).show()
    );
}

const SORT: &str = r#"
def sort(tasks, ends):
    done, pending = ([n for n, task in enumerate(tasks) if task in some] for some in ends)
    say(f"done {done}, pending {pending}")
"#;

// -- wait ---------------------------------------------------------------------------------------------

#[test]
fn waiting_for_the_first_does_not_cancel_the_others() {
    naps(
        &format!(
            "{SORT}{}",
            r#"
async def main():
    tasks = [create_task(nap(n)) for n in (3, 1, 2)]
    sort(tasks, await wait(tasks, return_when=FIRST_COMPLETED))
    sort(tasks, await wait(tasks, return_when=FIRST_COMPLETED))
    sort(tasks, await wait(tasks))
"#
        ),
        async {
            let tasks = [3, 1, 2].map(|n| create_task(nap(n)));
            let all = || futures(&tasks);
            sort(&tasks, wait(all(), None, ReturnWhen::FirstCompleted).await?);
            sort(&tasks, wait(all(), None, ReturnWhen::FirstCompleted).await?);
            sort(&tasks, wait(all(), None, ReturnWhen::AllCompleted).await?);
            Ok(())
        },
        "1 woke | done [1], pending [0, 2] | done [1], pending [0, 2] | 2 woke | 3 woke | done [0, 1, 2], pending []",
    );
}

#[test]
fn waiting_for_the_first_error_is_not_ended_by_a_result_or_a_cancellation() {
    naps(
        &format!(
            "{SORT}{}",
            r#"
async def main():
    tasks = [create_task(nap(1)), create_task(nap(9)), create_task(fall(3)), create_task(nap(4))]
    get_running_loop().call_later(2, tasks[1].cancel)
    sort(tasks, await wait(tasks, return_when=FIRST_EXCEPTION))
    sort(tasks, await wait([tasks[0], tasks[1], tasks[3]], return_when=FIRST_EXCEPTION))
    tasks[2].exception()
"#
        ),
        async {
            let tasks = [
                create_task(nap(1)),
                create_task(nap(9)),
                create_task(fall(3)),
                create_task(nap(4)),
            ];
            let to_cancel = tasks[1].clone();
            EventLoop::running().call_later(seconds(2), move || {
                to_cancel.cancel();
            });
            sort(
                &tasks,
                wait(futures(&tasks), None, ReturnWhen::FirstException).await?,
            );
            let others = [tasks[0].clone(), tasks[1].clone(), tasks[3].clone()];
            sort(
                &tasks,
                wait(futures(&others), None, ReturnWhen::FirstException).await?,
            );
            tasks[2].error();
            Ok(())
        },
        "1 woke | done [0, 1, 2], pending [3] | 4 woke | done [0, 1, 3], pending []",
    );
}

#[test]
fn a_wait_that_takes_too_long_raises_nothing_and_cancels_nothing() {
    naps(
        &format!(
            "{SORT}{}",
            r#"
async def main():
    tasks = [create_task(nap(1)), create_task(nap(3))]
    sort(tasks, await wait(tasks, timeout=2))
    sort(tasks, await wait(tasks, timeout=0))
    await tasks[1]
"#
        ),
        async {
            let tasks = [create_task(nap(1)), create_task(nap(3))];
            let (limit, none) = (seconds(2), Duration::ZERO);
            sort(
                &tasks,
                wait(futures(&tasks), limit, ReturnWhen::AllCompleted).await?,
            );
            sort(
                &tasks,
                wait(futures(&tasks), none, ReturnWhen::AllCompleted).await?,
            );
            tasks[1].clone().await?;
            Ok(())
        },
        "1 woke | done [0], pending [1] | done [0], pending [1] | 3 woke",
    );
}

#[test]
fn a_cancelled_wait_cancels_nothing() {
    naps(
        r#"
async def main():
    tasks = [create_task(nap(2)), create_task(nap(3))]
    waiter = create_task(wait(tasks))
    await sleep(1)
    waiter.cancel()
    say(await ending(waiter))
    say([task.done() for task in tasks])
    await sleep(3)
"#,
        async {
            let tasks = [create_task(nap(2)), create_task(nap(3))];
            let all = futures(&tasks);
            let waiter = create_task(async {
                wait(all, None, ReturnWhen::AllCompleted).await?;
                Ok(())
            });
            sleep(seconds(1)).await?;
            waiter.cancel();
            say!("{}", ending(waiter.await));
            say!("[{}, {}]", tasks[0].done(), tasks[1].done());
            sleep(seconds(3)).await
        },
        "cancelled | [false, false] | 2 woke | 3 woke",
    );
}

#[test]
fn waiting_for_a_done_future_takes_one_turn() {
    naps(
        &format!(
            "{SORT}{}",
            r#"
async def main():
    task = create_task(nap(1))
    await task
    get_running_loop().call_soon(say, "a callback")
    sort([task], await wait([task, task]))
"#
        ),
        async {
            let task = create_task(nap(1));
            (&task).await?;
            EventLoop::running().call_soon(|| say!("a callback"));
            let twice = [Future::clone(&task), Future::clone(&task)];
            let (done, pending) = wait(twice, None, ReturnWhen::AllCompleted).await?;
            assert_eq!(done.len(), 1, "a set, in Python");
            sort(&[task], (done, pending));
            Ok(())
        },
        "1 woke | a callback | done [0], pending []",
    );
}

// -- as_completed -------------------------------------------------------------------------------------

#[test]
fn as_completed_gives_results_and_errors_in_the_order_of_completion() {
    naps(
        r#"
async def main():
    for following in as_completed([nap(3), fall(2), nap(1)]):
        say(await ending(following))
"#,
        async {
            let tasks = [
                create_task(nap(3)),
                create_task(fall(2)),
                create_task(nap(1)),
            ];
            let mut all = as_completed(tasks, None);
            while let Some(following) = all.next().await? {
                say!("{}", ending(following));
            }
            Ok(())
        },
        "1 woke | 1 | broken | 3 woke | 3",
    );
}

#[test]
fn as_completed_reports_each_future_that_is_late() {
    naps(
        r#"
async def main():
    for following in as_completed([nap(1), nap(3), nap(5), nap(6)], timeout=2):
        say(await ending(following))
        await sleep(3)  # some end meanwhile, too late
    await sleep(2)
"#,
        async {
            let mut all = as_completed([nap(1), nap(3), nap(5), nap(6)], seconds(2));
            loop {
                match all.next().await {
                    Ok(None) => break,
                    Ok(Some(following)) => say!("{}", ending(following)),
                    Err(error) => say!("{error}"),
                }
                sleep(seconds(3)).await?;
            }
            sleep(seconds(2)).await
        },
        "1 woke | 1 | 3 woke | timed out | 5 woke | 6 woke | timed out | timed out",
    );
}

#[test]
fn as_completed_gives_one_that_is_named_twice_once() {
    naps(
        r#"
async def main():
    task = create_task(nap(1))
    for following in as_completed([task, task]):
        say(await following)
"#,
        async {
            let task = create_task(nap(1));
            let mut all = as_completed([&task, &task], None);
            while let Some(following) = all.next().await? {
                say!("{}", ending(following));
            }
            Ok(())
        },
        "1 woke | 1",
    );
}

// -- shield -------------------------------------------------------------------------------------------

#[test]
fn a_shielded_task_goes_on_when_its_waiter_is_cancelled() {
    naps(
        r#"
async def main():
    inner = create_task(nap(2))
    async def outer(): await shield(inner)
    outer = create_task(outer())
    await sleep(1)
    outer.cancel()
    say(await ending(outer), inner.done())
    say(await inner)
"#,
        async {
            let inner = create_task(nap(2));
            let shielded = inner.clone();
            let outer = create_task(async { shield(shielded).await });
            sleep(seconds(1)).await?;
            outer.cancel();
            say!("{} {}", ending(outer.await), inner.done());
            say!("{}", inner.await?);
            Ok(())
        },
        "cancelled false | 2 woke | 2",
    );
}

#[test]
fn cancelling_a_shielded_task_cancels_the_waiter() {
    naps(
        r#"
async def main():
    inner = create_task(nap(2))
    outer = shield(inner)
    await sleep(1)
    inner.cancel()
    say(await ending(outer), outer.cancelled())
"#,
        async {
            let inner = create_task(nap(2));
            let outer = shield(&inner);
            sleep(seconds(1)).await?;
            inner.cancel();
            let end = (&outer).await;
            say!("{} {}", ending(end), outer.cancelled());
            Ok(())
        },
        "cancelled true",
    );
}

#[test]
fn shielding_a_done_future_returns_it() {
    naps(
        r#"
async def main():
    inner = create_task(nap(1))
    await inner
    say(shield(inner) is inner)
"#,
        async {
            let inner = create_task(nap(1));
            (&inner).await?;
            say!("{}", shield(&inner).is(&inner));
            Ok(())
        },
        "1 woke | true",
    );
}

#[test]
fn an_error_behind_a_shield_whose_waiter_is_gone_can_still_be_retrieved() {
    naps(
        r#"
async def main():
    inner = create_task(fall(2))
    async def outer(): await shield(inner)
    outer = create_task(outer())
    await sleep(1)
    outer.cancel()
    say(await ending(outer))
    await sleep(2)
    say(inner.exception())
"#,
        async {
            let inner = create_task(fall(2));
            let shielded = inner.clone();
            let outer = create_task(async { shield(shielded).await });
            sleep(seconds(1)).await?;
            outer.cancel();
            say!("{}", ending(outer.await));
            sleep(seconds(2)).await?;
            say!("{}", inner.error().unwrap());
            Ok(())
        },
        "cancelled | broken",
    );
}

#[test]
fn a_result_passes_a_shield_after_one_turn() {
    naps(
        r#"
async def main():
    inner = get_running_loop().create_future()
    async def through():
        say("through", await shield(inner))
    async def direct():
        say("direct", await inner)
    tasks = [create_task(through()), create_task(direct())]
    await sleep(0)
    inner.set_result(1)
    for turn in range(2):
        await sleep(0)
        say("a turn")
    await wait(tasks)
"#,
        async {
            let inner: Future<i32> = EventLoop::running().create_future();
            let (a, b) = (inner.clone(), inner.clone());
            let through = create_task(async move {
                say!("through {}", shield(a).await?);
                Ok(())
            });
            let direct = create_task(async move {
                say!("direct {}", b.await?);
                Ok(())
            });
            yield_now().await?;
            inner.set_result(1)?;
            for _ in 0..2 {
                yield_now().await?;
                say!("a turn");
            }
            through.await?;
            direct.await
        },
        "direct 1 | a turn | through 1 | a turn",
    );
}

#[test]
fn an_error_behind_a_shield_that_is_never_retrieved_is_reported() {
    crate::twin::twins_with_lints(
        r#"
async def main():
    get_running_loop().set_exception_handler(lambda loop, context: say("reported"))
    async def broken():
        await sleep(2)
        fail("broken")
    outer = shield(create_task(broken()))
    await sleep(1)
    outer.cancel()
    await sleep(2)
    say("the end")
"#,
        async {
            let outer = shield(create_task(fall(2)));
            sleep(seconds(1)).await?;
            outer.cancel();
            sleep(seconds(2)).await?;
            say!("reported");
            say!("the end");
            Ok(())
        },
        "reported | the end",
        &["never-retrieved"],
    );
}
