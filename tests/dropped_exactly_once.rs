//! Every key and every value is dropped exactly once, whatever way it leaves the
//! map, and not while somebody can still see it.
//!
//! A failure of these tests is a leak, or undefined behaviour: a value that is
//! dropped twice, or used after its drop.
#![cfg(not(loom))]

#[path = "common/ledger.rs"]
mod ledger;

use ledger::{FLUSHES, Ledger, Ticket};
use readmostly::{Compute, EntryState, Operation, SyncMap};
use std::fmt;
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Barrier, Mutex, PoisonError};
use std::thread;

/// A name, which is what counts, with a ticket.
#[derive(Clone)]
struct Name(String, Ticket);

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.1.check();
        self.0 == other.0
    }
}

impl Eq for Name {}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl equivalent::Equivalent<Name> for str {
    fn equivalent(&self, key: &Name) -> bool {
        key.1.check();
        *self == key.0
    }
}

type Map = SyncMap<Name, Name>;

/// Names with tickets of one ledger.
fn names(ledger: &'static Ledger) -> impl Fn(&str) -> Name + Copy {
    move |name| Name(name.to_string(), ledger.issue())
}

/// A map in which every state occurs: `live` and `other` in `read`, `nil`
/// deleted, `expunged` expunged, `dirty` in the dirty map alone, and `gone`
/// deleted there. 6 keys and 3 values, and three misses from a promotion, which
/// would drop the expunged key.
fn every_state(ledger: &'static Ledger) -> Map {
    let name = names(ledger);
    let known = ["live", "other", "nil", "expunged"];
    let map: Map = known.map(|key| (name(key), name("1"))).into();
    map.remove("expunged");
    for new in ["dirty", "gone"] {
        map.insert(name(new), name("1"));
    }
    map.remove("nil");
    map.remove_if("gone", |_, _| true);
    ledger.settles_at(9);

    let state = |key: &str| {
        let inside = map.inspect();
        let find = |entries: Vec<(Name, EntryState<Name>)>| {
            let found = entries.into_iter().find(|(name, _)| name.0 == key);
            found.map(|(_, state)| match state {
                EntryState::Value(_) => 'v',
                EntryState::Nil => 'n',
                EntryState::Expunged => 'x',
            })
        };
        (find(inside.read), find(inside.dirty.unwrap()))
    };
    assert_eq!(state("live"), (Some('v'), Some('v')));
    assert_eq!(state("nil"), (Some('n'), Some('n')));
    assert_eq!(state("expunged"), (Some('x'), None));
    assert_eq!(state("dirty"), (None, Some('v')));
    assert_eq!(state("gone"), (None, Some('n')));
    map
}

#[test]
fn an_overwrite_drops_the_old_value_and_the_new_key() {
    static LEDGER: Ledger = Ledger::new();
    let name = names(&LEDGER);
    let map = every_state(&LEDGER);
    for known in ["live", "dirty"] {
        assert!(map.insert(name(known), name("2")).is_some());
        LEDGER.settles_at(9);
        assert!(map.update(known, |old| name(&old.0)).is_some());
        LEDGER.settles_at(9);
        let expected = name("2");
        let exchanged = map.compare_exchange(known, &expected, name("3"));
        exchanged.unwrap();
        drop(expected);
        LEDGER.settles_at(9);
    }
    // Deleted keys get a value, and keep the key they had.
    for (values, deleted) in (10..).zip(["nil", "expunged", "gone"]) {
        assert!(map.insert(name(deleted), name("2")).is_none());
        LEDGER.settles_at(values);
    }
    drop(map);
    LEDGER.settles_at(0);
}

#[test]
fn a_removal_drops_the_value_and_leaves_a_tombstone() {
    static LEDGER: Ledger = Ledger::new();
    let map = every_state(&LEDGER);
    assert!(map.remove("live").is_some());
    LEDGER.settles_at(8);
    assert!(map.remove_if("other", |_, value| value.0 == "1").is_some());
    LEDGER.settles_at(7);
    assert!(map.remove("nil").is_none() && map.remove("expunged").is_none());
    LEDGER.settles_at(7);
    drop(map);
    LEDGER.settles_at(0);
}

