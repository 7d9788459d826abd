//! Look-ups of present keys, or of absent ones.

use crate::contender::{Contender, Reader};
use crate::keys::Walk;
use crate::quiet::quietest;
use crate::timing::{Pace, Window, on_threads};
use std::hint::black_box;

/// Look-ups between two readings of the clock.
const CHUNK: usize = 2_048;

/// One measurement.
pub(crate) struct Lookups<'k, K> {
    pub(crate) walk: &'k Walk<K>,
    pub(crate) threads: usize,
    /// Where in the walk to begin, from 0 to 1.
    pub(crate) from: f64,
    pub(crate) window: Window,
}

/// Nanoseconds of thread time per look-up.
pub(crate) fn measure<C: Contender>(map: &C, lookups: &Lookups<'_, C::Key>) -> f64 {
    quietest(|| run_threads(map, lookups)).ns()
}

fn run_threads<C: Contender>(map: &C, lookups: &Lookups<'_, C::Key>) -> Pace {
    let paces = on_threads(lookups.threads, |thread, others| {
        let reader = map.reader();
        let apart = thread as f64 / lookups.threads as f64;
        let mut steps = lookups.walk.from((lookups.from + apart).fract());
        let mut chunk = || {
            let steps = steps.next(CHUNK);
            black_box(sum(&reader, &lookups.walk.keys, steps));
            steps.len()
        };
        lookups.window.run_with_others(others, &mut chunk)
    });
    Pace::sum(&paces)
}

/// The sum of all values that the walk's keys have.
pub(crate) fn pass<R: Reader>(reader: &R, lookups: &Lookups<'_, R::Key>) -> u64 {
    let keys = &lookups.walk.keys;
    let each: Vec<_> = (0..).take(keys.len()).collect();
    sum(reader, keys, &each)
}

/// The measured loop. Not inlined, so that its code does not depend on its caller.
#[inline(never)]
fn sum<R: Reader>(reader: &R, keys: &[R::Key], steps: &[u32]) -> u64 {
    let mut sum = 0_u64;
    for &step in steps {
        if let Some(value) = reader.get(&keys[step as usize]) {
            sum = sum.wrapping_add(value);
        }
    }
    sum
}
