//! Keys and values of every shape: aligned to 1 up to 128, without size, behind a
//! fat pointer, and just below, at and above the sizes at which
//! the map puts a value somewhere else (64 bytes in the entry, 128 in a block).
//!
//! What a shape holds is all the same byte, and it knows which bytes are none of
//! its own; the allocator (`common/strict.rs`) overwrites what is freed, and takes
//! nothing back but with the layout it had.
#![cfg(not(loom))]

#[path = "common/ledger.rs"]
mod ledger;
#[path = "common/strict.rs"]
mod strict;

use ledger::{Ledger, Ticket};
use readmostly::{Compute, Operation, Ref, SyncMap};
use std::fmt::Debug;
use std::hash::{Hash, Hasher};
use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};
use std::thread;

/// A key or a value: one of `DISTINCT`, numbered from 0.
trait Shape: Hash + Eq + Debug + Send + Sync + Sized + 'static {
    const DISTINCT: u8;

    fn of(number: u8) -> Self;

    /// Panics where this is misaligned, torn, or freed.
    fn number(&self) -> u8;
}

/// The only one, without alignment or destructor.
impl Shape for () {
    const DISTINCT: u8 = 1;

    fn of(_: u8) -> Self {}

    fn number(&self) -> u8 {
        0
    }
}

/// Something that lends its alignment.
trait Align: Copy + Send + Sync + 'static {}

impl Align for u8 {}
impl Align for u16 {}
impl Align for u32 {}
impl Align for u64 {}
impl Align for u128 {}

#[derive(Clone, Copy)]
#[repr(align(32))]
struct Align32;
impl Align for Align32 {}

#[derive(Clone, Copy)]
#[repr(align(64))]
struct Align64;
impl Align for Align64 {}

#[derive(Clone, Copy)]
#[repr(align(128))]
struct Align128;
impl Align for Align128 {}

/// `N` bytes, aligned as an `A`. No destructor.
#[derive(Clone, Copy)]
struct Bytes<A, const N: usize> {
    _aligned: [A; 0],
    bytes: [u8; N],
}

impl<A: Align, const N: usize> Shape for Bytes<A, N> {
    const DISTINCT: u8 = if N == 0 { 1 } else { 6 };

    fn of(number: u8) -> Self {
        Self {
            _aligned: [],
            bytes: [number % Self::DISTINCT; N],
        }
    }

    fn number(&self) -> u8 {
        let address = std::ptr::from_ref(self).addr();
        assert_eq!(address % align_of::<A>(), 0, "misaligned");
        let Some(first) = self.bytes.first() else {
            return 0;
        };
        assert!(self.bytes.iter().all(|byte| byte == first), "torn");
        assert!(*first < Self::DISTINCT, "never written, or freed");
        *first
    }
}

impl<A: Align, const N: usize> Debug for Bytes<A, N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.number().fmt(f)
    }
}

impl<A: Align, const N: usize> PartialEq for Bytes<A, N> {
    fn eq(&self, other: &Self) -> bool {
        self.number() == other.number()
    }
}

impl<A: Align, const N: usize> Eq for Bytes<A, N> {}

impl<A: Align, const N: usize> Hash for Bytes<A, N> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.number().hash(state);
    }
}

/// Something that can be asked for its number.
trait Numbered: Debug + Send + Sync {
    fn asked(&self) -> u8;
}

impl<A: Align, const N: usize> Numbered for Bytes<A, N> {
    fn asked(&self) -> u8 {
        self.number()
    }
}

/// Behind a fat pointer, and of another size and alignment for each number.
impl Shape for Box<dyn Numbered> {
    const DISTINCT: u8 = 3;

    fn of(number: u8) -> Self {
        match number % 3 {
            0 => Box::new(Bytes::<Align128, 0>::of(0)),
            1 => Box::new(Bytes::<u8, 1>::of(1)),
            _ => Box::new(Bytes::<Align64, 200>::of(2)),
        }
    }

    fn number(&self) -> u8 {
        (**self).asked()
    }
}

impl PartialEq for dyn Numbered {
    fn eq(&self, other: &Self) -> bool {
        self.asked() == other.asked()
    }
}

impl Eq for dyn Numbered {}

impl Hash for dyn Numbered {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.asked().hash(state);
    }
}

static LEDGER: Ledger = Ledger::new();

/// The same with a destructor, and a ticket that says whether it has run.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Dropped<T>(T, Mark);

/// A [`Ticket`], which is no part of what is compared.
struct Mark(Ticket);