#[test]
fn a_removal_of_a_key_that_only_dirty_has_drops_the_key_too() {
    static LEDGER: Ledger = Ledger::new();
    for (key, present) in [("dirty", true), ("gone", false)] {
        let map = every_state(&LEDGER);
        assert_eq!(map.remove(key).is_some(), present);
        LEDGER.settles_at(8 - usize::from(present));
        drop(map);
        LEDGER.settles_at(0);
    }
}

#[test]
fn a_conditional_removal_from_dirty_leaves_a_tombstone() {
    static LEDGER: Ledger = Ledger::new();
    let name = names(&LEDGER);
    let map = every_state(&LEDGER);
    assert!(map.compare_remove("dirty", &name("7")).is_none());
    LEDGER.settles_at(9);
    assert!(map.compare_remove("dirty", &name("1")).is_some());
    LEDGER.settles_at(8);
    drop(map);
    LEDGER.settles_at(0);
}

#[test]
fn a_promotion_drops_the_keys_it_leaves_behind() {
    static LEDGER: Ledger = Ledger::new();
    let map = every_state(&LEDGER);
    assert_eq!(map.pin().iter().count(), 3);
    LEDGER.settles_at(8);
    drop(map);
    LEDGER.settles_at(0);
}

#[test]
fn a_promotion_spares_what_was_stored_to_again() {
    static LEDGER: Ledger = Ledger::new();
    let name = names(&LEDGER);
    let map = every_state(&LEDGER);
    map.insert(name("expunged"), name("2"));
    LEDGER.settles_at(10);
    assert_eq!(map.pin().iter().count(), 4);
    LEDGER.settles_at(10);
    assert_eq!(map.get("expunged").unwrap().0, "2");
    drop(map);
    LEDGER.settles_at(0);
}

#[test]
fn compact_drops_every_tombstone() {
    static LEDGER: Ledger = Ledger::new();
    let map = every_state(&LEDGER);
    assert_eq!(map.compact(), 3);
    LEDGER.settles_at(6);
    assert_eq!(map.len(), 3);
    drop(map);
    LEDGER.settles_at(0);
}

#[test]
fn retain_drops_the_values_it_does_not_keep() {
    static LEDGER: Ledger = Ledger::new();
    let map = every_state(&LEDGER);
    map.retain(|key, _| key.0 == "live");
    // It promoted first: `expunged` is gone.
    LEDGER.settles_at(6);
    map.compact();
    LEDGER.settles_at(2);
    drop(map);
    LEDGER.settles_at(0);
}

#[test]
fn clear_drops_everything() {
    static LEDGER: Ledger = Ledger::new();
    let map = every_state(&LEDGER);
    map.clear();
    LEDGER.settles_at(0);
    let name = names(&LEDGER);
    map.insert(name("live"), name("2"));
    map.clear();
    LEDGER.settles_at(0);
}

/// More than are freed in one go.
#[test]
fn clear_drops_everything_of_a_large_map() {
    static LEDGER: Ledger = Ledger::new();
    let name = names(&LEDGER);
    for promoted in [false, true] {
        let map = Map::new();
        for n in 0..3_000 {
            map.insert(name(&n.to_string()), name("1"));
        }
        if promoted {
            map.compact();
        }
        map.clear();
        LEDGER.settles_at(0);
    }
}

#[test]
fn a_value_that_comes_too_late_goes_with_the_entry_it_was_put_in() {
    static LEDGER: Ledger = Ledger::new();
    let name = names(&LEDGER);
    for key in ["live", "dirty"] {
        let map = every_state(&LEDGER);
        // The entry is in no table any more when the new value is put in.
        let updated = map.update(key, |_| {
            map.clear();
            name("late")
        });
        assert_eq!(updated.unwrap().0, "late");
        assert!(map.is_empty() && map.get(key).is_none());
        LEDGER.settles_at(0);
    }
}

