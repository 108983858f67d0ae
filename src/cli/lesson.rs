//! `gearshift lesson` on the command line, as text.

use crate::classroom::Options;
use clap::Args;
use std::path::PathBuf;

/// `gearshift lesson`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gearshift lesson                           list all lessons
  gearshift lesson 8                         show, run and explain lesson 8
  gearshift lesson flow --virtual            run one without waiting
  gearshift lesson lock --predict            predict the order of its lines
  gearshift lesson lock --check answer.txt   check an answer; for scripts
  gearshift lesson 16 --trace flow.json      then: gearshift timeline flow.json

An answer is the letters that --predict shows (C A B), or the lines themselves.
Exit codes: 0 done (with --check: all lines right); 1 program failed, file
error, or a wrong line with --check; 2 wrong arguments.")]
pub struct Lesson {
    /// Name of a lesson, its number, or the beginning of its name; omit it to list all
    name: Option<String>,
    /// Print only the output of the program
    #[arg(short, long, requires = "name", conflicts_with_all = ["predict", "check"])]
    output_only: bool,
    /// Use a virtual clock that skips all waiting
    ///
    /// Threads and child processes still take their time.
    #[arg(long = "virtual", requires = "name")]
    virtual_clock: bool,
    /// Shuffle what is ready at the same time, with seed N, to show what depends on order
    #[arg(long, value_name = "N", requires = "name")]
    seed: Option<u64>,
    /// Ask for the order of the lines first, on standard input, and check the answer
    #[arg(long, requires = "name", conflicts_with = "check")]
    predict: bool,
    /// Check the answer in FILE and print how much of it is right; `-` is standard input
    #[arg(long, value_name = "FILE", requires = "name", conflicts_with_all = ["virtual_clock", "trace"])]
    check: Option<PathBuf>,
    /// Record what ran, was ready or waited (and for what) as a Chrome trace
    #[arg(long, value_name = "FILE", requires = "name")]
    trace: Option<PathBuf>,
}

impl Lesson {
    /// The options of the classroom.
    pub fn options(self) -> Options {
        Options {
            name: self.name,
            output_only: self.output_only,
            virtual_clock: self.virtual_clock,
            seed: self.seed,
            predict: self.predict,
            check: self.check,
            trace: self.trace,
        }
    }
}
