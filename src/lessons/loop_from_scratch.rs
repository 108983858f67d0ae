//! Ready and sleeping: the smallest loop with a clock.

use super::prelude::*;
use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::mem::replace;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

pub(super) const PAGE: Page = Page {
    title: "ready, sleeping: the smallest loop with a clock",
    explanation: "\
Two collections are enough: the coroutines that are ready, and those that sleep
and until when. While one is ready, the loop runs it. Otherwise the loop itself
sleeps until the first sleeper is due. So it sleeps 0.6 s and not 1.2 s.

Three mistakes are common in such a loop. `send(None)` returns what was yielded,
not \"the next coroutine\". There is a result only after the last step. And
removing the first item of a list moves all the others. Here a coroutine says
how long it wants to sleep, the result comes with `Ready`, and a sorted map has
the first sleeper at hand (equal deadlines keep the order of going to sleep).

The real loop adds sockets. Instead of sleeping, it asks the kernel to wake it
for a socket or at the next deadline, whichever comes first.

Look at: `block`. The loop blocks, so that no coroutine has to.",
    next: "src/aio/core/timers.rs",
    program,
};

thread_local! {
    /// How long the coroutine that has just paused wants to sleep.
    static ASKED: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

// -- The program ------------------------------------------------------------------------------------

type Coro = Pin<Box<dyn Future<Output = &'static str>>>;

async fn sleep(time: Duration) {
    let mut asked = false;
    poll_fn(|_| {
        ASKED.set(time);
        match replace(&mut asked, true) {
            false => Poll::Pending,
            true => Poll::Ready(()),
        }
    })
    .await
}

fn run_all(mut ready: VecDeque<Coro>) {
    let mut sleeping: BTreeMap<(Instant, u32), Coro> = BTreeMap::new();
    for step in 0.. {
        let next = ready.pop_front().or_else(|| {
            let ((due, _), coro) = sleeping.pop_first()?;
            block(due.saturating_duration_since(now()));
            Some(coro)
        });
        let Some(mut coro) = next else { return };
        let mut context = Context::from_waker(Waker::noop());
        match coro.as_mut().poll(&mut context) {
            Poll::Ready(result) => say!("finished with {result}"),
            Poll::Pending => {
                sleeping.insert((now() + ASKED.get(), step), coro);
            }
        }
    }
}

async fn sleeper(name: &'static str, time: f64) -> &'static str {
    say!("{name} sleeps {time} s");
    sleep(seconds(time)).await;
    say!("{name} woke");
    name
}

fn program() -> Result<()> {
    let coro = |(name, time)| -> Coro { Box::pin(sleeper(name, time)) };
    run_all([("A", 0.4), ("B", 0.2), ("C", 0.6)].map(coro).into());
    Ok(())
}
