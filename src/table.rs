//! A set of entries by key: `read` and `dirty` are one each.

use crate::entry::{Entry, EntryPtr, Slot};
use crate::prefetch::prefetch;
use crate::reclaim::Protection;
use crate::sync::story::Line;
use equivalent::Equivalent;
use hashbrown::{HashTable, hash_table};
use std::iter::{self, Copied};
use std::marker::PhantomData;

/// A set of entries by key. Holds plain pointers: a clone copies an address and a byte for
/// each bucket, and touches no entry. No table ever runs the user's `Hash`.
pub(crate) struct Table<K, V>(HashTable<EntryPtr<K, V>>);

// SAFETY: to move, share or drop a table touches addresses alone. Whoever follows one
// answers for K and V (the bounds of `SyncMap`'s `Send` and `Sync`).
unsafe impl<K, V> Send for Table<K, V> {}
// SAFETY: as for `Send`.
unsafe impl<K, V> Sync for Table<K, V> {}

impl<K, V> Table<K, V> {
    pub(crate) const fn new() -> Self {
        Self(HashTable::new())
    }

    /// An empty table with room for `entries`, or without room if there is no memory for so
    /// many.
    pub(crate) fn with_room_for(entries: usize) -> Self {
        let mut table = HashTable::new();
        let _ = table.try_reserve(entries, |_: &EntryPtr<K, V>| 0);
        Self(table)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many more entries fit before the table has to grow.
    pub(crate) fn room(&self) -> usize {
        self.0.capacity() - self.0.len()
    }

    /// How many entries the table has, and has room for.
    pub(crate) fn capacity(&self) -> usize {
        self.0.capacity()
    }

    /// How many buckets there are, used or not. The load factor is at most 7/8, and about
    /// half of that when the table has just grown.
    pub(crate) fn places(&self) -> usize {
        self.0.num_buckets()
    }

    /// Whether half as many buckets would do for so many entries. A table of a few buckets is as
    /// small as it can be.
    pub(crate) fn is_loose_for(&self, entries: usize) -> bool {
        self.places() >= 16 && entries <= self.places() / 16 * 7
    }

    /// How many bytes the table has: a bucket is an address and a control byte.
    pub(crate) fn bytes(&self) -> usize {
        self.places() * (size_of::<EntryPtr<K, V>>() + 1)
    }

    /// The entry of `key`. Runs the user's `Eq`. The table must be one that may be looked
    /// into (M2).
    #[inline]
    pub(crate) fn find<Q>(&self, hash: usize, key: &Q) -> Option<EntryPtr<K, V>>
    where
        Q: Equivalent<K> + ?Sized,
    {
        self.0.find(hash as u64, is(key)).copied()
    }

    /// The first bucket that `hash` may be in. Prefetches its cache line, and looks at
    /// control bytes alone.
    #[inline(always)]
    pub(crate) fn first_bucket(&self, hash: usize) -> Option<Bucket<'_, K, V>> {
        let bucket = self.0.find(hash as u64, |_| true)?;
        prefetch(bucket);
        Some(Bucket(bucket))
    }

    /// The value of `key`, exclusively, if it has one.
    ///
    /// # Safety
    ///
    /// The map is borrowed exclusively for all of `'m`.
    pub(crate) unsafe fn find_exclusively<'m, Q>(&self, hash: usize, key: &Q) -> Option<&'m mut V>
    where
        K: 'm,
        Q: Equivalent<K> + ?Sized,
    {
        let found = self.0.find(hash as u64, is(key))?;
        // SAFETY: the caller says that the map is borrowed exclusively for `'m`. This is the
        // only reference to the value.
        let (_, value) = unsafe { found.exclusively() }?;
        Some(value)
    }

    /// Whether a copy bucket by bucket would cost more than one entry by entry. So it is if
    /// more room was asked for than needed, or many keys left before their promotion. A
    /// table that has just grown has two or three buckets for each entry, and is not sparse.
    pub(crate) fn is_sparse(&self) -> bool {
        self.places() / 8 > self.len()
    }

    /// Adds an entry whose key the table does not have. Gives its bucket.
    pub(crate) fn insert(&mut self, hash: usize, entry: EntryPtr<K, V>) -> usize {
        // SAFETY: M2: the entry is in this table, which is `dirty` and locked.
        let hash_of = |entry: &EntryPtr<K, V>| unsafe { entry.in_table() }.hash() as u64;
        let added = self.0.insert_unique(hash as u64, entry, hash_of);
        added.bucket_index()
    }