impl PartialEq for Mark {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Mark {}

impl Hash for Mark {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

impl Debug for Mark {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Ok(())
    }
}

impl<T: Shape> Shape for Dropped<T> {
    const DISTINCT: u8 = T::DISTINCT;

    fn of(number: u8) -> Self {
        Self(T::of(number), Mark(LEDGER.issue()))
    }

    fn number(&self) -> u8 {
        self.1.0.check();
        self.0.number()
    }
}

type Found<'m, K, V> = Option<Ref<'m, K, V>>;

fn is<K: Shape, V: Shape>(found: Found<'_, K, V>, key: u8, value: u8) {
    let found = found.expect("it is there");
    assert_eq!(found.key().number(), key % K::DISTINCT);
    assert_eq!(found.number(), value % V::DISTINCT);
}

/// Every operation on one key that is absent, and is so again at the end.
fn operate<K: Shape, V: Shape>(map: &SyncMap<K, V>, key: u8) {
    let (k, v) = (|| K::of(key), V::of);
    let is = |found: Found<'_, K, V>, value| is(found, key, value);
    assert!(map.get(&k()).is_none() && !map.contains_key(&k()));
    assert!(map.insert(k(), v(0)).is_none());
    is(map.get(&k()), 0);
    is(map.insert(k(), v(1)), 0);
    is(map.update(&k(), |old| v(old.number() + 1)), 2);
    is(map.compare_exchange(&k(), &v(2), v(3)).ok(), 2);
    let refused = map.try_insert(k(), v(4)).expect_err("it is there");
    assert_eq!(refused.value.number(), 4 % V::DISTINCT);
    is(Some(refused.current), 3);
    is(Some(map.get_or_insert(k(), v(4))), 3);
    match map.compute(k(), |_| Operation::<V, ()>::Insert(v(5))) {
        Compute::Updated { old, new } => {
            is(Some(old), 3);
            is(Some(new), 5);
        }
        _ => panic!("it is there"),
    }
    match map.compute(k(), |_| Operation::<V, ()>::Remove) {
        Compute::Removed(old) => is(old, 5),
        _ => panic!("it is there"),
    }
    is(Some(map.get_or_insert_with(k(), || v(1))), 1);
    is(map.compare_remove(&k(), &v(1)), 1);
    is(map.try_insert(k(), v(2)).ok(), 2);
    is(map.remove_if(&k(), |_, _| true), 2);
    is(map.try_insert_with(k(), || v(3)).ok(), 3);
    is(map.remove(&k()), 3);

    let mut pinned = map.pin();
    assert!(pinned.insert(k(), v(4)).is_none());
    assert_eq!(pinned.insert(k(), v(5)), Some(&v(4)));
    pinned.repin();
    assert_eq!(pinned.get_key_value(&k()), Some((&k(), &v(5))));
    assert!(pinned.iter().any(|(found, _)| *found == k()));
    assert_eq!(pinned.remove(&k()), Some(&v(5)));
}

/// Every operation on every key, in each state it can have: in neither map, in the
/// dirty map alone, deleted, and expunged.
fn operate_in_every_state<K: Shape, V: Shape>(map: &SyncMap<K, V>) {
    for key in 0..K::DISTINCT {
        operate(map, key);
        operate(map, key);
        map.compact();
        map.insert(K::of(key), V::of(0));
        // Promotes.
        assert!(map.for_each(|_, _| ControlFlow::Break(())).is_break());
        drop(map.remove(&K::of(key)));
        operate(map, key);
        let another = || K::of(key + 1);
        map.insert(another(), V::of(0));
        drop(map.remove(&another()));
        operate(map, key);
        map.flush();
    }
}

/// Each key with the value of its number, in the dirty map or in the snapshot.
fn fill<K: Shape, V: Shape>(map: &SyncMap<K, V>, promoted: bool) {
    (0..K::DISTINCT).for_each(|key| drop(map.insert(K::of(key), V::of(key))));
    assert_eq!(map.len(), K::DISTINCT.into());
    if promoted {
        map.compact();
    }
}

/// What borrows the map exclusively, and what takes it as a whole.
fn take_as_a_whole<K: Shape, V: Shape>(map: &mut SyncMap<K, V>) {
    let fits = |(key, value): (K, V)| value == V::of(key.number());
    for promoted in [false, true] {
        fill(map, promoted);
        *map.get_mut(&K::of(0)).expect("it is there") = V::of(1);
        let mut values = map.iter_mut();
        assert!(values.all(|(_, value)| value.number() < V::DISTINCT));
        map.retain(|key, _| key.number() > 0);
        fill(map, promoted);
        map.clear();
        fill(map, promoted);
        assert!(map.drain().all(fits));
        fill(map, promoted);
        let taken = std::mem::take(map);
        assert!(taken.into_iter().all(fits));
    }
}

/// Does one thing after the other, and looks at all it gets.
fn churn<K: Shape, V: Shape>(map: &SyncMap<K, V>, mut random: u32) {
    let see = |found: Found<'_, K, V>| {
        if let Some(found) = found {
            assert!(found.key().number() < K::DISTINCT && found.number() < V::DISTINCT);
        }
    };
    for _ in 0..150 {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [what, key, value, _] = random.to_be_bytes();
        let (key, value) = (|| K::of(key % K::DISTINCT), || V::of(value % V::DISTINCT));
        match what % 16 {
            0..4 => see(map.insert(key(), value())),
            4..6 => see(map.remove(&key())),
            6..9 => see(map.get(&key())),
            9 => see(map.update(&key(), |old| V::of(old.number() + 1))),
            10 => see(map.compare_exchange(&key(), &value(), value()).ok()),
            11 => see(Some(map.get_or_insert(key(), value()))),
            12 => drop(map.compute(key(), |seen| match seen {
                Some((_, old)) if old.number() == 0 => Operation::Remove,
                Some((_, old)) => Operation::Abort(old.number()),
                None => Operation::Insert(value()),
            })),
            13 => assert!(map.pin().values().all(|value| value.number() < V::DISTINCT)),
            14 => _ = map.compact(),
            _ => map.clear(),
        }
    }
}

