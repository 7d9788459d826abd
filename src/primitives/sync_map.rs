//! [`ConcurrentMap`] for [`SyncMap`]: those of its own methods that all maps have.

use super::concurrent_map::ConcurrentMap;
use crate::map::SyncMap;
use crate::outcome::{CompareExchangeError, Outcome};
use crate::refs::Ref;
use equivalent::Equivalent;
use std::hash::{BuildHasher, Hash};
use std::ops::ControlFlow;

/// Promises more than the trait: no closure runs while a lock is held, and closures may
/// call any method of the map. [`clear`](SyncMap::clear) is atomic for all keys together.
/// Removed values are dropped some time later.
impl<K, V, S> ConcurrentMap<K, V> for SyncMap<K, V, S>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Send + Sync + 'static,
    S: BuildHasher,
{
    type Old<'m>
        = Ref<'m, K, V>
    where
        Self: 'm;

    #[inline]
    fn get_with<Q, R>(&self, key: &Q, f: impl FnOnce(&V) -> R) -> Option<R>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.get_with(key, f)
    }

    fn insert(&self, key: K, value: V) -> Option<Ref<'_, K, V>> {
        self.insert(key, value)
    }

    fn get_with_or_insert<R>(
        &self,
        key: K,
        make: impl FnOnce() -> V,
        f: impl FnOnce(&V) -> R,
    ) -> R {
        f(&self.get_or_insert_with(key, make))
    }

    fn remove<Q>(&self, key: &Q) -> Option<Ref<'_, K, V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.remove(key)
    }

    fn modify<Q>(&self, key: &Q, f: impl FnMut(&V) -> V) -> bool
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        self.update(key, f).is_some()
    }

    fn compare_and_set<Q>(
        &self,
        key: &Q,
        expected: &V,
        new: V,
    ) -> Result<(), CompareExchangeError<(), V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        V: PartialEq,
    {
        (self.compare_exchange(key, expected, new)).hand_out(|_value| ())
    }

    fn retain(&self, keep: impl FnMut(&K, &V) -> bool) -> usize {
        self.retain(keep)
    }

    fn retain_and_show(
        &self,
        mut keep: impl FnMut(&K, &V) -> bool,
        mut removed: impl FnMut(&K),
    ) -> usize {
        let guard = self.map_guard();
        let unwanted = |key: &K, value: &V| !keep(key, value);
        let mut keys = 0;
        let gone = |key: &K| {
            keys += 1;
            removed(key);
        };
        self.range_and_delete(unwanted, gone, &guard);
        guard.collect_if_due();
        keys
    }

    fn for_each<B>(&self, f: impl FnMut(&K, &V) -> ControlFlow<B>) -> ControlFlow<B> {
        self.for_each(f)
    }

    fn len(&self) -> usize {
        self.len()
    }

    fn clear(&self) {
        self.clear();
    }
}
