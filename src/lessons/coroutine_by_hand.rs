//! What `await` is: we drive a coroutine ourselves.

use super::prelude::*;
use std::cell::Cell;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

pub(super) const PAGE: Page = Page {
    title: "what `await` is: driving a coroutine by hand",
    explanation: "\
Calling `native` runs nothing. Each `poll` runs the coroutine to the next place
where it has to wait, and then returns `Pending`. The last poll returns its
result in `Ready` (in Python: StopIteration with a value). An event loop is
simply the code that calls `poll`.

`poll` is Python's `send(None)`. Python can also send a value in and get one
out at the same place. Rust cannot, so both sides use a shared cell, the `Slot`.
Little is lost: a real loop never sends a value, it only says \"go on\". A future
made of a closure (`poll_fn`) stands for Python's generator-based coroutine; a
type with `poll` stands for an object with `__await__`. That name has two
underscores on each side, or Python does not find the method.

`async` and `await` are `yield from` (lesson 3) with a different spelling. A
server written either way is the same model here, `coroutines`.

Look at: where \"received a\" is printed. The second poll resumes in the middle
of the line in which the first one stopped.",
    next: "src/aio/tasks/task.rs",
    program,
};

// -- The program ------------------------------------------------------------------------------------

type Text = &'static str;
type Slot = Cell<Text>; // holds the yielded value, then the sent one

/// `yield`: the first poll gives a value out, the next returns the sent one.
fn step(slot: &Slot, value: Option<Text>) -> Poll<Text> {
    if let Some(value) = value {
        slot.set(value);
        return Poll::Pending;
    }
    Poll::Ready(slot.get())
}

async fn generator_based(slot: &Slot) -> Text {
    let mut value = Some("from a generator-based coroutine");
    poll_fn(|_| step(slot, value.take())).await
}

struct Awaitable<'h>(&'h Slot, Option<Text>);
impl Future for Awaitable<'_> {
    type Output = Text;
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Text> {
        let value = self.1.take();
        step(self.0, value)
    }
}

async fn native(slot: &Slot) -> i32 {
    say!("received {}", generator_based(slot).await);
    say!("received {}", Awaitable(slot, Some("from __await__")).await);
    1
}

fn program() -> Result<()> {
    let slot = Slot::default();
    let mut coro = pin!(native(&slot));
    for sent in ["", "a", "b"] {
        slot.set(sent);
        let mut context = Context::from_waker(Waker::noop());
        match coro.as_mut().poll(&mut context) {
            Poll::Pending => say!("{}", slot.get()),
            Poll::Ready(value) => say!("StopIteration: {value}"),
        }
    }
    Ok(())
}
