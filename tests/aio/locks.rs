//! `Lock`, `Semaphore`, `Event`, `Condition`: who goes on, in which order, and what a cancelled waiter
//! leaves behind.

use crate::say;
use crate::twin::{Show, ending, seconds, twins};
use gearshift::aio::{
    Condition, Event, Lock, Result, Semaphore, create_task, gather, sleep, yield_now,
};
use std::rc::Rc;

// -- Lock ---------------------------------------------------------------------------------------------

#[test]
fn a_lock_is_taken_in_the_order_of_coming() {
    twins(
        r#"
async def main():
    lock = Lock()
    async def worker(name):
        say(name, "comes")
        async with lock:
            say(name, "has it")
            await sleep(1)
        say(name, "goes")
    await gather(worker("a"), worker("b"), worker("c"))
    say(lock.locked())
"#,
        async {
            let lock = Rc::new(Lock::new());
            let worker = |name: &'static str| {
                let lock = Rc::clone(&lock);
                async move {
                    say!("{name} comes");
                    let guard = lock.acquire().await?;
                    say!("{name} has it");
                    sleep(seconds(1)).await?;
                    drop(guard);
                    say!("{name} goes");
                    Ok(())
                }
            };
            gather([worker("a"), worker("b"), worker("c")]).await?;
            say!("{}", lock.locked());
            Ok(())
        },
        "a comes | a has it | b comes | c comes | a goes | b has it | b goes | c has it | c goes | false",
    );
}

#[test]
fn who_gives_a_lock_back_cannot_take_it_again_before_those_who_wait() {
    twins(
        r#"
async def main():
    lock = Lock()
    async def worker(name):
        for turn in range(2):
            async with lock:
                say(f"{name}{turn}")
                await sleep(0)
    await gather(worker("a"), worker("b"))
"#,
        async {
            let lock = Rc::new(Lock::new());
            let worker = |name: &'static str| {
                let lock = Rc::clone(&lock);
                async move {
                    for turn in 0..2 {
                        let _guard = lock.acquire().await?;
                        say!("{name}{turn}");
                        yield_now().await?;
                    }
                    Ok(())
                }
            };
            gather([worker("a"), worker("b")]).await?;
            Ok(())
        },
        "a0 | b0 | a1 | b1",
    );
}

#[test]
fn a_free_lock_is_taken_without_letting_others_run() {
    twins(
        r#"
async def main():
    lock = Lock()
    async def other(): say("other")
    task = create_task(other())
    async with lock:
        say("has it", lock.locked())
    async with lock:
        say("again")
    await task
"#,
        async {
            let lock = Lock::new();
            let task = create_task(async {
                say!("other");
                Ok(())
            });
            let guard = lock.acquire().await?;
            say!("has it {}", lock.locked());
            drop(guard);
            let guard = lock.acquire().await?;
            say!("again");
            drop(guard);
            task.await
        },
        "has it true | again | other",
    );
}

#[test]
fn a_cancelled_waiter_is_passed_over_and_one_that_was_woken_wakes_the_next() {
    twins(
        r#"
async def main():
    lock = Lock()
    async def worker(name):
        try:
            async with lock:
                say(name, "has it")
        except CancelledError:
            say(name, "is cancelled")
            raise
    await lock.acquire()
    a, b, c, d = (create_task(worker(name)) for name in "abcd")
    await sleep(1)
    a.cancel()          # in the line
    await sleep(1)
    lock.release()      # b is woken
    b.cancel()          # and does not come
    await wait([a, b, c, d])
    say(lock.locked())
"#,
        async {
            let lock = Rc::new(Lock::new());
            let worker = |name: &'static str| {
                let lock = Rc::clone(&lock);
                create_task(async move {
                    match lock.acquire().await {
                        Ok(_guard) => say!("{name} has it"),
                        Err(error) => {
                            say!("{name} is cancelled");
                            return Err(error);
                        }
                    }
                    Ok(())
                })
            };
            let guard = lock.acquire().await?;
            let [a, b, c, d] = ["a", "b", "c", "d"].map(worker);
            sleep(seconds(1)).await?;
            a.cancel(); // in the line
            sleep(seconds(1)).await?;
            drop(guard); // b is woken
            b.cancel(); // and does not come
            let _ = gather([a, b, c.clone(), d.clone()]).await;
            c.await?;
            d.await?;
            say!("{}", lock.locked());
            Ok(())
        },
        "a is cancelled | b is cancelled | c has it | d has it | false",
    );
}

