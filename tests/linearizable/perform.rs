//! The calls themselves, and keys and values that take their time in them.

use crate::call::{Call, Form, Keyed, NAMES, Name, Outcome, inserted_for};
use readmostly::{
    CompareExchangeError, Compute, OccupiedError, Operation, Pinned, RemoveIfError, Removed,
    SyncMap,
};
use std::collections::hash_map::RandomState;
use std::convert::Infallible;
use std::fmt::{self, Debug};
use std::hash::{BuildHasher, Hash, Hasher};
use std::hint::spin_loop;
use std::ops::Deref;
use std::thread;

/// Waits a little, now and then. Called wherever the map runs code that is not its
/// own, so that threads meet in the middle of a call, on few cores too.
pub(crate) fn nap() {
    match fastrand::u8(..) {
        0..8 => thread::yield_now(),
        8..64 => (0..fastrand::u8(..)).for_each(|_| spin_loop()),
        _ => {}
    }
}

/// A key that naps when it is hashed or compared: before a look-up, and between a
/// look-up and what is done to the entry, under the mutex too.
#[derive(Clone, Copy)]
pub(crate) struct Key(pub(crate) u64);

impl From<Name> for Key {
    fn from(name: Name) -> Self {
        Self(name.0 as u64)
    }
}

impl Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match NAMES.get(self.0 as usize) {
            Some(name) => f.write_str(name),
            None => self.0.fmt(f),
        }
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        nap();
        self.0.hash(state);
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        nap();
        self.0 == other.0
    }
}

impl Eq for Key {}

/// A value that naps when it is compared: between the look at an entry and the
/// compare-and-swap of it.
pub(crate) trait Value: Clone + Debug + PartialEq + Send + Sync + 'static {
    fn new(number: u64) -> Self;
    fn number(&self) -> u64;
}

/// Without a destructor: its memory goes round within the thread that retires it,
/// and comes back with another number if that was too early.
#[derive(Clone)]
pub(crate) struct Plain(u64);

impl Value for Plain {
    fn new(number: u64) -> Self {
        Self(number)
    }

    fn number(&self) -> u64 {
        self.0
    }
}

/// With a destructor, and too long to stand in its entry.
#[derive(Clone)]
pub(crate) struct Owned(Box<u64>, [u64; 8]);

impl Value for Owned {
    fn new(number: u64) -> Self {
        Self(Box::new(number), [number; 8])
    }

    fn number(&self) -> u64 {
        self.1[7]
    }
}

impl Debug for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number().fmt(f)
    }
}

impl Debug for Owned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number().fmt(f)
    }
}

impl PartialEq for Plain {
    fn eq(&self, other: &Self) -> bool {
        nap();
        self.0 == other.0
    }
}

impl PartialEq for Owned {
    fn eq(&self, other: &Self) -> bool {
        nap();
        self.0 == other.0
    }
}

pub(crate) type Map<V> = SyncMap<Key, V>;
pub(crate) type Pin<'m, V> = Pinned<'m, Key, V, RandomState>;

/// Makes a value, in a closure of the map's caller.
fn make<V: Value>(number: u64) -> V {
    nap();
    V::new(number)
}

/// Makes a key, in a closure of the map's caller.
fn key_of(name: Name) -> Key {
    nap();
    name.into()
}

/// A condition of the map's caller.
fn equals<V: Value>(expected: u64) -> impl FnMut(&Key, &V) -> bool {
    move |_, value| *value == V::new(expected)
}

