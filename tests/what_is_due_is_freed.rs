//! What is due is freed by whoever goes on calling maps, whatever it calls, and whoever
//! let it come due and then did nothing more.
//!
//! A failure here is garbage that stays for as long as no thread retires anything.

#![cfg(not(loom))]

#[path = "common/alone.rs"]
mod alone;

use alone::alone;
use readmostly::SyncMap;
use readmostly::primitives::{ConcurrentMap, HybridMap};
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

type Fixed = BuildHasherDefault<DefaultHasher>;

static DROPPED: AtomicUsize = AtomicUsize::new(0);

struct Counted;

impl Drop for Counted {
    fn drop(&mut self) {
        DROPPED.fetch_add(1, Ordering::Relaxed);
    }
}

fn dropped() -> usize {
    DROPPED.load(Ordering::Relaxed)
}

/// What a thread keeps to itself at the most.
const KEPT_BACK: usize = 64;

/// Calls in which an idle process gets through the garbage of these tests: some 2,000 of a
/// thread that comes new, 70,000 more of one that has looked in vain before, and 16 times
/// as many renewals.
const CALLS: usize = 200_000;

/// Runs `f` on a thread, and waits until that has ended, with the destructors of its
/// thread-locals. The end of a scope alone does not wait for these, and they free
/// garbage.
fn until_its_end(f: impl FnOnce() + Send) {
    thread::scope(|scope| scope.spawn(f).join().unwrap());
}

/// A writer overwrites values and ends. Then this thread does nothing but `call`, and
/// frees them by that.
fn a_writer_ends_and_another_thread_goes_on(mut call: impl FnMut()) {
    const WRITES: usize = 10_000;
    let map = SyncMap::new();
    map.insert(0, Counted);
    // So that nothing is freed before the writer has ended.
    let held = map.pin();
    let before = dropped();
    until_its_end(|| (0..WRITES).for_each(|_| drop(map.insert(0, Counted))));
    drop(held);
    let all = || dropped() - before >= WRITES - KEPT_BACK;
    let calls = (0..CALLS).take_while(|_| !all()).map(|_| call()).count();
    assert!(
        all(),
        "{} of {WRITES}, by {calls} calls",
        dropped() - before
    );
}

#[test]
fn by_reads_of_known_keys() {
    let _alone = alone();
    let known = SyncMap::from([(1, 1)]);
    a_writer_ends_and_another_thread_goes_on(|| assert!(known.contains_key(&1)));
    a_writer_ends_and_another_thread_goes_on(|| assert!(!known.contains_key(&2)));
}

#[test]
fn by_a_pin_that_is_renewed() {
    let _alone = alone();
    let known = SyncMap::from([(1, 1)]);
    // Not held while the writer is there, which would keep back what it retires.
    let mut pinned = None;
    a_writer_ends_and_another_thread_goes_on(|| {
        let pinned = pinned.get_or_insert_with(|| known.pin());
        assert!(pinned.contains_key(&1));
        pinned.repin();
    });
}

#[test]
fn by_pins_that_are_taken_anew() {
    let _alone = alone();
    let known = SyncMap::from([(1, 1)]);
    a_writer_ends_and_another_thread_goes_on(|| assert!(known.pin().contains_key(&1)));
}

#[test]
fn by_iterators_with_a_pin_of_their_own() {
    let _alone = alone();
    let known = SyncMap::from([(1, 1)]);
    a_writer_ends_and_another_thread_goes_on(|| assert_eq!(known.iter().count(), 1));
}

#[test]
fn by_comparisons_of_unequal_maps() {
    let _alone = alone();
    let (one, other) = (SyncMap::from([(1, 1)]), SyncMap::from([(1, 1), (2, 2)]));
    a_writer_ends_and_another_thread_goes_on(|| assert!(one != other));
}

#[test]
fn by_any_call_of_a_hybrid_map() {
    let _alone = alone();
    let map = HybridMap::new();
    map.insert_hot(1, 1);
    map.insert(2, 2);
    a_writer_ends_and_another_thread_goes_on(|| assert_eq!(map.get_cloned(&1), Some(1)));
    a_writer_ends_and_another_thread_goes_on(|| assert_eq!(map.get_cloned(&2), Some(2)));
    a_writer_ends_and_another_thread_goes_on(|| assert_eq!(map.get_cloned(&3), None));
    a_writer_ends_and_another_thread_goes_on(|| drop(map.insert(2, 2)));
    a_writer_ends_and_another_thread_goes_on(|| assert!(map.remove(&3).is_none()));
    a_writer_ends_and_another_thread_goes_on(|| assert!(map.modify(&2, |n| *n)));
    a_writer_ends_and_another_thread_goes_on(|| assert!(!map.modify(&3, |n| *n)));
    a_writer_ends_and_another_thread_goes_on(|| {
        assert!(map.compare_and_set(&2, &0, 1).is_err());
    });
    a_writer_ends_and_another_thread_goes_on(|| {
        assert_eq!(map.get_with_or_insert(2, || 0, |n| *n), 2);
    });
    a_writer_ends_and_another_thread_goes_on(|| assert_eq!(map.len(), 2));
}

