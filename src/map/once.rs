//! Insertions whose value is made once: threads that want the same absent key wait for the
//! one that makes its value.
//!
//! The mutex guards a list of the keys that are being made. Two threads, in order of time:
//!
//! 1. Thread 1 finds its key absent. Under the mutex it looks again, and puts the key on the
//!    list. It unlocks, and makes the value.
//! 2. Thread 2 finds the key absent, and, under the mutex, on the list. It unlocks, and waits.
//! 3. Thread 1 locks. In one critical section it takes the key off the list and inserts it.
//!    So no other thread finds the key absent and not on the list. It unlocks, and ends the
//!    wait.
//! 4. Thread 2 begins again, and finds the key.
//!
//! If thread 1 fails in step 1, by an error or a panic, step 3 inserts nothing, and thread 2
//! makes the value. A thread holds no pin while it makes a value or waits.

use super::locate::Purpose;
use super::operations::Round;
use super::{MapGuard, SyncMap};
use crate::entry::Slot;
use crate::locked::Making;
use crate::reclaim::pin;
use crate::refs::{Detached, Ref};
use crate::sync::{Maker, OwnWait};
use equivalent::Equivalent;
use std::hash::{BuildHasher, Hash};

/// What a thread finds.
enum Begun<'m, K, V> {
    /// The key is present.
    Present(Ref<'m, K, V>),
    /// Nobody makes its value: this thread does from now on.
    Mine(Maker),
    /// Another thread makes its value.
    Theirs(Maker, K),
}

impl<K, V, S> SyncMap<K, V, S>
where
    K: Hash + Eq,
    S: BuildHasher,
{
    /// LoadOrStore of a value that one thread makes.
    pub(crate) fn load_or_make_once<E>(
        &self,
        hash: usize,
        key: K,
        make: impl FnOnce() -> Result<V, E>,
    ) -> Result<Ref<'_, K, V>, E> {
        let mut key = key;
        let maker = loop {
            if let Some(found) = self.load_lightly(hash, &key) {
                // Dropped here, while `found` is still ours: `OccupiedError::into_current`.
                drop((key, make));
                return Ok(found);
            }
            match self.begin_to_make(hash, key) {
                Begun::Present(found) => {
                    drop(make);
                    return Ok(found);
                }
                Begun::Mine(maker) => break maker,
                Begun::Theirs(maker, back) => {
                    if let Err(OwnWait) = maker.wait() {
                        panic!(
                            "the value of a key that is to be made once needs itself: the \
                             closure that makes it asks for the same key again, directly or by \
                             way of another thread"
                        );
                    }
                    key = back;
                }
            }
        };
        let maker = Some(maker);
        let under_way = UnderWay { map: self, maker };
        let value = match make() {
            Ok(value) => value,
            Err(error) => {
                drop(under_way);
                // M8: what the call has retired before.
                pin().collect_if_due();
                return Err(error);
            }
        };
        Ok(under_way.insert(hash, value))
    }

    /// The value, if the key is present: Load, which counts a miss only if `dirty` alone has the
    /// key. Collects only then: if the key is absent, the call goes on.
    pub(crate) fn present_once<Q>(&self, hash: usize, key: &Q) -> Option<Ref<'_, K, V>>
    where
        Q: Equivalent<K> + ?Sized,
    {
        if let Some(found) = self.load_lightly(hash, key) {
            return Some(found);
        }
        let guard = self.map_guard();
        let slot = self.locate(hash, key, Purpose::CompareAndSwap, &guard)?;
        let found = Detached::from(slot.load()?);
        guard.collect_if_due();
        // SAFETY: M6: found under `guard`, in `self`.
        Some(unsafe { Ref::new(found, guard.into_guard()) })
    }

    fn begin_to_make(&self, hash: usize, key: K) -> Begun<'_, K, V> {
        let guard = self.map_guard();
        // As LoadOrStore: counts a miss if only `dirty` has the key.
        let slot = self.locate(hash, &key, Purpose::CompareAndSwap, &guard);
        let outcome = match slot.and_then(Slot::load) {
            Some(found) => {
                drop(key);
                Ok(Detached::from(found))
            }
            None => self.put_on_the_list(hash, key, &guard),
        };
        // Not if this thread makes the value: destructors that ask for the key would wait for
        // it. `insert` collects. Nor before a wait, after which the call begins again.
        if outcome.is_ok() {
            guard.collect_if_due();
        }
        match outcome {
            // SAFETY: M6: found under `guard`, in `self`.
            Ok(found) => Begun::Present(unsafe { Ref::new(found, guard.into_guard()) }),
            Err(begun) => begun,
        }
    }

    /// Puts an absent key on the list, unless it is there.
    fn put_on_the_list<'m>(
        &self,
        hash: usize,
        key: K,
        guard: &MapGuard<'m, K, V>,
    ) -> Result<Detached<K, V>, Begun<'m, K, V>> {
        let maker = Maker::new();
        let mut mu = self.lock_map();
        // The second look (T2): the key may have been inserted meanwhile.
        let known = self.known_locked(&mu, guard.snapshot(), hash, &key, guard);
        if let Some(found) = known.and_then(|(slot, _)| slot.load()) {
            return Ok(Detached::from(found));
        }
        let is_this = |made: &&Making<K>| made.hash == hash && made.key == key;
        if let Some(made) = mu.making.iter().find(is_this) {
            return Err(Begun::Theirs(made.maker.clone(), key));
        }
        mu.making.push(Making {
            hash,
            key,
            maker: maker.clone(),
        });
        Err(Begun::Mine(maker))
    }
}

/// A value is being made. The drop takes its key off the list, and lets the waiting threads go
/// on.
struct UnderWay<'m, K, V, S> {
    map: &'m SyncMap<K, V, S>,
    /// None: it has ended.
    maker: Option<Maker>,
}

impl<'m, K, V, S> UnderWay<'m, K, V, S>
where
    K: Hash + Eq,
    S: BuildHasher,
{
    /// Inserts the value. If another call has inserted one meanwhile, that one stays.
    fn insert(mut self, hash: usize, value: V) -> Ref<'m, K, V> {
        let map = self.map;
        let guard = map.map_guard();
        let mut value = Some(value);
        let mut mu = map.lock_map();
        let Some(key) = self.maker.as_ref().and_then(|maker| mu.take_made(maker)) else {
            unreachable!("the key is on the list until now");
        };
        let (Round::Stored(found) | Round::Loaded(found, _)) =
            map.store_locked(hash, key, &mut value, mu, &guard)
        else {
            unreachable!("there is a value to put in");
        };
        if let Some(maker) = self.maker.take() {
            maker.end();
        }
        // Here, and not at the end: its destructor may panic, and would leak what is returned.
        drop(value);
        let found = Detached::from(found);
        guard.collect_if_due();
        // SAFETY: M6: found under `guard`, in `map`.
        unsafe { Ref::new(found, guard.into_guard()) }
    }
}

impl<K, V, S> Drop for UnderWay<'_, K, V, S> {
    fn drop(&mut self) {
        if let Some(maker) = self.maker.take() {
            // Dropped after the unlock. None: it was inserted, or `Eq` panicked.
            let key = self.map.lock_map().take_made(&maker);
            maker.end();
            drop(key);
        }
    }
}
