//! The state behind the mutex: the dirty map and the misses.
//!
//! # Invariants, whenever the mutex is free
//!
//! - I1 amended ⇒ there is a dirty map.
//! - I2 not amended ⇒ there is none, or (after a `clear`) both maps are empty.
//! - I3 with a dirty map, each key of `read` is expunged or is in `dirty` as the
//!   same entry, never both.
//! - I4 without a dirty map, nothing in `read` is expunged.
//! - I5 nothing in `dirty` is expunged.
//! - I6 without a dirty map there are no misses; with one they are fewer than its
//!   keys, or (after a `clear`) both are zero.

use crate::entry::{EntryPtr, Slot};
use crate::read_only::ReadOnly;
use crate::reclaim::Guard;
use crate::sync::Maker;
use crate::sync::story::{self, Change};
use crate::table::{Table, UsedBuckets};
use equivalent::Equivalent;
use std::mem;

/// What the mutex guards.
pub(crate) struct Locked<K, V> {
    /// The map that new keys go to. None: `read` is complete. Some: every entry
    /// of `read` that is not expunged, and the keys that `read` lacks.
    pub(crate) dirty: Option<Table<K, V>>,
    /// How many calls had to look for their key in `dirty` since it was built, as
    /// `map/operations.rs` counts them. After as many as `dirty` has keys it is promoted:
    /// they have paid for the copy.
    pub(crate) misses: usize,
    /// The entries that the last rebuild expunged. Those that are still expunged when the
    /// dirty map is promoted were in the old `read` alone: they are garbage.
    expunged: Vec<EntryPtr<K, V>>,
    /// How many of these have been brought back.
    unexpunged: usize,
    /// New keys to make room for when a dirty map is built the next time.
    capacity: usize,
    /// The buckets that are in use in a dirty map that was made far too large, until it is
    /// copied.
    used: Option<UsedBuckets>,
    /// The keys whose value some thread makes (`map/once.rs`).
    pub(crate) making: Vec<Making<K>>,
    pub(crate) counters: Counters,
}

/// A key whose value a thread makes.
pub(crate) struct Making<K> {
    pub(crate) hash: usize,
    pub(crate) key: K,
    pub(crate) maker: Maker,
}

/// What holds the entries of a cleared map.
pub(crate) struct Cleared<K, V> {
    dirty: Option<Table<K, V>>,
    expunged: Vec<EntryPtr<K, V>>,
}

impl<K, V> Cleared<K, V> {
    /// Each entry once. `read` is the snapshot that the map had.
    pub(crate) fn entries(self, read: Option<&ReadOnly<K, V>>) -> Vec<EntryPtr<K, V>> {
        let table = self.dirty.as_ref().or(read.map(ReadOnly::table));
        let mut entries = self.expunged;
        entries.extend(table.into_iter().flat_map(Table::ptrs));
        entries
    }
}

/// What `stats()` reports and only the holder of the mutex changes.
#[derive(Clone, Copy)]
pub(crate) struct Counters {
    pub(crate) locks: u64,
    pub(crate) misses: u64,
    pub(crate) promotions: u64,
    pub(crate) rebuilds: u64,
    pub(crate) copied_entries: u64,
    pub(crate) expunges: u64,
    pub(crate) unexpunges: u64,
}

impl<K, V> Locked<K, V> {
    pub(crate) const fn new(capacity: usize) -> Self {
        Self {
            dirty: None,
            misses: 0,
            expunged: Vec::new(),
            unexpunged: 0,
            capacity,
            used: None,
            making: Vec::new(),
            counters: Counters {
                locks: 0,
                misses: 0,
                promotions: 0,
                rebuilds: 0,
                copied_entries: 0,
                expunges: 0,
                unexpunges: 0,
            },
        }
    }

