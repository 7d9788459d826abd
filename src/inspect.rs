//! [`Inspection`]: the two maps as they stand, for study and for tests.

use crate::entry::{Entry, EntryState};
use crate::locked::Locked;
use crate::map::SyncMap;
use crate::read_only::ReadOnly;
use crate::reclaim::Guard;
use crate::table::Table;

/// The inside of a [`SyncMap`], from [`SyncMap::inspect`], in the words of the
/// algorithm (see [`docs::algorithm`](crate::docs::algorithm)).
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
    /// The entries of the read snapshot, in no order.
    pub read: Vec<(K, EntryState<V>)>,
    /// Whether the dirty map may hold keys that the snapshot lacks.
    pub amended: bool,
    /// The entries of the dirty map, in no order, if there is one.
    pub dirty: Option<Vec<(K, EntryState<V>)>>,
    /// Misses counted since the dirty map was built.
    pub misses: usize,
}

impl<K, V, S> SyncMap<K, V, S> {
    /// The two maps as they stand. Takes the mutex to look, but clones after the unlock.
    ///
    /// For study and for tests: the map may have changed by the time of the return.
    ///
    /// # Complexity
    ///
    /// O(n), under the mutex.
    ///
    /// # Linearization
    ///
    /// Which entries are in which map, `amended` and `misses`: one instant under
    /// the mutex. Each entry's state: its own load.
    ///
    /// # Panics
    ///
    /// If `K::clone` or `V::clone` does.
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
        let guard = self.guard();
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
