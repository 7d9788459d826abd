//! The locks, one or one for each shard, with the tables behind them.
//!
//! [`Lock`] is the one place where a lock of these maps is taken.

use super::pair_table::{Clones, Pairs};
#[cfg(feature = "lock-stats")]
use crate::lock_stats::LockStats;
use crate::sync::{CachePadded, Mutex, RwLock};
use std::cmp::Ordering;
use std::fmt;
use std::mem;
use std::ops::{Deref, DerefMut};

/// A lock, and a table behind it.
#[allow(
    unreachable_pub,
    reason = "it is reachable, as the bound of `LockSet::Lock`, but not for the lint of Rust 1.85"
)]
pub trait Lock {
    /// What the keys are.
    type Key;
    /// What is kept for each.
    type Value;

    /// Locks for reading: waits until nobody writes.
    fn read(&self) -> impl Deref<Target = Pairs<Self::Key, Self::Value>>;

    /// Locks for writing: waits until nobody else holds the lock.
    fn write(&self) -> impl DerefMut<Target = Pairs<Self::Key, Self::Value>>;

    /// What was measured. Does not wait.
    #[cfg(feature = "lock-stats")]
    fn stats(&self) -> LockStats;

    /// How many keys are behind it. Waits, and does not count as an acquisition.
    #[cfg(feature = "metrics")]
    fn len_unmetered(&self) -> usize;
}

/// The locks of a map. The methods of [`Locks`], in a trait that users cannot name.
pub trait LockSet {
    /// The map's keys.
    type Key;
    /// The map's values.
    type Value;
    /// The type of each lock.
    type Lock: Lock<Key = Self::Key, Value = Self::Value>;

    /// The lock of the keys with this hash.
    fn lock_of(&self, hash: u64) -> &Self::Lock;

    /// The index of that lock among [`all`](Self::all).
    fn index_of(&self, hash: u64) -> usize;

    /// All locks, in the order in which a thread that holds several takes them.
    fn all(&self) -> &[CachePadded<Self::Lock>];

    /// As many locks, with these tables behind them.
    fn of(tables: Vec<Pairs<Self::Key, Self::Value>>) -> Self;
}

/// All pairs of a map that nobody else can see.
pub(crate) fn take_all<D: LockSet>(division: D) -> impl Iterator<Item = (D::Key, D::Value)> {
    let take = |lock: &CachePadded<D::Lock>| mem::take(&mut *lock.write());
    let tables: Vec<_> = division.all().iter().map(take).collect();
    tables.into_iter().flat_map(Pairs::into_all)
}

/// Clones all pairs into `clones`, table by table. Locks one after the other, for
/// reading.
pub(crate) fn clone_tables<D: LockSet>(division: &D, clones: &mut Vec<Clones<D::Key, D::Value>>)
where
    D::Key: Clone,
    D::Value: Clone,
{
    let all = division.all();
    clones.resize_with(all.len(), Clones::none);
    for (lock, clones) in all.iter().zip(clones) {
        lock.read().clone_into(clones);
    }
}

/// Holds all locks of `ours` and of `theirs` for reading, and shows `look` the tables behind
/// them, in the order of [`LockSet::all`].
///
/// Both may be the same: then each lock is taken once, because a lock is not re-entrant.
/// Otherwise the locks at the lower address are taken first. So two threads that compare the
/// same two maps, in either order, take the locks in the same order. Without this order four
/// threads could wait for each other:
///
/// 1. thread 1: holds the lock of map A for reading.
/// 2. thread 2: holds the lock of map B for reading.
/// 3. threads 3 and 4: wait to write to A and to B. A waiting writer blocks new readers.
/// 4. thread 1: waits for the lock of B, and thread 2 for the lock of A.
pub(crate) fn with_both<D: LockSet, R>(
    ours: &D,
    theirs: &D,
    look: impl FnOnce(&[&Pairs<D::Key, D::Value>], &[&Pairs<D::Key, D::Value>]) -> R,
) -> R {
    let (our_locks, their_locks) = (ours.all(), theirs.all());
    // No two locks are at one address: a lock takes memory.
    match our_locks.as_ptr().cmp(&their_locks.as_ptr()) {
        Ordering::Less => {
            let ours = read_all(our_locks);
            let theirs = read_all(their_locks);
            look(&tables(&ours), &tables(&theirs))
        }
        Ordering::Greater => {
            let theirs = read_all(their_locks);
            let ours = read_all(our_locks);
            look(&tables(&ours), &tables(&theirs))
        }
        Ordering::Equal => {
            let both = read_all(our_locks);
            look(&tables(&both), &tables(&both))
        }
    }
}