#[test]
fn a_refused_insertion_comes_back_whole() {
    static LEDGER: Ledger = Ledger::new();
    let name = names(&LEDGER);
    for known in ["live", "dirty"] {
        let map = every_state(&LEDGER);
        let refused = map.try_insert(name(known), name("2")).unwrap_err();
        map.flush();
        assert_eq!(LEDGER.live(), 11);
        refused.key.1.check();
        refused.value.1.check();
        drop(refused);
        LEDGER.settles_at(9);

        let made = || unreachable!("it is present");
        let refused = map.try_insert_with(name(known), made).unwrap_err();
        assert!(refused.value.is_none());
        assert_eq!(LEDGER.live(), 10);
        drop(refused);
        drop(map);

        let map = every_state(&LEDGER);
        drop(map.get_or_insert(name(known), name("2")));
        drop(map.get_or_insert_with(name(known), made));
        LEDGER.settles_at(9);
    }
}

/// Whether the key that each of these makes, or gets, goes into the map.
#[test]
fn a_key_and_a_value_that_are_not_needed_are_dropped() {
    static LEDGER: Ledger = Ledger::new();
    let name = names(&LEDGER);
    type Call<'c> = &'c dyn Fn(&Map, &str);
    let calls: [Call<'_>; 6] = [
        &|map, key| drop(map.get_or_insert_with_ref(key, || name(key), || name("2"))),
        &|map, key| {
            let made = || Ok::<_, ()>(name("2"));
            drop(map.get_or_try_insert_with(name(key), made).unwrap());
        },
        &|map, key| {
            let hash = map.hasher().hash_one(key);
            drop(map.get_or_insert_hashed_with(!hash, key, || name(key), || name("2")));
        },
        &|map, key| {
            drop(map.update_or_insert_with(name(key), |old| name(&old.0), || name("2")));
        },
        &|map, key| {
            let (f, made) = (|old: &Name| name(&old.0), || name("2"));
            _ = (map.pin()).update_or_insert_with_ref(key, || name(key), f, made);
        },
        &|map, key| {
            drop(map.compute_ref(key, || name(key), |_| Operation::<_>::Insert(name("2"))));
        },
    ];
    for call in calls {
        for known in ["live", "dirty"] {
            let map = every_state(&LEDGER);
            call(&map, known);
            LEDGER.settles_at(9);
            drop(map);
            LEDGER.settles_at(0);
        }
        // A value more, and the key that the map had.
        for deleted in ["nil", "expunged"] {
            let map = every_state(&LEDGER);
            call(&map, deleted);
            LEDGER.settles_at(10);
            drop(map);
            LEDGER.settles_at(0);
        }
        let map = every_state(&LEDGER);
        call(&map, "absent");
        LEDGER.settles_at(11);
        drop(map);
        LEDGER.settles_at(0);
    }
}

#[test]
fn a_value_that_cannot_be_made_leaves_nothing_behind() {
    static LEDGER: Ledger = Ledger::new();
    let name = names(&LEDGER);
    for key in ["live", "nil", "expunged", "absent"] {
        let map = every_state(&LEDGER);
        drop(map.get_or_try_insert_with(name(key), || Err(())));
        _ = map.pin().get_or_try_insert_with(name(key), || Err(()));
        drop(map.get_or_try_insert_with_ref(key, || name(key), || Err(())));
        LEDGER.settles_at(9);
        drop(map);
        LEDGER.settles_at(0);
    }
}

