//! A loop without I/O: a queue of tasks that can each take a step.

use super::prelude::*;
use std::collections::VecDeque;

pub(super) const PAGE: Page = Page {
    title: "a queue of generators, one step each in turn",
    explanation: "\
This is an event loop reduced to its core: take the first task, let it do one
step, and put it back unless it is finished. No task is interrupted; each one
gives up its turn by returning from `next`. A task that never returns from a
step keeps all others waiting, and the loop cannot help that.

A generator that is sent nothing is an iterator in Rust, so `count` needs no
hand-written state machine: `map` keeps the position.

What is missing is waiting. A task that waits for a socket would have to be
asked again and again whether data has arrived. Our model `round-robin` does
that; `gearshift models --long` says what it costs.

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
