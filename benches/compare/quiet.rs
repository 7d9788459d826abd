//! Measurements that are made again if other programs took the processors away.

use crate::timing::Pace;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How often a measurement is made at most.
const ATTEMPTS: usize = 3;

static MEASURED: AtomicUsize = AtomicUsize::new(0);
static DISTURBED: AtomicUsize = AtomicUsize::new(0);

/// Something measured that knows its pace.
pub(crate) trait Paced {
    fn pace(&self) -> Pace;
}

impl Paced for Pace {
    fn pace(&self) -> Pace {
        *self
    }
}

/// Measures again if threads had to wait for a processor, some times, and takes
/// the attempt in which they did so least: two threads that take turns on one
/// processor never meet, and are not what is to be measured.
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

/// A twentieth of the time is as much as the ratios may be wrong by.
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
             their time, in each of {ATTEMPTS} attempts: threads that should have met may not have"
        )
    })
}
