//! Two maps with the removal of Go 1.15, for chapter 11. One thread, so no lock.

use readmostly::EntryState::{self, Expunged, Nil, Value};
use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;

/// The word of a key. Both maps have the same one.
pub type Entry = Rc<Cell<EntryState<u32>>>;

/// A map with a snapshot and a dirty map.
#[derive(Debug, Default)]
pub struct TwoMaps {
    /// The entries of the snapshot.
    pub read: HashMap<u32, Entry>,
    /// Whether the dirty map may have a key that the snapshot lacks.
    pub amended: bool,
    /// The dirty map.
    pub dirty: Option<HashMap<u32, Entry>>,
    /// The misses since the last promotion.
    pub misses: usize,
}

impl TwoMaps {
    /// Looks a key up.
    pub fn load(&mut self, key: u32) -> Option<u32> {
        let mut entry = self.read.get(&key).cloned();
        if entry.is_none() && self.amended {
            entry = self.dirty.as_ref()?.get(&key).cloned();
            self.miss();
        }
        value(entry?.get())
    }

    /// Stores a value.
    pub fn store(&mut self, key: u32, value: u32) {
        if let Some(entry) = self.read.get(&key) {
            if entry.replace(Value(value)) == Expunged {
                let dirty = self.dirty.get_or_insert_default();
                dirty.insert(key, entry.clone());
            }
            return;
        }
        if self.dirty.is_none() {
            self.dirty = Some(self.copy());
        }
        self.amended = true;
        let dirty = self.dirty.get_or_insert_default();
        let entry = dirty.entry(key).or_insert_with(|| Rc::new(Cell::new(Nil)));
        entry.set(Value(value));
    }

    /// Removes a key, as Go 1.15 did, and returns its value. A key of the dirty map alone stays
    /// in the dirty map, without a value.
    pub fn load_and_delete(&mut self, key: u32) -> Option<u32> {
        let mut entry = self.read.get(&key).cloned();
        if entry.is_none() && self.amended {
            entry = self.dirty.as_ref()?.get(&key).cloned();
            self.miss();
        }
        take(&entry?)
    }

    /// Counts a miss. As many misses as the dirty map has keys make it the snapshot.
    pub fn miss(&mut self) {
        self.misses += 1;
        if self.misses >= self.dirty.as_ref().map_or(0, HashMap::len) {
            self.read = self.dirty.take().unwrap_or_default();
            self.amended = false;
            self.misses = 0;
        }
    }

    /// A dirty map with the keys of the snapshot that are not deleted. The others are expunged.
    fn copy(&self) -> HashMap<u32, Entry> {
        let mut dirty = HashMap::new();
        for (&key, entry) in &self.read {
            match entry.get() {
                Value(_) => drop(dirty.insert(key, entry.clone())),
                Nil | Expunged => entry.set(Expunged),
            }
        }
        dirty
    }
}

/// Takes the value out of an entry, if it has one. An expunged entry stays expunged.
pub fn take(entry: &Entry) -> Option<u32> {
    let taken = value(entry.get())?;
    entry.set(Nil);
    Some(taken)
}

fn value(state: EntryState<u32>) -> Option<u32> {
    match state {
        Value(value) => Some(value),
        Nil | Expunged => None,
    }
}
