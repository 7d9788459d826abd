//! [`Store`]: values by key, within a bound in bytes.
//!
//! A look-up uses the map alone. It marks the slot that it finds, if no look-up has done so
//! before: so a hot slot is written to once each time that the eviction has come by, not once
//! for each hit.
//!
//! All changes happen under one mutex, one at a time. The mutex guards the queue of the slots
//! and the sum of their weights. Room is made before a value goes in. So the sum never exceeds
//! the bound, not even for an instant.
//!
//! The eviction is second chance, which is also called CLOCK: the slot that is first in the
//! queue leaves, unless it is marked. Then it loses its mark, and goes to the end.

use crate::map::StoreMap;
use parking_lot::Mutex;
use readmostly::primitives::ShardedMap;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The map that [`Store`] stands on if nothing else is said. `README.md` has the figures.
pub type DefaultMap<V> = ShardedMap<Arc<str>, Arc<Slot<V>>>;

/// What the map keeps for a key.
#[derive(Debug)]
pub struct Slot<V> {
    value: V,
    weight: usize,
    /// Whether a look-up has come by since the eviction last did.
    marked: AtomicBool,
    /// The place in the queue. Read and written under the mutex alone.
    place: AtomicU64,
}

impl<V> Slot<V> {
    /// Returns the value.
    pub fn value(&self) -> &V {
        &self.value
    }

    fn mark(&self) {
        // The load keeps hits from writing to a line that all of them read.
        //
        // ORDERING: Relaxed: a hint, which publishes nothing.
        if !self.marked.load(Ordering::Relaxed) {
            self.marked.store(true, Ordering::Relaxed);
        }
    }

    fn place(&self) -> u64 {
        // ORDERING: Relaxed: the mutex orders it.
        self.place.load(Ordering::Relaxed)
    }
}

struct Queue<V> {
    by_place: BTreeMap<u64, (Arc<str>, Arc<Slot<V>>)>,
    next_place: u64,
    /// The sum of the weights in the queue, which are those in the map.
    weight: usize,
}

impl<V> Queue<V> {
    fn append(&mut self, key: Arc<str>, slot: Arc<Slot<V>>) {
        // ORDERING: as `Slot::place`.
        slot.place.store(self.next_place, Ordering::Relaxed);
        self.weight += slot.weight;
        self.by_place.insert(self.next_place, (key, slot));
        self.next_place += 1;
    }

    fn leave(&mut self, place: u64) -> Option<(Arc<str>, Arc<Slot<V>>)> {
        let left = self.by_place.remove(&place)?;
        self.weight -= left.1.weight;
        Some(left)
    }
}

/// Values of type `V` by key, within a bound in bytes, in a map `M`.
///
/// A `SyncMap` drops a replaced value during some later change, which may be one of this store,
/// under its mutex. So if `M` is a `SyncMap`, the destructor of `V` must not use the store.
pub struct Store<V, M = DefaultMap<V>> {
    map: M,
    queue: Mutex<Queue<V>>,
    bound: usize,
}

impl<V> Store<V> {
    /// Creates a store with a bound in bytes, in the default map.
    pub fn new(bound: usize) -> Self {
        Self::with_map(ShardedMap::new(), bound)
    }
}

impl<V, M: StoreMap<V>> Store<V, M> {
    /// What a key costs beside itself and its value: the slot and its counts, the place in the
    /// queue, and a bucket of the map, in a table that is half full.
    pub const OVERHEAD: usize = {
        let counts = 2 * size_of::<usize>();
        let pointers = 3 * size_of::<usize>();
        let slot = counts + size_of::<Slot<V>>();
        let queue = 2 * (size_of::<u64>() + pointers);
        let bucket = 2 * (size_of::<u64>() + pointers + 1);
        slot + counts + queue + bucket
    };

