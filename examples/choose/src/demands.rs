//! What each map demands of its user. Of maps that are as good as each other, the one
//! with the fewest demands is to be taken.
//!
//! # Rules
//!
//! - A demand is a fact that the map's own documentation or source states. The comment
//!   above each list names the place.
//! - Only the calls of a load count: look-up, insert, overwrite, remove, clear and
//!   iteration. What every map here demands does not count: each is a dependency, and
//!   asks for keys that can be hashed and compared, and are `Send` and `Sync`.
//! - Demands are counted, not weighed. The order among equals is computed from the lists.
//!   Where the numbers are equal too, other crates' maps are named first, and then the
//!   alphabet decides.

use std::fmt::Write;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Demand {
    LookUpsWait,
    WritesWait,
    Deadlock,
    DroppedLater,
    Static,
    Cloned,
    Copied,
    Moving,
    Stopped,
    Tuned,
}

use Demand::*;

impl Demand {
    pub(crate) const ALL: [Self; 10] = [
        LookUpsWait,
        WritesWait,
        Deadlock,
        DroppedLater,
        Static,
        Cloned,
        Copied,
        Moving,
        Stopped,
        Tuned,
    ];

    pub(crate) fn words(self) -> &'static str {
        match self {
            LookUpsWait => "a look-up may wait for another thread",
            WritesWait => "a write may wait for another thread",
            Deadlock => "a call may deadlock while a reference or closure is in use",
            DroppedLater => "removed values may be dropped later, by another thread",
            Static => "keys and values must be 'static",
            Cloned => "keys and values must be Clone",
            Copied => "each write copies the whole map",
            Moving => "an iteration does not see the map at one moment",
            Stopped => "every write waits while one thread iterates",
            Tuned => "it was built with a setting that is not the default",
        }
    }

    /// Its letter in the table.
    fn letter(self) -> char {
        (b'a' + self as u8) as char
    }
}

/// A map, and its demands.
struct Asking {
    map: &'static str,
    /// Whether it is of this crate.
    ours: bool,
    demands: &'static [Demand],
}

const MAPS: &[Asking] = &[
    // arc-swap 1.9.5, docs::performance: "All the read operations are always lock-free",
    // "Writers are lock-free". ArcSwap::rcu: its example clones a HashMap, so K and V are
    // Clone. An old map is dropped with the last Guard or Arc of it.
    Asking {
        map: "ArcSwap",
        ours: false,
        demands: &[DroppedLater, Cloned, Copied],
    },
    // dashmap 6.2, DashMap::get and others: "May deadlock if called when holding a
    // mutable reference into the map". src/iter.rs: an iterator locks shard after shard.
    Asking {
        map: "dashmap",
        ours: false,
        demands: &[LookUpsWait, WritesWait, Deadlock, Moving],
    },
    // primitives/hybrid/mod.rs, H1 to H6: cold keys are behind the locks of shards, hot
    // keys in a SyncMap. ConcurrentMap, "Closures": one of a cold key runs under a lock.
    // contender.rs builds it with `promote_after`.
    Asking {
        map: "HybridMap",
        ours: true,
        demands: &[
            LookUpsWait,
            WritesWait,
            Deadlock,
            DroppedLater,
            Static,
            Moving,
            Tuned,
        ],
    },
    // kovan-map, crate documentation from 0.2.1 on, true of 0.2.0 by its source: keys and
    // values are Clone and 'static; what is removed is freed "on whichever thread frees
    // it"; "Reads never wait"; "a writer that meets a resize in flight waits for it to
    // finish". HashMap::iter: an entry that is changed meanwhile "may or may not be
    // reflected".
    Asking {
        map: "kovan-map",
        ours: false,
        demands: &[WritesWait, DroppedLater, Static, Cloned, Moving],
    },
    // primitives/lock_map.rs: one lock, held in each call. ConcurrentMap, "Closures": a
    // closure that runs under a lock "must not use the same map". An iteration holds the lock.
    Asking {
        map: "MutexMap",
        ours: true,
        demands: &[LookUpsWait, WritesWait, Deadlock, Stopped],
    },
    // papaya 0.2.5, crate documentation: "Most operations are lock-free, and those that
    // aren't only block under rare and constrained conditions"; pinning "can never cause
    // deadlocks"; a guard prevents "garbage collection"; iterators "rely on a weak
    // snapshot". BENCHMARKS.md: "reads *never* block under any circumstances".
    Asking {
        map: "papaya",
        ours: false,
        demands: &[WritesWait, DroppedLater, Moving],
    },
    // As MutexMap. Look-ups wait for writers, not for each other.
    Asking {
        map: "RwLockMap",
        ours: true,
        demands: &[LookUpsWait, WritesWait, Deadlock, Stopped],
    },
    // scc 3.8, HashMap: "Each read/write access to an entry is serialized by the read-write
    // lock in the bucket", under which the closure of `read_sync` runs. Its `Debug`:
    // iteration locks buckets, so an entry that the thread holds "will lead to deadlocks".
    // README, on HashIndex: there removed entries are not dropped at once; in HashMap they
    // are handed to the caller.
    Asking {
        map: "scc",
        ours: false,
        demands: &[LookUpsWait, WritesWait, Deadlock, Moving],
    },
    // As MutexMap, but an iteration locks shard after shard.
    Asking {
        map: "ShardedMap",
        ours: true,
        demands: &[LookUpsWait, WritesWait, Deadlock, Moving],
    },
    // SyncMap, documentation: the insertion of a new key, and then look-ups of new and of
    // absent keys, take a mutex until the next promotion. docs/memory.md, "When destructors
    // run" and "Writes ask for more than reads". README: a `Ref` is not a lock.
    // ConcurrentMap, "Closures": a SyncMap holds no lock while one runs. for_each: it is not
    // a snapshot.
    Asking {
        map: "SyncMap",
        ours: true,
        demands: &[LookUpsWait, WritesWait, DroppedLater, Static, Moving],
    },
];

