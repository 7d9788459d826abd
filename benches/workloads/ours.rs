//! [`SyncMap`] as a workload's map: by its one-shot methods, and pinned.

use crate::garbage::free_all;
use crate::workloads::map::{Handle, Map};
use foldhash::fast::RandomState;
use readmostly::{OccupiedError, Pinned, SyncMap};
use std::ops::ControlFlow;

type Table = SyncMap<u64, u64, RandomState>;

/// Each call pins for itself.
#[derive(Default)]
pub(crate) struct OneShot(Table);

/// Each thread holds a pin, and renews it now and then.
#[derive(Default)]
pub(crate) struct PinnedMap(Table);

impl Map for OneShot {
    type Handle<'m> = &'m Table;

    fn handle(&self) -> &Table {
        &self.0
    }

    fn settle(self) {
        free(self.0);
    }
}

impl Map for PinnedMap {
    type Handle<'m> = Pinned<'m, u64, u64, RandomState>;

    fn handle(&self) -> Self::Handle<'_> {
        self.0.pin()
    }

    fn settle(self) {
        free(self.0);
    }
}

fn free(table: Table) {
    drop(table);
    free_all();
}

impl Handle for &Table {
    fn load(&self, key: u64) -> Option<u64> {
        self.get(&key).map(|value| *value)
    }

    fn store(&self, key: u64, value: u64) {
        self.insert(key, value);
    }

    fn load_or_store(&self, key: u64, value: u64) -> (u64, bool) {
        match self.try_insert(key, value) {
            Ok(stored) => (*stored, false),
            Err(OccupiedError { current, .. }) => (*current, true),
        }
    }

    fn load_and_delete(&self, key: u64) -> Option<u64> {
        self.remove(&key).map(|value| *value)
    }

    fn delete(&self, key: u64) {
        self.remove(&key);
    }

    fn swap(&self, key: u64, value: u64) -> Option<u64> {
        self.insert(key, value).map(|old| *old)
    }

    fn compare_and_swap(&self, key: u64, old: u64, new: u64) -> bool {
        self.compare_exchange(&key, &old, new).is_ok()
    }

    fn compare_and_delete(&self, key: u64, old: u64) -> bool {
        self.compare_remove(&key, &old).is_some()
    }

    fn range(&self, visit: impl FnMut(u64, u64) -> bool) {
        // A break carries no value.
        let _ = self.for_each(while_true(visit));
    }

    fn clear(&self) {
        SyncMap::clear(self);
    }
}

impl Handle for Pinned<'_, u64, u64, RandomState> {
    fn load(&self, key: u64) -> Option<u64> {
        self.get(&key).copied()
    }

    fn store(&self, key: u64, value: u64) {
        self.insert(key, value);
    }

    fn load_or_store(&self, key: u64, value: u64) -> (u64, bool) {
        match self.try_insert(key, value) {
            Ok(&stored) => (stored, false),
            Err(OccupiedError { current, .. }) => (*current, true),
        }
    }

    fn load_and_delete(&self, key: u64) -> Option<u64> {
        self.remove(&key).copied()
    }

    fn delete(&self, key: u64) {
        self.remove(&key);
    }

    fn swap(&self, key: u64, value: u64) -> Option<u64> {
        self.insert(key, value).copied()
    }

    fn compare_and_swap(&self, key: u64, old: u64, new: u64) -> bool {
        self.compare_exchange(&key, &old, new).is_ok()
    }

    fn compare_and_delete(&self, key: u64, old: u64) -> bool {
        self.compare_remove(&key, &old).is_some()
    }

    fn range(&self, visit: impl FnMut(u64, u64) -> bool) {
        // A break carries no value.
        let _ = self.for_each(while_true(visit));
    }

    fn clear(&self) {
        Pinned::clear(self);
    }

    fn renew(&mut self) {
        self.repin();
    }
}

/// Go's callback, which returns whether to go on, as the callback of this crate.
fn while_true(
    mut visit: impl FnMut(u64, u64) -> bool,
) -> impl FnMut(&u64, &u64) -> ControlFlow<()> {
    move |&key, &value| match visit(key, value) {
        true => ControlFlow::Continue(()),
        false => ControlFlow::Break(()),
    }
}
