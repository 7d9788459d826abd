//! The two ways to call a map: one-shot, with a pin for each call, or under a held pin.

use super::Map;
use super::things::{Hashing, Key, Name, Value};
use readmostly::{Compute, Operation, Pinned, Ref};
use std::ops::{ControlFlow, Deref};

pub(crate) type Pin<'h, V> = Pinned<'h, Key, V, Hashing>;

/// A map, called in one way or the other.
pub(crate) enum Handle<'h, V> {
    OneShot(&'h Map<V>),
    Pinned(&'h Pin<'h, V>),
}

impl<V> Clone for Handle<'_, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V> Copy for Handle<'_, V> {}

/// A value that a call returned, with what keeps it alive.
pub(crate) enum Kept<'h, V> {
    Ref(Ref<'h, Key, V>),
    Plain(&'h V),
}

impl<V> Deref for Kept<'_, V> {
    type Target = V;

    fn deref(&self) -> &V {
        match self {
            Self::Ref(value) => value,
            Self::Plain(value) => value,
        }
    }
}

/// What a refused operation found, and the key and value that it gave back.
pub(crate) struct Refused<'h, V> {
    pub(crate) current: Option<Kept<'h, V>>,
    pub(crate) key: Option<Key>,
    pub(crate) value: Option<V>,
}

type Stored<'h, V> = Result<Kept<'h, V>, Refused<'h, V>>;

