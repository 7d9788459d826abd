//! Runs a program, which is any bytes, on several maps at once. After every operation
//! it compares the maps with two references: a slow and simple model of Go's two maps
//! (`model.rs`) for the internal state, and a plain map for the results.
//!
//! Fuzzed by `fuzz_targets/operations.rs`; `tests/fuzz_corpus.rs` runs the programs
//! that the fuzzer kept.
//!
//! # What is checked
//!
//! - each result, against both references;
//! - the internal state of the map after every operation, also after an operation inside
//!   a closure of another: it equals the model, invariants I1 to I8 hold, and `len` and
//!   `stats` are right;
//! - what is held (a `Ref`, a plain reference under a pin) has the same value when it is
//!   released;
//! - `flush` succeeds if and only if no guard is held. Then exactly as many keys and
//!   values are alive as the maps hold;
//! - at the end, no key and no value is alive.

mod bytes;
mod check;
mod closures;
mod exclusive;
mod handle;
#[path = "../../tests/common/invariants.rs"]
mod invariants;
mod model;
mod shared;
#[path = "../../tests/common/succession.rs"]
mod succession;
mod things;
mod together;
mod walks;
mod whole;

use bytes::Bytes;
use model::Model;
use readmostly::SyncMap;
use shared::{End, Under};
use std::cell::{Cell, RefCell};
use std::sync::Arc;
use things::{Boxed, Hashing, Key, Large, Plain, Tally, Thing, Value};

/// How many maps there are at once. A thread's pins and garbage are common to all of
/// them.
const MAPS: usize = 3;

type Map<V> = SyncMap<Key, V, Hashing>;

/// Runs a program on one thread. The first byte says which kind of values the maps
/// hold.
#[allow(dead_code, reason = "each target has one way to play")]
pub(crate) fn run(program: &[u8]) {
    let bytes = Bytes::new(program);
    match bytes.below(4) {
        0 => play::<Thing>(bytes),
        1 => play::<Large>(bytes),
        2 => play::<Plain>(bytes),
        _ => play::<Boxed>(bytes),
    }
}

/// Runs a program on two threads: `together.rs`.
#[allow(dead_code, reason = "each target has one way to play")]
pub(crate) fn run_together(program: &[u8]) {
    together::play(program);
}

fn play<V: Value>(bytes: Bytes<'_>) {
    let tally = Arc::new(Tally::default());
    let mut world = World::<V>::new(bytes, &tally);
    while !world.bytes.is_empty() {
        if let End::Exclusive = world.share() {
            world.change();
        }
    }
    drop(world);
    while !SyncMap::<(), ()>::new().flush() {}
    assert_eq!(tally.live(), 0, "left when all maps are gone");
}

/// The maps, and the references that they are compared with.
struct World<'d, V> {
    maps: Vec<Map<V>>,
    models: RefCell<Vec<Model>>,
    /// The internal state of each map at its last check.
    seen: RefCell<Vec<check::Inside>>,
    bytes: Bytes<'d>,
    tally: Arc<Tally>,
    /// The number of the next value. No two values have the same number.
    next: Cell<u32>,
}

impl<'d, V: Value> World<'d, V> {
    fn new(bytes: Bytes<'d>, tally: &Arc<Tally>) -> Self {
        let map = |_| Map::with_hasher(Hashing::chosen(&bytes));
        let maps = (0..MAPS).map(map).collect();
        Self {
            maps,
            models: RefCell::new(vec![Model::default(); MAPS]),
            seen: RefCell::new(vec![check::Inside::default(); MAPS]),
            bytes,
            tally: Arc::clone(tally),
            next: Cell::new(1),
        }
    }

    /// Runs operations that need no exclusive access, with some of the maps pinned, up
    /// to an operation that needs it.
    fn share(&self) -> End {
        let pinned = self.bytes.below(1 << MAPS);
        let maps = self.maps.iter().enumerate();
        let pins = maps.map(|(index, map)| (pinned >> index & 1 == 1).then(|| map.pin()));
        let mut pins: Vec<_> = pins.collect();
        loop {
            match Under::new(self, &pins).play() {
                End::Repin => pins.iter_mut().flatten().for_each(|pin| pin.repin()),
                end => return end,
            }
        }
    }

    fn key(&self, number: u8) -> Key {
        Key::new(number, &self.tally)
    }

    /// A new value, as the model has it and as the map has it.
    fn value(&self) -> (u32, V) {
        let number = self.next.get();
        self.next.set(number + 1);
        (number, V::new(number, &self.tally))
    }

    /// Pairs with keys from a wide range, so that tables grow.
    fn pairs(&self) -> Vec<(u8, u32)> {
        let (first, many) = (self.bytes.below(32), self.bytes.below(40));
        let pair = |key| (key, self.value().0);
        (first..first + many).map(pair).collect()
    }

    /// The same pairs, as the map has them.
    fn real(&self, pairs: &[(u8, u32)]) -> Vec<(Key, V)> {
        let real = |&(key, number): &_| (self.key(key), V::new(number, &self.tally));
        pairs.iter().map(real).collect()
    }
}
