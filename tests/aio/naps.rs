//! Coroutines that take some time, the same in Rust and in Python, for tests of what ends them.

use crate::say;
use crate::twin::{ending, fail, seconds, twins};
use gearshift::aio::{Result, sleep};
use std::future::Future;

/// Sleeps, says how that ended and returns how long it should have taken.
pub(crate) async fn nap(delay: i32) -> Result<i32> {
    let slept = sleep(seconds(delay as u64)).await;
    say!("{delay} {}", ending(slept.clone()));
    slept.map(|()| delay)
}

/// Sleeps and fails.
pub(crate) async fn fall(delay: u64, words: &str) -> Result<i32> {
    sleep(seconds(delay)).await?;
    fail(words)
}

const NAPS: &str = r#"
async def nap(delay):
    try:
        await sleep(delay)
    except CancelledError:
        say(delay, "cancelled")
        raise
    say(delay, None)
    return delay

async def fall(delay, words):
    await sleep(delay)
    fail(words)

async def group(body):
    async with TaskGroup() as tasks:
        await body(tasks)
"#;

/// As [`twins`], where Python has these coroutines too.
#[track_caller]
pub(crate) fn naps(python: &str, main: impl Future<Output = Result<()>> + 'static, prints: &str) {
    twins(&format!("{NAPS}{python}"), main, prints);
}
