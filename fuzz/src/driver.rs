//! Plays a program, which is any bytes, on several maps at once, and holds them
//! after every operation against two references: Go's two maps, written as slowly
//! and plainly as can be (`model.rs`), for the inside, and a plain map for the
//! answers.
//!
//! Fuzzed by `fuzz_targets/operations.rs`; `tests/fuzz_corpus.rs` plays what the
//! fuzzer has found worth keeping.
//!
//! # What is checked
//!
//! - each answer: of both references;
//! - the inside of every map after every operation, also of those that run inside
//!   a closure of another: equal to the model, invariants I1 to I8, `len`, `stats`;
//! - what is held (a `Ref`, a plain reference under a pin) is still what it was
//!   when it is let go;
//! - `flush` succeeds if and only if no guard is held, and then exactly that many
//!   keys and values are left as the maps hold;
//! - at the end, nothing is left.

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

/// How many maps there are at once. More than one set of a thread's slots holds.
const MAPS: usize = 3;

type Map<V> = SyncMap<Key, V, Hashing>;

/// Plays a program on one thread. The first byte says which kind of values the
/// maps hold.
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

/// Plays a program on two threads: `together.rs`.
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

/// The maps, and what they are held against.
struct World<'d, V> {
    maps: Vec<Map<V>>,
    models: RefCell<Vec<Model>>,
    /// The inside of each map when it was last looked at.
    seen: RefCell<Vec<check::Inside>>,
    bytes: Bytes<'d>,
    tally: Arc<Tally>,
    /// The number that the next value gets; none gets the same.
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

    /// Plays what needs no exclusive access, some of the maps being pinned
    /// meanwhile, up to an operation that does.
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

    /// The same, as the map has them.
    fn real(&self, pairs: &[(u8, u32)]) -> Vec<(Key, V)> {
        let real = |&(key, number): &_| (self.key(key), V::new(number, &self.tally));
        pairs.iter().map(real).collect()
    }
}