#[test]
fn a_replacement_drops_the_old_value_and_gives_a_refused_one_back() {
    static LEDGER: Ledger = Ledger::new();
    let name = names(&LEDGER);
    // The third miss promotes, and so drops the expunged key.
    for (known, left) in [("live", 9), ("dirty", 8)] {
        let map = every_state(&LEDGER);
        assert!(map.replace(known, name("2")).is_ok());
        assert!(map.replace_if(known, |_, _| true, name("3")).is_ok());
        let refused = map.replace_if(known, |_, _| false, name("4")).unwrap_err();
        assert_eq!(refused.new.0, "4");
        drop(refused);
        assert!(matches!(
            map.update_or_remove(known, |old| Some(name(&old.0))),
            Compute::Updated { .. }
        ));
        LEDGER.settles_at(left);
        drop(map);
        LEDGER.settles_at(0);
    }
    let map = every_state(&LEDGER);
    for absent in ["nil", "expunged", "gone", "absent"] {
        let back = map.replace(absent, name("2")).unwrap_err();
        back.1.check();
        assert_eq!(LEDGER.live(), 10);
    }
    LEDGER.settles_at(9);
    assert!(matches!(
        map.update_or_remove("live", |_| None),
        Compute::Removed(Some(_))
    ));
    LEDGER.settles_at(8);
    assert!(map.try_remove_if("dirty", |_, _| false).is_err());
    LEDGER.settles_at(8);
    assert!(map.try_remove_if("dirty", |_, _| true).is_ok());
    LEDGER.settles_at(7);
    assert!(map.pin().remove_entry("other").is_some());
    LEDGER.settles_at(6);
    drop(map);
    LEDGER.settles_at(0);
}

#[test]
fn an_extraction_drops_what_it_hands_out_after_the_pin() {
    static LEDGER: Ledger = Ledger::new();
    for stop in [1, 3] {
        let map = every_state(&LEDGER);
        let pinned = map.pin();
        let taken: Vec<_> = pinned.extract_if(|_, _| true).take(stop).collect();
        for (key, value) in &taken {
            key.1.check();
            value.1.check();
        }
        assert_eq!((taken.len(), map.len()), (stop, 3 - stop));
        drop(taken);
        drop(pinned);
        // It promoted first: `expunged` is gone.
        LEDGER.settles_at(8 - stop);
        drop(map);
        LEDGER.settles_at(0);
    }
}

#[test]
fn a_value_that_was_made_too_late_comes_back() {
    static LEDGER: Ledger = Ledger::new();
    let name = names(&LEDGER);
    for deleted in ["nil", "expunged", "gone", "absent"] {
        let map = every_state(&LEDGER);
        let refused = map.try_insert_with(name(deleted), || {
            map.insert(name(deleted), name("first"));
            name("second")
        });
        let refused = refused.unwrap_err();
        assert_eq!(refused.current.0, "first");
        assert_eq!(refused.value.as_ref().unwrap().0, "second");
        drop(refused);
        LEDGER.settles_at(10 + usize::from(deleted == "absent"));
        drop(map);
        LEDGER.settles_at(0);
    }
}

#[test]
fn a_refused_exchange_comes_back() {
    static LEDGER: Ledger = Ledger::new();
    let name = names(&LEDGER);
    let map = every_state(&LEDGER);
    for key in ["live", "dirty", "nil", "expunged", "gone", "absent"] {
        let expected = name("7");
        let refused = map.compare_exchange(key, &expected, name("8")).unwrap_err();
        assert_eq!(refused.current.is_some(), matches!(key, "live" | "dirty"));
        refused.new.1.check();
        assert_eq!(LEDGER.live(), 11);
        drop((refused, expected));
    }
    drop(map);
    LEDGER.settles_at(0);
}

