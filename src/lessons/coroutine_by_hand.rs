//! What `await` is: a coroutine driven by nobody but us.

use super::prelude::*;
use std::cell::Cell;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

pub(super) const PAGE: Page = Page {
    title: "what `await` is: driving a coroutine by hand",
    explanation: "\
Calling `native` ran nothing. Each `poll` runs it to the next place where it
has to wait, and then it says so (`Pending`); the last one brings its result
(`Ready`, in Python: StopIteration with a value). An event loop is whoever
calls `poll`.

`poll` is Python's `send(None)`. Python can also send a value in and get one
out at the same place; Rust cannot, so both lie in a `Hand`, where either side
finds them. That is no loss: real loops hand over nothing but \"go on\". A future
made of a closure (`poll_fn`) is the generator-based coroutine here, a type
with `poll` the object with `__await__` (the notes spell it `__await()_`).

The last stage of the notes' echo server is `async` and `await`. It differs
from the two before (lesson 3) in spelling only, so here all three are one
model, `coroutines`.

Look at: where \"received a\" is printed. The second poll goes on in the middle
of the line in which the first one stopped.",
    next: "src/aio/tasks/task.rs",
    program,
};

// -- The program ------------------------------------------------------------------------------------

type Text = &'static str;
type Hand = Cell<Text>; // in it lies what was yielded, and then what was sent

/// `yield`: a value comes out at the first poll; what was sent, at the next.
fn step(hand: &Hand, value: Option<Text>) -> Poll<Text> {
    if let Some(value) = value {
        hand.set(value);
        return Poll::Pending;
    }
    Poll::Ready(hand.get())
}

async fn generator_based(hand: &Hand) -> Text {
    let mut value = Some("from a generator-based coroutine");
    poll_fn(|_| step(hand, value.take())).await
}

struct Awaitable<'h>(&'h Hand, Option<Text>);
impl Future for Awaitable<'_> {
    type Output = Text;
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Text> {
        let value = self.1.take();
        step(self.0, value)
    }
}

async fn native(hand: &Hand) -> i32 {
    say!("received {}", generator_based(hand).await);
    say!("received {}", Awaitable(hand, Some("from __await__")).await);
    1
}

fn program() -> Result<()> {
    let hand = Hand::default();
    let mut coro = pin!(native(&hand));
    for sent in ["", "a", "b"] {
        hand.set(sent);
        let mut context = Context::from_waker(Waker::noop());
        match coro.as_mut().poll(&mut context) {
            Poll::Pending => say!("{}", hand.get()),
            Poll::Ready(value) => say!("StopIteration: {value}"),
        }
    }
    Ok(())
}
