//! What a guard that is held for long holds back, in bytes per write, and that all
//! of it comes back when the guard goes. `docs/memory.md` says why.
//!
//! `cargo test --release --test held_costs -- --nocapture` prints the figures.
#![cfg(not(loom))]

#[allow(dead_code, reason = "the peak is of no interest here")]
#[path = "common/bytes.rs"]
mod bytes;

use readmostly::SyncMap;
use std::sync::Barrier;
use std::thread;

/// Keys that the map has.
const KEYS: u64 = 8;

type Map<V> = SyncMap<u64, V>;

/// What the writes put in.
trait Value: Send + Sync + 'static {
    fn of(number: u64) -> Self;
}

/// Without a destructor, and so in a block that would go round.
impl Value for u64 {
    fn of(number: u64) -> Self {
        number
    }
}

impl Value for [u8; 100] {
    fn of(number: u64) -> Self {
        [number as u8; 100]
    }
}

/// With one: freed by a deferred function of its own.
impl Value for String {
    fn of(number: u64) -> Self {
        char::from(b'a' + (number % 26) as u8)
            .to_string()
            .repeat(100)
    }
}

/// How the other thread holds on.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Held {
    Ref,
    Pinned,
}

/// What is written while it does.
#[derive(Clone, Copy, Debug)]
enum Write {
    /// Of a known key.
    Overwrite,
    /// A known key goes and comes.
    Remove,
    /// A new key comes and goes.
    Pass,
    /// All keys go, and come again.
    Clear,
}

impl Write {
    fn once<V: Value>(self, map: &Map<V>, number: u64) {
        let key = number % KEYS;
        match self {
            Self::Overwrite => _ = map.insert(key, V::of(number)),
            Self::Remove => {
                map.remove(&key);
                map.insert(key, V::of(number));
            }
            Self::Pass => {
                map.insert(KEYS + number, V::of(number));
                map.remove(&(KEYS + number));
            }
            Self::Clear => {
                map.clear();
                (0..KEYS).for_each(|key| _ = map.insert(key, V::of(number)));
            }
        }
    }
}

/// How many writes a slope is taken over. A multiple of what is retired together.
const WRITES: u64 = 64 * 64;

fn flushed() -> isize {
    while !SyncMap::<(), ()>::new().flush() {}
    bytes::live()
}

/// Runs `f` while another thread holds a guard of the map.
fn while_held<V: Value, R>(map: &Map<V>, held: Held, f: impl FnOnce() -> R) -> R {
    let (holds, may_go) = (Barrier::new(2), Barrier::new(2));
    thread::scope(|scope| {
        let holder = scope.spawn(|| {
            let found = matches!(held, Held::Ref).then(|| map.get(&0));
            let pinned = matches!(held, Held::Pinned).then(|| map.pin());
            holds.wait();
            may_go.wait();
            drop((found, pinned));
        });
        holds.wait();
        let result = f();
        may_go.wait();
        holder.join().expect("the holder");
        result
    })
}

/// Bytes held back per write, in the first half and in the second, asserted to
/// come back.
fn slopes<V: Value>(held: Held, write: Write) -> [isize; 2] {
    let map: Map<V> = (0..KEYS).map(|key| (key, V::of(key))).collect();
    let mut numbers = 0..;
    let mut write_some = || {
        let some = (&mut numbers).take(WRITES as usize);
        some.for_each(|number| write.once(&map, number));
    };
    write_some();
    flushed();
    let before = flushed();
    let [zero, one, two] = while_held(&map, held, || {
        [(); 3].map(|()| {
            write_some();
            assert!(!map.flush(), "a guard is held");
            bytes::live()
        })
    });
    // Once more: the epoch's queue hands its own nodes, one for 64 objects, to
    // itself when they are emptied.
    flushed();
    let left = flushed() - before;
    assert!(left < 50_000, "{left} bytes stay when the guard has gone");
    [one - zero, two - one].map(|bytes| bytes / WRITES as isize)
}

/// Bytes held back per write of a `u64`, of 100 bytes, and of a `String` of 100: under a
/// light pin, and under one of the epoch.
const PUBLISHED: [(Write, [[isize; 3]; 2]); 4] = [
    (Write::Overwrite, [[42, 138, 141], [74, 170, 173]]),
    (Write::Remove, [[42, 138, 141], [74, 170, 173]]),
    (Write::Pass, [[103, 215, 219], [171, 280, 287]]),
    (Write::Clear, [[875, 1707, 1803], [875, 1707, 1803]]),
];

/// A single test, so that nothing else in the process allocates meanwhile. One
/// that fails has found that a write holds back more, or less, than is published,
/// that it grows with the number of writes, or that it does not come back.
#[test]
fn a_held_guard_holds_back_what_is_published() {
    let ways = PUBLISHED
        .iter()
        .flat_map(|published| [Held::Ref, Held::Pinned].map(|held| (published, held)));
    let all: Vec<_> = ways
        .map(|(&(write, [light, full]), held)| {
            let found = [
                slopes::<u64>(held, write),
                slopes::<[u8; 100]>(held, write),
                slopes::<String>(held, write),
            ];
            println!("{write:?} under a {held:?}: {found:?} bytes a write");
            // A `Ref` has a light pin, where there are any.
            let least = if held == Held::Ref { light } else { full };
            (found, least.into_iter().zip(full))
        })
        .collect();
    for (found, published) in all {
        let each = found.iter().zip(published);
        for (slope, (least, most)) in each.flat_map(|(both, one)| both.map(|slope| (slope, one))) {
            assert!(slope <= most + most / 10, "{slope}, not {most}");
            // Words may be smaller than those of the machine it was written on.
            let words = cfg!(target_pointer_width = "64");
            assert!(
                !words || slope >= least - least / 10,
                "{slope}, not {least}"
            );
        }
    }
}