    /// The entry of `key` in the dirty map, if there is one. Runs the user's
    /// `Eq`.
    pub(crate) fn find<'g, Q>(
        &self,
        hash: usize,
        key: &Q,
        read: &'g ReadOnly<K, V>,
        guard: &'g Guard,
    ) -> Option<Slot<'g, K, V>>
    where
        Q: Equivalent<K> + ?Sized,
    {
        let dirty = self.dirty.as_ref()?;
        let found = dirty.find(hash, key);
        story::looked(dirty, found.is_some());
        let entry = found?;
        // SAFETY: M2: found in `dirty`, and `self` says that the mutex is held.
        Some(unsafe { entry.under(&read.count, guard) })
    }

    /// Loads the part of the dirty map that look-ups of these hashes begin with. They wait for
    /// memory at the same time.
    pub(crate) fn look_ahead(&self, hashes: impl Iterator<Item = usize>) {
        if let Some(dirty) = &self.dirty {
            for hash in hashes {
                if let Some(bucket) = dirty.first_bucket(hash) {
                    let _ = bucket.candidate();
                }
            }
        }
    }

    /// Takes an entry out of the dirty map.
    pub(crate) fn remove(&mut self, slot: Slot<'_, K, V>) {
        if let Some(dirty) = &mut self.dirty {
            dirty.remove(slot);
            self.tell(Change::Removed);
        }
    }

    /// Adds an entry, new or no longer expunged, that the dirty map lacks.
    pub(crate) fn insert(&mut self, entry: EntryPtr<K, V>, hash: usize) {
        // There is a dirty map: an expunged entry exists only beside one (I4), and a new
        // key is added after `build`.
        let dirty = self.dirty.get_or_insert_with(Table::new);
        let bucket = dirty.insert(hash, entry);
        if self.used.as_mut().is_some_and(|used| !used.note(bucket)) {
            self.used = None;
        }
        self.tell(Change::Added);
    }

    /// If the entry of `read` is expunged, brings it back: makes it nil, and puts it in the
    /// dirty map. Both happen before the unlock, so a value that is then stored to it is in
    /// the next snapshot too.
    pub(crate) fn unexpunge(&mut self, slot: Slot<'_, K, V>) {
        if slot.entry().unexpunge_locked() {
            self.insert(slot.ptr(), slot.entry().hash());
            self.unexpunged += 1;
            self.counters.unexpunges += 1;
        }
    }

    /// Takes the key that `maker` makes the value of off the list.
    pub(crate) fn take_made(&mut self, maker: &Maker) -> Option<K> {
        let is_this = |made: &Making<K>| made.maker.is(maker);
        let place = self.making.iter().position(is_this)?;
        Some(self.making.swap_remove(place).key)
    }

    /// Go: missLocked, without the promotion. Counts a miss. True: as many misses as keys,
    /// so the caller promotes.
    pub(crate) fn miss(&mut self) -> bool {
        self.misses += 1;
        self.counters.misses += 1;
        self.tell(Change::Missed);
        self.misses >= self.dirty.as_ref().map_or(0, Table::len)
    }

    /// Go: dirtyLocked. Builds the dirty map, if there is none, from the entries of `read`:
    /// all but the deleted ones, which are expunged. O(keys), whatever room a dirty map was
    /// given: that room is used once, and not copied.
    pub(crate) fn build(&mut self, read: Option<&ReadOnly<K, V>>) {
        // After a clear there is one, and it is empty: it is used (T17).
        if self.dirty.is_some() {
            return;
        }
        let room = mem::take(&mut self.capacity);
        let Some(read) = read else {
            let dirty = Table::with_room_for(room);
            self.used = UsedBuckets::of(&dirty);
            self.dirty = Some(dirty);
            self.counters.rebuilds += 1;
            self.tell(Change::Built);
            return;
        };
        // Go: looks at every entry. If as many keys are present as the table has entries,
        // none was deleted, and no entry has to be touched. A removal that is not counted yet
        // may make that wrong. Its entry then stays until the next rebuild, as a nil in both
        // maps.
        let nothing_deleted = read.count.get() >= read.table().len();
        let used = self.used.take();
        self.built(if nothing_deleted && !read.table().is_sparse() {
            (read.table().copy(room), Vec::new())
        } else {
            without_deleted(read, used, false)
        });
        self.make_room(room);
    }

    /// How many keys fit before a table has to grow: in the dirty map if there is one, or else
    /// in the next one that is built.
    pub(crate) fn capacity(&self, read: Option<&ReadOnly<K, V>>) -> usize {
        match (&self.dirty, read) {
            (Some(dirty), _) => dirty.capacity(),
            (None, None) => self.capacity,
            (None, Some(read)) => {
                let table = read.table();
                // A rebuild does not copy the room of a sparse table.
                let room = if table.is_sparse() { 0 } else { table.room() };
                table.len().saturating_add(room.max(self.capacity))
            }
        }
    }

    /// Forgets all room that was asked for. The dirty map, if there is one, is empty.
    pub(crate) fn forget_room(&mut self) {
        self.capacity = 0;
        self.used = None;
        self.dirty = self.dirty.take().map(|_| Table::new());
    }

    /// Makes room for so many new keys: in the dirty map if there is one, or else in the
    /// next one that is built. Makes none if there is not enough memory.
    pub(crate) fn make_room(&mut self, keys: usize) {
        let Some(dirty) = &mut self.dirty else {
            self.capacity = self.capacity.max(keys);
            return;
        };
        if dirty.room() >= keys {
            return;
        }
        let mut roomy = Table::with_room_for(dirty.len().saturating_add(keys));
        if roomy.room() < dirty.len() {
            return;
        }
        self.used = UsedBuckets::of(&roomy);
        for bucket in roomy.add_all(dirty) {
            if self.used.as_mut().is_some_and(|used| !used.note(bucket)) {
                self.used = None;
            }
        }
        *dirty = roomy;
    }

    /// Builds the dirty map, if there is none, from the entries of `read` that hold a value, and
    /// with no more room than these need. O(keys).
    pub(crate) fn build_tight(&mut self, read: &ReadOnly<K, V>) {
        if self.dirty.is_none() {
            let used = self.used.take();
            self.built(without_deleted(read, used, true));
        }
    }

    /// Has this dirty map, and the list of what it lacks.
    fn built(&mut self, (dirty, expunged): (Table<K, V>, Vec<EntryPtr<K, V>>)) {
        self.counters.rebuilds += 1;
        self.counters.copied_entries += dirty.len() as u64;
        self.counters.expunges += expunged.len() as u64;
        self.dirty = Some(dirty);
        self.expunged = expunged;
        self.tell(Change::Built);
    }

    #[track_caller]
    pub(crate) fn tell(&self, change: Change) {
        let entries = || self.dirty.as_ref().map(Table::told);
        story::dirty(self, change, self.misses, entries);
    }

    /// The dirty map, to be published, and the entries that `read` has and it lacks.
    pub(crate) fn promote(&mut self) -> (Table<K, V>, Vec<EntryPtr<K, V>>) {
        let table = self.dirty.take().unwrap_or(Table::new());
        self.misses = 0;
        self.counters.promotions += 1;
        self.tell(Change::Taken);
        (table, self.take_expunged())
    }

    /// Empties the dirty map, and gives back what it held and the entries that only `read`
    /// has. If there is no dirty map, `read` has every entry.
    pub(crate) fn clear(&mut self) -> Cleared<K, V> {
        // As in Go: the misses before the clear must not promote the keys after it.
        self.misses = 0;
        self.used = None;
        // As in Go, an empty dirty map stays. Go: it keeps its buckets. Here they go with the
        // entries, which have to be freed after the unlock.
        let dirty = self.dirty.as_mut();
        let cleared = Cleared {
            dirty: dirty.map(|dirty| mem::replace(dirty, Table::new())),
            expunged: self.take_expunged(),
        };
        self.tell(Change::Cleared);
        cleared
    }

    /// The entries that are in `read` alone. The rebuild made the list, so that nobody has
    /// to search for them.
    fn take_expunged(&mut self) -> Vec<EntryPtr<K, V>> {
        let mut expunged = mem::take(&mut self.expunged);
        if mem::take(&mut self.unexpunged) > 0 {
            // SAFETY: M2: the entry is in `read`, which is retired after the unlock at the
            // earliest.
            expunged.retain(|entry| unsafe { entry.in_table() }.is_expunged());
        }
        expunged
    }

    /// How many entries are in `read` alone.
    pub(crate) fn expunged(&self) -> usize {
        self.expunged.len() - self.unexpunged
    }
}

