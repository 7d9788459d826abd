//! Group `mixed`: one reader of known keys beside one writer. The writer overwrites
//! known keys, or inserts and removes other keys. Throughput and latencies of both.

use crate::context::{Context, rotated};
use crate::keys::{Key, Keys};
use crate::loops::mixed::{Load, Mix};
use crate::results::Case;
use crate::roster::{self, Changing};
use crate::settings::Group;

const SIZE: usize = 10_000;

/// How much longer the windows are than for look-ups, so that rare events occur.
const LONGER: u32 = 10;

pub(crate) fn steps(context: &Context<'_>) -> usize {
    let settings = context.settings;
    Load::ALL.len() * settings.rounds * roster::changeable(&settings.contenders).len()
}

pub(crate) fn run(context: &mut Context<'_>) {
    for load in Load::ALL {
        run_one(context, load);
    }
}

fn run_one(context: &mut Context<'_>, load: Load) {
    let keys = Keys::<u64>::new(SIZE);
    let entrants = roster::changeable(&context.settings.contenders);
    let build = |(name, build): &Changing| (*name, build(&keys.entries));
    let maps: Vec<_> = entrants.iter().map(build).collect();
    let [reads, writes] = ["get", "write"].map(|what| case(load, what));
    let window = context.settings.window.times(LONGER);
    for round in 0..context.settings.rounds {
        for n in rotated(maps.len(), round) {
            let (name, map) = &maps[n];
            context.progress.step(&reads, name);
            let mixed = map.mixed(&Mix {
                walk: &keys.present,
                load,
                window,
            });
            for (case, side) in [(&reads, mixed.reader), (&writes, mixed.writer)] {
                context.results.add(case, name, side.pace.ns());
                context.results.add_latencies(case, name, &side.latencies);
            }
        }
    }
}

fn case(load: Load, what: &'static str) -> Case {
    Case {
        group: Group::Mixed,
        what,
        keys: u64::NAME,
        size: SIZE,
        threads: 2,
        unit: load.name(),
    }
}
