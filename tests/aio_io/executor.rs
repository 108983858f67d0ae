use crate::support::{cancel, run, run_virtually, turns};
use crossbeam_channel::{Sender, unbounded};
use gearshift::aio::{
    Error, EventLoop, ThreadPool, create_task, gather, gather_results, sleep, to_thread, wait_for,
};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

/// Cannot be cloned.
#[derive(Debug, PartialEq)]
struct Only(u32);

#[test]
fn a_thread_returns_a_result_of_any_type() {
    run(async {
        let home = thread::current().id();
        let (result, id) = to_thread(|| (Only(5), thread::current().id())).await?;
        assert_eq!(result, Only(5));
        assert_ne!(id, home);
        let failed = to_thread(|| std::fs::read("/no/such/file")).await?;
        assert!(failed.is_err());
        Ok(())
    });
}

#[test]
fn a_panic_on_a_thread_is_an_error_for_the_waiter() {
    run(async {
        let error = to_thread(|| -> u32 { panic!("too bad") })
            .await
            .unwrap_err();
        assert_eq!(error.to_string(), "panicked: too bad");
        assert_eq!(to_thread(|| 1).await?, 1);
        Ok(())
    });
}

#[test]
fn the_loop_goes_on_while_a_thread_is_blocked() {
    run(async {
        let (free, blocked) = unbounded::<u32>();
        let waits = create_task(async move {
            to_thread(move || blocked.recv())
                .await?
                .map_err(Error::from)
        });
        turns().await?;
        assert!(!waits.done());
        free.send(3)?;
        assert_eq!(waits.await?, 3);
        Ok(())
    });
}

#[test]
fn a_pool_runs_as_much_work_at_once_as_it_has_threads() {
    run(async {
        let pool = ThreadPool::new(3);
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        // No one passes before three are there: with fewer threads this would hang.
        let together = Arc::new(Barrier::new(3));
        let work = |_| {
            let (now, most) = (Arc::clone(&now), Arc::clone(&most));
            let together = Arc::clone(&together);
            EventLoop::running().run_in_executor(&pool, move || {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                together.wait();
                now.fetch_sub(1, Ordering::SeqCst);
            })
        };
        gather((0..12).map(work)).await?;
        assert_eq!(most.load(Ordering::SeqCst), 3);
        assert_eq!(pool.threads(), 3);
        Ok(())
    });
}

#[test]
fn an_idle_thread_is_used_again() {
    run(async {
        let pool = ThreadPool::new(8);
        for _ in 0..20 {
            EventLoop::running().run_in_executor(&pool, || {}).await?;
            // The thread becomes idle shortly after it has reported its result.
            while pool.threads() == 1 && pool.idle() == 0 {
                turns().await?;
            }
        }
        assert_eq!(pool.threads(), 1);
        Ok(())
    });
}

#[test]
fn work_that_is_cancelled_before_it_starts_never_starts() {
    run(async {
        let pool = ThreadPool::new(1);
        let event_loop = EventLoop::running();
        let (free, blocked) = unbounded::<()>();
        let first = event_loop.run_in_executor(&pool, move || blocked.recv().is_ok());
        let ran = Arc::new(AtomicBool::new(false));
        let mark = Arc::clone(&ran);
        let second = event_loop.run_in_executor(&pool, move || mark.store(true, Ordering::SeqCst));
        second.cancel();
        turns().await?;
        free.send(())?;
        assert!(first.await?);
        pool.close();
        assert!(!ran.load(Ordering::SeqCst));
        Ok(())
    });
}

#[test]
fn cancelling_the_waiter_keeps_queued_work_from_starting() {
    run(async {
        let (free, blocked) = unbounded::<()>();
        let until_freed = Arc::new(Mutex::new(blocked));
        let block = |_| {
            let until_freed = Arc::clone(&until_freed);
            create_task(to_thread(move || {
                until_freed.lock().unwrap().recv().is_err()
            }))
        };
        let blocked: Vec<_> = (0..40).map(block).collect(); // more than any default
        let ran = Arc::new(AtomicBool::new(false));
        let mark = Arc::clone(&ran);
        let late = create_task(to_thread(move || mark.store(true, Ordering::SeqCst)));
        turns().await?;
        cancel(&late).await?;
        drop(free);
        gather(blocked).await?;
        EventLoop::running().run_in_executor(None, || {}).await?;
        assert!(!ran.load(Ordering::SeqCst));
        Ok(())
    });
}

/// Sends when it is dropped.
struct Tell(Sender<()>);

impl Drop for Tell {
    fn drop(&mut self) {
        self.0.send(()).unwrap();
    }
}

#[test]
fn the_loop_goes_on_while_it_waits_for_its_last_threads() {
    let answered = Arc::new(AtomicBool::new(false));
    let mark = Arc::clone(&answered);
    run(async move {
        let (end, main_has_ended) = unbounded();
        let _end = Tell(end);
        let (begun, begins) = unbounded();
        let remote = EventLoop::running().remote();
        create_task(to_thread(move || {
            begun.send(()).unwrap();
            main_has_ended.recv().unwrap();
            let ask = |_| {
                let (ask, answer) = unbounded();
                remote.call_soon_threadsafe(move || ask.send(()).unwrap());
                answer.recv_timeout(Duration::from_secs(5)).is_ok()
            };
            // More often than the loop turns for anything else at its end.
            mark.store((0..50).all(ask), Ordering::SeqCst);
        }));
        turns().await?;
        begins.recv()?;
        Ok(())
    });
    assert!(answered.load(Ordering::SeqCst));
}

#[test]
fn a_closed_pool_finishes_its_work_and_accepts_no_more() {
    run(async {
        let pool = ThreadPool::new(2);
        let event_loop = EventLoop::running();
        let futures: Vec<_> = (0..10)
            .map(|i| event_loop.run_in_executor(&pool, move || i))
            .collect();
        pool.close();
        let late = event_loop.run_in_executor(&pool, || 10).await;
        assert!(matches!(late, Err(Error::InvalidState(_))));
        assert_eq!(gather(futures).await?, Vec::from_iter(0..10));
        Ok(())
    });
}

#[test]
fn cancelling_the_waiter_does_not_stop_a_thread_and_the_loop_waits_for_it() {
    let done = Arc::new(AtomicBool::new(false));
    let mark = Arc::clone(&done);
    run(async move {
        let (begun, begins) = unbounded();
        let waits = create_task(to_thread(move || {
            begun.send(()).unwrap();
            thread::sleep(Duration::from_millis(50));
            mark.store(true, Ordering::SeqCst);
        }));
        turns().await?;
        begins.recv()?;
        cancel(&waits).await?;
        Ok(())
    });
    assert!(done.load(Ordering::SeqCst));
}

#[test]
fn a_virtual_clock_does_not_jump_over_a_thread_at_work() {
    run_virtually(async {
        let work = to_thread(|| thread::sleep(Duration::from_millis(30)));
        let begin = EventLoop::running().time();
        wait_for(work, HOUR).await?;
        assert!(EventLoop::running().time() - begin < HOUR);
        sleep(HOUR).await
    });
}

#[test]
fn many_results_each_go_back_to_their_waiter() {
    run(async {
        let results = gather_results((0..500).map(|i| to_thread(move || i * i))).await?;
        for (i, result) in results.into_iter().enumerate() {
            assert_eq!(result?, i * i);
        }
        Ok(())
    });
}
