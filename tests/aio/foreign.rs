//! Awaiting inside combinators of other crates: futures that are polled once, moved, dropped half-way or
//! given another waker.
//!
//! In Python only a task can wait, and only to the end. In Rust a future may be dropped at any await, and
//! nothing may be lost with it.

use crate::say;
use crate::twin::{Show, ending, play_main, seconds};
use futures_lite::future::{or, poll_once, zip};
use gearshift::aio::{
    Error, EventLoop, Future, Lock, Queue, Result, Semaphore, create_task, sleep, task_group,
    wait_for, yield_now,
};
use std::pin::pin;
use std::rc::Rc;

#[track_caller]
fn prints(main: impl std::future::Future<Output = Result<()>> + 'static, expected: &str) {
    assert_eq!(play_main(main), (expected.to_owned(), vec![]));
}

#[test]
fn of_two_racing_futures_the_first_decides_and_the_other_is_dropped() {
    prints(
        async {
            let first = async {
                sleep(seconds(1)).await?;
                Ok::<_, Error>("first")
            };
            let second = async {
                sleep(seconds(2)).await?;
                say!("never");
                Ok("second")
            };
            say!("{}", or(first, second).await.show());
            sleep(seconds(5)).await
        },
        "first",
    );
}

#[test]
fn two_futures_awaited_at_once_in_one_task_both_end() {
    prints(
        async {
            let nap = async |delay: i32| {
                sleep(seconds(delay as u64)).await?;
                say!("{delay}");
                Ok::<_, Error>(delay)
            };
            let (a, b) = zip(nap(2), nap(1)).await;
            say!("{} {}", a.show(), b.show());
            Ok(())
        },
        "1 | 2 | 2 1",
    );
}

#[test]
fn a_future_that_was_first_polled_in_one_task_can_be_awaited_in_another() {
    prints(
        async {
            let mut nap = Box::pin(sleep(seconds(2)));
            assert!(poll_once(&mut nap).await.is_none());
            let task = create_task(nap);
            say!("{}", ending(task.await));
            Ok(())
        },
        "()",
    );
}

#[test]
fn a_cancellation_does_not_go_to_a_future_that_was_dropped_half_way() {
    prints(
        async {
            let task = create_task(async {
                or(sleep(seconds(9)), async { Ok(()) }).await?; // in that order: the sleep has started
                let mut turns = 0;
                loop {
                    turns += 1;
                    if let Err(error) = yield_now().await {
                        say!("noticed after {turns} turn");
                        return Err::<(), _>(error);
                    }
                    if turns > 9 {
                        return Ok(());
                    }
                }
            });
            yield_now().await?;
            task.cancel();
            say!("{}", ending(task.await));
            Ok(())
        },
        "noticed after 1 turn | cancelled",
    );
}

#[test]
fn an_old_callback_number_removes_no_other_callback() {
    prints(
        async {
            let future: Future<i32> = EventLoop::running().create_future();
            let old = future.add_done_callback(|_| say!("never"));
            assert!(future.remove_done_callback(old));
            future.add_done_callback(|_| say!("the second"));
            say!("{}", future.remove_done_callback(old));
            future.set_result(1)?;
            yield_now().await
        },
        "false | the second",
    );
}

#[test]
fn waiters_that_come_and_go_do_not_change_the_order_of_the_others() {
    prints(
        async {
            let future: Future<i32> = EventLoop::running().create_future();
            let mut going = future.add_done_callback(|_| say!("never"));
            for number in 0..5 {
                let next = future.add_done_callback(|_| say!("never"));
                future.add_done_callback(move |_| say!("{number}"));
                assert!(future.remove_done_callback(going));
                going = next;
            }
            assert!(future.remove_done_callback(going));
            future.set_result(1)?;
            yield_now().await
        },
        "0 | 1 | 2 | 3 | 4",
    );
}

