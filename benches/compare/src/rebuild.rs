//! Group `rebuild`: the first new key after a promotion, for which `SyncMap` copies its
//! table. For comparison: a new key in an `ArcSwap`, which copies its map for every
//! write.

use crate::contender::{Contender, Writable, Writer};
use crate::context::{Context, rotated};
use crate::keys::{FRESH, Key, Keys};
use crate::maps::arc_swap::Copied;
use crate::maps::sync_map::OneShot;
use crate::results::Case;
use crate::settings::Group;
use std::time::Instant;

const SIZES: [usize; 3] = [1_000, 50_000, 1_000_000];
const QUICK: [usize; 1] = [1_000];

/// Percent of the keys that are deleted between the promotion and the insertion.
const DELETED: [usize; 2] = [0, 1];

/// From this size on, building the map for each sample takes long.
const LARGE: usize = 500_000;
const SAMPLES_IF_LARGE: usize = 5;

type Sample = fn(&Keys<u64>, usize) -> f64;

/// Microseconds for one new key in a fresh map.
fn sample<C: Writable<Key = u64>>(keys: &Keys<u64>, deleted: usize) -> f64 {
    let map = C::build(&keys.entries);
    let writer = map.writer();
    let victims = keys.present.keys.iter();
    for key in victims.take(keys.entries.len() * deleted / 100) {
        writer.remove(key);
    }
    let new = u64::nth(FRESH);
    let start = Instant::now();
    writer.insert(&new, 1);
    start.elapsed().as_nanos() as f64 / 1_000.0
}

/// Like [`sample`], for a map that copies itself for every write. Removing keys one by
/// one would take too long, so the map is built without them.
fn sample_without<C: Writable<Key = u64>>(keys: &Keys<u64>, deleted: usize) -> f64 {
    let left = keys.entries.len() - keys.entries.len() * deleted / 100;
    let map = C::build(&keys.entries[..left]);
    let start = Instant::now();
    map.writer().insert(&u64::nth(FRESH), 1);
    start.elapsed().as_nanos() as f64 / 1_000.0
}

fn chosen(context: &Context<'_>) -> Vec<(&'static str, Sample)> {
    let mut samples: Vec<(_, Sample)> = vec![
        (OneShot::<u64>::NAME, sample::<OneShot<u64>>),
        (Copied::<u64>::NAME, sample_without::<Copied<u64>>),
    ];
    samples.retain(|(name, _)| context.settings.contenders.contains(name));
    samples
}

fn sizes(context: &Context<'_>) -> &'static [usize] {
    match context.settings.quick {
        true => &QUICK,
        false => &SIZES,
    }
}

fn samples(context: &Context<'_>, size: usize) -> usize {
    let rounds = context.settings.rounds;
    match size >= LARGE {
        true => rounds.min(SAMPLES_IF_LARGE),
        false => rounds,
    }
}

pub(crate) fn steps(context: &Context<'_>) -> usize {
    let each = sizes(context).iter().map(|&size| samples(context, size));
    each.sum::<usize>() * DELETED.len() * chosen(context).len()
}

pub(crate) fn run(context: &mut Context<'_>) {
    let chosen = chosen(context);
    for &size in sizes(context) {
        let keys = Keys::new(size);
        for deleted in DELETED {
            let case = case(size, deleted);
            for round in 0..samples(context, size) {
                for n in rotated(chosen.len(), round) {
                    let (name, sample) = chosen[n];
                    context.progress.step(&case, name);
                    let us = sample(&keys, deleted);
                    context.results.add(&case, name, us);
                }
            }
        }
    }
}

fn case(size: usize, deleted: usize) -> Case {
    Case {
        group: Group::Rebuild,
        what: match deleted {
            0 => "first new key",
            _ => "first new key after 1 % deleted",
        },
        keys: u64::NAME,
        size,
        threads: 1,
        unit: "µs per insert",
    }
}
