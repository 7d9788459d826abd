//! Pins and what they protect, in the models: the same names as in the real build.
//!
//! - The epoch is one of two (`epoch.rs`). `kept.rs` is for the models of the algorithm: it
//!   keeps all garbage until the execution has ended, and its `pin` has no fence, which is
//!   less than crossbeam-epoch has. `collected.rs` is crossbeam-epoch itself over loom's
//!   atomics (`--cfg crossbeam_loom`), for the models of reclamation.
//! - Light pins are off, unless a model switches them on (`light.rs`). Then what has come due
//!   waits in a queue (`due.rs`).
//! - Every value is boxed (`blocks.rs`).

pub(crate) mod blocks;
#[cfg(crossbeam_loom)]
mod collected;
mod due;
mod epoch;
#[cfg(not(crossbeam_loom))]
mod kept;
mod light;

use super::cookies::Cookie;
use crate::sync::model::thread::yield_now;
use due::{cookies, end_grace_period};
use std::time::Duration;

pub use due::{DueQueue, make_cookies};
pub use epoch::hand_over;
pub(crate) use epoch::{Guard, flush, pin};
#[cfg(crossbeam_loom)]
pub use light::take_a_record;
pub use light::{begin_or_go_on, end_light_pins, end_of_thread, run_due, switch_light_pins_on};
pub(crate) use light::{enter, enter_again};
#[cfg(not(crossbeam_loom))]
pub use light::{forget_garbage, free_garbage};

/// Does nothing: each model says for itself whether light pins are on.
pub(crate) fn switch_on() {}

/// Contains nothing: a panic is a failed model.
pub(crate) fn contain_panic(free: impl FnOnce()) {
    free();
}

/// As in `reclaim/synchronize.rs`.
pub(crate) fn cookie() -> Cookie {
    cookies().take()
}

/// As in `reclaim/synchronize.rs`: a model says for itself where a thread may wait.
pub(crate) fn can_wait() -> bool {
    true
}

impl Cookie {
    /// As in `reclaim/synchronize.rs`, with one collection.
    pub(crate) fn is_over(self) -> bool {
        cookies().is_over(self) || {
            if !cookies().has_begun(self) {
                let number = cookies().begin();
                // SAFETY: the function captures a number.
                unsafe { pin().defer_free(0, 0, move || end_grace_period(number)) };
            }
            flush();
            begin_or_go_on();
            run_due();
            cookies().is_over(self)
        }
    }

    /// As in `reclaim/synchronize.rs`.
    pub(crate) fn wait(self) -> bool {
        while !self.is_over() {
            yield_now();
        }
        true
    }
}

/// Not known in a model.
pub(crate) fn amount_waiting() -> (usize, usize) {
    (0, 0)
}

/// Not known in a model.
pub(crate) fn oldest_guard() -> Option<Duration> {
    None
}
