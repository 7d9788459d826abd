//! Two threads, each with a short program of its own, and one map.
//!
//! What is checked: a value that is found under a key was inserted under that key, and
//! has not been dropped. For each key, the calls that report an insertion are as many
//! as the calls that report a removal, or one more if the key is present at the end.
//! The invariants hold at the end. No key and no value is alive after the map is
//! dropped. The sanitizer checks the rest.

use super::Map;
use super::bytes::Bytes;
use super::invariants::invariants_hold;
use super::things::{Hashing, Key, Name, Tally, Thing, Value};
use readmostly::{Compute, Operation, SyncMap};
use std::hint;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

const KEYS: u8 = 4;

/// How many threads a run starts. They are new for each run, so that their
/// thread-locals hold nothing of an earlier run.
const THREADS: usize = 2;

/// For each key: the reported insertions less the reported removals.
type Balance = [isize; KEYS as usize];

pub(crate) fn play(program: &[u8]) {
    let tally = Arc::new(Tally::default());
    let (setup, rest) = program.split_at(program.len().min(8));
    let map = Map::with_hasher(Hashing::chosen(&Bytes::new(setup)));
    let mut balance = one_thread(&map, &tally, setup);
    let (left, right) = rest.split_at(rest.len() / 2);
    let start = Barrier::new(THREADS);
    thread::scope(|scope| {
        let threads = [left, right].map(|program| {
            let (map, tally, start) = (&map, &tally, &start);
            scope.spawn(move || {
                start.wait();
                one_thread(map, tally, program)
            })
        });
        for thread in threads {
            let theirs = thread.join().expect("it has not panicked");
            balance
                .iter_mut()
                .zip(theirs)
                .for_each(|(sum, one)| *sum += one);
        }
    });
    invariants_hold(&map);
    for key in 0..KEYS {
        let present = isize::from(map.contains_key(&Name(key)));
        assert_eq!(balance[usize::from(key)], present, "the balance of {key}");
    }
    invariants_hold(&map);
    drop(map);
    while !SyncMap::<(), ()>::new().flush() {}
    assert_eq!(tally.live(), 0, "left when the map is gone");
}

/// A value whose number says to which key it belongs.
fn value(key: u8, tally: &Arc<Tally>) -> Thing {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed) as u32;
    Thing::new(number * u32::from(KEYS) + u32::from(key), tally)
}

fn is_of(key: u8, value: &Thing) -> bool {
    value.number() % u32::from(KEYS) == u32::from(key)
}

fn one_thread(map: &Map<Thing>, tally: &Arc<Tally>, program: &[u8]) -> Balance {
    let bytes = Bytes::new(program);
    let mut balance = Balance::default();
    while !bytes.is_empty() {
        for _ in 0..bytes.below(4) * 16 {
            hint::spin_loop();
        }
        let key = bytes.below(KEYS);
        balance[usize::from(key)] += one_call(map, key, &bytes, tally);
    }
    balance
}

/// Makes one call for a key. Returns 1 if the call reports that it inserted the key,
/// and -1 if the call reports that it removed the key.
fn one_call(map: &Map<Thing>, key: u8, bytes: &Bytes<'_>, tally: &Arc<Tally>) -> isize {
    let (name, new) = (Name(key), || value(key, tally));
    let full = || Key::new(key, tally);
    let right = |value: &Thing| assert!(is_of(key, value), "another key's value");
    match bytes.below(14) {
        0 | 1 => map.get(&name).iter().for_each(|found| right(found)),
        2 | 3 => {
            let old = map.insert(full(), new());
            old.iter().for_each(|old| right(old));
            return isize::from(old.is_none());
        }
        4 | 5 => {
            let old = map.remove(&name);
            old.iter().for_each(|old| right(old));
            return -isize::from(old.is_some());
        }
        6 => return isize::from(map.try_insert(full(), new()).is_ok()),
        7 => return isize::from(map.try_insert_with(full(), new).is_ok()),
        8 => {
            let updated = map.update(&name, |old| {
                right(old);
                new()
            });
            updated.iter().for_each(|new| right(new));
        }
        9 => {
            return -isize::from(
                map.remove_if(&name, |_, value| value.number() % 2 == 0)
                    .is_some(),
            );
        }
        10 => {
            let toggled = map.compute(full(), |seen| match seen {
                Some((_, value)) if value.number() % 8 < 4 => Operation::Insert(new()),
                Some(_) => Operation::Remove,
                None => Operation::<_, ()>::Insert(new()),
            });
            return match toggled {
                Compute::Inserted(_) => 1,
                Compute::Removed(Some(_)) => -1,
                _ => 0,
            };
        }
        11 => _ = map.compact(),
        12 => map
            .pin()
            .iter()
            .for_each(|(key, value)| assert!(is_of(key.number(), value))),
        _ => {
            let (pinned, expected) = (map.pin(), new());
            let found = pinned.get(&name);
            _ = pinned.compare_exchange(&name, &expected, new());
            found.into_iter().for_each(right);
        }
    }
    0
}
