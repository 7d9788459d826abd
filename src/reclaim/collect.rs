//! Collections: what a public call does at its end with what was retired.

use super::due::{self, AT_ONCE, Ran};
use super::grace;
use super::guard::Guard;
use super::thread::with_bag;
use super::waiting;
use crate::sync::real::locks::holds_a_lock;

impl Guard {
    /// Hands over what this thread has retired, and advances the epoch if it can. What comes
    /// due then goes to the queue: nothing of the user's runs.
    pub(super) fn hand_over_all(&self) {
        if let Some(bag) = with_bag(|bag| bag.take()).flatten() {
            self.hand_over(bag);
        }
        waiting::handed_over(due::handed_over());
        self.0.flush();
    }

    /// Collects if this thread has retired enough since the last time, or should look
    /// after what is waiting, or something may be run (rule M8). Runs destructors of
    /// the user's, [`AT_ONCE`] objects at the most. A public call calls this once, at its
    /// end.
    ///
    /// crossbeam-epoch collects by itself only in an outermost `pin`, which a
    /// thread that holds a guard never reaches: without this call, writes under
    /// a held guard would leak without bound.
    #[inline]
    pub(crate) fn collect_if_due(&self) {
        if due::is_time() {
            self.collect();
        }
    }

    #[cold]
    pub(super) fn collect(&self) {
        if due::is_running() {
            return;
        }
        let looks = due::takes_a_look();
        if due::has_retired_enough() {
            self.hand_over_all();
        } else if looks {
            self.0.flush();
        }
        grace::attend(looks);
        if !holds_a_lock() {
            self.run_at_most(AT_ONCE);
        }
        if due::is_left() {
            grace::come_again_soon();
        }
    }

    /// Runs what is due, so many objects at the most.
    pub(super) fn run_at_most(&self, objects: usize) -> Ran {
        let ran = due::run(objects, |room| {
            with_bag(|filling| filling.keep(room));
        });
        if due::has_retired_enough() {
            // This thread may never call again. So any thread that collects frees what the
            // destructors have retired.
            self.hand_over_all();
        }
        ran
    }
}
