//! `Queue`: waiters are served first come, first served, and a cancelled waiter loses nothing.

use crate::say;
use crate::twin::{ending, seconds, twins};
use gearshift::aio::{Queue, create_task, gather, sleep, wait_for, yield_now};
use std::rc::Rc;
use std::time::Duration;

#[test]
fn a_bounded_queue_makes_a_fast_producer_wait() {
    twins(
        r#"
async def main():
    queue = Queue(2)
    async def producer():
        for item in range(5):
            await queue.put(item)
            say("put", item)
    async def consumer():
        for _ in range(5):
            await sleep(1)
            say("got", await queue.get())
    await gather(producer(), consumer())
"#,
        async {
            let queue = Rc::new(Queue::bounded(2));
            let to_fill = Rc::clone(&queue);
            let producer = async move {
                for item in 0..5 {
                    to_fill.put(item).await?;
                    say!("put {item}");
                }
                Ok(())
            };
            let consumer = async move {
                for _ in 0..5 {
                    sleep(seconds(1)).await?;
                    say!("got {}", queue.get().await?);
                }
                Ok(())
            };
            gearshift::gather!(producer, consumer).await?;
            Ok(())
        },
        "put 0 | put 1 | got 0 | put 2 | got 1 | put 3 | got 2 | put 4 | got 3 | got 4",
    );
}

#[test]
fn getters_are_served_first_come_first_served() {
    twins(
        r#"
async def main():
    queue = Queue()
    async def getter(name):
        say(name, await queue.get())
    tasks = [create_task(getter(name)) for name in "abc"]
    await sleep(1)
    queue.put_nowait(1)
    queue.put_nowait(2)
    await sleep(1)
    queue.put_nowait(3)
    await wait(tasks)
"#,
        async {
            let queue = Rc::new(Queue::unbounded());
            let getter = |name: &'static str| {
                let queue = Rc::clone(&queue);
                create_task(async move {
                    say!("{name} {}", queue.get().await?);
                    Ok(())
                })
            };
            let tasks = ["a", "b", "c"].map(getter);
            sleep(seconds(1)).await?;
            queue.put_nowait(1).unwrap();
            queue.put_nowait(2).unwrap();
            sleep(seconds(1)).await?;
            queue.put_nowait(3).unwrap();
            gather(tasks).await?;
            Ok(())
        },
        "a 1 | b 2 | c 3",
    );
}

#[test]
fn putters_are_served_first_come_first_served() {
    twins(
        r#"
async def main():
    queue = Queue(1)
    async def putter(item):
        await queue.put(item)
        say("put", item)
    tasks = [create_task(putter(item)) for item in range(4)]
    await sleep(1)
    tasks[2].cancel()
    got = [await queue.get() for _ in range(3)]
    say(got, queue.empty())
"#,
        async {
            let queue = Rc::new(Queue::bounded(1));
            let putter = |item: i32| {
                let queue = Rc::clone(&queue);
                create_task(async move {
                    queue.put(item).await?;
                    say!("put {item}");
                    Ok(())
                })
            };
            let tasks = [0, 1, 2, 3].map(putter);
            sleep(seconds(1)).await?;
            tasks[2].cancel();
            let mut got = Vec::new();
            for _ in 0..3 {
                got.push(queue.get().await?);
            }
            say!("{got:?} {}", queue.is_empty());
            Ok(())
        },
        "put 0 | put 1 | put 3 | [0, 1, 3] true",
    );
}

#[test]
fn a_getter_that_was_woken_and_is_cancelled_wakes_the_next() {
    twins(
        r#"
async def main():
    queue = Queue()
    async def getter(name):
        say(name, await queue.get())
    a, b = create_task(getter("a")), create_task(getter("b"))
    await sleep(1)
    queue.put_nowait(1)
    a.cancel()
    say(await ending(a))
    await b
"#,
        async {
            let queue = Rc::new(Queue::unbounded());
            let getter = |name: &'static str| {
                let queue = Rc::clone(&queue);
                create_task(async move {
                    say!("{name} {}", queue.get().await?);
                    Ok(())
                })
            };
            let (a, b) = (getter("a"), getter("b"));
            sleep(seconds(1)).await?;
            queue.put_nowait(1).unwrap();
            a.cancel();
            say!("{}", ending(a.await));
            b.await
        },
        "b 1 | cancelled",
    );
}