    /// Adds the entries of another table, which has no key of this one. Gives their buckets.
    ///
    /// An entry is asked for its hash. The entries of a block wait for memory at the same time.
    pub(crate) fn add_all(&mut self, other: &Self) -> impl Iterator<Item = usize> {
        let mut entries = other.0.iter().copied();
        let mut ahead = other.0.iter();
        ahead
            .by_ref()
            .take(AHEAD)
            .for_each(|entry| entry.prefetch());
        iter::from_fn(move || {
            let entry = entries.next()?;
            if let Some(next) = ahead.next() {
                next.prefetch();
            }
            // SAFETY: M2: the entry is in the other table, which may be looked into.
            let hash = unsafe { entry.in_table() }.hash();
            Some(self.insert(hash, entry))
        })
    }

    /// Whether this very entry is in the table. M9: decided by address and stored hash, so
    /// no `Eq` or `Hash` of the user's can get it wrong.
    pub(crate) fn has(&self, slot: Slot<'_, K, V>) -> bool {
        // SAFETY: M2: a slot has a guard under which its entry was found.
        unsafe { self.has_entry(slot.ptr()) }
    }

    /// [`has`](Self::has), of an entry without its slot.
    ///
    /// # Safety
    ///
    /// M2: the entry is in some table that may be looked into, or a guard protects it.
    pub(crate) unsafe fn has_entry(&self, entry: EntryPtr<K, V>) -> bool {
        // SAFETY: M2, our caller's promise.
        let hash = unsafe { entry.in_table() }.hash();
        (self.0.find(hash as u64, |other| *other == entry)).is_some()
    }

    /// [`remove`](Self::remove), of an entry without its slot.
    ///
    /// # Safety
    ///
    /// As for [`has_entry`](Self::has_entry).
    pub(crate) unsafe fn remove_entry(&mut self, entry: EntryPtr<K, V>) {
        // SAFETY: M2, our caller's promise.
        let hash = unsafe { entry.in_table() }.hash();
        if let Ok(found) = self.0.find_entry(hash as u64, |other| *other == entry) {
            found.remove();
        }
    }

    /// Takes this very entry out, as [`has`](Self::has) finds it.
    pub(crate) fn remove(&mut self, slot: Slot<'_, K, V>) {
        // SAFETY: M2: a slot has a guard under which its entry was found.
        unsafe { self.remove_entry(slot.ptr()) }
    }

    /// A copy with room for at least one more entry, or for `more` if there is enough memory.
    /// Copies addresses, bucket by bucket, and looks at no entry unless the table has to
    /// grow. Not for a table that [is sparse](Self::is_sparse).
    pub(crate) fn copy(&self, more: usize) -> Self {
        let more = more.max(1);
        if self.room() >= more {
            return Self(self.0.clone());
        }
        let mut copy = Self::with_room_for(self.len().saturating_add(more));
        copy.add_all(self).for_each(drop);
        copy
    }

    /// Keeps the entries that `keep` says yes to. Asks about each entry once. The table must
    /// be a copy of one that may be looked into (M2).
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(EntryPtr<K, V>, &Entry<K, V>) -> bool) {
        // SAFETY: M2: the entries are those of a table that may be looked into.
        self.0
            .retain(|entry| keep(*entry, unsafe { entry.in_table() }));
    }

    /// All entries, to be told to a model. The table must be one that may be looked into (M2).
    pub(crate) fn told(&self) -> impl Iterator<Item = Line<'_, K, V>> {
        // SAFETY: M2: the entries are those of a table that may be looked into.
        self.ptrs().map(|entry| unsafe { entry.told() })
    }

    /// All entries, as pointers.
    pub(crate) fn ptrs(&self) -> Ptrs<'_, K, V> {
        self.0.iter().copied()
    }

    /// All entries. The table must be one that may be looked into as long as `_guard` lives
    /// (M2).
    pub(crate) fn iter<'t, 'g>(&'t self, _guard: &'g Protection) -> Iter<'t, 'g, K, V> {
        Iter {
            entries: self.0.iter(),
            guard: PhantomData,
        }
    }

    /// All keys that are present, and their values, mutably.
    ///
    /// # Safety
    ///
    /// The map is borrowed exclusively for all of `'m`.
    pub(crate) unsafe fn iter_exclusively(&self) -> IterMut<'_, K, V> {
        IterMut(self.0.iter())
    }
}

/// How many entries are prefetched before they are needed.
const AHEAD: usize = 16;

/// A bucket that is in use.
pub(crate) struct Bucket<'t, K, V>(&'t EntryPtr<K, V>);

