//! What a map must do to be compared. Each has its adapter in `maps/`.

use crate::keys::Key;
use foldhash::fast::FixedState;

pub(crate) type Hasher = FixedState;

/// The hasher of every map, with one seed.
pub(crate) fn hasher() -> Hasher {
    FixedState::with_seed(0x5EED)
}

/// A map in one form of use.
pub(crate) trait Contender: Send + Sync + Sized + 'static {
    type Key: Key;

    /// What one thread keeps from one read to the next: a guard, a handle, or
    /// nothing but the reference.
    type Reader<'m>: Reader<Key = Self::Key>
    where
        Self: 'm;

    const NAME: &'static str;

    /// How it is used.
    const USE: &'static str;

    /// A map with these entries, inserted one by one, in its settled state.
    fn build(entries: &[(Self::Key, u64)]) -> Self;

    fn reader(&self) -> Self::Reader<'_>;
}

/// A map that can be written to while it is shared.
pub(crate) trait Writable: Contender {
    type Writer<'m>: Writer<Key = Self::Key>
    where
        Self: 'm;

    fn writer(&self) -> Self::Writer<'_>;

    /// Frees what is retired and not yet freed, if the map has a call for that. In a
    /// map without such a call next to nothing waits.
    fn collect(&self) {}
}

pub(crate) trait Reader {
    type Key: Key;

    fn get(&self, key: &Self::Key) -> Option<u64>;

    fn for_each(&self, f: impl FnMut(&Self::Key, u64));
}

pub(crate) trait Writer {
    type Key: Key;

    /// Inserts or overwrites.
    fn insert(&self, key: &Self::Key, value: u64);

    /// Adds one to the value, atomically.
    fn increment(&self, key: &Self::Key);

    fn remove(&self, key: &Self::Key);

    /// Releases what a thread keeps between writes, such as a guard, and acquires it
    /// again, so that retired memory can be freed. Called every [`RENEWED_EVERY`]
    /// writes.
    #[must_use]
    fn renewed(self) -> Self;
}

pub(crate) const RENEWED_EVERY: usize = 64;
