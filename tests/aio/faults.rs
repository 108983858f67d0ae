//! A callback or a task that panics: what it affects.

use crate::say;
use crate::twin::{ending, seconds, twins, twins_with_lints};
use gearshift::aio::{EventLoop, Result, create_task, sleep, yield_now};

#[test]
fn a_callback_that_panics_is_reported_and_the_loop_goes_on() {
    twins_with_lints(
        r#"
async def main():
    loop = get_running_loop()
    loop.set_exception_handler(lambda loop, context: None)
    loop.call_soon(fail, "broken")
    loop.call_soon(say, "the next")
    loop.call_later(1, fail, "broken later")
    await sleep(0)
    say("main")
    await sleep(2)
    say("main again")
"#,
        async {
            let event_loop = EventLoop::running();
            event_loop.call_soon(|| panic!("broken"));
            event_loop.call_soon(|| say!("the next"));
            event_loop.call_later(seconds(1), || panic!("broken later"));
            yield_now().await?;
            say!("main");
            sleep(seconds(2)).await?;
            say!("main again");
            Ok(())
        },
        "the next | main | main again",
        &["panicked-callback", "panicked-callback"],
    );
}

#[test]
fn a_done_callback_that_panics_does_not_keep_the_others_from_running() {
    twins_with_lints(
        r#"
async def main():
    loop = get_running_loop()
    loop.set_exception_handler(lambda loop, context: None)
    future = loop.create_future()
    future.add_done_callback(lambda f: fail("broken"))
    future.add_done_callback(lambda f: say("the second"))
    future.set_result(1)
    say(await ending(future))
    await sleep(0)
"#,
        async {
            let future = EventLoop::running().create_future();
            future.add_done_callback(|_| panic!("broken"));
            future.add_done_callback(|_| say!("the second"));
            future.set_result(1)?;
            say!("{}", ending(future.await));
            yield_now().await
        },
        "1 | the second",
        &["panicked-callback"],
    );
}

#[test]
fn a_task_that_panics_fails_alone() {
    twins(
        r#"
async def main():
    async def broken():
        await sleep(1)
        raise Exception("panicked: broken")
    async def worker():
        await sleep(2)
        say("worker")
    worker = create_task(worker())
    say(await ending(create_task(broken())))
    await worker
"#,
        async {
            let broken = async {
                sleep(seconds(1)).await?;
                panic!("broken")
            };
            let worker = create_task(async {
                sleep(seconds(2)).await?;
                say!("worker");
                Ok(())
            });
            let broken: Result<()> = create_task(broken).await;
            say!("{}", ending(broken));
            worker.await
        },
        "panicked: broken | worker",
    );
}