/// Makes the call with a pin of its own.
pub(crate) fn one_shot<V: Value>(map: &Map<V>, call: Call) -> Outcome {
    match call {
        Call::Get(name) => found(map.get(&Key::from(name))),
        Call::GetHashed(name) => {
            let key = Key::from(name);
            found(map.get_hashed(map.hasher().hash_one(key), &key))
        }
        Call::GetCloned(name) => found(map.get_cloned(&Key::from(name)).as_ref()),
        Call::ContainsKey(name) => Outcome::Present(map.contains_key(&Key::from(name))),
        Call::Insert(name, value) => found(map.insert(name.into(), V::new(value))),
        Call::TryInsert(form, name, value) => {
            let (key, new) = (name.into(), V::new(value));
            match form {
                Form::TryInsert => inserted(map.try_insert(key, new)),
                Form::TryInsertWith => inserted(map.try_insert_with(key, || make(value))),
                Form::GetOrInsert => kept(map.get_or_insert(key, new), value),
                Form::GetOrInsertWith => kept(map.get_or_insert_with(key, || make(value)), value),
                Form::GetOrInsertWithRef => kept(
                    map.get_or_insert_with_ref(&key, || key_of(name), || make(value)),
                    value,
                ),
                Form::GetOrInsertHashedWith => {
                    let hash = map.hasher().hash_one(key);
                    let key_of = || key_of(name);
                    kept(
                        map.get_or_insert_hashed_with(hash, &key, key_of, || make(value)),
                        value,
                    )
                }
                Form::GetOrTryInsertWith => {
                    let Ok(there) =
                        map.get_or_try_insert_with(key, || Ok::<_, Infallible>(make(value)));
                    kept(there, value)
                }
                Form::GetOrTryInsertWithRef => {
                    let make = || Ok::<_, Infallible>(make(value));
                    let Ok(there) = map.get_or_try_insert_with_ref(&key, || key_of(name), make);
                    kept(there, value)
                }
                Form::GetOrInsertOnce => kept(map.get_or_insert_once(key, || make(value)), value),
            }
        }
        Call::FailToInsert(keyed, name) => {
            let key = Key::from(name);
            let fail = || {
                nap();
                Err(())
            };
            let there = match keyed {
                Keyed::Own => map.get_or_try_insert_with(key, fail),
                Keyed::Lent => {
                    map.get_or_try_insert_with_ref(&key, || unreachable!("it failed"), fail)
                }
            };
            found(there.ok())
        }
        Call::CompareExchange {
            name,
            expected,
            new,
        } => exchanged(map.compare_exchange(&Key::from(name), &V::new(expected), V::new(new))),
        Call::Replace(name, new) => match map.replace(&Key::from(name), V::new(new)) {
            Ok(old) => Outcome::Found(Some(old.number())),
            Err(back) => Outcome::Refused {
                current: None,
                back: back.number(),
            },
        },
        Call::ReplaceIf {
            name,
            expected,
            new,
        } => exchanged(map.replace_if(&Key::from(name), equals(expected), V::new(new))),
        Call::Remove(name) => found(map.remove(&Key::from(name))),
        Call::RemoveOwned(name) => owned(map.remove_owned(&Key::from(name))),
        Call::ExtractIf(name) => {
            let pin = map.pin();
            let mut taken = pin.extract_if(|key, _| {
                nap();
                key.0 == name.0 as u64
            });
            found(taken.next().map(|(_, value)| value))
        }
        Call::TryRemoveIf { name, expected } => {
            removing(map.try_remove_if(&Key::from(name), equals(expected)))
        }
        Call::UpdateOrInsert(keyed, name, new) => upserting(new, |f, made| {
            let key = Key::from(name);
            match keyed {
                Keyed::Own => map.update_or_insert_with(key, f, made),
                Keyed::Lent => map.update_or_insert_with_ref(&key, || key_of(name), f, made),
            }
        }),
        Call::UpdateOrRemove(name, new) => {
            let f = |_: &V| new.map(make);
            computed(
                map.update_or_remove(&Key::from(name), f),
                |never| match never {},
            )
        }
        Call::CompareRemove { name, expected } => {
            found(map.compare_remove(&Key::from(name), &V::new(expected)))
        }
        Call::Update(name, value) => updating(value, |f| map.update(&Key::from(name), f)),
        Call::Compute {
            keyed,
            name,
            present,
            absent,
        } => computing(present, absent, |f| {
            let key = Key::from(name);
            match keyed {
                Keyed::Own => map.compute(key, f),
                Keyed::Lent => map.compute_ref(&key, || key_of(name), f),
            }
        }),
        Call::Clear => {
            map.clear();
            Outcome::Done
        }
        Call::TakeAll => {
            drop(map.take_all());
            Outcome::Done
        }
    }
}