#[test]
fn what_compute_decides_is_dropped_as_if_it_had_been_done_directly() {
    static LEDGER: Ledger = Ledger::new();
    let name = names(&LEDGER);
    let insert = |_: Option<(&Name, &Name)>| Operation::<_, ()>::Insert(name("2"));
    let remove = |_: Option<(&Name, &Name)>| Operation::<_, ()>::Remove;
    let abort = |_: Option<(&Name, &Name)>| Operation::<Name, _>::Abort(name("why"));
    for key in ["live", "dirty"] {
        let map = every_state(&LEDGER);
        let updated = map.compute(name(key), insert);
        assert!(matches!(updated, Compute::Updated { .. }));
        drop(updated);
        LEDGER.settles_at(9);
        let removed = map.compute(name(key), remove);
        assert!(matches!(removed, Compute::Removed(Some(_))));
        drop(removed);
        LEDGER.settles_at(8);
    }
    for key in ["nil", "expunged", "gone", "absent"] {
        let map = every_state(&LEDGER);
        let removed = map.compute(name(key), remove);
        assert!(matches!(removed, Compute::Removed(None)));
        let inserted = map.compute(name(key), insert);
        assert!(matches!(inserted, Compute::Inserted(_)));
        drop(inserted);
        LEDGER.settles_at(10 + usize::from(key == "absent"));
    }
    let map = every_state(&LEDGER);
    for key in ["live", "nil"] {
        let aborted = map.compute(name(key), abort);
        assert!(matches!(&aborted, Compute::Aborted(why) if why.0 == "why"));
        drop(aborted);
        LEDGER.settles_at(9);
    }
    drop(map);
    LEDGER.settles_at(0);
}

#[test]
fn what_get_mut_replaces_is_dropped_at_once() {
    static LEDGER: Ledger = Ledger::new();
    let name = names(&LEDGER);
    let mut map = every_state(&LEDGER);
    for key in ["live", "dirty"] {
        *map.get_mut(key).unwrap() = name("2");
        assert_eq!(LEDGER.live(), 9);
    }
    for key in ["nil", "expunged", "gone", "absent"] {
        assert!(map.get_mut(key).is_none());
    }
    for (_, value) in &mut map {
        *value = name("3");
    }
    assert_eq!(LEDGER.live(), 9);
    drop(map);
    LEDGER.settles_at(0);
}

#[test]
fn dropping_the_map_drops_everything_at_once() {
    static LEDGER: Ledger = Ledger::new();
    let map = every_state(&LEDGER);
    drop(map);
    assert_eq!(LEDGER.live(), 0, "not by way of the epoch");

    let map = every_state(&LEDGER);
    let another = map.clone();
    // Iterating promotes, which leaves the expunged key behind.
    LEDGER.settles_at(8 + 6);
    drop(map);
    assert_eq!(LEDGER.live(), 6);
    drop(another);
    assert_eq!(LEDGER.live(), 0);
}

#[test]
fn drain_gives_everything_back_and_drops_the_rest() {
    static LEDGER: Ledger = Ledger::new();
    let name = names(&LEDGER);
    for taken in 0..=3 {
        let mut map = every_state(&LEDGER);
        let mut drain = map.drain();
        let pairs: Vec<_> = drain.by_ref().take(taken).collect();
        assert_eq!(pairs.len(), taken);
        drop(drain);
        assert_eq!(LEDGER.live(), 2 * taken, "at once");
        for (key, value) in &pairs {
            key.1.check();
            assert_eq!(value.0, "1");
        }
        assert!(map.is_empty() && map.pin().iter().next().is_none());
        drop(pairs);
        map.insert(name("again"), name("2"));
        assert_eq!(map.drain().count(), 1);
        LEDGER.settles_at(0);
    }
}

#[test]
fn into_iter_gives_everything_back_and_drops_the_rest() {
    static LEDGER: Ledger = Ledger::new();
    for taken in 0..=3 {
        let mut pairs = every_state(&LEDGER).into_iter();
        let some: Vec<_> = pairs.by_ref().take(taken).collect();
        assert_eq!(some.len(), taken);
        drop(pairs);
        assert_eq!(LEDGER.live(), 2 * taken, "at once");
        drop(some);
        assert_eq!(LEDGER.live(), 0);
    }
}

