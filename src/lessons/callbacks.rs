//! Callbacks: soon, after a delay, from another thread; and cancelling one.

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "callbacks: soon, timed, from a thread; cancelled",
    explanation: "\
\"soon\" does not mean now: `call_soon` puts a callback into the ready queue, and
`main` goes on first. Timed callbacks run in the order of their deadlines, not
of the lines. A callback from another thread must be handed over: the loop's
queue has no lock, and a sleeping loop has to be woken. `call_soon_threadsafe`
does both.

A server made of callbacks must not use `sendall`: on a non-blocking socket it
fails when the send buffer is full. The callback has to keep the rest and wait
until the socket is writable, as our model `event-loop` does. The selector to
wait with is Python's `selectors.DefaultSelector`; no other module has it.

Look at: \"never said\", which was cancelled before its time came.",
    next: "src/aio/core/handle.rs",
    program,
};

// -- The program ------------------------------------------------------------------------------------

async fn main() -> Result<()> {
    let event_loop = EventLoop::running();
    let done = event_loop.create_future();
    event_loop.call_later(seconds(0.3), || say!("later: 0.3"));
    event_loop.call_later(seconds(0.1), || say!("later: 0.1"));
    let at = event_loop.time() + seconds(0.2);
    event_loop.call_at(at, || say!("at: now + 0.2"));
    let to_set = done.clone();
    let set = move || to_set.set_result(()).expect("it is not done");
    event_loop.call_later(seconds(0.4), set);
    let never = || say!("never said");
    let cancelled = event_loop.call_later(seconds(0.15), never);
    cancelled.cancel();
    event_loop.call_soon(|| say!("soon 1"));
    event_loop.call_soon(|| say!("soon 2"));
    let remote = event_loop.remote();
    thread_timer(seconds(0.25), move || {
        remote.call_soon_threadsafe(|| say!("from another thread"));
    })?;
    say!("main waits; cancelled: {}", repr(cancelled.cancelled()));
    done.await
}

fn program() -> Result<()> {
    run(main())
}
