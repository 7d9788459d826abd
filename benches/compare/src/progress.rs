//! A progress bar on standard error, if that is a terminal.

use crate::results::Case;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Draws only when a method is called, so that no other thread runs beside the
    /// measurements.
    pub(crate) fn new() -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{bar:30} {percent:>3} % {elapsed} {msg}");
        bar.set_style(style.expect("the template is right"));
        Self(bar)
    }

    pub(crate) fn expect(&self, steps: usize) {
        self.0.inc_length(steps as u64);
    }

    pub(crate) fn step(&self, case: &Case, contender: &str) {
        let (what, size) = (case.what, case.size);
        self.0.set_message(format!("{what} {size}: {contender}"));
        self.0.inc(1);
    }

    pub(crate) fn building(&self, contender: &str, size: usize) {
        self.0.set_message(format!("building {size}: {contender}"));
    }

    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}