#[test]
fn a_newcomer_does_not_overtake_who_was_woken() {
    twins(
        r#"
async def main():
    lock = Lock()
    async def worker(name):
        async with lock:
            say(name)
    await lock.acquire()
    waiting = create_task(worker("waiting"))
    await sleep(0)
    lock.release()
    say(lock.locked())
    await worker("newcomer")
    await waiting
"#,
        async {
            let lock = Rc::new(Lock::new());
            let worker = |name: &'static str| {
                let lock = Rc::clone(&lock);
                async move {
                    let _guard = lock.acquire().await?;
                    say!("{name}");
                    Ok(())
                }
            };
            let guard = lock.acquire().await?;
            let waiting = create_task(worker("waiting"));
            yield_now().await?;
            drop(guard);
            say!("{}", lock.locked());
            let newcomer: Result<()> = worker("newcomer").await;
            newcomer?;
            waiting.await
        },
        "false | waiting | newcomer",
    );
}

// -- Semaphore ----------------------------------------------------------------------------------------

#[test]
fn a_semaphore_lets_so_many_in_in_the_order_of_coming() {
    twins(
        r#"
async def main():
    semaphore = Semaphore(2)
    async def worker(number):
        async with semaphore:
            say(number, "in")
            await sleep(number)
        say(number, "out")
    await gather(*(worker(number) for number in range(1, 6)))
"#,
        async {
            let semaphore = Rc::new(Semaphore::new(2));
            let worker = |number: u64| {
                let semaphore = Rc::clone(&semaphore);
                async move {
                    let permit = semaphore.acquire().await?;
                    say!("{number} in");
                    sleep(seconds(number)).await?;
                    drop(permit);
                    say!("{number} out");
                    Ok(())
                }
            };
            gather((1..6).map(worker)).await?;
            Ok(())
        },
        "1 in | 2 in | 1 out | 3 in | 2 out | 4 in | 3 out | 5 in | 4 out | 5 out",
    );
}

#[test]
fn a_woken_waiter_of_a_semaphore_that_is_cancelled_hands_its_permit_on() {
    twins(
        r#"
async def main():
    semaphore = Semaphore(1)
    async def worker(name):
        async with semaphore:
            say(name)
    await semaphore.acquire()
    a, b = create_task(worker("a")), create_task(worker("b"))
    await sleep(1)
    semaphore.release()
    a.cancel()
    say(semaphore.locked())
    say(await ending(a))
    await b
    say(semaphore.locked())
"#,
        async {
            let semaphore = Rc::new(Semaphore::new(1));
            let worker = |name: &'static str| {
                let semaphore = Rc::clone(&semaphore);
                create_task(async move {
                    let _permit = semaphore.acquire().await?;
                    say!("{name}");
                    Ok(())
                })
            };
            let permit = semaphore.acquire().await?;
            let (a, b) = (worker("a"), worker("b"));
            sleep(seconds(1)).await?;
            drop(permit);
            a.cancel();
            say!("{}", semaphore.locked());
            say!("{}", ending(a.await));
            b.await?;
            say!("{}", semaphore.locked());
            Ok(())
        },
        "true | b | cancelled | false",
    );
}

#[test]
fn several_permits_that_come_back_at_once_wake_as_many() {
    twins(
        r#"
async def main():
    semaphore = Semaphore(0)
    async def worker(name):
        await semaphore.acquire()
        say(name)
    tasks = [create_task(worker(name)) for name in "abc"]
    await sleep(1)
    for _ in range(4):
        semaphore.release()
    say(semaphore.locked())
    await wait(tasks)
    say(semaphore.locked())
"#,
        async {
            let semaphore = Rc::new(Semaphore::new(0));
            let worker = |name: &'static str| {
                let semaphore = Rc::clone(&semaphore);
                create_task(async move {
                    semaphore.acquire().await?.forget();
                    say!("{name}");
                    Ok(())
                })
            };
            let tasks = ["a", "b", "c"].map(worker);
            sleep(seconds(1)).await?;
            for _ in 0..4 {
                semaphore.release();
            }
            say!("{}", semaphore.locked());
            gather(tasks).await?;
            say!("{}", semaphore.locked());
            Ok(())
        },
        "true | a | b | c | false",
    );
}

// -- Event --------------------------------------------------------------------------------------------

#[test]
fn all_who_wait_for_an_event_go_on_even_if_it_is_cleared_at_once() {
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
fn who_is_cancelled_in_a_condition_has_the_lock_when_it_hears_of_it() {
    twins(
        r#"
async def main():
    condition = Condition()
    async def worker():
        async with condition:
            try:
                await condition.wait()
            except CancelledError:
                say("heard", condition.locked())
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
                        // The lock was taken again and given back: the guard is gone with the error.
                        say!("heard true");
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
        "still held | heard true | cancelled false",
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

/// CPython 3.11 loses it; 3.13 does as we do. So there is no twin.
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
