//! Group `overwrite`: known keys are overwritten, incremented, and removed and
//! inserted again. Each thread has keys of its own.

use crate::context::{Context, rotated};
use crate::keys::{Key, Keys};
use crate::loops::writes::{Change, Writes};
use crate::results::Case;
use crate::roster;
use crate::settings::Group;

const SIZE: usize = 1_000;

/// Bytes that are retired and not freed at the end of a round.
pub(crate) const WAITING: &str = "bytes waiting";

/// The growth in allocated bytes over all rounds, after all that can be freed is freed.
pub(crate) const MORE: &str = "bytes more";

/// How much longer the windows are than for look-ups: memory is reclaimed in batches,
/// and the figure has to include them.
const LONGER: u32 = 4;

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
