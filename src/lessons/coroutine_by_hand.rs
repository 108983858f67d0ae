//! What `await` is: a coroutine driven by nobody but us.

use super::prelude::*;
use std::cell::Cell;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

pub(super) const PAGE: Page = Page {
    title: "what `await` is: driving a coroutine by hand",
    explanation: "\
Calling `native` ran nothing. Each `poll` runs it to the next place where it has to
wait, and then it says so (`Pending`); the last one brings its result (`Ready`,
in Python: StopIteration with a value). An event loop is whoever calls `poll`.

`poll` is Python's `send(None)`. Python can also send a value in and get one out at
the same place; Rust cannot, so both lie in `Hands`, where either side finds them.
That is no loss: real loops hand over nothing but \"go on\". A future made of a
closure (`poll_fn`) is the generator-based coroutine here, a type with `poll` the
object with `__await__` (the notes spell it `__await()_`).

Of the echo servers of the notes, `async`/`await` is the last stage, our model
`coroutines`.

Look at: where \"received a\" is printed. The second poll goes on in the middle
of the line in which the first one stopped.",
    next: "src/aio/task.rs",
    program,
};

// -- The program ------------------------------------------------------------------------------------

#[derive(Default)]
struct Hands {
    yielded: Cell<&'static str>,
    sent: Cell<&'static str>,
}

async fn generator_based(hands: &Hands) -> &'static str {
    let yields = ["from a generator-based coroutine"];
    let mut yields = yields.into_iter();
    let step = |_: &mut Context<'_>| match yields.next() {
        Some(value) => {
            hands.yielded.set(value);
            Poll::Pending
        }
        None => Poll::Ready(hands.sent.get()),
    };
    poll_fn(step).await
}

struct Awaitable<'h>(&'h Hands, bool);

impl Future for Awaitable<'_> {
    type Output = &'static str;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        if self.1 {
            return Poll::Ready(self.0.sent.get());
        }
        self.1 = true;
        self.0.yielded.set("from __await__");
        Poll::Pending
    }
}

async fn native(hands: &Hands) -> i32 {
    say!("received {}", generator_based(hands).await);
    say!("received {}", Awaitable(hands, false).await);
    1
}

fn program() -> Result<()> {
    let hands = Hands::default();
    let mut coro = pin!(native(&hands));
    for sent in ["", "a", "b"] {
        hands.sent.set(sent);
        let mut context = Context::from_waker(Waker::noop());
        match coro.as_mut().poll(&mut context) {
            Poll::Pending => say!("{}", hands.yielded.get()),
            Poll::Ready(value) => say!("StopIteration: {value}"),
        }
    }
    Ok(())
}