/// Whoever holds a guard sees what was there, however it leaves the map.
#[test]
fn nothing_is_dropped_while_a_guard_can_reach_it() {
    static LEDGER: Ledger = Ledger::new();
    let ways: [fn(&Map); 5] = [
        |map| drop(map.remove("live")),
        |map| map.clear(),
        |map| _ = map.retain(|_, _| false),
        |map| {
            map.remove("live");
            map.compact();
        },
        |map| drop(map.insert(names(&LEDGER)("live"), names(&LEDGER)("2"))),
    ];
    for way in ways {
        let map = every_state(&LEDGER);
        let held = map.get("live").unwrap();
        let pinned = map.pin();
        let mut pairs = pinned.iter();
        thread::scope(|scope| {
            scope.spawn(|| way(&map));
        });
        for _ in 0..3 {
            map.flush();
        }
        held.1.check();
        held.key().1.check();
        assert_eq!((&*held.key().0, &*held.0), ("live", "1"));
        pairs.by_ref().for_each(|(key, value)| {
            key.1.check();
            value.1.check();
        });
        drop((held, pinned));
        drop(map);
        LEDGER.settles_at(0);
    }
}

/// A kind of key or value: how to make one, and whether all were dropped.
trait Counted: Hash + Eq + Send + Sync + 'static {
    fn make(number: u8) -> Self;

    /// The number it was made with, as far as it has room for one. Panics if
    /// this has been dropped already.
    fn number(&self) -> u8;

    /// Hurries reclamation along until every one of them is dropped.
    fn all_dropped();
}

/// Something with room for a ticket beside `P`.
struct Ticketed<P>(P, Ticket);

trait Payload: Send + Sync + Sized + 'static {
    fn ledger() -> &'static Ledger;
    fn of(number: u8) -> Self;
    fn number(&self) -> u8;
}

impl<P: Payload> Counted for Ticketed<P> {
    fn make(number: u8) -> Self {
        Self(P::of(number), P::ledger().issue())
    }

    fn number(&self) -> u8 {
        self.1.check();
        self.0.number()
    }

    fn all_dropped() {
        P::ledger().settles_at(0);
    }
}

impl<P: Payload> Hash for Ticketed<P> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.number().hash(state);
    }
}

impl<P: Payload> PartialEq for Ticketed<P> {
    fn eq(&self, other: &Self) -> bool {
        self.number() == other.number()
    }
}

impl<P: Payload> Eq for Ticketed<P> {}

/// On the heap, and empty for 0.
impl Payload for String {
    fn ledger() -> &'static Ledger {
        static LEDGER: Ledger = Ledger::new();
        &LEDGER
    }

    fn of(number: u8) -> Self {
        "x".repeat(number.into())
    }

    fn number(&self) -> u8 {
        self.len() as u8
    }
}

/// Much larger than a pointer.
impl Payload for [u8; 1024] {
    fn ledger() -> &'static Ledger {
        static LEDGER: Ledger = Ledger::new();
        &LEDGER
    }

    fn of(number: u8) -> Self {
        [number; 1024]
    }

    fn number(&self) -> u8 {
        assert!(*self == [self[0]; 1024], "torn");
        self[0]
    }
}

/// Behind a fat pointer.
impl Payload for Box<dyn Fn() -> u8 + Send + Sync> {
    fn ledger() -> &'static Ledger {
        static LEDGER: Ledger = Ledger::new();
        &LEDGER
    }

    fn of(number: u8) -> Self {
        Box::new(move || number)
    }

    fn number(&self) -> u8 {
        self()
    }
}

/// Aligned far beyond a pointer.
#[repr(align(64))]
struct Wide(u8);

impl Payload for Wide {
    fn ledger() -> &'static Ledger {
        static LEDGER: Ledger = Ledger::new();
        &LEDGER
    }

    fn of(number: u8) -> Self {
        Self(number)
    }

    fn number(&self) -> u8 {
        assert!(std::ptr::from_ref(self).addr() % 64 == 0, "misaligned");
        self.0
    }
}

