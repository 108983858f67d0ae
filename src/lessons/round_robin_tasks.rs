//! A loop without I/O: a queue of things that can take a step.

use super::prelude::*;
use std::collections::VecDeque;

pub(super) const PAGE: Page = Page {
    title: "a queue of generators, each a step in turn",
    explanation: "\
This is an event loop with everything taken away but its heart: take the first
task, let it do one step, put it back unless it is over. Nobody is interrupted;
each gives the turn away by returning from `next`. A task that loops inside one
step would keep the others out, and no loop could help that.

An iterator is Rust's word for a generator that is sent nothing, so `count`
needs no state machine by hand: `map` keeps the place.

What is missing is waiting. A task that waits for a socket would have to be
asked again and again whether it is there: so does our model `round-robin`, and
the lesson of its price is in `gearshift models --long`.

Look at: the order A B C, then A C, then A.",
    next: "src/aio/core/event_loop.rs",
    program,
};

// -- The program ------------------------------------------------------------------------------------

#[derive(Default)]
struct EventLoopNoIo {
    tasks_to_run: VecDeque<Box<dyn Iterator<Item = ()>>>,
}

impl EventLoopNoIo {
    fn create_task(&mut self, task: impl Iterator<Item = ()> + 'static) {
        self.tasks_to_run.push_back(Box::new(task));
    }

    fn run(&mut self) {
        while let Some(mut task) = self.tasks_to_run.pop_front() {
            if task.next().is_some() {
                self.tasks_to_run.push_back(task);
            }
        }
    }
}

fn count(name: &'static str, to: u32) -> impl Iterator<Item = ()> {
    (1..=to).map(move |i| say!("{name} {i}"))
}

fn program() -> Result<()> {
    let mut event_loop = EventLoopNoIo::default();
    event_loop.create_task(count("A", 3));
    event_loop.create_task(count("B", 1));
    event_loop.create_task(count("C", 2));
    event_loop.run();
    Ok(())
}