/// A table of the entries of `read` that hold a value, and a list of the others, which are
/// now expunged. `used`: the buckets of all of them, if they were noted. `tight`: with no more
/// room than these entries need.
fn without_deleted<K, V>(
    read: &ReadOnly<K, V>,
    used: Option<UsedBuckets>,
    tight: bool,
) -> (Table<K, V>, Vec<EntryPtr<K, V>>) {
    let (table, mut expunged) = (read.table(), Vec::new());
    if !tight && read.count.get() > table.places() / 3 {
        let mut kept = table.copy(0);
        kept.retain(|ptr, entry| {
            let gone = entry.try_expunge_locked();
            if gone {
                expunged.push(ptr);
            }
            !gone
        });
        return (kept, expunged);
    }
    // The entries that are left, and the new key, fit in a smaller table.
    let mut kept = Table::with_room_for(read.count.get() + usize::from(!tight));
    let mut sort = |ptr: EntryPtr<K, V>| {
        // SAFETY: M2: the entry is in `read`, which is current, and the mutex is held.
        let entry = unsafe { ptr.in_table() };
        if entry.try_expunge_locked() {
            expunged.push(ptr);
        } else {
            kept.insert(entry.hash(), ptr);
        }
    };
    match used {
        Some(used) => used.entries(table).for_each(&mut sort),
        None => table.ptrs().for_each(&mut sort),
    }
    (kept, expunged)
}
