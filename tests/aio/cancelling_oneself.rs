//! Tasks that cancel themselves or each other.

use crate::say;
use crate::twin::{Show, ending, fail, seconds, twins};
use gearshift::aio::{Error, EventLoop, Future, create_task, current_task, sleep};

fn create_future() -> Future<i32> {
    EventLoop::running().create_future()
}

#[test]
fn a_task_that_cancels_itself_and_returns_is_cancelled() {
    twins(
        r#"
async def main():
    async def itself():
        current_task().cancel()
        say("still here")
        return 3
    task = create_task(itself())
    say(await ending(task), task.cancelled())
"#,
        async {
            let task = create_task(async {
                current_task().unwrap().cancel();
                say!("still here");
                Ok(3)
            });
            say!("{} {}", ending((&task).await), task.cancelled());
            Ok(())
        },
        "still here | cancelled true",
    );
}

#[test]
fn a_task_that_cancels_itself_and_fails_has_failed() {
    twins(
        r#"
async def main():
    async def itself():
        current_task().cancel()
        fail("broken")
    task = create_task(itself())
    say(await ending(task), task.cancelled())
"#,
        async {
            let task = create_task(async {
                current_task().unwrap().cancel();
                fail::<()>("broken")
            });
            say!("{} {}", ending((&task).await), task.cancelled());
            Ok(())
        },
        "broken false",
    );
}

#[test]
fn a_task_that_cancels_itself_is_cancelled_at_the_next_await_that_waits() {
    twins(
        r#"
async def main():
    done = get_running_loop().create_future()
    done.set_result(1)
    async def itself(wait):
        current_task().cancel()
        say(await done)
        try:
            await wait()
        except CancelledError:
            say("noticed")
            raise
    say(await ending(create_task(itself(lambda: sleep(0)))))
    say(await ending(create_task(itself(lambda: sleep(5)))))
"#,
        async {
            let done = create_future();
            done.set_result(1)?;
            let itself = |delay: u64| {
                let done = done.clone();
                async move {
                    current_task().unwrap().cancel();
                    say!("{}", done.await?);
                    let waited = sleep(seconds(delay)).await;
                    if waited.is_err() {
                        say!("noticed");
                    }
                    waited
                }
            };
            say!("{}", ending(create_task(itself(0)).await));
            say!("{}", ending(create_task(itself(5)).await));
            Ok(())
        },
        "1 | noticed | cancelled | 1 | noticed | cancelled",
    );
}

#[test]
fn returning_cancelled_is_being_cancelled() {
    twins(
        r#"
async def main():
    async def gives_up():
        await sleep(1)
        raise CancelledError
    task = create_task(gives_up())
    say(await ending(task), task.cancelled(), task.cancelling())
"#,
        async {
            let task = create_task(async {
                sleep(seconds(1)).await?;
                Err::<(), _>(Error::Cancelled)
            });
            let end = (&task).await.show();
            say!("{end} {} {}", task.cancelled(), task.cancelling());
            Ok(())
        },
        "cancelled true 0",
    );
}

#[test]
fn two_that_cancel_each_other_both_end() {
    twins(
        r#"
async def main():
    tasks = []
    async def worker(name, other):
        say(name)
        if name == "a":
            await sleep(1)
            tasks[other].cancel()
        try:
            await sleep(5)
        except CancelledError:
            say(name, "is cancelled")
            tasks[other].cancel()
            raise
    tasks.append(create_task(worker("a", 1)))
    tasks.append(create_task(worker("b", 0)))
    say([await ending(task) for task in tasks])
"#,
        async {
            type Tasks = std::rc::Rc<std::cell::RefCell<Vec<gearshift::aio::Task<()>>>>;
            let tasks = Tasks::default();
            let worker = |name: &'static str, other: usize| {
                let tasks = tasks.clone();
                async move {
                    say!("{name}");
                    if name == "a" {
                        sleep(seconds(1)).await?;
                        tasks.borrow()[other].cancel();
                    }
                    let slept = sleep(seconds(5)).await;
                    if slept.is_err() {
                        say!("{name} is cancelled");
                        tasks.borrow()[other].cancel();
                    }
                    slept
                }
            };
            let made = [create_task(worker("a", 1)), create_task(worker("b", 0))];
            tasks.borrow_mut().extend(made.clone());
            let [a, b] = made;
            say!("[{}, {}]", ending(a.await), ending(b.await));
            tasks.take();
            Ok(())
        },
        "a | b | b is cancelled | a is cancelled | [cancelled, cancelled]",
    );
}
