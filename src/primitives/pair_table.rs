//! The table of pairs behind a lock.
//!
//! # Rule
//!
//! Keys are hashed before the lock is taken, and each pair keeps its hash. So of the user's
//! code a table runs only `Eq` of keys, and nothing while it grows. A table drops nothing
//! of the user's either: it gives back what leaves it, and clones go elsewhere
//! ([`Clones`]).

use equivalent::Equivalent;
use hashbrown::HashTable;
use hashbrown::hash_table::{Entry, OccupiedEntry};

/// A key with its value and its hash.
#[derive(Debug)]
pub(crate) struct Pair<K, T> {
    pub(crate) hash: u64,
    pub(crate) key: K,
    pub(crate) value: T,
}

/// A table of pairs, one for each key.
#[derive(Debug)]
pub struct Pairs<K, T>(HashTable<Pair<K, T>>);

impl<K, T> Default for Pairs<K, T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K, T> Pairs<K, T> {
    pub(crate) const fn new() -> Self {
        Self(HashTable::new())
    }

    /// An empty table with room for `pairs`, or without room if there is no memory for so
    /// many.
    pub(crate) fn with_room_for(pairs: usize) -> Self {
        let mut table = HashTable::new();
        let _ = table.try_reserve(pairs, |pair: &Pair<K, T>| pair.hash);
        Self(table)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    #[inline]
    pub(crate) fn find<Q>(&self, hash: u64, key: &Q) -> Option<&T>
    where
        Q: Equivalent<K> + ?Sized,
    {
        let pair = self.0.find(hash, is(key))?;
        Some(&pair.value)
    }

    #[inline]
    pub(crate) fn find_mut<Q>(&mut self, hash: u64, key: &Q) -> Option<&mut T>
    where
        Q: Equivalent<K> + ?Sized,
    {
        let pair = self.0.find_mut(hash, is(key))?;
        Some(&mut pair.value)
    }

    /// The pair of `key`, to be taken out or not.
    #[inline]
    pub(crate) fn find_pair<Q>(
        &mut self,
        hash: u64,
        key: &Q,
    ) -> Option<OccupiedEntry<'_, Pair<K, T>>>
    where
        Q: Equivalent<K> + ?Sized,
    {
        self.0.find_entry(hash, is(key)).ok()
    }

    /// A pair with this hash whose value `wanted` says yes to.
    pub(crate) fn find_if(
        &mut self,
        hash: u64,
        wanted: impl Fn(&T) -> bool,
    ) -> Option<OccupiedEntry<'_, Pair<K, T>>> {
        let wanted = |pair: &Pair<K, T>| pair.hash == hash && wanted(&pair.value);
        self.0.find_entry(hash, wanted).ok()
    }

    /// The bucket of `key`: where its pair is, or is to be put.
    #[inline]
    pub(crate) fn entry(&mut self, hash: u64, key: &K) -> Entry<'_, Pair<K, T>>
    where
        K: Eq,
    {
        self.0.entry(hash, is(key), |pair| pair.hash)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&K, &T)> {
        self.0.iter().map(|pair| (&pair.key, &pair.value))
    }

    /// How many keys these tables have together.
    pub(crate) fn len_of_all(tables: &[&Self]) -> usize {
        tables.iter().map(|table| table.len()).sum()
    }

    /// All pairs, by value.
    pub(crate) fn into_all(self) -> impl Iterator<Item = (K, T)> {
        self.0.into_iter().map(|pair| (pair.key, pair.value))
    }

    /// Clones all pairs into `clones`. If a `Clone` panics, `clones` has what was cloned
    /// until then.
    pub(crate) fn clone_into(&self, clones: &mut Clones<K, T>)
    where
        K: Clone,
        T: Clone,
    {
        clones.keys.reserve(self.len());
        clones.values.reserve(self.len());
        for pair in &self.0 {
            clones.keys.push((pair.hash, pair.key.clone()));
            clones.values.push(pair.value.clone());
        }
    }

    /// Moves the pairs that `keep` says no to into `removed`. If `keep` panics, the pairs that
    /// it was asked about before are done, and the rest stays.
    pub(crate) fn retain(
        &mut self,
        mut keep: impl FnMut(&K, &T) -> bool,
        removed: &mut Vec<Pair<K, T>>,
    ) {
        let unwanted = |pair: &mut Pair<K, T>| !keep(&pair.key, &pair.value);
        removed.extend(self.0.extract_if(unwanted));
    }
}

/// Clones of the pairs of a table. They are made under its lock, but owned by a variable
/// that outlives the lock guard: so none is dropped under the lock, also if a `Clone`
/// panics. Keys and values are apart: after a panic there may be a key without its value.
pub(crate) struct Clones<K, T> {
    keys: Vec<(u64, K)>,
    values: Vec<T>,
}

impl<K, T> Clones<K, T> {
    pub(crate) const fn none() -> Self {
        Self {
            keys: Vec::new(),
            values: Vec::new(),
        }
    }

    /// A table of the clones.
    pub(crate) fn into_pairs(self) -> Pairs<K, T> {
        let mut table = HashTable::with_capacity(self.keys.len());
        for ((hash, key), value) in self.keys.into_iter().zip(self.values) {
            table.insert_unique(hash, Pair { hash, key, value }, |pair| pair.hash);
        }
        Pairs(table)
    }
}

fn is<Q, K, T>(key: &Q) -> impl Fn(&Pair<K, T>) -> bool
where
    Q: Equivalent<K> + ?Sized,
{
    move |pair| key.equivalent(&pair.key)
}
