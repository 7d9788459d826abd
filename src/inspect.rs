//! [`Inspection`]: the two maps as they stand, for study and for tests.

use crate::entry::{Entry, EntryState};
use crate::locked::Locked;
use crate::map::SyncMap;
use crate::read_only::ReadOnly;
use crate::reclaim::Guard;
use crate::table::Table;

/// The internal state of a [`SyncMap`], from [`SyncMap::inspect`]. The
/// [glossary](crate::docs::book::glossary) explains the terms.
///
/// # Examples
///
/// ```
/// use readmostly::{EntryState, SyncMap};
///
/// let map = SyncMap::from([("a", 1)]);
/// assert_eq!(map.inspect().read, [("a", EntryState::Value(1))]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Inspection<K, V> {
    /// The entries of the read snapshot, in no particular order.
    pub read: Vec<(K, EntryState<V>)>,
    /// Whether the dirty map may have keys that the snapshot does not have.
    pub amended: bool,
    /// The entries of the dirty map, in no particular order. `None` if there is no dirty
    /// map.
    pub dirty: Option<Vec<(K, EntryState<V>)>>,
    /// The number of misses that were counted since the dirty map was built.
    pub misses: usize,
}

impl<K, V, S> SyncMap<K, V, S> {
    /// Returns the internal state of both maps. Takes the mutex while it reads them, but
    /// clones keys and values after the unlock.
    ///
    /// Use `inspect` to study the map and in tests. When the call returns, the map may
    /// already have changed.
    ///
    /// # Complexity
    ///
    /// O(n), under the mutex.
    ///
    /// # Linearization
    ///
    /// `amended`, `misses`, and the set of entries in each map are read at one instant
    /// under the mutex. The state of each entry is read by a load of its own.
    ///
    /// # Panics
    ///
    /// If `K::clone` or `V::clone` panics.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::{EntryState, SyncMap};
    ///
    /// let map = SyncMap::new();
    /// map.insert("a", 1);
    /// let inside = map.inspect();
    /// assert!(inside.read.is_empty() && inside.amended);
    /// assert_eq!(inside.dirty, Some(vec![("a", EntryState::Value(1))]));
    /// ```
    pub fn inspect(&self) -> Inspection<K, V>
    where
        K: Clone,
        V: Clone,
    {
        let guard = self.map_guard();
        let look = |read: Option<&ReadOnly<K, V>>, mu: &Locked<K, V>| {
            let in_read = read.map(|read| states(read.table(), &guard));
            let in_dirty = mu.dirty.as_ref().map(|dirty| states(dirty, &guard));
            let amended = read.is_some_and(ReadOnly::is_amended_locked);
            (in_read.unwrap_or_default(), amended, in_dirty, mu.misses)
        };
        let (in_read, amended, in_dirty, misses) = self.both(look, &guard);
        guard.collect_if_due();
        Inspection {
            read: cloned(in_read),
            amended,
            dirty: in_dirty.map(cloned),
            misses,
        }
    }
}

type States<'g, K, V> = Vec<(&'g Entry<K, V>, EntryState<&'g V>)>;

fn states<'g, K, V>(table: &Table<K, V>, guard: &'g Guard) -> States<'g, K, V> {
    let entries = table.iter(guard);
    entries.map(|entry| (entry, entry.state(guard))).collect()
}

fn cloned<K: Clone, V: Clone>(states: States<'_, K, V>) -> Vec<(K, EntryState<V>)> {
    let owned = |state| match state {
        EntryState::Value(value) => EntryState::Value(V::clone(value)),
        EntryState::Nil => EntryState::Nil,
        EntryState::Expunged => EntryState::Expunged,
    };
    let states = states.into_iter();
    (states.map(|(entry, state)| (entry.key().clone(), owned(state)))).collect()
}