/// Makes the call through a pin that is held.
pub(crate) fn pinned<V: Value>(pin: &Pin<'_, V>, call: Call) -> Outcome {
    match call {
        Call::Get(name) => found(pin.get(&Key::from(name))),
        Call::GetHashed(name) => {
            let key = Key::from(name);
            found(pin.get_hashed(pin.map().hasher().hash_one(key), &key))
        }
        Call::GetCloned(name) => found(pin.get_cloned(&Key::from(name)).as_ref()),
        Call::ContainsKey(name) => Outcome::Present(pin.contains_key(&Key::from(name))),
        Call::Insert(name, value) => found(pin.insert(name.into(), V::new(value))),
        Call::TryInsert(form, name, value) => {
            let (key, new) = (name.into(), V::new(value));
            match form {
                Form::TryInsert => inserted(pin.try_insert(key, new)),
                Form::TryInsertWith => inserted(pin.try_insert_with(key, || make(value))),
                Form::GetOrInsert => kept(pin.get_or_insert(key, new), value),
                Form::GetOrInsertWith => kept(pin.get_or_insert_with(key, || make(value)), value),
                Form::GetOrInsertWithRef => kept(
                    pin.get_or_insert_with_ref(&key, || key_of(name), || make(value)),
                    value,
                ),
                Form::GetOrInsertHashedWith => {
                    let hash = pin.map().hasher().hash_one(key);
                    let key_of = || key_of(name);
                    kept(
                        pin.get_or_insert_hashed_with(hash, &key, key_of, || make(value)),
                        value,
                    )
                }
                Form::GetOrTryInsertWith => {
                    let Ok(there) =
                        pin.get_or_try_insert_with(key, || Ok::<_, Infallible>(make(value)));
                    kept(there, value)
                }
                Form::GetOrTryInsertWithRef => {
                    let make = || Ok::<_, Infallible>(make(value));
                    let Ok(there) = pin.get_or_try_insert_with_ref(&key, || key_of(name), make);
                    kept(there, value)
                }
                Form::GetOrInsertOnce => {
                    kept(pin.map().get_or_insert_once(key, || make(value)), value)
                }
            }
        }
        Call::FailToInsert(keyed, name) => {
            let key = Key::from(name);
            let fail = || {
                nap();
                Err(())
            };
            let there = match keyed {
                Keyed::Own => pin.get_or_try_insert_with(key, fail),
                Keyed::Lent => {
                    pin.get_or_try_insert_with_ref(&key, || unreachable!("it failed"), fail)
                }
            };
            found(there.ok())
        }
        Call::CompareExchange {
            name,
            expected,
            new,
        } => exchanged(pin.compare_exchange(&Key::from(name), &V::new(expected), V::new(new))),
        Call::Replace(name, new) => match pin.replace(&Key::from(name), V::new(new)) {
            Ok(old) => Outcome::Found(Some(old.number())),
            Err(back) => Outcome::Refused {
                current: None,
                back: back.number(),
            },
        },
        Call::ReplaceIf {
            name,
            expected,
            new,
        } => exchanged(pin.replace_if(&Key::from(name), equals(expected), V::new(new))),
        Call::Remove(name) => found(pin.remove(&Key::from(name))),
        Call::RemoveOwned(name) => owned(pin.remove_owned(&Key::from(name))),
        Call::ExtractIf(name) => {
            let mut taken = pin.extract_if(|key, _| {
                nap();
                key.0 == name.0 as u64
            });
            found(taken.next().map(|(_, value)| value))
        }
        Call::TryRemoveIf { name, expected } => {
            removing(pin.try_remove_if(&Key::from(name), equals(expected)))
        }
        Call::UpdateOrInsert(keyed, name, new) => upserting(new, |f, made| {
            let key = Key::from(name);
            match keyed {
                Keyed::Own => pin.update_or_insert_with(key, f, made),
                Keyed::Lent => pin.update_or_insert_with_ref(&key, || key_of(name), f, made),
            }
        }),
        Call::UpdateOrRemove(name, new) => {
            let f = |_: &V| new.map(make);
            computed(
                pin.update_or_remove(&Key::from(name), f),
                |never| match never {},
            )
        }
        Call::CompareRemove { name, expected } => {
            found(pin.compare_remove(&Key::from(name), &V::new(expected)))
        }
        Call::Update(name, value) => updating(value, |f| pin.update(&Key::from(name), f)),
        Call::Compute {
            keyed,
            name,
            present,
            absent,
        } => computing(present, absent, |f| {
            let key = Key::from(name);
            match keyed {
                Keyed::Own => pin.compute(key, f),
                Keyed::Lent => pin.compute_ref(&key, || key_of(name), f),
            }
        }),
        Call::Clear => {
            pin.clear();
            Outcome::Done
        }
        Call::TakeAll => {
            drop(pin.take_all());
            Outcome::Done
        }
    }
}

fn found<V: Value>(value: Option<impl Deref<Target = V>>) -> Outcome {
    Outcome::Found(value.map(|value| value.number()))
}

