//! Maps that threads share, with the operations that `scaling` needs.

use dashmap::DashMap;
use foldhash::fast::RandomState;
use papaya::{Guard, LocalGuard};
use parking_lot::RwLock;
use readmostly::{Pinned, SyncMap};
use std::collections::HashMap;

type Table = SyncMap<u64, u64, RandomState>;

pub(crate) trait Shared: FromIterator<(u64, u64)> + Sync {
    type Handle<'m>: Handle
    where
        Self: 'm;

    /// One thread's way to the map.
    fn handle(&self) -> Self::Handle<'_>;
}

pub(crate) trait Handle {
    fn read(&self, key: u64) -> Option<u64>;
    fn write(&self, key: u64, value: u64);
    /// Renews the handle's pin or guard, so that retired memory can be freed.
    fn renew(&mut self) {}
}

/// Each call pins for itself.
pub(crate) struct OneShot(Table);

/// Each thread holds a pin.
pub(crate) struct PinnedMap(Table);

/// Each thread holds a guard.
pub(crate) struct Papaya(papaya::HashMap<u64, u64, RandomState>);

pub(crate) struct Dash(DashMap<u64, u64, RandomState>);

pub(crate) struct Locked(RwLock<HashMap<u64, u64, RandomState>>);

fn settled(pairs: impl IntoIterator<Item = (u64, u64)>) -> Table {
    let table: Table = pairs.into_iter().collect();
    table.compact();
    table
}

impl FromIterator<(u64, u64)> for OneShot {
    fn from_iter<I: IntoIterator<Item = (u64, u64)>>(pairs: I) -> Self {
        Self(settled(pairs))
    }
}

impl FromIterator<(u64, u64)> for PinnedMap {
    fn from_iter<I: IntoIterator<Item = (u64, u64)>>(pairs: I) -> Self {
        Self(settled(pairs))
    }
}

impl FromIterator<(u64, u64)> for Papaya {
    fn from_iter<I: IntoIterator<Item = (u64, u64)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl FromIterator<(u64, u64)> for Dash {
    fn from_iter<I: IntoIterator<Item = (u64, u64)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl FromIterator<(u64, u64)> for Locked {
    fn from_iter<I: IntoIterator<Item = (u64, u64)>>(pairs: I) -> Self {
        Self(RwLock::new(pairs.into_iter().collect()))
    }
}

impl Shared for OneShot {
    type Handle<'m> = &'m Self;

    fn handle(&self) -> &Self {
        self
    }
}

impl Shared for PinnedMap {
    type Handle<'m> = Pinned<'m, u64, u64, RandomState>;

    fn handle(&self) -> Self::Handle<'_> {
        self.0.pin()
    }
}

impl Shared for Papaya {
    type Handle<'m> = (&'m Self, LocalGuard<'m>);

    fn handle(&self) -> Self::Handle<'_> {
        (self, self.0.guard())
    }
}

impl Shared for Dash {
    type Handle<'m> = &'m Self;

    fn handle(&self) -> &Self {
        self
    }
}

impl Shared for Locked {
    type Handle<'m> = &'m Self;

    fn handle(&self) -> &Self {
        self
    }
}

impl Handle for &OneShot {
    fn read(&self, key: u64) -> Option<u64> {
        self.0.get(&key).map(|value| *value)
    }

    fn write(&self, key: u64, value: u64) {
        self.0.insert(key, value);
    }
}

impl Handle for Pinned<'_, u64, u64, RandomState> {
    fn read(&self, key: u64) -> Option<u64> {
        self.get(&key).copied()
    }

    fn write(&self, key: u64, value: u64) {
        self.insert(key, value);
    }

    fn renew(&mut self) {
        self.repin();
    }
}

impl Handle for (&Papaya, LocalGuard<'_>) {
    fn read(&self, key: u64) -> Option<u64> {
        let (map, guard) = self;
        map.0.get(&key, guard).copied()
    }

    fn write(&self, key: u64, value: u64) {
        let (map, guard) = self;
        map.0.insert(key, value, guard);
    }

    fn renew(&mut self) {
        self.1.refresh();
    }
}

impl Handle for &Dash {
    fn read(&self, key: u64) -> Option<u64> {
        self.0.get(&key).map(|value| *value)
    }

    fn write(&self, key: u64, value: u64) {
        self.0.insert(key, value);
    }
}

impl Handle for &Locked {
    fn read(&self, key: u64) -> Option<u64> {
        self.0.read().get(&key).copied()
    }

    fn write(&self, key: u64, value: u64) {
        self.0.write().insert(key, value);
    }
}
