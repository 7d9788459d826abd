//! H4 on real threads: a walk meets every key once that is present all the time,
//! whichever way keys become hot meanwhile, and no read waits for it. Exhaustive for
//! walks that lock and let go is `tests/loom/hybrid.rs`.

use crate::watchdog::watched;
use readmostly::primitives::{ConcurrentMap, HybridMap};
use std::cell::RefCell;
use std::fmt;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

/// How often a walk lets others run, when one of them may have to wait for its end.
const YIELDS: usize = if cfg!(miri) { 20 } else { 1_000 };

thread_local! {
    /// The keys that a walk of this thread has met.
    static MET: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

/// What to call when a walk comes by the last cold key.
type Gate = Arc<Mutex<Option<Box<dyn FnOnce() + Send>>>>;

/// A number that notes when it is met.
struct Key {
    number: u64,
    gate: Gate,
}

impl Key {
    /// A walk has come by: it looks, or shows the key, or serialises or clones it.
    fn met(&self) -> u64 {
        MET.with_borrow_mut(|met| met.push(self.number));
        if self.number == LAST {
            let act = self.gate.lock().expect("nobody panics").take();
            if let Some(act) = act {
                act();
            }
        }
        self.number
    }
}

/// Keys of the first shard, which a walk visits first.
const FIRST: [u64; 3] = [0, 2, 4];
/// The one key of the other shard.
const LAST: u64 = 1;

impl Clone for Key {
    fn clone(&self) -> Self {
        let (number, gate) = (self.met(), Arc::clone(&self.gate));
        Self { number, gate }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.met().fmt(f)
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Key {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.met())
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.number);
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Key {}

/// Of two shards, those of numbers below 2⁶³ that are even are in the first one.
#[derive(Default)]
struct Parity(u64);

impl Hasher for Parity {
    fn write(&mut self, _: &[u8]) {
        unreachable!("the keys are numbers");
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number % 2;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

type Map = HybridMap<Key, u64, BuildHasherDefault<Parity>>;

/// A map whose keys are all cold, and are hot after two reads.
fn map() -> (Map, Gate) {
    let gate = Gate::default();
    let map = Map::with_shards_and_hasher(2, BuildHasherDefault::default()).promote_after(2);
    for number in FIRST.into_iter().chain([LAST]) {
        map.insert(key(number, &gate), number);
    }
    (map, gate)
}

fn key(number: u64, gate: &Gate) -> Key {
    let gate = Arc::clone(gate);
    Key { number, gate }
}

/// A way for keys of the first shard to become hot, and whether it waits for walks.
type Way = (&'static str, bool, fn(&Map));

const WAYS: [Way; 5] = [
    ("declare_hot", true, |map| {
        assert!(map.declare_hot(&key(0, &Gate::default())));
    }),
    ("declare_all_hot", true, |map| {
        let keys = FIRST.map(|number| key(number, &Gate::default()));
        assert_eq!(map.declare_all_hot(&keys), 3);
    }),
    ("insert_hot", true, |map| {
        let old = map.insert_hot(key(0, &Gate::default()), 0);
        assert_eq!(old.as_deref(), Some(&0));
    }),
    ("get_with", false, |map| {
        for number in FIRST.into_iter().chain(FIRST) {
            assert!(map.contains_key(&key(number, &Gate::default())));
        }
    }),
    ("get_with_or_insert", false, |map| {
        for number in FIRST.into_iter().chain(FIRST) {
            let key = key(number, &Gate::default());
            map.get_with_or_insert(key, || unreachable!("it is there"), |_| ());
        }
    }),
];

/// A walk over a map.
type Walk = (&'static str, fn(&Map));

const WALKS: &[Walk] = &[
    ("for_each", |map| {
        let _ = map.for_each(|key, _| {
            key.met();
            ControlFlow::<()>::Continue(())
        });
    }),
    ("retain", |map| {
        map.retain(|key, _| {
            key.met();
            true
        });
    }),
    ("clone", |map| drop(map.clone())),
    ("Debug", |map| assert!(!format!("{map:?}").is_empty())),
    #[cfg(feature = "serde")]
    ("Serialize", |map| {
        serde_json::to_string(map).expect("numbers can be serialised");
    }),
];

/// When the walk comes by the last cold key, the others are behind it. A way that
/// waits for the walk cannot be waited for in turn: the walk lets it run for a while.
#[test]
fn a_walk_meets_every_key_once_whichever_way_keys_become_hot() {
    for &(walk_name, walk) in WALKS {
        for (way_name, waits, way) in WAYS {
            let met = watched(move || met_by(walk, waits, way));
            assert_eq!(met, [0, 1, 2, 4], "{walk_name} while {way_name}");
        }
    }
}

fn met_by(walk: fn(&Map), waits: bool, way: fn(&Map)) -> Vec<u64> {
    let (map, gate) = map();
    let map = Arc::new(map);
    let (done, ended) = mpsc::channel();
    let moved = Arc::clone(&map);
    let act = move || {
        let over = Arc::new(AtomicBool::new(false));
        let is_over = Arc::clone(&over);
        let mover = thread::spawn(move || {
            way(&moved);
            over.store(true, Ordering::Release);
            done.send(()).expect("the test waits");
        });
        if waits {
            let mut yields = 0..YIELDS;
            while !is_over.load(Ordering::Acquire) && yields.next().is_some() {
                thread::yield_now();
            }
        } else {
            mover.join().expect("it waits for nobody");
        }
    };
    *gate.lock().expect("nobody panics") = Some(Box::new(act));
    walk(&map);
    ended.recv().expect("the walk came by the last cold key");
    let mut met = MET.take();
    met.sort_unstable();
    met
}