/// How many there are of something too small for a ticket.
struct Tally {
    made: AtomicUsize,
    dropped: AtomicUsize,
}

impl Tally {
    const fn new() -> Self {
        Self {
            made: AtomicUsize::new(0),
            dropped: AtomicUsize::new(0),
        }
    }

    fn live(&self) -> usize {
        let dropped = self.dropped.load(Ordering::SeqCst);
        let live = self.made.load(Ordering::SeqCst).checked_sub(dropped);
        live.expect("more were dropped than were made")
    }

    fn settles_at_nothing(&self) {
        let any = SyncMap::<(), ()>::new();
        let mut flushes = 0;
        while self.live() > 0 {
            flushes += 1;
            assert!(flushes < FLUSHES, "{} left", self.live());
            any.flush();
            thread::yield_now();
        }
    }
}

/// One byte, at any address.
#[derive(PartialEq, Eq, Hash)]
struct Byte(u8);

static BYTES: [Tally; 256] = [const { Tally::new() }; 256];

impl Counted for Byte {
    fn make(number: u8) -> Self {
        assert_eq!(align_of::<Self>(), 1);
        BYTES[usize::from(number)]
            .made
            .fetch_add(1, Ordering::SeqCst);
        Self(number)
    }

    fn number(&self) -> u8 {
        self.0
    }

    fn all_dropped() {
        BYTES.iter().for_each(Tally::settles_at_nothing);
    }
}

impl Drop for Byte {
    fn drop(&mut self) {
        let tally = &BYTES[usize::from(self.0)];
        tally.dropped.fetch_add(1, Ordering::SeqCst);
    }
}

/// No byte at all: its boxes all have the same address. Yet it has a destructor.
#[derive(PartialEq, Eq, Hash)]
struct Nothing;

static NOTHINGS: Tally = Tally::new();

impl Counted for Nothing {
    fn make(_: u8) -> Self {
        assert_eq!(size_of::<Self>(), 0);
        NOTHINGS.made.fetch_add(1, Ordering::SeqCst);
        Self
    }

    fn number(&self) -> u8 {
        0
    }

    fn all_dropped() {
        NOTHINGS.settles_at_nothing();
    }
}

impl Drop for Nothing {
    fn drop(&mut self) {
        NOTHINGS.dropped.fetch_add(1, Ordering::SeqCst);
    }
}

/// A simple generator of numbers that look random.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u8) -> u8 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 32) as u8 % bound
    }
}

/// Does one thing after the other to a few keys, and looks at all it gets.
fn churn<K: Counted, V: Counted>(map: &SyncMap<K, V>, seed: u64, operations: usize) {
    fn see<K: Counted, V: Counted>(found: Option<readmostly::Ref<'_, K, V>>) {
        if let Some(found) = found {
            found.number();
            assert!(found.key().number() < 6);
        }
    }

    let mut random = Random(seed);
    for _ in 0..operations {
        let number = random.below(6);
        let key = || K::make(number);
        let value = random.below(200);
        let value = || V::make(value);
        match random.below(40) {
            0..5 => see(map.get(&key())),
            5..10 => see(map.insert(key(), value())),
            10..15 => see(map.remove(&key())),
            15 => match map.try_insert(key(), value()) {
                Ok(stored) => see(Some(stored)),
                Err(refused) => {
                    assert_eq!(refused.key.number(), key().number());
                    assert_eq!(refused.value.number(), value().number());
                    see(Some(refused.current));
                }
            },
            16 => see(Some(map.get_or_insert(key(), value()))),
            17 => see(Some(map.get_or_insert_with(key(), value))),
            18 => see(map.try_insert_with(key(), value).ok()),
            19..22 => see(map.update(&key(), |old| {
                old.number();
                value()
            })),
            22..24 => match map.compute(key(), |seen| match seen {
                Some((key, old)) if key.number() < 3 && old.number() < 100 => Operation::Remove,
                Some((_, old)) if old.number() > 150 => Operation::Abort(value()),
                _ => Operation::Insert(value()),
            }) {
                Compute::Inserted(new) => see(Some(new)),
                Compute::Updated { old, new } => [old, new].into_iter().for_each(|v| see(Some(v))),
                Compute::Removed(old) => see(old),
                Compute::Aborted(why) => drop(why),
            },
            24..26 => match map.compare_exchange(&key(), &value(), value()) {
                Ok(old) => see(Some(old)),
                Err(refused) => {
                    refused.new.number();
                    see(refused.current);
                }
            },
            26..28 => see(map.compare_remove(&key(), &value())),
            28..30 => see(map.remove_if(&key(), |_, old| old.number() % 2 == 0)),
            30 => map.clear(),
            31 => _ = map.retain(|key, value| key.number() % 2 == 0 || value.number() % 2 == 0),
            32 => _ = map.compact(),
            33..36 => {
                let pinned = map.pin();
                assert!(
                    pinned
                        .iter()
                        .all(|(key, value)| key.number() < 6 && value.number() < 200)
                );
            }
            36 => _ = map.flush(),
            _ => {
                let mut pinned = map.pin();
                for _ in 0..random.below(10) {
                    pinned.insert(key(), value());
                    let old = pinned.remove(&key());
                    pinned.get_or_insert_with(key(), value);
                    assert!(old.is_none_or(|old| old.number() < 200));
                    pinned.repin();
                }
            }
        }
    }
}

