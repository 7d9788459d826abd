//! What a workload needs of a map: the ten methods of Go's `sync.Map`, under
//! their names.

/// A map that threads share.
pub(crate) trait Map: Default + Sync {
    type Handle<'m>: Handle
    where
        Self: 'm;

    /// One thread's way to the map.
    fn handle(&self) -> Self::Handle<'_>;

    /// Frees what can be freed, so that the next run does not pay for this one.
    fn settle(self);
}

pub(crate) trait Handle {
    fn load(&self, key: u64) -> Option<u64>;
    fn store(&self, key: u64, value: u64);
    /// The value that is present now, and whether it was present before.
    fn load_or_store(&self, key: u64, value: u64) -> (u64, bool);
    fn load_and_delete(&self, key: u64) -> Option<u64>;
    fn delete(&self, key: u64);
    fn swap(&self, key: u64, value: u64) -> Option<u64>;
    fn compare_and_swap(&self, key: u64, old: u64, new: u64) -> bool;
    fn compare_and_delete(&self, key: u64, old: u64) -> bool;
    /// Visits entries until `visit` returns false. `visit` may use the map.
    fn range(&self, visit: impl FnMut(u64, u64) -> bool);
    fn clear(&self);

    /// Renews the handle's pin or guard, so that retired memory can be freed.
    fn renew(&mut self) {}
}
