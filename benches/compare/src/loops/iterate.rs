//! All entries of a map.

use crate::contender::{Contender, Reader};
use crate::quiet::quietest;
use crate::timing::{Pace, Window, on_threads};
use std::hint::black_box;

/// Nanoseconds per entry.
pub(crate) fn measure<C: Contender>(map: &C, window: Window) -> f64 {
    let run = || {
        on_threads(1, |_, others| {
            let reader = map.reader();
            window.run_with_others(others, &mut || sum(&reader))
        })
    };
    quietest(|| Pace::sum(&run())).ns()
}

/// Looks at each key and adds up the values. Returns the number of entries.
#[inline(never)]
fn sum<R: Reader>(reader: &R) -> usize {
    let (mut sum, mut entries) = (0_u64, 0);
    reader.for_each(|key, value| {
        black_box(key);
        sum = sum.wrapping_add(value);
        entries += 1;
    });
    black_box(sum);
    entries
}
