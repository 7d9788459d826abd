//! The user's code panics wherever it can: afterwards each key has the value it
//! had, or the one it was to get, no lock is left held, and nothing is lost or
//! dropped twice.

use crate::family::{Family, of_every_map};
use crate::fuse::{Place, bangs_after, burn};
use crate::ledger::{Ledger, Ticket};
use crate::one_at_a_time::watched;
use crate::same_hash::Same;
use readmostly::primitives::ConcurrentMap;
use std::collections::BTreeMap;
use std::fmt;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::ops::ControlFlow;
use std::thread;

const PLACES: [Place; 6] = [
    Place::Hash,
    Place::EqOfKeys,
    Place::EqOfValues,
    Place::Clone,
    Place::Show,
    Place::Closure,
];

static LEDGER: Ledger = Ledger::new();

struct Key(u32, Ticket);
struct Value(u32, Ticket);

fn key(number: u32) -> Key {
    Key(number, LEDGER.issue())
}

fn value(number: u32) -> Value {
    Value(number, LEDGER.issue())
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        burn(Place::Hash);
        self.0.hash(state);
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        burn(Place::EqOfKeys);
        other.1.check();
        self.0 == other.0
    }
}

impl Eq for Key {}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        burn(Place::EqOfValues);
        self.0 == other.0
    }
}

impl Clone for Key {
    fn clone(&self) -> Self {
        burn(Place::Clone);
        key(self.0)
    }
}

impl Clone for Value {
    fn clone(&self) -> Self {
        burn(Place::Clone);
        self.1.check();
        value(self.0)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        burn(Place::Show);
        self.0.fmt(f)
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        burn(Place::Show);
        self.0.fmt(f)
    }
}

type Map<F> = <F as Family>::Map<Key, Value, BuildHasherDefault<Same>>;

/// Keys of which 0 to 5 are there, and some of these where the map's own doing, or
/// a removal, has brought them.
fn filled<F: Family>() -> Map<F> {
    let map: Map<F> = F::make();
    for number in 0..8 {
        map.insert(key(number), value(number));
    }
    for number in [1, 2, 7] {
        F::stir(&map, &key(number));
    }
    map.remove(&key(6));
    map.remove(&key(7));
    map
}

const KEYS: std::ops::Range<u32> = 0..9;

fn all<F: Family>(map: &Map<F>) -> BTreeMap<u32, u32> {
    let mut seen = BTreeMap::new();
    let _ = map.for_each(|key, value| {
        value.1.check();
        assert_eq!(seen.insert(key.0, value.0), None, "twice");
        ControlFlow::<()>::Continue(())
    });
    seen
}

/// Something that is done to a map, for a key.
type Call<F> = fn(&Map<F>, u32);

fn calls<F: Family>() -> Vec<(&'static str, Call<F>)> {
    vec![
        ("get", |map, k| {
            map.get_with(&key(k), |_| burn(Place::Closure));
        }),
        ("get_cloned", |map, k| {
            map.get_cloned(&key(k));
        }),
        ("insert", |map, k| {
            map.insert(key(k), value(90));
        }),
        ("get_or_insert", |map, k| {
            let make = || {
                burn(Place::Closure);
                value(90)
            };
            map.get_with_or_insert(key(k), make, |_| burn(Place::Closure));
        }),
        ("remove", |map, k| {
            map.remove(&key(k));
        }),
        ("modify", |map, k| {
            map.modify(&key(k), |_| {
                burn(Place::Closure);
                value(90)
            });
        }),
        ("compare_and_set", |map, k| {
            let _ = map.compare_and_set(&key(k), &value(k), value(90));
        }),
        ("retain", |map, k| {
            map.retain(|key, _| {
                burn(Place::Closure);
                key.0 != k
            });
        }),
        ("for_each", |map, _| {
            let _ = map.for_each(|_, _| {
                burn(Place::Closure);
                ControlFlow::<()>::Continue(())
            });
        }),
        ("clear", |map, _| map.clear()),
        ("clone", |map, _| drop(map.clone())),
        ("show", |map, _| drop(format!("{map:?}"))),
        ("stir", |map, k| F::stir(map, &key(k))),
    ]
}

fn a_panic_leaves_the_map_whole_and_no_lock_held<F: Family>() {
    watched(|| {
        let mut banged = 0;
        for (name, call) in calls::<F>() {
            for place in PLACES {
                for k in [0, 1, 2, 6, 7, 8] {
                    banged += every_fuse::<F>(name, call, place, k);
                }
            }
        }
        assert!(banged > 200, "only {banged}");
        LEDGER.settles_at(0);
    });
}

/// Panics at the first call of the place, at the second, and so on, until there
/// are no more. How many that were.
fn every_fuse<F: Family>(name: &str, call: Call<F>, place: Place, k: u32) -> usize {
    let reference = filled::<F>();
    let before = all::<F>(&reference);
    call(&reference, k);
    let after = all::<F>(&reference);
    for fuse in 0.. {
        let map = filled::<F>();
        let banged = bangs_after(fuse, place, || call(&map, k));
        let seen = thread::scope(|scope| scope.spawn(|| all::<F>(&map)).join().unwrap());
        for number in KEYS {
            let now = seen.get(&number);
            assert!(
                now == before.get(&number) || now == after.get(&number),
                "{name} of {k}, {place:?} {fuse}: {number} is {now:?}"
            );
            let found = map.get_with(&key(number), |value| value.0);
            assert_eq!(found.as_ref(), now, "{name} of {k}, {place:?} {fuse}");
        }
        assert_eq!(map.len(), seen.len());
        // Every lock can be had, for writing too.
        KEYS.for_each(|number| drop(map.insert(key(number), value(number))));
        assert_eq!(map.len(), KEYS.len());
        if !banged {
            assert_eq!(seen, after, "{name} of {k}");
            return fuse;
        }
    }
    unreachable!("a call is finite")
}

of_every_map! {
    a_panic_leaves_the_map_whole_and_no_lock_held
}