/// Lets `threads` do this to one map three times over, each of them exiting in
/// between with whatever it has retired, and drops the map as they leave it.
fn exercise<K: Counted, V: Counted>(threads: u64) {
    /// One at a time, as the ledgers belong to the types.
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);

    let operations = 2_000 / threads as usize;
    for round in 0..3 {
        let map = SyncMap::<K, V>::new();
        for generation in 0..3 {
            let start = Barrier::new(threads as usize);
            thread::scope(|scope| {
                for thread in 0..threads {
                    let (map, start) = (&map, &start);
                    let seed = 1 + thread + 10 * generation + 100 * round;
                    scope.spawn(move || {
                        start.wait();
                        churn(map, seed.wrapping_mul(0x9E37_79B9_7F4A_7C15), operations);
                    });
                }
            });
        }
        drop(map);
        K::all_dropped();
        V::all_dropped();
    }
}

#[test]
fn strings_are_dropped_exactly_once() {
    exercise::<Ticketed<String>, Ticketed<String>>(1);
    exercise::<Ticketed<String>, Ticketed<String>>(4);
}

#[test]
fn boxed_closures_are_dropped_exactly_once() {
    type Boxed = Box<dyn Fn() -> u8 + Send + Sync>;
    exercise::<Ticketed<Boxed>, Ticketed<Boxed>>(1);
    exercise::<Ticketed<Boxed>, Ticketed<Boxed>>(4);
}

#[test]
fn large_things_are_dropped_exactly_once() {
    exercise::<Ticketed<[u8; 1024]>, Ticketed<[u8; 1024]>>(1);
    exercise::<Ticketed<[u8; 1024]>, Ticketed<[u8; 1024]>>(4);
}

#[test]
fn things_aligned_to_64_are_dropped_exactly_once() {
    exercise::<Ticketed<Wide>, Ticketed<Wide>>(1);
    exercise::<Ticketed<Wide>, Ticketed<Wide>>(4);
}

#[test]
fn bytes_are_dropped_exactly_once() {
    exercise::<Byte, Byte>(1);
    exercise::<Byte, Byte>(4);
}

#[test]
fn values_of_no_size_are_dropped_exactly_once() {
    exercise::<Ticketed<String>, Nothing>(1);
    exercise::<Ticketed<String>, Nothing>(4);
}

#[test]
fn keys_of_no_size_are_dropped_exactly_once() {
    exercise::<Nothing, Ticketed<String>>(1);
    exercise::<Nothing, Nothing>(4);
}
