//! Random programs with random cancellations: nothing is lost, and no task waits for ever.
//!
//! Under the virtual clock, waiting for ever is noticed at once: the clock jumps to the far alarm of
//! `play`, which reports it. Each program also runs in an order that a random seed decides.

use crate::say;
use crate::twin::{play, seconds};
use futures_lite::future::or;
use gearshift::aio::{
    self, Condition, Error, Lock, Queue, Result, Semaphore, Task, create_task, gather, shield,
    sleep, task_group, timeout, wait_for, yield_now,
};
use proptest::prelude::*;
use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

/// Runs `main` in the order of `seed`. Fails on any lint, and if a task waits for ever.
fn run(seed: u64, main: impl Future<Output = Result<()>> + 'static) -> String {
    let (printed, _) = play(|event_loop| {
        event_loop.shuffle(seed);
        if let Err(error) = aio::run_on(event_loop, main) {
            say!("main: {error}");
        }
    });
    printed
}

/// What happens to a worker from outside: it is cancelled at this second or in this turn.
#[derive(Debug, Clone, Copy)]
enum Interruption {
    None,
    CancelledAfter(u64),
    CancelledInTurn(u32),
    /// The other side of a race wins after this many seconds, and the worker is dropped where it stands.
    DroppedAfter(u64),
    DroppedInTurn(u32),
}

fn interruption() -> impl Strategy<Value = Interruption> {
    prop_oneof![
        2 => Just(Interruption::None),
        1 => (0..6_u64).prop_map(Interruption::CancelledAfter),
        2 => (0..12_u32).prop_map(Interruption::CancelledInTurn),
        1 => (0..6_u64).prop_map(Interruption::DroppedAfter),
        2 => (0..12_u32).prop_map(Interruption::DroppedInTurn),
    ]
}

/// How a worker holds what it has: for this many turns, or for a second if there are none.
async fn hold(turns: u32) -> Result<()> {
    for _ in 0..turns {
        yield_now().await?;
    }
    match turns {
        0 => sleep(seconds(1)).await,
        _ => Ok(()),
    }
}

async fn turns(count: u32) -> Result<()> {
    for _ in 0..count {
        yield_now().await?;
    }
    Ok(())
}

/// Starts `work` and applies its interruption to it.
fn start(interruption: Interruption, work: impl Future<Output = Result<()>> + 'static) -> Task<()> {
    let cancel = |task: Task<()>, when: Pin<Box<dyn Future<Output = Result<()>>>>| {
        let to_cancel = task.clone();
        create_task(async move {
            when.await?;
            to_cancel.cancel();
            Ok(())
        });
        task
    };
    match interruption {
        Interruption::None => create_task(work),
        Interruption::CancelledAfter(after) => {
            cancel(create_task(work), Box::pin(sleep(seconds(after))))
        }
        Interruption::CancelledInTurn(turn) => cancel(create_task(work), Box::pin(turns(turn))),
        Interruption::DroppedAfter(after) => create_task(or(work, sleep(seconds(after)))),
        Interruption::DroppedInTurn(turn) => create_task(or(work, turns(turn))),
    }
}

