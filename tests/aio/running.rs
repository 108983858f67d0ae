//! From a plain function into the loop and back: `run`, `run_until_complete`, `stop`, `close`.

use crate::say;
use crate::twin::{Show, ending, fail, seconds, twins, twins_by_hand};
use gearshift::aio::{self, EventLoop, Task, create_task, gather, sleep, yield_now};

#[test]
fn tasks_left_over_are_cancelled_at_the_end_and_may_clean_up() {
    twins(
        r#"
async def main():
    async def left_over():
        try:
            await sleep(9)
        finally:
            say("cancelled")
            await sleep(1)
            say("cleaned up")
    create_task(left_over())
    await sleep(1)
    say("main ends")
"#,
        async {
            create_task(async {
                let slept = sleep(seconds(9)).await;
                say!("cancelled");
                sleep(seconds(1)).await?;
                say!("cleaned up");
                slept
            });
            sleep(seconds(1)).await?;
            say!("main ends");
            Ok(())
        },
        "main ends | cancelled | cleaned up",
    );
}

#[test]
fn what_main_scheduled_last_still_gets_its_turn() {
    twins(
        r#"
async def main():
    async def left_over(): say("started")
    create_task(left_over())
    say("main ends")
"#,
        async {
            create_task(async {
                say!("started");
                Ok(())
            });
            say!("main ends");
            Ok(())
        },
        "main ends | started",
    );
}

#[test]
fn the_error_of_main_is_returned_after_the_tasks_left_over_have_ended() {
    twins(
        r#"
async def main():
    async def left_over():
        try:
            await sleep(9)
        finally:
            say("cancelled")
    create_task(left_over())
    await sleep(1)
    fail("broken")
"#,
        async {
            create_task(async {
                let slept = sleep(seconds(9)).await;
                say!("cancelled");
                slept
            });
            sleep(seconds(1)).await?;
            fail("broken")
        },
        "cancelled | main: broken",
    );
}

#[test]
fn callbacks_that_are_ready_at_the_end_run_and_timers_do_not() {
    twins(
        r#"
async def main():
    loop = get_running_loop()
    loop.call_later(1, say, "never")
    loop.call_soon(say, "soon")
    say("main ends")
"#,
        async {
            let event_loop = EventLoop::running();
            event_loop.call_later(seconds(1), || say!("never"));
            event_loop.call_soon(|| say!("soon"));
            say!("main ends");
            Ok(())
        },
        "main ends | soon",
    );
}

#[test]
fn main_may_be_cancelled_by_one_of_its_tasks() {
    twins(
        r#"
async def main():
    this = current_task()
    async def assassin():
        await sleep(1)
        this.cancel()
    create_task(assassin())
    try:
        await sleep(9)
    finally:
        say("cleaned up")
"#,
        async {
            let this = aio::current_task().unwrap();
            create_task(async move {
                sleep(seconds(1)).await?;
                this.cancel();
                Ok(())
            });
            let slept = sleep(seconds(9)).await;
            say!("cleaned up");
            slept
        },
        "cleaned up | main: cancelled",
    );
}

#[test]
fn running_until_complete_leaves_the_others_where_they_are() {
    twins_by_hand(
        r#"
def main():
    loop = new_event_loop()
    async def ticker():
        while True:
            say("tick")
            await sleep(2)
    async def worker(delay):
        await sleep(delay)
        return delay
    ticker = loop.create_task(ticker())
    say(loop.run_until_complete(worker(3)))
    say("the loop stands still")
    say(loop.run_until_complete(worker(4)))
    ticker.cancel()
    say(loop.run_until_complete(gather(ticker, return_exceptions=True)))
    loop.close()
"#,
        |event_loop| {
            let ticker: Task<()> = event_loop.create_task(async {
                loop {
                    say!("tick");
                    sleep(seconds(2)).await?;
                }
            });
            let worker = |delay| async move {
                sleep(seconds(delay as u64)).await?;
                Ok::<i32, aio::Error>(delay)
            };
            say!("{}", ending(event_loop.run_until_complete(worker(3))));
            say!("the loop stands still");
            say!("{}", ending(event_loop.run_until_complete(worker(4))));
            ticker.cancel();
            let last = aio::gather_results([ticker]);
            say!("{}", ending(event_loop.run_until_complete(last)));
        },
        "tick | tick | 3 | the loop stands still | tick | tick | 4 | [cancelled]",
    );
}

#[test]
fn running_forever_ends_after_the_turn_in_which_it_is_stopped() {
    twins_by_hand(
        r#"
def main():
    loop = new_event_loop()
    def first():
        say("first")
        loop.stop()
        loop.call_soon(say, "of the next turn")
    loop.call_soon(first)
    loop.call_soon(say, "second")
    loop.run_forever()
    say("stopped", loop.is_running())
    loop.call_soon(loop.stop)
    loop.run_forever()
    say(loop.is_closed())
    loop.close()
    say(loop.is_closed())
"#,
        |event_loop| {
            let inner = event_loop.clone();
            event_loop.call_soon(move || {
                say!("first");
                inner.stop();
                inner.call_soon(|| say!("of the next turn"));
            });
            event_loop.call_soon(|| say!("second"));
            event_loop.run_forever().unwrap();
            say!("stopped {}", event_loop.is_running());
            let inner = event_loop.clone();
            event_loop.call_soon(move || inner.stop());
            event_loop.run_forever().unwrap();
            say!("{}", event_loop.is_closed());
            event_loop.close();
            say!("{}", event_loop.is_closed());
        },
        "first | second | stopped false | of the next turn | false | true",
    );
}

