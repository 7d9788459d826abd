//! Group `iterate`: all entries of a map.

use crate::context::{Context, rotated};
use crate::keys::{Key, Keys};
use crate::results::Case;
use crate::roster;
use crate::settings::Group;

const SIZE: usize = 50_000;

pub(crate) fn steps(context: &Context<'_>) -> usize {
    context.settings.contenders.len() * context.settings.rounds
}

pub(crate) fn run(context: &mut Context<'_>) {
    let entrants = roster::chosen::<u64>(&context.settings.contenders);
    let keys = Keys::<u64>::new(SIZE);
    let build = |entrant: &roster::Entrant<u64>| (entrant.readable)(&keys.entries);
    let maps: Vec<_> = entrants.iter().map(build).collect();
    let case = case();
    // Long enough for some passes over the slowest map.
    let window = context.settings.window.times(2);
    for round in 0..context.settings.rounds {
        for n in rotated(maps.len(), round) {
            context.progress.step(&case, entrants[n].name);
            let ns = maps[n].iterate(window);
            context.results.add(&case, entrants[n].name, ns);
        }
    }
}

pub(crate) fn case() -> Case {
    Case {
        group: Group::Iterate,
        what: "iterate",
        keys: u64::NAME,
        size: SIZE,
        threads: 1,
        unit: "ns per entry",
    }
}
