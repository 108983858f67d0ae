//! `gearshift lesson` on the command line, as text.

use crate::classroom::Options;
use clap::Args;
use std::path::PathBuf;

/// `gearshift lesson`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  gearshift lesson                      the list
  gearshift lesson 8                    source, run, explanation
  gearshift lesson flow --virtual       the same without waiting for its clock
  gearshift lesson lock --predict       first say in which order it prints
  gearshift lesson lock --check answer.txt   judge an answer; for scripts
  gearshift lesson 16 --trace flow.json      then: gearshift timeline flow.json

An answer is letters as --predict deals them (C A B), or the lines themselves.
Exit codes: 0 done, --check: all lines right; 1 the program failed, a file
cannot be read or written, --check: not all right; 2 wrong arguments.")]
pub struct Lesson {
    /// Its name, the beginning of it, or its number; without one, all are listed
    pub name: Option<String>,
    /// Print what the program prints, as it prints it, and nothing else
    #[arg(short, long, requires = "name", conflicts_with_all = ["predict", "check"])]
    pub output_only: bool,
    /// A clock that jumps over all waiting. What threads and child processes do still takes its time
    #[arg(long = "virtual", requires = "name")]
    pub virtual_clock: bool,
    /// Run what is ready at the same time in an order that N decides: shows what depends on it
    #[arg(long, value_name = "N", requires = "name")]
    pub seed: Option<u64>,
    /// Ask for the order of the lines first, on standard input, and judge the answer
    #[arg(long, requires = "name", conflicts_with = "check")]
    pub predict: bool,
    /// Judge the answer in FILE (- is standard input) and print how much of it is right
    #[arg(long, value_name = "FILE", requires = "name", conflicts_with_all = ["virtual_clock", "trace"])]
    pub check: Option<PathBuf>,
    /// Write who ran, was ready and waited for what to FILE, as a Chrome trace
    #[arg(long, value_name = "FILE", requires = "name")]
    pub trace: Option<PathBuf>,
}

impl Lesson {
    /// The same in the terms of the classroom.
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
