//! `Lock` and `Semaphore`: which waiter goes on, in which order, and what a cancelled waiter
//! leaves behind.

use crate::say;
use crate::twin::{ending, seconds, twins};
use gearshift::aio::{Lock, Result, Semaphore, create_task, gather, sleep, yield_now};
use std::rc::Rc;

// -- Lock ---------------------------------------------------------------------------------------------

#[test]
fn a_lock_is_taken_first_come_first_served() {
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
fn releasing_a_lock_and_taking_it_again_does_not_overtake_waiters() {
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
fn a_cancelled_waiter_is_skipped_and_one_that_was_already_woken_wakes_the_next() {
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
            a.cancel(); // while it waits
            sleep(seconds(1)).await?;
            drop(guard); // wakes b
            b.cancel(); // before b has its turn
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
fn a_newcomer_does_not_overtake_a_woken_waiter() {
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
fn a_semaphore_grants_its_permits_first_come_first_served() {
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
fn a_woken_waiter_of_a_semaphore_that_is_cancelled_passes_its_permit_on() {
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
fn several_permits_released_at_once_wake_as_many_waiters() {
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
