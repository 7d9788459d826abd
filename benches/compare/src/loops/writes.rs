//! Known keys that are overwritten, incremented, or removed and inserted again.

use crate::allocator::live_bytes;
use crate::contender::{RENEWED_EVERY, Writable, Writer};
use crate::keys::Walk;
use crate::quiet::{Paced, quietest};
use crate::timing::{Pace, Window, on_threads};
use std::time::Instant;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Change {
    Overwrite,
    Increment,
    RemoveAndInsert,
}

impl Change {
    pub(crate) const ALL: [Self; 3] = [Self::Overwrite, Self::Increment, Self::RemoveAndInsert];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Overwrite => "overwrite",
            Self::Increment => "increment",
            Self::RemoveAndInsert => "remove+insert",
        }
    }
}

/// One measurement.
pub(crate) struct Writes<'k, K> {
    pub(crate) walk: &'k Walk<K>,
    pub(crate) change: Change,
    pub(crate) threads: usize,
    pub(crate) window: Window,
}

/// The result of one measurement.
pub(crate) struct Written {
    /// Includes the time to free what was retired and not yet freed at the end.
    pub(crate) pace: Pace,
    /// The growth in allocated bytes, before that freeing.
    pub(crate) waiting: i64,
    /// The growth in allocated bytes, after that freeing.
    pub(crate) more: i64,
}

impl Paced for Written {
    fn pace(&self) -> Pace {
        self.pace
    }
}

pub(crate) fn measure<C: Writable>(map: &C, writes: &Writes<'_, C::Key>) -> Written {
    let before = live_bytes();
    let best = quietest(|| attempt(map, writes));
    Written {
        more: live_bytes() - before,
        ..best
    }
}

fn attempt<C: Writable>(map: &C, writes: &Writes<'_, C::Key>) -> Written {
    let before = live_bytes();
    let mut pace = run_threads(map, writes);
    let waiting = live_bytes() - before;
    let start = Instant::now();
    map.collect();
    pace.time += start.elapsed();
    Written {
        pace,
        waiting,
        more: live_bytes() - before,
    }
}

fn run_threads<C: Writable>(map: &C, writes: &Writes<'_, C::Key>) -> Pace {
    let paces = on_threads(writes.threads, |thread, others| {
        let keys = writes.walk.part(thread, writes.threads);
        let mut batches = keys.chunks(RENEWED_EVERY).cycle();
        let mut writer = Some(map.writer());
        let mut chunk = || {
            let mut changed = 0;
            // A few batches between two readings of the clock.
            for batch in batches.by_ref().take(4) {
                if let Some(held) = writer.take() {
                    change(&held, batch, writes.change);
                    writer = Some(held.renewed());
                }
                changed += batch.len();
            }
            changed
        };
        writes.window.run_with_others(others, &mut chunk)
    });
    Pace::sum(&paces)
}

#[inline(never)]
fn change<W: Writer>(writer: &W, keys: &[W::Key], change: Change) {
    match change {
        Change::Overwrite => keys.iter().for_each(|key| writer.insert(key, 1)),
        Change::Increment => keys.iter().for_each(|key| writer.increment(key)),
        Change::RemoveAndInsert => keys.iter().for_each(|key| {
            writer.remove(key);
            writer.insert(key, 1);
        }),
    }
}

/// Overwrites each entry with its own value.
pub(crate) fn overwrite<C: Writable>(map: &C, entries: &[(C::Key, u64)]) {
    let mut writer = map.writer();
    for batch in entries.chunks(RENEWED_EVERY) {
        for (key, value) in batch {
            writer.insert(key, *value);
        }
        writer = writer.renewed();
    }
}