fn asking(map: &str) -> &'static Asking {
    let found = MAPS.iter().find(|asking| asking.map == map);
    found.expect("every map of the roster declares its demands")
}

pub(crate) fn of(map: &str) -> &'static [Demand] {
    asking(map).demands
}

/// The maps with the fewest demands first.
pub(crate) fn ranked(maps: &[&'static str]) -> Vec<&'static str> {
    let mut ranked = maps.to_vec();
    ranked.sort_by_key(|map| {
        let Asking { ours, demands, .. } = asking(map);
        (demands.len(), *ours, map.to_lowercase())
    });
    ranked
}

/// Those of the ranked maps that have as few demands as the first.
pub(crate) fn fewest(ranked: &[&'static str]) -> Vec<&'static str> {
    let least = ranked.first().map_or(0, |map| of(map).len());
    let few = ranked.iter().filter(|map| of(map).len() == least);
    few.copied().collect()
}

/// Why the first of these maps stand first, in one sentence. There are two or more.
pub(crate) fn reason(ranked: &[&'static str]) -> String {
    let few = fewest(ranked);
    let least = few.first().map_or(0, |map| of(map).len());
    let mut reason = match &few[..] {
        [one] if ranked.len() == 2 => format!("{one} asks less of its user: {least} demands"),
        [one] => format!("{one} asks least of its user: {least} demands"),
        _ => format!(
            "{} ask as little of their user: {least} demands each",
            enumerated(&few, "and")
        ),
    };
    for (nth, map) in ranked[few.len()..].iter().enumerate() {
        let (before, count) = (if nth == 0 { "; " } else { ", " }, of(map).len());
        // Writing to a string does not fail.
        let _ = write!(reason, "{before}{map} has {count}");
    }
    reason + "."
}

/// How equals are ranked, with the demands of these.
pub(crate) fn ranking(ranked: &[&'static str]) -> String {
    let mut text = String::from(
        "How equals are ranked: the map with the fewest demands on its user comes first. \
         Demands are counted, not weighed; --help lists those of all maps.",
    );
    for map in ranked {
        let demands: Vec<_> = of(map).iter().map(|demand| demand.words()).collect();
        let _ = write!(text, " {map}: {}.", demands.join("; "));
    }
    text
}

/// `a, b and c`.
pub(crate) fn enumerated(names: &[&str], and: &str) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} {and} {last}", first.join(", ")),
    }
}

/// All demands, and those of each map: the part of `--help`.
pub(crate) fn table() -> String {
    let mut text = String::from(
        "Demands on the user, by the documentation of each map, for the calls of a load:\n",
    );
    for demand in Demand::ALL {
        let _ = writeln!(text, "  {}  {}", demand.letter(), demand.words());
    }
    let all: Vec<_> = MAPS.iter().map(|asking| asking.map).collect();
    for map in ranked(&all) {
        let letters = of(map).iter().map(|demand| demand.letter().to_string());
        let letters: Vec<_> = letters.collect();
        let _ = write!(
            text,
            "\n  {map:<10}  {}  {}",
            of(map).len(),
            letters.join(" ")
        );
    }
    text
}