    /// Creates a store with a bound in bytes, in an empty map of your choice.
    pub fn with_map(map: M, bound: usize) -> Self {
        let queue = Queue {
            by_place: BTreeMap::new(),
            next_place: 0,
            weight: 0,
        };
        let queue = Mutex::new(queue);
        Self { map, queue, bound }
    }

    /// Returns the slot of `key`. Takes no lock but the map's own.
    pub fn get(&self, key: &str) -> Option<Arc<Slot<V>>> {
        self.map.find(key, |slot| {
            slot.mark();
            Arc::clone(slot)
        })
    }

    /// Keeps `value`, of `bytes` bytes, and evicts what has to leave for it. Replaces what `key`
    /// had. Returns `false`, and keeps nothing under `key`, if the value alone exceeds the bound.
    ///
    /// `admit` runs under the mutex, where no other change can come between. If it returns
    /// `false`, nothing changes, and `keep` returns `false`.
    pub fn keep(
        &self,
        key: &Arc<str>,
        value: V,
        bytes: usize,
        admit: impl FnOnce() -> bool,
    ) -> bool {
        let weight = Self::weight(key, bytes);
        let mut queue = self.queue.lock();
        if !admit() {
            return false;
        }
        // Dropped after the unlock: a destructor frees a body, which takes its time.
        let mut left = Vec::from_iter(self.leave(&mut queue, key));
        let fits = weight <= self.bound;
        if fits {
            self.make_room(&mut queue, weight, &mut left);
            let slot = Arc::new(Slot {
                value,
                weight,
                marked: AtomicBool::new(false),
                place: AtomicU64::new(0),
            });
            self.map.put(Arc::clone(key), Arc::clone(&slot));
            queue.append(Arc::clone(key), slot);
        } else {
            self.map.take_out(key);
        }
        drop(queue);
        drop(left);
        fits
    }

    /// Removes `key`.
    pub fn remove(&self, key: &str) {
        let mut queue = self.queue.lock();
        let left = self.leave(&mut queue, key);
        self.map.take_out(key);
        drop(queue);
        drop(left);
    }

    /// What a value of `bytes` bytes counts under `key`.
    pub fn weight(key: &str, bytes: usize) -> usize {
        key.len()
            .saturating_add(bytes)
            .saturating_add(Self::OVERHEAD)
    }

    /// Returns the sum of what is kept: bodies, keys, and the overhead of each.
    pub fn bytes(&self) -> usize {
        self.queue.lock().weight
    }

    /// Returns the bound.
    pub fn bound(&self) -> usize {
        self.bound
    }

    /// Returns how many keys are kept.
    pub fn len(&self) -> usize {
        self.map.count()
    }

    /// Returns `true` if nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes what `key` has out of the queue. The map still has it.
    fn leave(&self, queue: &mut Queue<V>, key: &str) -> Option<(Arc<str>, Arc<Slot<V>>)> {
        let place = self.map.find(key, |slot| slot.place())?;
        queue.leave(place)
    }

    fn make_room(
        &self,
        queue: &mut Queue<V>,
        weight: usize,
        left: &mut Vec<(Arc<str>, Arc<Slot<V>>)>,
    ) {
        // The caller has seen that `weight` fits. Look-ups mark while this loop runs. One second chance for each slot ends the loop.
        let mut chances = queue.by_place.len();
        while queue.weight > self.bound - weight {
            let Some((&place, _)) = queue.by_place.first_key_value() else {
                return;
            };
            let Some((key, slot)) = queue.leave(place) else {
                return;
            };
            // ORDERING: as `Slot::mark`.
            if chances > 0 && slot.marked.swap(false, Ordering::Relaxed) {
                chances -= 1;
                queue.append(key, slot);
            } else {
                self.map.take_out(&key);
                left.push((key, slot));
            }
        }
    }
}

impl<V, M> fmt::Debug for Store<V, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("bound", &self.bound)
            .field("bytes", &self.queue.lock().weight)
            .finish_non_exhaustive()
    }
}