async fn all_end(workers: Vec<Task<()>>) -> Result<()> {
    for end in aio::gather_results(workers).await? {
        match end {
            Ok(()) | Err(Error::Cancelled) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_lock_is_never_lost_and_never_held_by_two(
        seed: u64,
        workers in prop::collection::vec((interruption(), 0..4_u32), 1..8),
    ) {
        let printed = run(seed, async move {
            let lock = Rc::new(Lock::new());
            let inside = Rc::new(Cell::new(false));
            let work = |(interruption, turns): (Interruption, u32)| {
                let (lock, inside) = (Rc::clone(&lock), Rc::clone(&inside));
                start(interruption, async move {
                    for _ in 0..2 {
                        let guard = lock.acquire().await?;
                        let _inside = Inside::enter(&inside);
                        let held = hold(turns).await;
                        drop(_inside);
                        drop(guard);
                        held?;
                    }
                    Ok(())
                })
            };
            all_end(workers.into_iter().map(work).collect()).await?;
            let _free = lock.acquire().await?;
            Ok(())
        });
        prop_assert_eq!(printed, "");
    }

    #[test]
    fn no_permit_of_a_semaphore_is_lost_or_made(
        seed: u64,
        permits in 1..4_usize,
        workers in prop::collection::vec((interruption(), 0..4_u32), 1..10),
    ) {
        let printed = run(seed, async move {
            let semaphore = Rc::new(Semaphore::new(permits));
            let inside = Rc::new(Cell::new(0));
            let work = |(interruption, turns): (Interruption, u32)| {
                let (semaphore, inside) = (Rc::clone(&semaphore), Rc::clone(&inside));
                start(interruption, async move {
                    let permit = semaphore.acquire().await?;
                    let _inside = Counted::enter(&inside);
                    assert!(inside.get() <= permits, "too many");
                    hold(turns).await?;
                    drop(_inside);
                    drop(permit);
                    Ok(())
                })
            };
            all_end(workers.into_iter().map(work).collect()).await?;
            for _ in 0..permits {
                assert!(!semaphore.locked(), "a permit is lost");
                semaphore.acquire().await?.forget();
            }
            assert!(semaphore.locked(), "a permit too many");
            Ok(())
        });
        prop_assert_eq!(printed, "");
    }

    #[test]
    fn no_item_of_a_queue_is_lost_or_doubled(
        seed: u64,
        capacity in 1..4_usize,
        slowness in 0..6_u32,
        putters in prop::collection::vec((interruption(), 0..3_u32), 1..6),
        getters in prop::collection::vec((interruption(), 0..3_u32), 0..6),
    ) {
        let printed = run(seed, async move {
            let queue = Rc::new(Queue::bounded(capacity));
            let (put, got) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
            let putter = |(interruption, turns): (Interruption, u32)| {
                let (queue, put) = (Rc::clone(&queue), Rc::clone(&put));
                start(interruption, async move {
                    for _ in 0..3 {
                        queue.put(1).await?;
                        put.set(put.get() + 1);
                        hold(turns).await?;
                    }
                    Ok(())
                })
            };
            let getter = |(interruption, turns): (Interruption, u32)| {
                let (queue, got) = (Rc::clone(&queue), Rc::clone(&got));
                start(interruption, async move {
                    for _ in 0..3 {
                        let item: i32 = queue.get().await?;
                        got.set(got.get() + item);
                        hold(turns).await?;
                    }
                    Ok(())
                })
            };
            let putters: Vec<_> = putters.into_iter().map(putter).collect();
            let getters: Vec<_> = getters.into_iter().map(getter).collect();
            // Takes the rest; it never stops on its own.
            let (of_rest, got_rest) = (Rc::clone(&queue), Rc::clone(&got));
            let rest: Task<()> = create_task(async move {
                loop {
                    turns(slowness).await?; // so that some wait to put
                    let item: i32 = of_rest.get().await?;
                    got_rest.set(got_rest.get() + item);
                }
            });
            all_end(putters).await?;
            while !queue.is_empty() {
                sleep(seconds(1000)).await?;
            }
            assert_eq!(put.get(), got.get());
            for getter in &getters {
                getter.cancel();
            }
            rest.cancel();
            all_end(getters).await?;
            Ok(())
        });
        prop_assert_eq!(printed, "");
    }

    #[test]
    fn as_many_waiters_go_on_as_were_notified(
        seed: u64,
        interruptions in prop::collection::vec(interruption(), 1..8),
    ) {
        let printed = run(seed, async move {
            let condition = Rc::new(Condition::new());
            let items = Rc::new(Cell::new(0));
            let spared = interruptions.iter().filter(|interruption| matches!(interruption, Interruption::None)).count();
            let work = |interruption: Interruption| {
                let (condition, items) = (Rc::clone(&condition), Rc::clone(&items));
                start(interruption, async move {
                    let mut guard = condition.acquire().await?;
                    while items.get() == 0 {
                        guard = condition.wait(guard).await?;
                    }
                    items.set(items.get() - 1);
                    Ok(())
                })
            };
            let count = interruptions.len();
            let workers: Vec<_> = interruptions.into_iter().map(work).collect();
            for _ in 0..count {
                sleep(seconds(1)).await?;
                let guard = condition.acquire().await?;
                items.set(items.get() + 1);
                condition.notify(1)?;
                drop(guard);
            }
            all_end(workers).await?;
            assert!(count - items.get() >= spared);
            Ok(())
        });
        prop_assert_eq!(printed, "");
    }

    #[test]
    fn however_awaits_are_nested_a_cancelled_task_ends(
        seed: u64,
        shape in shape(),
        interruptions in prop::collection::vec(interruption(), 1..4),
    ) {
        let printed = run(seed, async move {
            let workers = interruptions.into_iter().map(|interruption| start(interruption, shape.clone().run()));
            all_end(workers.collect()).await
        });
        prop_assert_eq!(printed, "");
    }
}

/// Only one may be inside.
struct Inside<'c>(&'c Cell<bool>);

impl Inside<'_> {
    fn enter(cell: &Cell<bool>) -> Inside<'_> {
        assert!(!cell.replace(true), "two hold the lock");
        Inside(cell)
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

struct Counted<'c>(&'c Cell<usize>);

