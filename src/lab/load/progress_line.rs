//! How a run goes, on one line of the terminal.
//!
//! On standard error, and only where that is a terminal: what a script reads has no line in it that was
//! meant to go away.

use super::Progress;
use super::plan::Plan;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;

/// A line that follows the [`Progress`]s of a run.
#[derive(Debug)]
pub struct ProgressLine {
    bar: ProgressBar,
    /// Milliseconds to measure, or messages.
    of_time: Option<u64>,
    last: (f64, u64),
}

impl ProgressLine {
    /// Shown if there is a terminal to show it on, and nobody wants quiet.
    pub fn new(plan: &Plan, quiet: bool) -> ProgressLine {
        let target = match quiet || !std::io::stderr().is_terminal() {
            true => ProgressDrawTarget::hidden(),
            false => ProgressDrawTarget::stderr(),
        };
        let milliseconds = (plan.parameters.duration_seconds * 1e3) as u64;
        let of_time = plan.messages.is_none().then_some(milliseconds);
        let length = plan.messages.unwrap_or(milliseconds);
        let bar = ProgressBar::with_draw_target(Some(length), target);
        let style = ProgressStyle::with_template("{wide_bar} {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        ProgressLine {
            bar,
            of_time,
            last: (0.0, 0),
        }
    }

    /// Follows.
    pub fn on(&mut self, progress: Progress) {
        match progress {
            Progress::Connecting { open, of } => {
                self.bar.set_message(format!("{open} of {of} connected"));
            }
            Progress::WarmingUp => self.bar.set_message("warming up"),
            Progress::Measuring {
                elapsed,
                messages,
                errors,
            } => {
                let (before, had) = self.last;
                let seconds = elapsed.as_secs_f64();
                self.bar.set_position(match self.of_time {
                    Some(_) => elapsed.as_millis() as u64,
                    None => messages,
                });
                if seconds - before >= 0.25 || before == 0.0 {
                    let rate = (messages - had) as f64 / (seconds - before).max(1e-9);
                    self.last = (seconds, messages);
                    let errors = if errors > 0 {
                        format!(", {errors} errors")
                    } else {
                        String::new()
                    };
                    self.bar
                        .set_message(format!("{rate:.0} messages/s{errors}"));
                }
            }
            Progress::MeasuringEnds => self.bar.set_message("waiting for what is under way"),
            Progress::Connected { .. } | Progress::MeasuringBegins => {}
        }
    }

    /// Takes the line away.
    pub fn end(self) {
        self.bar.finish_and_clear();
    }
}
