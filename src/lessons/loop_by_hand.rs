//! The loop itself: made, run, stopped and closed by hand.

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "new_event_loop, run_forever, stop, close",
    explanation: "\
This is what `run` does for us. `run_until_complete` runs the loop until one
coroutine is done. `run_forever` runs it until `stop` is called. That has to
happen in a callback or on another thread, because `run_forever` does not
return before. A stopped loop can be run again; a closed one cannot.

There is no `loop.run(coroutine)`, neither here nor in Python: the method is
`run_until_complete`. (Python's `asyncio.run` is a function of the module.) And
`run_in_executor` takes an executor object, not a string (lesson 34).

Look at: \"called soon\" is called only once the loop runs again.",
    next: "src/aio/core/event_loop.rs",
    program,
};

// -- The program ------------------------------------------------------------------------------------

async fn hello_world() -> Result<&'static str> {
    sleep(seconds(0.2)).await?;
    Ok("Hello World")
}

fn program() -> Result<()> {
    let event_loop = new_event_loop()?;
    say!("{}", event_loop.run_until_complete(hello_world())?);
    event_loop.call_soon(|| say!("called soon"));
    let to_stop = event_loop.clone();
    event_loop.call_later(seconds(0.2), move || to_stop.stop());
    event_loop.run_forever()?;
    say!("stopped, running: {}", repr(event_loop.is_running()));
    event_loop.close();
    say!("closed: {}", repr(event_loop.is_closed()));
    Ok(())
}
