//! Group `iterate`: all entries of a map.

use crate::contender::{Contender, Reader};
use crate::context::{Context, rotated};
use crate::keys::{Key, Keys};
use crate::quiet::quietest;
use crate::results::Case;
use crate::roster;
use crate::settings::Group;
use crate::timing::{Pace, Window, on_threads};
use std::hint::black_box;

const SIZE: usize = 50_000;

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

/// Looks at each key and adds up the values. Gives back how many there are.
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

pub(crate) fn steps(context: &Context<'_>) -> usize {
    context.settings.contenders.len() * context.settings.rounds
}

pub(crate) fn run(context: &mut Context<'_>) {
    let entrants = roster::chosen::<u64>(&context.settings.contenders);
    let keys = Keys::<u64>::new(SIZE);
    let build = |entrant: &roster::Entrant<u64>| (entrant.readable)(&keys.entries);
    let maps: Vec<_> = entrants.iter().map(build).collect();
    let case = case();
    // Some passes of the slowest fit in.
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