/// The value that the caller gets is the one that was removed.
fn owned<V: Value>(removed: Option<Removed<Key, V>>) -> Outcome {
    let Some(removed) = removed else {
        return Outcome::Found(None);
    };
    let number = removed.number();
    match removed.try_into_inner() {
        Ok(value) if value.number() != number => {
            Outcome::Panicked(format!("{} is not {number}", value.number()))
        }
        _ => Outcome::Found(Some(number)),
    }
}

fn inserted<V: Value, R: Deref<Target = V>, W>(
    result: Result<R, OccupiedError<R, Key, W>>,
) -> Outcome {
    match result {
        Ok(stored) => Outcome::Inserted(stored.number()),
        Err(refused) => Outcome::Occupied {
            current: refused.current.number(),
        },
    }
}

/// No two calls put the same value in, so `ours` is ours.
fn kept<V: Value>(value: impl Deref<Target = V>, ours: u64) -> Outcome {
    match value.number() {
        stored if stored == ours => Outcome::Inserted(stored),
        current => Outcome::Occupied { current },
    }
}

fn exchanged<V: Value, R: Deref<Target = V>>(
    result: Result<R, CompareExchangeError<R, V>>,
) -> Outcome {
    match result {
        Ok(old) => Outcome::Found(Some(old.number())),
        Err(refused) => Outcome::Refused {
            current: refused.current.map(|value| value.number()),
            back: refused.new.number(),
        },
    }
}

/// `old` is what the closure saw the last time it was asked.
fn updating<V: Value, R: Deref<Target = V>>(
    value: u64,
    update: impl FnOnce(&mut dyn FnMut(&V) -> V) -> Option<R>,
) -> Outcome {
    let mut old = None;
    let updated = update(&mut |seen| {
        old = Some(seen.number());
        make(value)
    });
    match (updated, old) {
        (Some(new), Some(old)) => Outcome::Updated {
            old,
            new: new.number(),
        },
        (Some(_), None) => Outcome::Panicked("updated without a look".into()),
        (None, _) => Outcome::Found(None),
    }
}

fn computing<V: Value, R: Deref<Target = V>>(
    present: Operation<u64>,
    absent: Operation<u64>,
    compute: impl FnOnce(&mut dyn FnMut(Option<(&Key, &V)>) -> Operation<V>) -> Compute<R>,
) -> Outcome {
    let mut saw = None;
    let computed = compute(&mut |seen| {
        saw = seen.map(|(_, value)| value.number());
        match if saw.is_some() { present } else { absent } {
            Operation::Insert(value) => Operation::Insert(make(value)),
            Operation::Remove => Operation::Remove,
            Operation::Abort(()) => Operation::Abort(()),
        }
    });
    self::computed(computed, |()| Outcome::Aborted(saw))
}

fn computed<V: Value, R: Deref<Target = V>, T>(
    computed: Compute<R, T>,
    aborted: impl FnOnce(T) -> Outcome,
) -> Outcome {
    match computed {
        Compute::Inserted(new) => Outcome::Inserted(new.number()),
        Compute::Updated { old, new } => Outcome::Updated {
            old: old.number(),
            new: new.number(),
        },
        Compute::Removed(old) => found(old),
        Compute::Aborted(reason) => aborted(reason),
    }
}

fn removing<V: Value, R: Deref<Target = V>>(result: Result<R, RemoveIfError<R>>) -> Outcome {
    match result {
        Ok(old) => Outcome::Found(Some(old.number())),
        Err(refused) => Outcome::Aborted(refused.current.map(|value| value.number())),
    }
}

/// A value that was inserted is not one that was written over another. `old` is what the
/// closure saw the last time it was asked.
fn upserting<V: Value, R: Deref<Target = V>>(
    value: u64,
    upsert: impl FnOnce(&mut dyn FnMut(&V) -> V, &mut dyn FnMut() -> V) -> R,
) -> Outcome {
    let mut old = None;
    let new = upsert(
        &mut |seen| {
            old = Some(seen.number());
            make(value)
        },
        &mut || make(inserted_for(value)),
    );
    match (new.number(), old) {
        (new, Some(old)) if new == value => Outcome::Updated { old, new },
        (new, _) if new == inserted_for(value) => Outcome::Inserted(new),
        (new, _) => Outcome::Panicked(format!("{new} is neither")),
    }
}
