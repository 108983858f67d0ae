//! `Event` and `Condition`: which waiters go on when something has happened.

use crate::say;
use crate::twin::{Show, ending, seconds, twins};
use gearshift::aio::{Condition, Event, create_task, gather, sleep};
use std::rc::Rc;

// -- Event --------------------------------------------------------------------------------------------

#[test]
fn all_waiters_of_an_event_go_on_even_if_it_is_cleared_at_once() {
    twins(
        r#"
async def main():
    event = Event()
    async def worker(name):
        await event.wait()
        say(name, event.is_set())
    tasks = [create_task(worker(name)) for name in "abc"]
    await sleep(1)
    tasks[1].cancel()
    event.set()
    event.clear()
    late = create_task(worker("late"))
    await wait(tasks)
    say("late", late.done())
    event.set()
    await late
    await event.wait()
"#,
        async {
            let event = Rc::new(Event::new());
            let worker = |name: &'static str| {
                let event = Rc::clone(&event);
                create_task(async move {
                    event.wait().await?;
                    say!("{name} {}", event.is_set());
                    Ok(())
                })
            };
            let tasks = ["a", "b", "c"].map(worker);
            sleep(seconds(1)).await?;
            tasks[1].cancel();
            event.set();
            event.clear();
            let late = worker("late");
            let [a, _, c] = tasks;
            gather([a, c]).await?;
            say!("late {}", late.done());
            event.set();
            late.await?;
            event.wait().await
        },
        "a false | c false | late false | late true",
    );
}

// -- Condition ----------------------------------------------------------------------------------------

#[test]
fn a_notified_waiter_goes_on_when_the_lock_is_free() {
    twins(
        r#"
async def main():
    condition = Condition()
    async def worker(name):
        async with condition:
            say(name, "waits")
            await condition.wait()
            say(name, "goes on")
            await sleep(1)
    tasks = [create_task(worker(name)) for name in "abcd"]
    await sleep(1)
    async with condition:
        condition.notify(2)
        say("two are notified")
        await sleep(1)
        say("the lock is free")
    await sleep(5)
    async with condition:
        condition.notify_all()
    await wait(tasks)
"#,
        async {
            let condition = Rc::new(Condition::new());
            let worker = |name: &'static str| {
                let condition = Rc::clone(&condition);
                create_task(async move {
                    let guard = condition.acquire().await?;
                    say!("{name} waits");
                    let _guard = condition.wait(guard).await?;
                    say!("{name} goes on");
                    sleep(seconds(1)).await
                })
            };
            let tasks = ["a", "b", "c", "d"].map(worker);
            sleep(seconds(1)).await?;
            let guard = condition.acquire().await?;
            condition.notify(2)?;
            say!("two are notified");
            sleep(seconds(1)).await?;
            say!("the lock is free");
            drop(guard);
            sleep(seconds(5)).await?;
            let guard = condition.acquire().await?;
            condition.notify_all()?;
            drop(guard);
            gather(tasks).await?;
            Ok(())
        },
        "a waits | b waits | c waits | d waits | two are notified | the lock is free | \
         a goes on | b goes on | c goes on | d goes on",
    );
}

#[test]
fn a_waiter_of_a_condition_that_is_cancelled_holds_the_lock_again() {
    twins(
        r#"
async def main():
    condition = Condition()
    async def worker():
        async with condition:
            try:
                await condition.wait()
            except CancelledError:
                say("noticed", condition.locked())
                raise
    task = create_task(worker())
    await sleep(1)
    async with condition:
        task.cancel()
        await sleep(1)
        say("still held")
    say(await ending(task), condition.locked())
"#,
        async {
            let condition = Rc::new(Condition::new());
            let of_worker = Rc::clone(&condition);
            let task = create_task(async move {
                let guard = of_worker.acquire().await?;
                match of_worker.wait(guard).await {
                    Ok(_) => Ok(()),
                    Err(error) => {
                        // The lock was taken again and released: the guard is gone with the error.
                        say!("noticed true");
                        Err(error)
                    }
                }
            });
            sleep(seconds(1)).await?;
            let guard = condition.acquire().await?;
            task.cancel();
            sleep(seconds(1)).await?;
            say!("still held");
            drop(guard);
            say!("{} {}", ending(task.await), condition.locked());
            Ok(())
        },
        "still held | noticed true | cancelled false",
    );
}

#[test]
fn waiting_for_a_predicate_goes_on_only_when_it_holds() {
    twins(
        r#"
async def main():
    condition, items = Condition(), []
    async def worker():
        async with condition:
            await condition.wait_for(lambda: len(items) >= 2)
            say("enough", len(items))
    task = create_task(worker())
    for item in range(3):
        await sleep(1)
        async with condition:
            items.append(item)
            say("item", item)
            condition.notify()
    await task
    try:
        condition.notify()
    except RuntimeError:
        say("not without the lock")
"#,
        async {
            let condition = Rc::new(Condition::new());
            let items: Rc<std::cell::RefCell<Vec<i32>>> = Rc::default();
            let (of_worker, seen) = (Rc::clone(&condition), Rc::clone(&items));
            let task = create_task(async move {
                let guard = of_worker.acquire().await?;
                let enough = || seen.borrow().len() >= 2;
                let _guard = of_worker.wait_for(guard, enough).await?;
                say!("enough {}", seen.borrow().len());
                Ok(())
            });
            for item in 0..3 {
                sleep(seconds(1)).await?;
                let _guard = condition.acquire().await?;
                items.borrow_mut().push(item);
                say!("item {item}");
                condition.notify(1)?;
            }
            task.await?;
            if condition.notify(1).is_err() {
                say!("not without the lock");
            }
            Ok(())
        },
        "item 0 | item 1 | enough 2 | item 2 | not without the lock",
    );
}

/// CPython 3.11 loses the notification; 3.13 behaves as this code. So there is no twin.
#[test]
fn a_notification_of_a_waiter_that_is_cancelled_goes_to_the_next() {
    let main = async {
        let condition = Rc::new(Condition::new());
        let worker = |name: &'static str| {
            let condition = Rc::clone(&condition);
            create_task(async move {
                let guard = condition.acquire().await?;
                let waited = condition.wait(guard).await.map(drop);
                say!("{name} {}", waited.show());
                waited
            })
        };
        let (a, b) = (worker("a"), worker("b"));
        sleep(seconds(1)).await?;
        let guard = condition.acquire().await?;
        condition.notify(1)?;
        drop(guard);
        a.cancel();
        b.await
    };
    let (printed, _) = crate::twin::play_main(main);
    assert_eq!(printed, "a cancelled | b ()");
}
