//! A progress bar on standard error, if that is a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

#[derive(Debug)]
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Draws only when a method is called, so that no other thread runs beside the
    /// measurements.
    pub(crate) fn new(steps: usize) -> Self {
        let target = ProgressDrawTarget::stderr();
        let bar = ProgressBar::with_draw_target(Some(steps as u64), target);
        let style = ProgressStyle::with_template("{bar:30} {percent:>3} % {elapsed} {wide_msg}");
        bar.set_style(style.expect("the template is right"));
        Self(bar)
    }

    /// Says what comes next.
    pub(crate) fn step(&self, what: &str) {
        self.0.set_message(String::from(what));
        self.0.inc(1);
    }

    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}
