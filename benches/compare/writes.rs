//! Group `overwrite`: known keys are overwritten, incremented, and removed and
//! inserted again. Each thread has keys of its own.

use crate::allocator::live_bytes;
use crate::contender::{RENEWED_EVERY, Writable, Writer};
use crate::context::{Context, rotated};
use crate::keys::{Key, Keys, Walk};
use crate::quiet::{Paced, quietest};
use crate::results::Case;
use crate::roster;
use crate::settings::Group;
use crate::timing::{Pace, Window, on_threads};
use std::time::Instant;

const SIZE: usize = 1_000;

/// What is retired and not freed at the end of a round.
pub(crate) const WAITING: &str = "bytes waiting";

/// What is allocated after all rounds, and freed what can be, and was not before.
pub(crate) const MORE: &str = "bytes more";

/// How much longer than a look-up's the windows are: reclamation comes in
/// batches, and has to be in the figure.
const LONGER: u32 = 4;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Change {
    Overwrite,
    Increment,
    RemoveAndInsert,
}

impl Change {
    const ALL: [Self; 3] = [Self::Overwrite, Self::Increment, Self::RemoveAndInsert];

    fn name(self) -> &'static str {
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

/// What came of it.
pub(crate) struct Written {
    /// With the time it took to free what was left to free at the end.
    pub(crate) pace: Pace,
    /// What was left to free.
    pub(crate) waiting: i64,
    /// What is allocated after that and was not before.
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

/// Overwrites these entries with what they are.
pub(crate) fn overwrite<C: Writable>(map: &C, entries: &[(C::Key, u64)]) {
    let mut writer = map.writer();
    for batch in entries.chunks(RENEWED_EVERY) {
        for (key, value) in batch {
            writer.insert(key, *value);
        }
        writer = writer.renewed();
    }
}

pub(crate) fn steps(context: &Context<'_>) -> usize {
    let settings = context.settings;
    let cases = Change::ALL.len() * settings.threads.len();
    cases * settings.rounds * roster::changeable(&settings.contenders).len()
}

pub(crate) fn run(context: &mut Context<'_>) {
    for &threads in &context.settings.threads {
        for change in Change::ALL {
            run_one(context, change, threads);
        }
    }
}

fn run_one(context: &mut Context<'_>, change: Change, threads: usize) {
    let keys = Keys::<u64>::new(SIZE);
    let entrants = roster::changeable(&context.settings.contenders);
    let build = |(name, build): &roster::Changing| (*name, build(&keys.entries), 0);
    let mut maps: Vec<_> = entrants.iter().map(build).collect();
    let writes = Writes {
        walk: &keys.present,
        change,
        threads,
        window: context.settings.window.times(LONGER),
    };
    let case = case(change, threads);
    let waiting = bytes_case(change, threads, WAITING);
    let at_end = bytes_case(change, threads, MORE);
    for round in 0..context.settings.rounds {
        for n in rotated(maps.len(), round) {
            let (name, map, more) = &mut maps[n];
            context.progress.step(&case, name);
            let written = map.writes(&writes);
            *more += written.more;
            context.results.add(&case, name, written.pace.ns());
            context.results.add(&waiting, name, written.waiting as f64);
        }
    }
    for (name, _, more) in maps {
        context.results.add(&at_end, name, more as f64);
    }
}

pub(crate) fn case(change: Change, threads: usize) -> Case {
    Case {
        group: Group::Overwrite,
        what: change.name(),
        keys: u64::NAME,
        size: SIZE,
        threads,
        unit: "ns per change",
    }
}

fn bytes_case(change: Change, threads: usize, unit: &'static str) -> Case {
    Case {
        unit,
        ..case(change, threads)
    }
}