impl<K, V> Bucket<'_, K, V> {
    /// Reads the bucket, and prefetches its entry.
    #[inline(always)]
    pub(crate) fn candidate(&self) -> Candidate<K, V> {
        self.0.prefetch();
        Candidate(*self.0)
    }
}

/// An entry that may be that of some key.
pub(crate) struct Candidate<K, V>(EntryPtr<K, V>);

impl<K, V> Candidate<K, V> {
    /// The entry, if it is that of `key`. Runs the user's `Eq`. The table must be one that
    /// may be looked into (M2).
    #[inline(always)]
    pub(crate) fn if_of<Q>(&self, key: &Q) -> Option<EntryPtr<K, V>>
    where
        Q: Equivalent<K> + ?Sized,
    {
        is(key)(&self.0).then_some(self.0)
    }
}

/// The buckets that are in use in a table that was made far too large, as long as they are
/// few. With them a walk over the entries need not look at every bucket.
pub(crate) struct UsedBuckets {
    /// The bucket of each insertion. If its entry was removed, a bucket may be here twice,
    /// or be empty.
    buckets: Vec<usize>,
    /// With so many, a walk over the table is as cheap.
    enough: usize,
}

/// A walk looks at 16 buckets at once. So many empty buckets cost about as much as the copy
/// of one entry, which is a cache miss or two.
const BUCKETS_PER_ENTRY: usize = 1_024;

impl UsedBuckets {
    /// For a table that has no entries yet. None: the table is not so large.
    pub(crate) fn of<K, V>(table: &Table<K, V>) -> Option<Self> {
        let enough = table.places() / BUCKETS_PER_ENTRY;
        // All the room now: so an insertion allocates no more than its entry.
        (enough > 0).then(|| Self {
            buckets: Vec::with_capacity(enough),
            enough,
        })
    }

    /// Notes the bucket of an insertion. False: they are not few any more, and this one was
    /// not noted. That comes long before the table grows and moves its entries.
    pub(crate) fn note(&mut self, bucket: usize) -> bool {
        let few = self.buckets.len() < self.enough;
        if few {
            self.buckets.push(bucket);
        }
        few
    }

    /// The entries of the table, each once.
    pub(crate) fn entries<K, V>(
        mut self,
        table: &Table<K, V>,
    ) -> impl Iterator<Item = EntryPtr<K, V>> {
        self.buckets.sort_unstable();
        self.buckets.dedup();
        let used = self.buckets.into_iter();
        used.filter_map(|bucket| table.0.get_bucket(bucket).copied())
    }
}

/// Compares an entry's key with `key`.
fn is<Q, K, V>(key: &Q) -> impl Fn(&EntryPtr<K, V>) -> bool
where
    Q: Equivalent<K> + ?Sized,
{
    // SAFETY: M2: called with entries of a table that may be looked into.
    move |entry| key.equivalent(unsafe { entry.in_table() }.key())
}

/// The entries of a table, as pointers.
pub(crate) type Ptrs<'t, K, V> = Copied<hash_table::Iter<'t, EntryPtr<K, V>>>;

/// The entries of a table, present or not.
pub(crate) struct Iter<'t, 'g, K, V> {
    entries: hash_table::Iter<'t, EntryPtr<K, V>>,
    guard: PhantomData<&'g Entry<K, V>>,
}

impl<K, V> Clone for Iter<'_, '_, K, V> {
    fn clone(&self) -> Self {
        Self {
            entries: self.entries.clone(),
            guard: PhantomData,
        }
    }
}

impl<'g, K: 'g, V: 'g> Iterator for Iter<'_, 'g, K, V> {
    type Item = &'g Entry<K, V>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.entries.next()?;
        // SAFETY: M2: whoever called `Table::iter` said that the table may be looked into as
        // long as the guard lives.
        Some(unsafe { entry.in_table() })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.entries.size_hint()
    }
}

/// The entries of a map that is borrowed exclusively for `'m`.
pub(crate) struct IterMut<'m, K, V>(hash_table::Iter<'m, EntryPtr<K, V>>);

impl<'m, K, V> Iterator for IterMut<'m, K, V> {
    /// A key that is present, and its value.
    type Item = (&'m K, &'m mut V);

    fn next(&mut self) -> Option<Self::Item> {
        // SAFETY: whoever called `iter_exclusively` said that the map is borrowed exclusively
        // for `'m`. A table has each entry once, and an iterator gives each out once.
        self.0.find_map(|entry| unsafe { entry.exclusively() })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}
