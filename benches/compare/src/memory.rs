//! Group `memory`: bytes that a map of many entries asks for.

use crate::allocator::live_bytes;
use crate::context::Context;
use crate::keys::{Key, Keys};
use crate::results::Case;
use crate::roster::{self, Entrant};
use crate::settings::Group;

const SIZE: usize = 100_000;

/// How many entries are overwritten after the fill. During these calls the map can free
/// the tables that it retired as it grew.
const OVERWRITTEN: usize = 1_000;

pub(crate) fn steps(context: &Context<'_>) -> usize {
    context.settings.contenders.len()
}

pub(crate) fn run(context: &mut Context<'_>) {
    let keys = Keys::<u64>::new(SIZE);
    let case = case();
    for entrant in roster::chosen::<u64>(&context.settings.contenders) {
        context.progress.step(&case, entrant.name);
        let bytes = bytes(&entrant, &keys.entries);
        let each = bytes as f64 / SIZE as f64;
        context.results.add(&case, entrant.name, each);
    }
}

fn bytes(entrant: &Entrant<u64>, entries: &[(u64, u64)]) -> i64 {
    let before = live_bytes();
    let Some(changeable) = entrant.changeable else {
        let map = (entrant.readable)(entries);
        let bytes = live_bytes() - before;
        drop(map);
        return bytes;
    };
    let map = changeable(entries);
    map.overwrite(&entries[..OVERWRITTEN]);
    live_bytes() - before
}

pub(crate) fn case() -> Case {
    Case {
        group: Group::Memory,
        what: "memory",
        keys: u64::NAME,
        size: SIZE,
        threads: 1,
        unit: "bytes per entry",
    }
}
