//! [`ConcurrentMap`] for [`Recorded`].

use super::Recorded;
use super::recorder::{Clearing, Note, Walk};
use crate::outcome::CompareExchangeError;
use crate::primitives::concurrent_map::ConcurrentMap;
use crate::primitives::trace::Operation;
use equivalent::Equivalent;
use std::cell::Cell;
use std::hash::Hash;
use std::ops::ControlFlow;

/// Keeps what it runs apart from the code that calls it. The closures are `move`: what they
/// use need not be in memory in a call that does not run them.
#[cold]
#[inline(never)]
fn aside<R>(recorded: impl FnOnce() -> R) -> R {
    recorded()
}

impl<M> Recorded<M> {
    fn note<Q: Hash + ?Sized>(&self, key: &Q) -> Note<'_> {
        Note::on(&self.tape.switch, key)
    }
}

/// Promises the same as the map. While a recording runs, `Hash` of a key runs once more for
/// each call.
impl<K, V, M> ConcurrentMap<K, V> for Recorded<M>
where
    K: Hash,
    M: ConcurrentMap<K, V>,
{
    type Old<'m>
        = M::Old<'m>
    where
        Self: 'm;

    #[inline]
    fn get_with<Q, R>(&self, key: &Q, f: impl FnOnce(&V) -> R) -> Option<R>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        if self.is_recording() {
            return aside(move || {
                let note = self.note(key);
                let seen = self.map.get_with(key, f);
                note.found(seen.is_some(), Operation::Get);
                seen
            });
        }
        self.map.get_with(key, f)
    }

    #[inline]
    fn get_cloned<Q>(&self, key: &Q) -> Option<V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
        V: Clone,
    {
        if self.is_recording() {
            return aside(move || {
                let note = self.note(key);
                let clone = self.map.get_cloned(key);
                note.found(clone.is_some(), Operation::Get);
                clone
            });
        }
        self.map.get_cloned(key)
    }

    #[inline]
    fn contains_key<Q>(&self, key: &Q) -> bool
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        if self.is_recording() {
            return aside(move || {
                let note = self.note(key);
                let found = self.map.contains_key(key);
                note.found(found, Operation::Get);
                found
            });
        }
        self.map.contains_key(key)
    }

    #[inline]
    fn insert(&self, key: K, value: V) -> Option<M::Old<'_>> {
        if self.is_recording() {
            return aside(move || {
                let note = self.note(&key);
                let old = self.map.insert(key, value);
                note.done(match old {
                    Some(_) => Operation::Overwrite,
                    None => Operation::Insert,
                });
                old
            });
        }
        self.map.insert(key, value)
    }

    #[inline]
    fn get_with_or_insert<R>(
        &self,
        key: K,
        make: impl FnOnce() -> V,
        f: impl FnOnce(&V) -> R,
    ) -> R {
        if self.is_recording() {
            return aside(move || {
                let note = self.note(&key);
                let made = Cell::new(false);
                let make = || {
                    let value = make();
                    made.set(true);
                    value
                };
                // Noted before `f` runs: if `f` panics, the value is in the map.
                let see = |value: &V| {
                    note.done(match made.get() {
                        true => Operation::Insert,
                        false => Operation::Get,
                    });
                    f(value)
                };
                self.map.get_with_or_insert(key, make, see)
            });
        }
        self.map.get_with_or_insert(key, make, f)
    }

    #[inline]
    fn remove<Q>(&self, key: &Q) -> Option<M::Old<'_>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        if self.is_recording() {
            return aside(move || {
                let note = self.note(key);
                let old = self.map.remove(key);
                note.found(old.is_some(), Operation::Remove);
                old
            });
        }
        self.map.remove(key)
    }

    #[inline]
    fn modify<Q>(&self, key: &Q, f: impl FnMut(&V) -> V) -> bool
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        if self.is_recording() {
            return aside(move || {
                let note = self.note(key);
                let updated = self.map.modify(key, f);
                note.found(updated, Operation::Overwrite);
                updated
            });
        }
        self.map.modify(key, f)
    }

    #[inline]
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
        if self.is_recording() {
            return aside(move || {
                let note = self.note(key);
                let outcome = self.map.compare_and_set(key, expected, new);
                note.done(match &outcome {
                    Ok(()) => Operation::Overwrite,
                    Err(refused) if refused.current.is_some() => Operation::Get,
                    Err(_) => Operation::Miss,
                });
                outcome
            });
        }
        self.map.compare_and_set(key, expected, new)
    }

    #[inline]
    fn retain_and_show(
        &self,
        keep: impl FnMut(&K, &V) -> bool,
        mut removed: impl FnMut(&K),
    ) -> usize {
        if self.is_recording() {
            return aside(move || {
                let mut walk = Walk::new(&self.tape.switch);
                self.map.retain_and_show(keep, |key| {
                    walk.removed(key);
                    removed(key);
                })
            });
        }
        self.map.retain_and_show(keep, removed)
    }

    #[inline]
    fn for_each<B>(&self, f: impl FnMut(&K, &V) -> ControlFlow<B>) -> ControlFlow<B> {
        if self.is_recording() {
            return aside(move || {
                let _walk = Walk::new(&self.tape.switch);
                self.map.for_each(f)
            });
        }
        self.map.for_each(f)
    }

    fn len(&self) -> usize {
        self.map.len()
    }

    fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    #[inline]
    fn clear(&self) {
        if self.is_recording() {
            return aside(move || {
                let _clearing = Clearing::new(&self.tape.switch);
                self.map.clear();
            });
        }
        self.map.clear();
    }
}