#[test]
fn a_waiter_that_is_dropped_after_being_woken_passes_its_wake_up_on() {
    prints(
        async {
            // Each of them is woken in the same turn in which the other side of its race wins.
            let (lock, semaphore, queue) = (
                Rc::new(Lock::new()),
                Rc::new(Semaphore::new(0)),
                Rc::new(Queue::unbounded()),
            );
            let held = lock.acquire().await?;
            let (l, s, q) = (Rc::clone(&lock), Rc::clone(&semaphore), Rc::clone(&queue));
            let decider: Future<()> = EventLoop::running().create_future();
            let decided = decider.clone();
            let impatient = create_task(async move {
                let by_decider = async { decided.await };
                let all = async {
                    let lock = async { l.acquire().await.map(drop) };
                    let permit = async { s.acquire().await.map(drop) };
                    let item = async { q.get().await.map(|_: i32| ()) };
                    let _ = zip(lock, zip(permit, item)).await;
                    say!("never");
                    Ok(())
                };
                or(by_decider, all).await
            });
            let (l, s, q) = (Rc::clone(&lock), Rc::clone(&semaphore), Rc::clone(&queue));
            let patient = create_task(async move {
                let _guard = l.acquire().await?;
                say!("the lock");
                let _permit = s.acquire().await?;
                say!("the permit");
                say!("the item {}", q.get().await?);
                Ok(())
            });
            sleep(seconds(1)).await?;
            drop(held);
            semaphore.release();
            queue.put_nowait(7).unwrap();
            decider.set_result(())?;
            impatient.await?;
            patient.await
        },
        "the lock | the permit | the item 7",
    );
}

#[test]
fn a_task_is_woken_by_a_waker_that_was_moved_to_another_thread() {
    let (event_loop, before) = (EventLoop::new().unwrap(), std::thread::current().id());
    let (sender, receiver) = crossbeam_channel::unbounded();
    let done = event_loop.run_until_complete(async move {
        let mut asked = None;
        let foreign = std::future::poll_fn(|cx| {
            if asked.is_none() {
                asked = Some(sender.send(cx.waker().clone()));
                return std::task::Poll::Pending;
            }
            std::task::Poll::Ready(std::thread::current().id())
        });
        let waking = std::thread::spawn(move || receiver.recv().unwrap().wake());
        let after = pin!(foreign).await;
        waking.join().unwrap();
        Ok(after)
    });
    assert!(done.unwrap() == before);
}

/// Waits, and reports when it was cancelled: what is left of a task whose waiter was dropped.
async fn told_when_cancelled() -> Result<()> {
    let slept = sleep(seconds(10)).await;
    say!("{}", slept.show());
    slept
}

#[test]
fn a_limited_wait_that_is_dropped_half_way_cancels_what_it_waited_for() {
    prints(
        async {
            let limited = wait_for(told_when_cancelled(), seconds(5));
            let first = or(async { limited.await.is_ok() }, async {
                sleep(seconds(1)).await.is_ok()
            });
            say!("{}", first.await);
            sleep(seconds(20)).await
        },
        "true | cancelled",
    );
}

#[test]
fn a_group_that_is_dropped_half_way_leaves_no_task_behind() {
    prints(
        async {
            let group = task_group(async |group| {
                group.create_task(told_when_cancelled())?;
                sleep(seconds(10)).await
            });
            let first = or(async { group.await.is_ok() }, async {
                sleep(seconds(1)).await.is_ok()
            });
            say!("{}", first.await);
            sleep(seconds(20)).await
        },
        "true | cancelled",
    );
}

#[test]
fn what_is_scheduled_on_a_closed_loop_is_dropped() {
    let event_loop = EventLoop::new().unwrap();
    event_loop.close();
    let kept = Rc::new(());
    let held = Rc::clone(&kept);
    let keeps = event_loop.clone();
    let _ = event_loop.call_soon(move || drop((held, keeps)));
    assert_eq!(Rc::strong_count(&kept), 1);
}