/// All of it with keys and values of these shapes, by one thread and by two.
fn exercise<K: Shape, V: Shape>() {
    /// One at a time, as there is one ledger.
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);

    let mut map = SyncMap::<K, V>::new();
    operate_in_every_state(&map);
    take_as_a_whole(&mut map);
    for seed in [1, 3] {
        let map = &map;
        thread::scope(|scope| {
            scope.spawn(move || churn(map, seed));
            scope.spawn(move || churn(map, seed + 1));
        });
    }
    drop(map);
    LEDGER.settles_at(0);
}

#[test]
fn any_alignment_will_do() {
    exercise::<Bytes<u8, 1>, Bytes<u16, 2>>();
    exercise::<Bytes<u32, 4>, Bytes<u64, 8>>();
    exercise::<Bytes<Align128, 128>, Bytes<u128, 16>>();
    exercise::<Bytes<u16, 2>, Dropped<Bytes<Align32, 32>>>();
    exercise::<Bytes<u128, 16>, Bytes<Align64, 64>>();
    exercise::<Dropped<Bytes<Align64, 64>>, Bytes<Align128, 128>>();
    exercise::<Bytes<Align32, 32>, Dropped<Bytes<Align128, 128>>>();
}

#[test]
fn no_size_will_do_at_any_alignment() {
    exercise::<(), ()>();
    exercise::<Bytes<u64, 8>, ()>();
    exercise::<(), Bytes<u64, 8>>();
    exercise::<Bytes<u64, 8>, Bytes<Align64, 0>>();
    exercise::<Bytes<Align128, 0>, Bytes<u16, 0>>();
    exercise::<Bytes<u128, 0>, Dropped<Bytes<Align128, 0>>>();
}

/// A value of 64 bytes stands in its entry, one of 65 does not.
#[test]
fn sizes_around_that_of_a_value_in_its_entry_will_do() {
    exercise::<Bytes<u8, 1>, Bytes<u8, 63>>();
    exercise::<Bytes<u8, 1>, Bytes<u8, 64>>();
    exercise::<Bytes<u8, 1>, Bytes<u8, 65>>();
    exercise::<Bytes<u64, 8>, Dropped<Bytes<u64, 48>>>();
    exercise::<Bytes<u64, 8>, Dropped<Bytes<u64, 49>>>();
}

/// Blocks are 16 bytes long, 32, and so on up to 128.
#[test]
fn sizes_around_those_of_blocks_will_do() {
    exercise::<Bytes<u8, 1>, Bytes<u8, 17>>();
    exercise::<Bytes<u8, 1>, Bytes<u8, 112>>();
    exercise::<Bytes<u8, 1>, Bytes<u8, 127>>();
    exercise::<Bytes<u8, 1>, Bytes<u128, 128>>();
    exercise::<Bytes<u8, 1>, Bytes<u8, 129>>();
}

#[test]
fn trait_objects_and_a_kibibyte_will_do() {
    exercise::<Box<dyn Numbered>, Box<dyn Numbered>>();
    exercise::<Bytes<u8, 1024>, Bytes<u8, 1024>>();
}
