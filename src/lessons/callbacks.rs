//! Callbacks: now, later, from another thread; and calling one off.

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "callbacks: soon, timed, from a thread; cancelled",
    explanation: "\
\"soon\" is not now: `call_soon` puts a callback into the ready queue, and `main`
goes on first. The timed ones come by their deadlines, not by the order of the
lines. Whatever comes from another thread has to be handed over: the loop's own
queue has no lock, and a loop that sleeps has to be woken, which is what
`call_soon_threadsafe` does.

What was wrong in the notes: the server with callbacks names `DefaultSelector`
on the wrong module, and sends with `sendall` on a socket that may not be
writable. A loop's callback has to wait for that, too, as our model
`event-loop` does.

Look at: \"never said\", which was called off before its time came.",
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