/// Holds these locks for reading, from the first to the last.
fn read_all<L: Lock>(
    locks: &[CachePadded<L>],
) -> Vec<impl Deref<Target = Pairs<L::Key, L::Value>>> {
    locks.iter().map(|lock| lock.read()).collect()
}

/// What these guards guard.
fn tables<T>(guards: &[impl Deref<Target = T>]) -> Vec<&T> {
    guards.iter().map(|guard| &**guard).collect()
}

/// How the table of a [`LockMap`](super::LockMap) is divided among locks: [`OneMutex`],
/// [`OneRwLock`] or [`Shards`]. The trait is sealed: other crates cannot implement it.
pub trait Locks: LockSet {}

/// One mutex for the whole table. [`MutexMap`](super::MutexMap) uses it.
#[derive(Debug)]
pub struct OneMutex<K, V>(CachePadded<TableMutex<K, V>>);

/// One readers-writer lock for the whole table. [`RwLockMap`](super::RwLockMap) uses it.
#[derive(Debug)]
pub struct OneRwLock<K, V>(CachePadded<TableRwLock<K, V>>);

/// A number of shards that is a power of two. Each shard is a table with its own
/// readers-writer lock. [`ShardedMap`](super::ShardedMap) uses it.
#[derive(Debug)]
pub struct Shards<K, V> {
    all: Box<[CachePadded<TableRwLock<K, V>>]>,
    /// How far the mixed hash is shifted down, so that its topmost bits remain.
    shift: u32,
}

impl<K, V> Locks for OneMutex<K, V> {}
impl<K, V> Locks for OneRwLock<K, V> {}
impl<K, V> Locks for Shards<K, V> {}

/// A table behind a mutex.
pub struct TableMutex<K, V>(Mutex<Pairs<K, V>>);

impl<K, V> fmt::Debug for TableMutex<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TableMutex").finish_non_exhaustive()
    }
}

impl<K, V> Lock for TableMutex<K, V> {
    type Key = K;
    type Value = V;

    #[inline]
    fn read(&self) -> impl Deref<Target = Pairs<K, V>> {
        self.0.lock()
    }

    #[inline]
    fn write(&self) -> impl DerefMut<Target = Pairs<K, V>> {
        self.0.lock()
    }

    #[cfg(feature = "lock-stats")]
    fn stats(&self) -> LockStats {
        LockStats::of(&self.0.readings())
    }

    #[cfg(feature = "metrics")]
    fn len_unmetered(&self) -> usize {
        crate::sync::lock_unmetered(&self.0).len()
    }
}

/// A table behind a readers-writer lock.
pub struct TableRwLock<K, V>(RwLock<Pairs<K, V>>);

impl<K, V> fmt::Debug for TableRwLock<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TableRwLock").finish_non_exhaustive()
    }
}

impl<K, V> Lock for TableRwLock<K, V> {
    type Key = K;
    type Value = V;

    #[inline]
    fn read(&self) -> impl Deref<Target = Pairs<K, V>> {
        self.0.read()
    }

    #[inline]
    fn write(&self) -> impl DerefMut<Target = Pairs<K, V>> {
        self.0.write()
    }

    #[cfg(feature = "lock-stats")]
    fn stats(&self) -> LockStats {
        LockStats::of(&self.0.readings())
    }

    #[cfg(feature = "metrics")]
    fn len_unmetered(&self) -> usize {
        crate::sync::read_unmetered(&self.0).len()
    }
}

impl<K, V> OneMutex<K, V> {
    pub(crate) const fn new(table: Pairs<K, V>) -> Self {
        Self(CachePadded::new(TableMutex(Mutex::new(table))))
    }
}