/// A map of so many values, and the map that threads read meanwhile.
fn cleared_by_a_thread_that_lets_it_come_due(values: u32) -> &'static SyncMap<u32, u32, Fixed> {
    static KNOWN: SyncMap<u32, u32, Fixed> = SyncMap::with_hasher(Fixed::new());
    KNOWN.insert(1, 1);
    KNOWN.compact();
    let map: SyncMap<_, _> = (0..values).map(|n| (n, Counted)).collect();
    let held = KNOWN.pin();
    until_its_end(|| map.clear());
    drop(held);
    &KNOWN
}

/// A thread that has looked in vain for long looks ever more rarely. When it has flushed,
/// it looks soon; and when there is more than one call frees, it comes again soon.
#[test]
fn by_few_reads_after_a_flush() {
    // Ten calls free the values. Were each of them a look, that would take 256 reads more.
    const FEW: usize = 2_000;
    let _alone = alone();
    // The threads of other tests may still be ending, and in the way.
    assert!((0..20).any(|_| reads_after_a_flush() < FEW));
}

/// How many reads free what a cleared map held, after a flush.
fn reads_after_a_flush() -> usize {
    const VALUES: u32 = 10_000;
    let known = SyncMap::from([(1, 1)]);
    let map = SyncMap::from([(0, Counted)]);
    let held = map.pin();
    until_its_end(|| (0..100).for_each(|_| drop(map.insert(0, Counted))));
    (0..1 << 18).for_each(|_| assert!(known.contains_key(&1)));
    drop(held);
    while !map.flush() {
        thread::yield_now();
    }
    let before = dropped();
    let known = cleared_by_a_thread_that_lets_it_come_due(VALUES);
    let all = || dropped() - before >= VALUES as usize - KEPT_BACK;
    let read = |_: usize| assert!(known.contains_key(&1));
    let calls = (0..CALLS).take_while(|_| !all()).map(read).count();
    assert!(all(), "{} of {VALUES}", dropped() - before);
    calls
}

/// Thread 1 lets entries come due and is idle from then on. Thread 2 goes on, has more
/// due than one call frees, and is idle too. Thread 3 reads.
#[test]
fn by_a_third_thread_when_two_have_left_it() {
    let _alone = alone();
    // Which part of it is freed by whom depends on how much it is.
    for values in (20_000..=60_000).step_by(10_000) {
        let before = dropped();
        let known = cleared_by_a_thread_that_lets_it_come_due(values);
        let read_until_some_are_freed = || {
            let (idle, is_idle) = mpsc::channel();
            let (end, may_end) = mpsc::channel::<()>();
            let thread = thread::spawn(move || {
                let before = dropped();
                while dropped() == before {
                    assert!(known.contains_key(&1));
                }
                idle.send(()).unwrap();
                let _ = may_end.recv();
            });
            is_idle.recv().unwrap();
            (end, thread)
        };
        let idle = [read_until_some_are_freed(), read_until_some_are_freed()];
        let all = || dropped() - before >= values as usize - KEPT_BACK;
        (0..CALLS)
            .take_while(|_| !all())
            .for_each(|_| assert!(known.contains_key(&1)));
        assert!(all(), "{} of {values}", dropped() - before);
        for (end, thread) in idle {
            drop(end);
            thread.join().unwrap();
        }
    }
}

/// What is due already does not wait for a guard that is taken later.
#[test]
fn by_writers_while_a_guard_is_held_that_came_later() {
    const VALUES: u32 = 60_000;
    // One call frees 1,024 at the most. So this takes ten collections, each of which
    // advances the epoch, as nobody is pinned: then all is due.
    const FREED_BEFORE: usize = 10_000;
    let _alone = alone();
    let before = dropped();
    let known = cleared_by_a_thread_that_lets_it_come_due(VALUES);
    until_its_end(|| {
        while dropped() - before < FREED_BEFORE {
            assert!(known.contains_key(&1));
        }
    });
    let freed = dropped() - before;
    assert!(freed < VALUES as usize / 2, "{freed} of {VALUES}");
    let held = known.pin();
    let all = || dropped() - before >= VALUES as usize - KEPT_BACK;
    until_its_end(|| {
        // New keys: nothing is retired by that.
        for n in (10..1_000).take_while(|_| !all()) {
            known.insert(n, n);
        }
    });
    assert!(all(), "{} of {VALUES}", dropped() - before);
    drop(held);
    known.clear();
}
