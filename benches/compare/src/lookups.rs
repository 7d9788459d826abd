//! Groups `read` and `miss`: look-ups of present and of absent keys.

use crate::context::{Context, rotated};
use crate::keys::{Key, Keys, Walk};
use crate::loops::lookups::Lookups;
use crate::results::Case;
use crate::roster::{self, Entrant, Readable};
use crate::settings::Group;
use crate::timing::Window;
use std::time::{Duration, Instant};

/// How often each map is built during the rounds: the addresses that its memory gets
/// affect the cost of a look-up.
const BUILDS: usize = 3;

/// True for any seed: compare 900, 1,000 and 1,100 keys.
const FULL: &str = "1000 keys almost fill papaya's table of 1024 slots, and its look-ups cost most \
     in a full table; add --sizes 1100 for the other extreme";

pub(crate) fn steps(context: &Context<'_>) -> usize {
    let settings = context.settings;
    let cases = groups(context).count() * settings.threads.len();
    let maps = settings.sizes.len() * settings.keys.len() * settings.contenders.len();
    maps * (cases * settings.rounds + BUILDS.min(settings.rounds))
}

fn groups<'a>(context: &Context<'a>) -> impl Iterator<Item = Group> + use<'a> {
    let settings = context.settings;
    let both = [Group::Read, Group::Miss].into_iter();
    both.filter(|group| settings.only.contains(group))
}

/// All cases of one size and type of keys, on the same maps.
pub(crate) fn run<K: Key>(context: &mut Context<'_>, size: usize) {
    let entrants = roster::chosen::<K>(&context.settings.contenders);
    let keys = Keys::<K>::new(size);
    let (rounds, threads) = (context.settings.rounds, &context.settings.threads);
    let cases: Vec<_> = groups(context)
        .flat_map(|group| threads.iter().map(move |&threads| (group, threads)))
        .collect();
    let builds = BUILDS.min(rounds);
    let has_papaya = entrants.iter().any(|it| it.name.starts_with("papaya"));
    if size == 1_000 && K::NAME == u64::NAME && has_papaya {
        context.results.notes.push(FULL.into());
    }
    for build in 0..builds {
        let maps = build_all(context, &entrants, &keys, build);
        for round in rounds * build / builds..rounds * (build + 1) / builds {
            for &(group, threads) in &cases {
                let lookups = Lookups {
                    walk: walk(&keys, group),
                    threads,
                    from: round as f64 / rounds as f64,
                    window: window(context, size),
                };
                let case = case::<K>(group, size, threads);
                for n in rotated(maps.len(), round) {
                    let name = entrants[n].name;
                    context.progress.step(&case, name);
                    let ns = maps[n].lookups(&lookups);
                    context.results.add(&case, name, ns);
                }
            }
        }
    }
}

/// Builds the maps one after the other, so that each has its own region of memory. Each
/// build starts with another map.
fn build_all<K: Key>(
    context: &mut Context<'_>,
    entrants: &[Entrant<K>],
    keys: &Keys<K>,
    build: usize,
) -> Vec<Box<dyn Readable<K>>> {
    let size = keys.entries.len();
    let order: Vec<_> = rotated(entrants.len(), build * entrants.len() / BUILDS).collect();
    let mut maps: Vec<_> = entrants.iter().map(|_| None).collect();
    for n in order {
        let Entrant { name, readable, .. } = &entrants[n];
        context.progress.building(name, size);
        let start = Instant::now();
        let map = readable(&keys.entries);
        if start.elapsed().as_secs() >= 5 {
            let seconds = start.elapsed().as_secs();
            let slow = format!("{name}: {seconds} s to build {size} {} keys", K::NAME);
            context.results.notes.push(slow);
        }
        verify(map.as_ref(), keys, name);
        maps[n] = Some(map);
    }
    maps.into_iter().flatten().collect()
}

/// Panics unless the map has all present keys with their values, and no absent key.
fn verify<K: Key>(map: &dyn Readable<K>, keys: &Keys<K>, name: &str) {
    let found = |walk| {
        map.pass(&Lookups {
            walk,
            threads: 1,
            from: 0.0,
            window: Window(Duration::ZERO),
        })
    };
    assert_eq!(found(&keys.present), keys.sum(), "{name}: values");
    assert_eq!(found(&keys.absent), 0, "{name}: absent keys");
}

fn walk<K>(keys: &Keys<K>, group: Group) -> &Walk<K> {
    match group {
        Group::Miss => &keys.absent,
        _ => &keys.present,
    }
}

/// Longer for large maps, in which each look-up misses the cache.
fn window(context: &Context<'_>, size: usize) -> Window {
    let window = context.settings.window;
    window.times(if size >= 500_000 { 4 } else { 1 })
}

pub(crate) fn case<K: Key>(group: Group, size: usize, threads: usize) -> Case {
    Case {
        group,
        what: match group {
            Group::Miss => "miss",
            _ => "hit",
        },
        keys: K::NAME,
        size,
        threads,
        unit: "ns per get",
    }
}