#[test]
fn a_stop_before_running_is_one_turn_that_does_not_wait() {
    twins_by_hand(
        r#"
def main():
    loop = new_event_loop()
    loop.call_later(5, say, "never")
    loop.stop()
    loop.run_forever()
    say("no time went by", int(loop.time()))
    loop.call_soon(say, "ready")
    loop.stop()
    loop.run_forever()
    loop.close()
"#,
        |event_loop| {
            let start = event_loop.time();
            event_loop.call_later(seconds(5), || say!("never"));
            event_loop.stop();
            event_loop.run_forever().unwrap();
            let passed = event_loop.time() - start;
            say!("no time went by {}", passed.as_secs());
            event_loop.call_soon(|| say!("ready"));
            event_loop.stop();
            event_loop.run_forever().unwrap();
        },
        "no time went by 0 | ready",
    );
}

#[test]
fn a_future_that_is_not_done_when_the_loop_is_stopped_has_no_result() {
    twins_by_hand(
        r#"
def main():
    loop = new_event_loop()
    loop.call_later(1, loop.stop)
    task = loop.create_task(sleep(5))
    try:
        loop.run_until_complete(task)
    except RuntimeError:
        say("stopped early")
    say(loop.run_until_complete(task))
    loop.close()
"#,
        |event_loop| {
            let inner = event_loop.clone();
            event_loop.call_later(seconds(1), move || inner.stop());
            let task = event_loop.create_task(sleep(seconds(5)));
            if event_loop.run_until_complete(&task).is_err() {
                say!("stopped early");
            }
            say!("{}", ending(event_loop.run_until_complete(&task)));
        },
        "stopped early | ()",
    );
}

#[test]
fn a_running_loop_cannot_be_run_and_its_stop_is_not_forgotten() {
    twins_by_hand(
        r#"
def main():
    loop = new_event_loop()
    def again():
        loop.stop()
        try:
            loop.run_forever()
        except RuntimeError:
            say("refused")
    loop.call_soon(again)
    loop.call_later(5, say, "never")
    loop.run_forever()
    say("stopped")
    loop.close()
    try:
        loop.run_forever()
    except RuntimeError:
        say("closed")
"#,
        |event_loop| {
            let inner = event_loop.clone();
            event_loop.call_soon(move || {
                inner.stop();
                if inner.run_forever().is_err() {
                    say!("refused");
                }
            });
            event_loop.call_later(seconds(5), || say!("never"));
            event_loop.run_forever().unwrap();
            say!("stopped");
            event_loop.close();
            if event_loop.run_forever().is_err() {
                say!("closed");
            }
        },
        "refused | stopped | closed",
    );
}

#[test]
fn futures_can_be_gathered_before_the_loop_runs() {
    twins_by_hand(
        r#"
def main():
    loop = new_event_loop()
    async def worker(number):
        await sleep(number)
        return number
    tasks = [loop.create_task(worker(number)) for number in (2, 1)]
    say(loop.run_until_complete(gather(*tasks)))
    loop.close()
"#,
        |event_loop| {
            let worker = |number: i32| async move {
                sleep(seconds(number as u64)).await?;
                Ok(number)
            };
            let tasks = [2, 1].map(|number| event_loop.create_task(worker(number)));
            say!("{}", event_loop.run_until_complete(gather(tasks)).show());
        },
        "[2, 1]",
    );
}

#[test]
fn a_callback_that_reschedules_itself_for_ever_does_not_keep_run_from_ending() {
    twins(
        r#"
async def main():
    loop = get_running_loop()
    def again(turn):
        say(turn)
        loop.call_soon(again, turn + 1)
    again(0)
    await sleep(0)
    say("main ends")
"#,
        async {
            fn again(turn: u32) {
                say!("{turn}");
                EventLoop::running().call_soon(move || again(turn + 1));
            }
            again(0);
            yield_now().await?;
            say!("main ends");
            Ok(())
        },
        "0 | 1 | main ends | 2 | 3 | 4 | 5 | 6",
    );
}

#[test]
fn a_callback_that_reschedules_itself_for_ever_runs_while_the_tasks_left_over_end() {
    twins(
        r#"
async def main():
    loop = get_running_loop()
    def again(turn):
        say(turn)
        loop.call_soon(again, turn + 1)
    async def left_over():
        try:
            await sleep(5)
        finally:
            say("cancelled")
    create_task(left_over())
    await sleep(0)
    again(0)
    say("main ends")
"#,
        async {
            fn again(turn: u32) {
                say!("{turn}");
                EventLoop::running().call_soon(move || again(turn + 1));
            }
            create_task(async {
                let slept = sleep(seconds(5)).await;
                say!("cancelled");
                slept
            });
            yield_now().await?;
            again(0);
            say!("main ends");
            Ok(())
        },
        "0 | main ends | 1 | 2 | cancelled | 3 | 4 | 5 | 6 | 7 | 8",
    );
}
