//! `async for` and `async with`: iterating and closing that have to wait.

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "async for, async with, also after an error",
    explanation: "\
`async for` is a loop in which getting the next item may wait; in Rust that is
`while let` with an `await` in it. `async with` is a block whose opening and
closing may wait. Rust closes things with `Drop`, which cannot wait. So here a
function, `with`, opens, runs the body, closes however the body ended, and then
passes the body's error on.

Look at: \"closed after an error\" comes before \"caught inside\". By the time the
error is caught, everything has been closed.",
    next: "src/aio/tasks/scope.rs",
    program,
};

// -- The program ------------------------------------------------------------------------------------

struct Countdown(Vec<u32>);
impl AsyncIterator for Countdown {
    type Item = u32;
    async fn next(&mut self) -> Result<Option<u32>> {
        let item = self.0.pop();
        if item.is_some() {
            sleep(seconds(0.05)).await?;
        }
        Ok(item)
    }
}

struct Resource;
impl AsyncScope for Resource {
    async fn enter(&mut self) -> Result<()> {
        sleep(seconds(0.05)).await?;
        say!("opened");
        Ok(())
    }
    async fn exit(&mut self, error: Option<&Error>) -> Result<()> {
        sleep(seconds(0.05)).await?;
        say!("closed {}", error.map_or("normally", |_| "after an error"));
        Ok(())
    }
}

async fn main() -> Result<()> {
    let count_down = async |_: &mut Resource| {
        let mut countdown = Countdown(vec![0, 1, 2]);
        while let Some(item) = countdown.next().await? {
            say!("item {item}");
        }
        Ok(())
    };
    with(Resource, count_down).await?;
    let fail = async |_: &mut _| Err::<(), _>(ValueError("inside").into());
    if let Err(e) = with(Resource, fail).await {
        say!("caught {e}");
    }
    Ok(())
}

fn program() -> Result<()> {
    run(main())
}
