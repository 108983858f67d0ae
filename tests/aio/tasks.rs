//! When tasks start, take turns and end.

use crate::say;
use crate::twin::{ending, fail, seconds, twins};
use gearshift::aio::{
    EventLoop, Result, Task, create_task, current_task, gather, sleep, yield_now,
};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

#[test]
fn tasks_start_in_the_next_turn_in_the_order_of_making() {
    twins(
        r#"
async def main():
    async def worker(name): say(name)
    tasks = [create_task(worker(name)) for name in "abc"]
    say("made")
    get_running_loop().call_soon(say, "a callback")
    await tasks[0]
    say("main")
    await tasks[2]
"#,
        async {
            let worker = |name| async move {
                say!("{name}");
                Ok(())
            };
            let tasks = ["a", "b", "c"].map(|name| create_task(worker(name)));
            say!("made");
            EventLoop::running().call_soon(|| say!("a callback"));
            (&tasks[0]).await?;
            say!("main");
            (&tasks[2]).await
        },
        "made | a | b | c | a callback | main",
    );
}

#[test]
fn a_task_that_ends_wakes_its_awaiter_in_the_turn_after() {
    twins(
        r#"
async def main():
    loop = get_running_loop()
    async def worker():
        loop.call_soon(say, "scheduled before the end")
        say("ends")
        return 1
    task = create_task(worker())
    task.add_done_callback(lambda t: say("a callback of before"))
    say(await task)
"#,
        async {
            let worker = async {
                EventLoop::running().call_soon(|| say!("scheduled before the end"));
                say!("ends");
                Ok(1)
            };
            let task = create_task(worker);
            task.add_done_callback(|_| say!("a callback of before"));
            say!("{}", task.await?);
            Ok(())
        },
        "ends | scheduled before the end | a callback of before | 1",
    );
}

#[test]
fn nested_awaits_that_do_not_wait_do_not_let_others_run() {
    twins(
        r#"
async def main():
    async def inner(): return 1
    async def middle(): return await inner() + 1
    get_running_loop().call_soon(say, "another")
    say(await middle())
    await sleep(0)
"#,
        async {
            async fn inner() -> Result<i32> {
                Ok(1)
            }
            async fn middle() -> Result<i32> {
                Ok(inner().await? + 1)
            }
            EventLoop::running().call_soon(|| say!("another"));
            say!("{}", ending(middle().await));
            yield_now().await
        },
        "2 | another",
    );
}

#[test]
fn tasks_that_yield_take_turns() {
    twins(
        r#"
async def main():
    async def worker(name, turns):
        for turn in range(turns):
            say(f"{name}{turn}")
            await sleep(0)
        say(name, "ends")
    await gather(worker("a", 2), worker("b", 3), worker("c", 1))
    say("all")
"#,
        async {
            let worker = |name: &'static str, turns: u32| async move {
                for turn in 0..turns {
                    say!("{name}{turn}");
                    yield_now().await?;
                }
                say!("{name} ends");
                Ok(())
            };
            gather([worker("a", 2), worker("b", 3), worker("c", 1)]).await?;
            say!("all");
            Ok(())
        },
        "a0 | b0 | c0 | a1 | b1 | c ends | a ends | b2 | b ends | all",
    );
}

#[test]
fn a_task_made_while_others_yield_runs_after_them() {
    twins(
        r#"
async def main():
    async def child(): say("child")
    async def worker(name):
        say(name)
        create_task(child())
        await sleep(0)
        say(name, "again")
    await gather(worker("a"), worker("b"))
"#,
        async {
            let worker = |name: &'static str| async move {
                say!("{name}");
                create_task(async {
                    say!("child");
                    Ok(())
                });
                yield_now().await?;
                say!("{name} again");
                Ok(())
            };
            gather([worker("a"), worker("b")]).await?;
            Ok(())
        },
        "a | b | child | a again | child | b again",
    );
}

