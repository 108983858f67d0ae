//! A bounded queue: the fast producer has to wait.

use super::prelude::*;
use std::rc::Rc;

pub(super) const PAGE: Page = Page {
    title: "a bounded queue: back-pressure",
    explanation: "\
The producer could put all four items at once, and the consumer needs 0.1 s for
each. A queue that holds one item makes the producer wait: it is never more
than one item ahead, plus the one that it is about to put. That is
back-pressure. It keeps a server's memory bounded when a client reads slowly.

\"put 1\" comes before \"got 0\": it is printed before the `put` that has to wait.

The end is an item, too: `None`, after which the consumer stops.

Look at: from the third line on, one item is got for each that is put.",
    next: "src/aio/sync/queue.rs",
    program,
};

// -- The program ------------------------------------------------------------------------------------

async fn producer(queue: Rc<Queue<Option<u32>>>) -> Result<()> {
    for i in 0..4 {
        say!("put {i}");
        queue.put(Some(i)).await?;
    }
    queue.put(None).await
}

async fn consumer(queue: Rc<Queue<Option<u32>>>) -> Result<()> {
    while let Some(item) = queue.get().await? {
        say!("got {item}");
        sleep(seconds(0.1)).await?;
    }
    say!("end of queue");
    Ok(())
}

async fn main() -> Result<()> {
    let queue = Rc::new(Queue::bounded(1));
    gather!(producer(queue.clone()), consumer(queue)).await?;
    Ok(())
}

fn program() -> Result<()> {
    run(main())
}