impl<K, V> LockSet for OneMutex<K, V> {
    type Key = K;
    type Value = V;
    type Lock = TableMutex<K, V>;

    #[inline]
    fn lock_of(&self, _hash: u64) -> &TableMutex<K, V> {
        &self.0
    }

    fn index_of(&self, _hash: u64) -> usize {
        0
    }

    fn all(&self) -> &[CachePadded<TableMutex<K, V>>] {
        std::slice::from_ref(&self.0)
    }

    fn of(mut tables: Vec<Pairs<K, V>>) -> Self {
        Self::new(tables.pop().unwrap_or_default())
    }
}

impl<K, V> OneRwLock<K, V> {
    pub(crate) const fn new(table: Pairs<K, V>) -> Self {
        Self(CachePadded::new(TableRwLock(RwLock::new(table))))
    }
}

impl<K, V> LockSet for OneRwLock<K, V> {
    type Key = K;
    type Value = V;
    type Lock = TableRwLock<K, V>;

    #[inline]
    fn lock_of(&self, _hash: u64) -> &TableRwLock<K, V> {
        &self.0
    }

    fn index_of(&self, _hash: u64) -> usize {
        0
    }

    fn all(&self) -> &[CachePadded<TableRwLock<K, V>>] {
        std::slice::from_ref(&self.0)
    }

    fn of(mut tables: Vec<Pairs<K, V>>) -> Self {
        Self::new(tables.pop().unwrap_or_default())
    }
}

impl<K, V> Shards<K, V> {
    /// `count` shards, rounded up to a power of two, and at least one, with room for
    /// `capacity` pairs in all of them together.
    ///
    /// # Panics
    ///
    /// If there is no such power of two, or no memory for so many shards.
    pub(crate) fn new(count: usize, capacity: usize) -> Self {
        let count = count.max(1).checked_next_power_of_two();
        let count = count.expect("there is no power of two so large");
        let room = capacity.div_ceil(count);
        let mut tables = Vec::new();
        let memory = tables.try_reserve_exact(count);
        memory.expect("there is no memory for so many shards");
        tables.extend((0..count).map(|_| Pairs::with_room_for(room)));
        Self::of(tables)
    }

    /// The shard of a hash.
    ///
    /// The table of a shard uses the lowest bits of the hash for the bucket and the topmost
    /// bits for the tag. The hashes in one shard must not agree in these bits. So the shard
    /// is chosen by other bits: the topmost ones of a product, which depend on every bit of
    /// the hash. That spreads even the hashes of a poor hasher that differ in few bits.
    #[inline]
    pub(crate) fn index_of(&self, hash: u64) -> usize {
        /// 2⁶⁴ divided by the golden ratio: odd, and without a pattern.
        const MIX: u64 = 0x9E37_79B9_7F4A_7C15;

        (hash.wrapping_mul(MIX) >> self.shift) as usize & (self.all.len() - 1)
    }
}

impl<K, V> LockSet for Shards<K, V> {
    type Key = K;
    type Value = V;
    type Lock = TableRwLock<K, V>;

    #[inline]
    fn lock_of(&self, hash: u64) -> &TableRwLock<K, V> {
        &self.all[self.index_of(hash)]
    }

    fn index_of(&self, hash: u64) -> usize {
        Self::index_of(self, hash)
    }

    fn all(&self) -> &[CachePadded<TableRwLock<K, V>>] {
        &self.all
    }

    fn of(tables: Vec<Pairs<K, V>>) -> Self {
        let mut all = Vec::new();
        let room = all.try_reserve_exact(tables.len());
        room.expect("there is no memory for so many shards");
        let shard = |table| CachePadded::new(TableRwLock(RwLock::new(table)));
        all.extend(tables.into_iter().map(shard));
        let bits = all.len().trailing_zeros();
        Self {
            all: all.into_boxed_slice(),
            // A shift by 64 is not allowed. For a single shard the mask clears the bit that
            // a shift by 63 leaves.
            shift: (u64::BITS - bits).min(u64::BITS - 1),
        }
    }
}