#[test]
fn sleepers_wake_by_their_deadlines_and_a_sleep_of_zero_is_a_turn() {
    twins(
        r#"
async def main():
    async def sleeper(name, *delays):
        for delay in delays:
            await sleep(delay)
            say(name, delay)
    await gather(sleeper("a", 3, 0, 2), sleeper("b", 1, 0, 0, 5), sleeper("c", 0, 4))
"#,
        async {
            async fn sleeper(name: &str, delays: &[u64]) -> Result<()> {
                for &delay in delays {
                    sleep(seconds(delay)).await?;
                    say!("{name} {delay}");
                }
                Ok(())
            }
            let sleepers = [
                sleeper("a", &[3, 0, 2]),
                sleeper("b", &[1, 0, 0, 5]),
                sleeper("c", &[0, 4]),
            ];
            gather(sleepers).await?;
            Ok(())
        },
        "c 0 | b 1 | b 0 | b 0 | a 3 | a 0 | c 4 | a 2 | b 5",
    );
}

#[test]
fn the_error_of_a_task_goes_to_its_awaiters_only() {
    twins(
        r#"
async def main():
    async def broken():
        await sleep(1)
        fail("broken")
    task = create_task(broken())
    await sleep(2)
    say("still here", task.done())
    say(task.exception())
    say(await ending(task))
    say(await ending(task))
"#,
        async {
            let broken = async {
                sleep(seconds(1)).await?;
                fail::<()>("broken")
            };
            let task = create_task(broken);
            sleep(seconds(2)).await?;
            say!("still here {}", task.done());
            say!("{}", task.error().unwrap());
            say!("{}", ending((&task).await));
            say!("{}", ending(task.await));
            Ok(())
        },
        "still here true | broken | broken | broken",
    );
}

#[test]
fn a_task_cannot_await_itself() {
    twins(
        r#"
async def main():
    async def itself():
        try:
            await current_task()
        except RuntimeError:
            say("refused")
    await create_task(itself())
"#,
        async {
            let this = Rc::new(RefCell::new(None));
            let seen = Rc::clone(&this);
            let itself = async move {
                let this: Option<Task<()>> = seen.take();
                if this.unwrap().await.is_err() {
                    say!("refused");
                }
                Ok(())
            };
            let task = create_task(itself);
            *this.borrow_mut() = Some(task.clone());
            task.await
        },
        "refused",
    );
}

#[test]
fn the_running_task_is_known_inside_and_not_in_callbacks() {
    twins(
        r#"
async def main():
    def say_name():
        say(current_task().get_name() if current_task() else "nobody")
    async def inner(): say_name()
    async def worker():
        say_name()
        await inner()
        get_running_loop().call_soon(say_name)
        await sleep(0)
        say_name()
    await create_task(worker(), name="worker")
"#,
        async {
            fn say_name() {
                let name = current_task().map(|task| task.name());
                say!("{}", name.as_deref().unwrap_or("nobody"));
            }
            let inner = async || say_name();
            let worker = async move {
                say_name();
                inner().await;
                EventLoop::running().call_soon(say_name);
                yield_now().await?;
                say_name();
                Ok(())
            };
            create_task(worker).named("worker").await
        },
        "worker | worker | nobody | worker",
    );
}

#[test]
fn all_tasks_are_those_that_are_not_done() {
    twins(
        r#"
async def main():
    async def worker(delay): await sleep(delay)
    for delay in (1, 3, 2):
        create_task(worker(delay), name=f"worker {delay}")
    current_task().set_name("main")
    for _ in range(3):
        say(", ".join(sorted(task.get_name() for task in all_tasks())))
        await sleep(1.5)
"#,
        async {
            for delay in [1, 3, 2] {
                let name = format!("worker {delay}");
                create_task(async move { sleep(seconds(delay)).await }).named(&name);
            }
            current_task().unwrap().set_name("main");
            for _ in 0..3 {
                let tasks = EventLoop::running().all_tasks();
                let mut names: Vec<String> = tasks.iter().map(|task| task.name()).collect();
                names.sort();
                say!("{}", names.join(", "));
                sleep(Duration::from_millis(1500)).await?;
            }
            Ok(())
        },
        "main, worker 1, worker 2, worker 3 | main, worker 2, worker 3 | main",
    );
}
