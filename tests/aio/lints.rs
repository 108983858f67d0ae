//! What debug mode reports of faulty programs, and that it reports nothing of correct ones.
//!
//! Each fault triggers its own lint and no other; next to it stands the correct program. The programs of
//! the other files here must not trigger any lint either.

use crate::say;
use crate::twin::{fail, play, play_main, seconds};
use gearshift::aio::{
    self, EventLoop, Result, coroutine, create_task, current_task, debug, gather, sleep,
    task_group, timeout, wait_for, yield_now,
};
use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

/// The lints of `main`.
fn lints_of(main: impl Future<Output = Result<()>> + 'static) -> Vec<&'static str> {
    play_main(main).1
}

const NONE: [&str; 0] = [];

/// A blocking call of `pause`, on the loop's clock.
fn block(pause: Duration) {
    EventLoop::running().clock().block(pause);
}

// -- slow-step ----------------------------------------------------------------------------------------

#[test]
fn a_task_that_blocks_is_a_slow_step() {
    let faulty = async {
        block(Duration::from_millis(150));
        Ok(())
    };
    assert_eq!(lints_of(faulty), ["slow-step"]);
    let correct = async {
        for _ in 0..10 {
            block(Duration::from_millis(50));
            yield_now().await?;
        }
        sleep(seconds(9)).await
    };
    assert_eq!(lints_of(correct), NONE);
}

#[test]
fn a_callback_that_blocks_is_a_slow_step() {
    let faulty = async {
        EventLoop::running().call_soon(|| block(Duration::from_millis(150)));
        yield_now().await
    };
    assert_eq!(lints_of(faulty), ["slow-step"]);
    let correct = async {
        EventLoop::running().call_soon(|| block(Duration::from_millis(50)));
        EventLoop::running().call_soon(|| block(Duration::from_millis(50)));
        yield_now().await
    };
    assert_eq!(lints_of(correct), NONE);
}

#[test]
fn a_blocking_call_in_another_thread_is_not_a_slow_step() {
    let correct = async {
        let ticks = create_task(async {
            for _ in 0..3 {
                sleep(Duration::from_millis(10)).await?;
            }
            Ok(())
        });
        aio::to_thread(|| std::thread::sleep(Duration::from_millis(150))).await?;
        ticks.await
    };
    assert_eq!(lints_of(correct), NONE);
}

// -- never-awaited ------------------------------------------------------------------------------------

#[test]
fn a_coroutine_that_is_made_and_forgotten_is_never_awaited() {
    async fn greet() -> Result<()> {
        say!("hello");
        Ok(())
    }
    let faulty = async {
        let _forgotten = coroutine(greet());
        Ok(())
    };
    assert_eq!(play_main(faulty), (String::new(), vec!["never-awaited"]));
    let correct = async {
        let kept = coroutine(greet());
        kept.await?;
        create_task(coroutine(greet())).await
    };
    assert_eq!(play_main(correct), ("hello | hello".to_owned(), vec![]));
}

// -- never-retrieved ----------------------------------------------------------------------------------

#[test]
fn an_error_that_stays_in_its_task_is_never_retrieved() {
    async fn broken() -> Result<()> {
        fail("broken")
    }
    let faulty = async {
        create_task(broken());
        yield_now().await
    };
    assert_eq!(lints_of(faulty), ["never-retrieved"]);
    let correct = async {
        assert!(create_task(broken()).await.is_err());
        let asked = create_task(broken());
        yield_now().await?;
        assert!(asked.error().is_some());
        assert!(gather([broken(), broken()]).await.is_err());
        let cancelled = create_task(sleep(seconds(1)));
        cancelled.cancel();
        yield_now().await
    };
    assert_eq!(lints_of(correct), NONE);
}

// -- panicked-callback --------------------------------------------------------------------------------

#[test]
fn a_callback_that_panics_is_reported_in_any_mode() {
    let (_, lints) = play(|event_loop| {
        event_loop.set_debug(false);
        event_loop.call_soon(|| panic!("broken"));
        event_loop.run_once().unwrap();
    });
    assert_eq!(lints, ["panicked-callback"]);
    let (_, lints) = play(|event_loop| {
        event_loop.call_soon(|| say!("whole"));
        event_loop.run_once().unwrap();
    });
    assert_eq!(lints, NONE);
}

// -- lost-waker ---------------------------------------------------------------------------------------

#[test]
fn a_task_whose_waker_was_dropped_has_lost_it() {
    let faulty = async {
        // Takes the waker and drops it.
        let forgetful = std::future::poll_fn(|cx| {
            drop(cx.waker().clone());
            Poll::<Result<()>>::Pending
        });
        let task = create_task(forgetful);
        yield_now().await?;
        task.cancel();
        sleep(seconds(1)).await
    };
    let lints = lints_of(faulty);
    assert!(lints.starts_with(&["lost-waker"]), "{lints:?}");
    let correct = async {
        let kept: Rc<RefCell<Option<std::task::Waker>>> = Rc::default();
        let keep = Rc::clone(&kept);
        let task = create_task(std::future::poll_fn(move |cx| {
            match keep.borrow_mut().replace(cx.waker().clone()) {
                None => Poll::Pending,
                Some(_) => Poll::Ready(Ok(())),
            }
        }));
        sleep(seconds(1)).await?;
        kept.borrow().as_ref().unwrap().wake_by_ref();
        task.await?;
        kept.take();
        Ok(())
    };
    assert_eq!(lints_of(correct), NONE);
}

// -- swallowed-cancellation ---------------------------------------------------------------------------

#[test]
fn a_task_that_is_cancelled_and_ends_well_has_swallowed_it() {
    let cancelled = |swallow: bool| async move {
        let task = create_task(async move {
            let slept = sleep(seconds(9)).await;
            sleep(seconds(1)).await?; // cleaning up
            if swallow { Ok(()) } else { slept }
        });
        yield_now().await?;
        task.cancel();
        let _ = task.await;
        Ok(())
    };
    assert_eq!(lints_of(cancelled(true)), ["swallowed-cancellation"]);
    assert_eq!(lints_of(cancelled(false)), NONE);
}

#[test]
fn a_task_that_refuses_with_uncancel_swallows_nothing() {
    let correct = async {
        let task = create_task(async {
            if sleep(seconds(9)).await.is_err() {
                current_task().unwrap().uncancel();
            }
            Ok(())
        });
        yield_now().await?;
        task.cancel();
        task.await
    };
    assert_eq!(lints_of(correct), NONE);
}

#[test]
fn limits_and_groups_swallow_only_their_own_cancellations() {
    let correct = async {
        let late = |seconds_: u64| async move {
            let limited = timeout(seconds(1), async |_| sleep(seconds(seconds_)).await).await;
            assert_eq!(limited.is_err(), seconds_ > 1);
            Ok(())
        };
        create_task(late(2)).await?;
        let limited = wait_for(sleep(seconds(9)), seconds(1)).await;
        assert!(limited.unwrap_err().is_timed_out());
        let in_group = async {
            let group = task_group(async |group| {
                group.create_task(async { fail::<()>("broken") })?;
                group.create_task(sleep(seconds(9)))?;
                sleep(seconds(9)).await
            });
            assert!(group.await.is_err());
            Ok(())
        };
        create_task(in_group).await
    };
    assert_eq!(lints_of(correct), NONE);
}

// -- leaked-task --------------------------------------------------------------------------------------

#[test]
fn a_task_that_is_not_done_when_the_loop_is_closed_has_leaked() {
    let by_hand = |wait: bool| {
        let (_, lints) = play(|event_loop| {
            let task = event_loop.create_task(sleep(seconds(5)));
            event_loop.run_once().unwrap();
            if wait {
                event_loop.run_until_complete(&task).unwrap();
            }
            event_loop.close();
        });
        lints
    };
    assert_eq!(by_hand(false), ["leaked-task"]);
    assert_eq!(by_hand(true), NONE);
}

#[test]
fn run_leaks_no_task() {
    let correct = async {
        create_task(sleep(seconds(9)));
        create_task(sleep(seconds(9)));
        Ok(())
    };
    assert_eq!(lints_of(correct), NONE);
}

// -- All ----------------------------------------------------------------------------------------------

#[test]
fn every_lint_names_the_task_and_says_what_to_do() {
    let lints: Rc<RefCell<Vec<String>>> = Rc::default();
    let to_lints = Rc::clone(&lints);
    let _listening = debug::listen(move |lint| to_lints.borrow_mut().push(lint.to_string()));
    let event_loop = EventLoop::with_clock(gearshift::clock::Clock::stopped()).unwrap();
    event_loop.set_debug(true);
    let main = async {
        create_task(async { fail::<()>("broken") })
            .as_ref()
            .set_name("worker");
        yield_now().await
    };
    aio::run_on(&event_loop, main).unwrap();
    let expected = "worker failed and its error was never retrieved: broken. \
                    Hint: await the task or ask for its result().";
    assert_eq!(*lints.borrow(), [expected]);
    event_loop.set_debug(false);
}

#[test]
fn outside_of_debug_mode_only_errors_that_would_be_lost_are_reported() {
    let (_, lints) = play(|event_loop| {
        event_loop.set_debug(false);
        let main = async {
            EventLoop::running()
                .clock()
                .block(Duration::from_millis(150));
            drop(coroutine(yield_now()));
            let swallows = create_task(async {
                let _ = sleep(seconds(9)).await;
                Ok(())
            });
            yield_now().await?;
            swallows.cancel();
            swallows.await?;
            create_task(async { fail::<()>("broken") });
            yield_now().await
        };
        event_loop.run_until_complete(main).unwrap();
    });
    assert_eq!(lints, ["never-retrieved"]);
}