impl<'h, V: Value> Handle<'h, V> {
    pub(crate) fn map(self) -> &'h Map<V> {
        match self {
            Self::OneShot(map) => map,
            Self::Pinned(pin) => pin.map(),
        }
    }

    pub(crate) fn get(self, name: Name) -> Option<Kept<'h, V>> {
        match self {
            Self::OneShot(map) => map.get(&name).map(Kept::Ref),
            Self::Pinned(pin) => pin.get(&name).map(Kept::Plain),
        }
    }

    pub(crate) fn key_of(self, name: Name) -> Option<u8> {
        match self {
            Self::OneShot(map) => map.get(&name).map(|found| found.key().number()),
            Self::Pinned(pin) => pin.get_key_value(&name).map(|(key, _)| key.number()),
        }
    }

    pub(crate) fn get_cloned(self, name: Name) -> Option<V> {
        match self {
            Self::OneShot(map) => map.get_cloned(&name),
            Self::Pinned(pin) => pin.get_cloned(&name),
        }
    }

    pub(crate) fn contains_key(self, name: Name) -> bool {
        match self {
            Self::OneShot(map) => map.contains_key(&name),
            Self::Pinned(pin) => pin.contains_key(&name),
        }
    }

    pub(crate) fn insert(self, key: Key, value: V) -> Option<Kept<'h, V>> {
        match self {
            Self::OneShot(map) => map.insert(key, value).map(Kept::Ref),
            Self::Pinned(pin) => pin.insert(key, value).map(Kept::Plain),
        }
    }

    pub(crate) fn try_insert(self, key: Key, value: V) -> Stored<'h, V> {
        match self {
            Self::OneShot(map) => map.try_insert(key, value).map(Kept::Ref).map_err(|no| {
                let current = Some(Kept::Ref(no.current));
                let (key, value) = (Some(no.key), Some(no.value));
                Refused {
                    current,
                    key,
                    value,
                }
            }),
            Self::Pinned(pin) => pin.try_insert(key, value).map(Kept::Plain).map_err(|no| {
                let current = Some(Kept::Plain(no.current));
                let (key, value) = (Some(no.key), Some(no.value));
                Refused {
                    current,
                    key,
                    value,
                }
            }),
        }
    }

    pub(crate) fn try_insert_with(self, key: Key, make: impl FnOnce() -> V) -> Stored<'h, V> {
        match self {
            Self::OneShot(map) => {
                map.try_insert_with(key, make)
                    .map(Kept::Ref)
                    .map_err(|no| Refused {
                        current: Some(Kept::Ref(no.current)),
                        key: Some(no.key),
                        value: no.value,
                    })
            }
            Self::Pinned(pin) => pin
                .try_insert_with(key, make)
                .map(Kept::Plain)
                .map_err(|no| Refused {
                    current: Some(Kept::Plain(no.current)),
                    key: Some(no.key),
                    value: no.value,
                }),
        }
    }

    pub(crate) fn get_or_insert(self, key: Key, value: V) -> Kept<'h, V> {
        match self {
            Self::OneShot(map) => Kept::Ref(map.get_or_insert(key, value)),
            Self::Pinned(pin) => Kept::Plain(pin.get_or_insert(key, value)),
        }
    }

    pub(crate) fn get_or_insert_with(self, key: Key, make: impl FnOnce() -> V) -> Kept<'h, V> {
        match self {
            Self::OneShot(map) => Kept::Ref(map.get_or_insert_with(key, make)),
            Self::Pinned(pin) => Kept::Plain(pin.get_or_insert_with(key, make)),
        }
    }

    pub(crate) fn update(self, name: Name, f: impl FnMut(&V) -> V) -> Option<Kept<'h, V>> {
        match self {
            Self::OneShot(map) => map.update(&name, f).map(Kept::Ref),
            Self::Pinned(pin) => pin.update(&name, f).map(Kept::Plain),
        }
    }

    pub(crate) fn compute(
        self,
        key: Key,
        f: impl FnMut(Option<(&Key, &V)>) -> Operation<V, u8>,
    ) -> Compute<Kept<'h, V>, u8> {
        match self {
            Self::OneShot(map) => kept(map.compute(key, f), Kept::Ref),
            Self::Pinned(pin) => kept(pin.compute(key, f), Kept::Plain),
        }
    }

    pub(crate) fn compare_exchange(self, name: Name, expected: &V, new: V) -> Stored<'h, V> {
        match self {
            Self::OneShot(map) => map
                .compare_exchange(&name, expected, new)
                .map(Kept::Ref)
                .map_err(|no| Refused {
                    current: no.current.map(Kept::Ref),
                    key: None,
                    value: Some(no.new),
                }),
            Self::Pinned(pin) => pin
                .compare_exchange(&name, expected, new)
                .map(Kept::Plain)
                .map_err(|no| Refused {
                    current: no.current.map(Kept::Plain),
                    key: None,
                    value: Some(no.new),
                }),
        }
    }

    pub(crate) fn remove(self, name: Name) -> Option<Kept<'h, V>> {
        match self {
            Self::OneShot(map) => map.remove(&name).map(Kept::Ref),
            Self::Pinned(pin) => pin.remove(&name).map(Kept::Plain),
        }
    }

    pub(crate) fn remove_if(
        self,
        name: Name,
        condition: impl FnMut(&Key, &V) -> bool,
    ) -> Option<Kept<'h, V>> {
        match self {
            Self::OneShot(map) => map.remove_if(&name, condition).map(Kept::Ref),
            Self::Pinned(pin) => pin.remove_if(&name, condition).map(Kept::Plain),
        }
    }

    pub(crate) fn compare_remove(self, name: Name, expected: &V) -> Option<Kept<'h, V>> {
        match self {
            Self::OneShot(map) => map.compare_remove(&name, expected).map(Kept::Ref),
            Self::Pinned(pin) => pin.compare_remove(&name, expected).map(Kept::Plain),
        }
    }

    pub(crate) fn for_each(self, f: impl FnMut(&Key, &V) -> ControlFlow<()>) -> ControlFlow<()> {
        match self {
            Self::OneShot(map) => map.for_each(f),
            Self::Pinned(pin) => pin.for_each(f),
        }
    }

    pub(crate) fn retain(self, keep: impl FnMut(&Key, &V) -> bool) -> usize {
        match self {
            Self::OneShot(map) => map.retain(keep),
            Self::Pinned(pin) => pin.retain(keep),
        }
    }

    pub(crate) fn clear(self) {
        match self {
            Self::OneShot(map) => map.clear(),
            Self::Pinned(pin) => pin.clear(),
        }
    }

    pub(crate) fn compact(self) -> usize {
        match self {
            Self::OneShot(map) => map.compact(),
            Self::Pinned(pin) => pin.compact(),
        }
    }

    pub(crate) fn len(self) -> usize {
        match self {
            Self::OneShot(map) => map.len(),
            Self::Pinned(pin) => pin.len(),
        }
    }
}

/// Marks what a `compute` returned as kept.
fn kept<'h, R, V>(
    outcome: Compute<R, u8>,
    keep: impl Fn(R) -> Kept<'h, V>,
) -> Compute<Kept<'h, V>, u8> {
    match outcome {
        Compute::Inserted(new) => Compute::Inserted(keep(new)),
        Compute::Updated { old, new } => Compute::Updated {
            old: keep(old),
            new: keep(new),
        },
        Compute::Removed(old) => Compute::Removed(old.map(keep)),
        Compute::Aborted(reason) => Compute::Aborted(reason),
    }
}
