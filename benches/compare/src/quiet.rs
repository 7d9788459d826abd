//! Repeats a measurement if other programs took the processors during it.

use crate::timing::Pace;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The most attempts at one measurement.
const ATTEMPTS: usize = 3;

static MEASURED: AtomicUsize = AtomicUsize::new(0);
static DISTURBED: AtomicUsize = AtomicUsize::new(0);

/// A result that has a pace.
pub(crate) trait Paced {
    fn pace(&self) -> Pace;
}

impl Paced for Pace {
    fn pace(&self) -> Pace {
        *self
    }
}

/// Measures up to [`ATTEMPTS`] times, until the threads hardly wait for a processor.
/// Returns the attempt with the least waiting. Two threads that take turns on one
/// processor do not contend, so their times would be too good.
pub(crate) fn quietest<T: Paced>(mut measure: impl FnMut() -> T) -> T {
    MEASURED.fetch_add(1, Ordering::Relaxed);
    let mut best = measure();
    for _ in 1..ATTEMPTS {
        if !is_disturbed(&best) {
            return best;
        }
        let again = measure();
        if again.pace().waited < best.pace().waited {
            best = again;
        }
    }
    if is_disturbed(&best) {
        DISTURBED.fetch_add(1, Ordering::Relaxed);
    }
    best
}

/// Waiting for 5 % of the time is tolerated: the ratios may be off by as much.
fn is_disturbed(measured: &impl Paced) -> bool {
    let Pace { time, waited, .. } = measured.pace();
    waited > time / 20
}

/// How many of all measurements had no quiet attempt, in words.
pub(crate) fn note() -> Option<String> {
    let disturbed = DISTURBED.load(Ordering::Relaxed);
    let measured = MEASURED.load(Ordering::Relaxed);
    (disturbed > 0).then(|| {
        format!(
            "{disturbed} of {measured} measurements waited for a processor more than 5 % of \
             their time, in each of {ATTEMPTS} attempts: their threads may not have run at the same time"
        )
    })
}
