//! A slow and simple model of Go's two maps for one thread, and beside it a plain map
//! that is independent of them.
//!
//! An entry is a number, so that an entry can still be written to after it has left
//! both maps. An operation does this if its own closure removed the entry from them.

use readmostly::EntryState;
use std::collections::BTreeMap;

/// The number of an entry.
pub(crate) type Entry = usize;

/// What a look-up is for, as in the map.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Purpose {
    Load,
    CompareAndSwap,
    Delete,
}

#[derive(Clone, Default)]
pub(crate) struct Model {
    /// The key and the state of every entry that was ever made.
    entries: Vec<(u8, EntryState<u32>)>,
    pub(crate) read: BTreeMap<u8, Entry>,
    pub(crate) amended: bool,
    pub(crate) dirty: Option<BTreeMap<u8, Entry>>,
    pub(crate) misses: usize,
    /// The plain map, from which the expected results follow.
    pub(crate) plain: BTreeMap<u8, u32>,
}

impl Model {
    /// A map that was built from these pairs.
    pub(crate) fn filled(pairs: impl IntoIterator<Item = (u8, u32)>) -> Self {
        let mut model = Self::default();
        for (key, value) in pairs {
            model.swap(key, value);
        }
        model.compact();
        model
    }

    pub(crate) fn state(&self, entry: Entry) -> EntryState<u32> {
        self.entries[entry].1
    }

    pub(crate) fn value(&self, entry: Entry) -> Option<u32> {
        match self.state(entry) {
            EntryState::Value(value) => Some(value),
            EntryState::Nil | EntryState::Expunged => None,
        }
    }

    /// The entry of a key that is present or deleted, in either map.
    fn attached(&self, key: u8) -> Option<Entry> {
        let in_dirty = || self.dirty.as_ref()?.get(&key);
        self.read.get(&key).or_else(in_dirty).copied()
    }

    /// Writes to an entry that was located before, wherever it is now.
    pub(crate) fn write(&mut self, entry: Entry, value: Option<u32>) {
        let (key, state) = &mut self.entries[entry];
        let key = *key;
        *state = value.map_or(EntryState::Nil, EntryState::Value);
        if self.attached(key) != Some(entry) {
            return;
        }
        match value {
            Some(value) => _ = self.plain.insert(key, value),
            None => _ = self.plain.remove(&key),
        }
    }

    fn miss(&mut self) {
        self.misses += 1;
        if self.misses >= self.dirty.as_ref().map_or(0, BTreeMap::len) {
            self.promote();
        }
    }

    fn promote(&mut self) {
        self.read = self.dirty.take().unwrap_or_default();
        (self.amended, self.misses) = (false, 0);
    }

    /// Go: dirtyLocked.
    fn build(&mut self) {
        if self.dirty.is_some() {
            return;
        }
        let mut dirty = BTreeMap::new();
        for (&key, &entry) in &self.read {
            match self.entries[entry].1 {
                EntryState::Value(_) => _ = dirty.insert(key, entry),
                _ => self.entries[entry].1 = EntryState::Expunged,
            }
        }
        self.dirty = Some(dirty);
    }

    fn unexpunge(&mut self, key: u8, entry: Entry) {
        if self.state(entry) == EntryState::Expunged {
            self.entries[entry].1 = EntryState::Nil;
            self.dirty.get_or_insert_default().insert(key, entry);
        }
    }

    fn add_new(&mut self, key: u8, value: u32) {
        if !self.amended {
            self.build();
            self.amended = true;
        }
        let entry = self.entries.len();
        self.entries.push((key, EntryState::Value(value)));
        self.dirty.get_or_insert_default().insert(key, entry);
        self.plain.insert(key, value);
    }

    /// The entry of a key. Looking for it in `dirty` counts a miss, with the exceptions
    /// of Go.
    pub(crate) fn locate(&mut self, key: u8, purpose: Purpose) -> Option<Entry> {
        if let Some(&entry) = self.read.get(&key) {
            return Some(entry);
        }
        if !self.amended {
            return None;
        }
        let dirty = self.dirty.get_or_insert_default();
        let entry = match purpose {
            Purpose::Delete => dirty.remove(&key),
            _ => dirty.get(&key).copied(),
        };
        if entry.is_some() || purpose != Purpose::CompareAndSwap {
            self.miss();
        }
        entry
    }

    /// Go: Load.
    pub(crate) fn load(&mut self, key: u8) -> Option<u32> {
        let found = self.locate(key, Purpose::Load);
        let found = found.and_then(|entry| self.value(entry));
        assert_eq!(
            found,
            self.plain.get(&key).copied(),
            "the references differ"
        );
        found
    }

    /// Go: Swap, Store.
    pub(crate) fn swap(&mut self, key: u8, value: u32) -> Option<u32> {
        let before = self.plain.get(&key).copied();
        let Some(entry) = self.attached(key) else {
            self.add_new(key, value);
            return before;
        };
        self.unexpunge(key, entry);
        let old = self.value(entry);
        self.write(entry, Some(value));
        assert_eq!(old, before, "the references differ");
        old
    }

    /// Go: LoadOrStore. The value that is there already, if one is.
    pub(crate) fn load_or_store(&mut self, key: u8, value: u32) -> Option<u32> {
        let before = self.plain.get(&key).copied();
        let Some(entry) = self.attached(key) else {
            self.add_new(key, value);
            return before;
        };
        self.unexpunge(key, entry);
        let current = self.value(entry);
        if current.is_none() {
            self.write(entry, Some(value));
        }
        if !self.read.contains_key(&key) {
            self.miss();
        }
        assert_eq!(current, before, "the references differ");
        current
    }

    /// Go: LoadAndDelete.
    pub(crate) fn load_and_delete(&mut self, key: u8) -> Option<u32> {
        let before = self.plain.remove(&key);
        let entry = self.locate(key, Purpose::Delete);
        let old = entry.and_then(|entry| {
            let old = self.value(entry)?;
            self.write(entry, None);
            Some(old)
        });
        assert_eq!(old, before, "the references differ");
        old
    }

    /// Go: Range, as far as the callback: every key it may visit, and its entry.
    pub(crate) fn range(&mut self) -> BTreeMap<u8, Entry> {
        if self.amended {
            self.promote();
        }
        self.read.clone()
    }

    /// Go: Clear.
    pub(crate) fn clear(&mut self) {
        if !self.read.is_empty() || self.amended {
            self.empty();
        }
    }

    /// The state after all entries were taken with exclusive access.
    pub(crate) fn empty(&mut self) {
        self.read.clear();
        (self.amended, self.misses) = (false, 0);
        if let Some(dirty) = &mut self.dirty {
            dirty.clear();
        }
        self.plain.clear();
    }

    /// Not in Go. Returns how many entries it removed from both maps.
    pub(crate) fn compact(&mut self) -> usize {
        if self.read.is_empty() && !self.amended {
            return 0;
        }
        let before = self.attached_entries();
        if self.dirty.is_some() {
            self.promote();
        }
        if self.read.values().any(|&entry| self.value(entry).is_none()) {
            self.build();
            self.promote();
        }
        before - self.attached_entries()
    }

    /// How many entries there are in the two maps together.
    pub(crate) fn attached_entries(&self) -> usize {
        let dirty = self.dirty.iter().flat_map(BTreeMap::keys);
        let only_dirty = dirty.filter(|key| !self.read.contains_key(key));
        self.read.len() + only_dirty.count()
    }
}