impl Counted<'_> {
    fn enter(cell: &Cell<usize>) -> Counted<'_> {
        cell.set(cell.get() + 1);
        Counted(cell)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

/// What awaits what.
#[derive(Debug, Clone)]
enum Shape {
    Sleep(u64),
    Turns(u32),
    CleansUp(Box<Shape>, u32),
    Task(Box<Shape>),
    Both(Box<Shape>, Box<Shape>),
    Either(Box<Shape>, Box<Shape>),
    Group(Box<Shape>, Box<Shape>),
    WaitFor(Box<Shape>, u64),
    Timeout(Box<Shape>, u64),
    Shield(Box<Shape>),
}

fn shape() -> impl Strategy<Value = Shape> {
    let leaf = prop_oneof![
        (0..5_u64).prop_map(Shape::Sleep),
        (0..5_u32).prop_map(Shape::Turns)
    ];
    leaf.prop_recursive(4, 16, 2, |inner| {
        let boxed = inner.prop_map(Box::new).boxed();
        let two = || (boxed.clone(), boxed.clone());
        prop_oneof![
            (boxed.clone(), 0..3_u32).prop_map(|(it, turns)| Shape::CleansUp(it, turns)),
            boxed.clone().prop_map(Shape::Task),
            two().prop_map(|(a, b)| Shape::Both(a, b)),
            two().prop_map(|(a, b)| Shape::Either(a, b)),
            two().prop_map(|(a, b)| Shape::Group(a, b)),
            (boxed.clone(), 0..4_u64).prop_map(|(it, limit)| Shape::WaitFor(it, limit)),
            (boxed.clone(), 0..4_u64).prop_map(|(it, limit)| Shape::Timeout(it, limit)),
            boxed.prop_map(Shape::Shield),
        ]
    })
}

impl Shape {
    /// A limit that expires is not a failure here; a cancellation is passed on.
    fn run(self) -> Pin<Box<dyn Future<Output = Result<()>>>> {
        Box::pin(async move {
            let ended = match self {
                Shape::Sleep(delay) => sleep(seconds(delay)).await,
                Shape::Turns(count) => turns(count).await,
                Shape::CleansUp(inner, count) => {
                    let ended = inner.run().await;
                    turns(count).await?;
                    ended
                }
                Shape::Task(inner) => create_task(inner.run()).await,
                Shape::Both(a, b) => gather([a.run(), b.run()]).await.map(drop),
                Shape::Either(a, b) => or(a.run(), b.run()).await,
                Shape::Group(a, b) => {
                    task_group(async |group| {
                        group.create_task(a.run())?;
                        b.run().await
                    })
                    .await
                }
                Shape::WaitFor(inner, limit) => wait_for(inner.run(), seconds(limit)).await,
                Shape::Timeout(inner, limit) => {
                    timeout(seconds(limit), async |_| inner.run().await).await
                }
                Shape::Shield(inner) => shield(inner.run()).await,
            };
            match ended {
                Err(Error::TimedOut) => Ok(()),
                other => other,
            }
        })
    }
}