#[test]
fn a_woken_getter_whose_item_was_taken_waits_again_behind_the_others() {
    twins(
        r#"
async def main():
    queue = Queue()
    async def getter(name):
        say(name, await queue.get())
    tasks = [create_task(getter(name)) for name in "ab"]
    await sleep(1)
    queue.put_nowait(1)
    say("main", queue.get_nowait())
    await sleep(1)
    queue.put_nowait(2)
    queue.put_nowait(3)
    await wait(tasks)
"#,
        async {
            let queue = Rc::new(Queue::unbounded());
            let getter = |name: &'static str| {
                let queue = Rc::clone(&queue);
                create_task(async move {
                    say!("{name} {}", queue.get().await?);
                    Ok(())
                })
            };
            let tasks = ["a", "b"].map(getter);
            sleep(seconds(1)).await?;
            queue.put_nowait(1).unwrap();
            say!("main {}", queue.get_nowait().unwrap());
            sleep(seconds(1)).await?;
            queue.put_nowait(2).unwrap();
            queue.put_nowait(3).unwrap();
            gather(tasks).await?;
            Ok(())
        },
        "main 1 | b 2 | a 3",
    );
}

#[test]
fn join_waits_until_every_item_is_done() {
    twins(
        r#"
async def main():
    queue = Queue()
    async def worker():
        while True:
            item = await queue.get()
            await sleep(item)
            say("done", item)
            queue.task_done()
    for item in (3, 1, 2):
        queue.put_nowait(item)
    workers = [create_task(worker()) for _ in range(2)]
    await queue.join()
    say("joined")
    await queue.join()
    try:
        queue.task_done()
    except ValueError:
        say("too often")
    for worker in workers:
        worker.cancel()
"#,
        async {
            let queue = Rc::new(Queue::unbounded());
            for item in [3, 1, 2] {
                queue.put_nowait(item).unwrap();
            }
            let worker = || {
                let queue = Rc::clone(&queue);
                create_task(async move {
                    loop {
                        let item = queue.get().await?;
                        sleep(Duration::from_millis(item * 1001)).await?;
                        say!("done {item}");
                        queue.task_done()?;
                    }
                })
            };
            let workers: [gearshift::aio::Task<()>; 2] = [worker(), worker()];
            queue.join().await?;
            say!("joined");
            queue.join().await?;
            if queue.task_done().is_err() {
                say!("too often");
            }
            for worker in workers {
                worker.cancel();
            }
            Ok(())
        },
        "done 1 | done 3 | done 2 | joined | too often",
    );
}

#[test]
fn a_get_with_a_limit_that_is_late_takes_nothing() {
    twins(
        r#"
async def main():
    queue = Queue(1)
    say(await ending(wait_for(queue.get(), 1)))
    await queue.put(1)
    say(await ending(wait_for(queue.put(2), 1)))
    say(queue.get_nowait(), queue.empty(), queue.full())
    try:
        queue.get_nowait()
    except QueueEmpty:
        say("empty")
    await sleep(0)
"#,
        async {
            let queue = Rc::new(Queue::bounded(1));
            let to_get = Rc::clone(&queue);
            let got = wait_for(async move { to_get.get().await }, seconds(1));
            say!("{}", ending(got.await));
            queue.put(1).await?;
            let to_put = Rc::clone(&queue);
            let put = wait_for(async move { to_put.put(2).await }, seconds(1));
            say!("{}", ending(put.await));
            let got = queue.get_nowait().unwrap();
            say!("{got} {} {}", queue.is_empty(), queue.is_full());
            if queue.get_nowait().is_none() {
                say!("empty");
            }
            yield_now().await
        },
        "timed out | timed out | 1 true false | empty",
    );
}

#[test]
fn a_putter_that_was_woken_and_is_cancelled_wakes_the_next() {
    twins(
        r#"
async def main():
    queue = Queue(1)
    async def putter(item):
        await queue.put(item)
        say("put", item)
    await putter(0)
    a, b = create_task(putter(1)), create_task(putter(2))
    await sleep(1)
    say("got", queue.get_nowait())
    a.cancel()
    say(await ending(b), await ending(a))
    say("got", queue.get_nowait())
"#,
        async {
            let queue = Rc::new(Queue::bounded(1));
            let putter = |item: i32| {
                let queue = Rc::clone(&queue);
                async move {
                    queue.put(item).await?;
                    say!("put {item}");
                    Ok::<(), gearshift::aio::Error>(())
                }
            };
            putter(0).await?;
            let (a, b) = (create_task(putter(1)), create_task(putter(2)));
            sleep(seconds(1)).await?;
            say!("got {}", queue.get_nowait().unwrap());
            a.cancel();
            let b = ending(b.await);
            say!("{b} {}", ending(a.await));
            say!("got {}", queue.get_nowait().unwrap());
            Ok(())
        },
        "put 0 | got 0 | put 2 | () cancelled | got 2",
    );
}
