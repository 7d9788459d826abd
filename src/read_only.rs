//! The snapshot that nobody locks: a table that no longer changes, and its state.

use crate::count::Count;
use crate::entry::{EntryPtr, Slot};
use crate::reclaim::{Guard, Protection, SUPERSEDED, Snapshot};
use crate::sync::{Arc, AtomicUsize, Ordering, Watch, story};
use crate::table::{Ptrs, Table};
use equivalent::Equivalent;
use std::ops::Deref;

/// The published part of the map. Once published its table never changes; its
/// entries do.
pub(crate) struct ReadOnly<K, V> {
    /// [`AMENDED`], [`SUPERSEDED`]. Bits go up, under the mutex, and never down: a
    /// snapshot ends when another one is published.
    state: AtomicUsize,
    table: Table<K, V>,
    watch: Watch,
    /// The counter of this generation of the map: the keys that are present, including
    /// those that only `dirty` has.
    pub(crate) count: Arc<Count>,
}

/// `dirty` may hold keys that the table lacks.
///
/// It may also hold none: the last such key may have been deleted since.
const AMENDED: usize = SUPERSEDED << 1;

/// Whether a snapshot in this state may lack keys that `dirty` has.
#[inline]
pub(crate) fn is_amended(state: usize) -> bool {
    state & AMENDED != 0
}

impl<K, V> ReadOnly<K, V> {
    fn new(table: Table<K, V>, state: usize, count: Arc<Count>) -> Self {
        story::snapshot([SUPERSEDED, AMENDED], state, || table.told());
        Self {
            state: AtomicUsize::new(state),
            table,
            watch: Watch::new(),
            count,
        }
    }

    /// A promoted dirty map. It has every key that is present.
    pub(crate) fn promoted(table: Table<K, V>, count: Arc<Count>) -> Self {
        Self::new(table, 0, count)
    }

    /// The first snapshot of a generation. It has no key: all keys are in `dirty`.
    pub(crate) fn first() -> Self {
        Self::new(Table::new(), AMENDED, Arc::new(Count::new()))
    }

    /// The table.
    #[inline]
    pub(crate) fn table(&self) -> &Table<K, V> {
        self.watch.used();
        &self.table
    }

    /// The slot of an entry that was found in the table.
    ///
    /// # Safety
    ///
    /// M2: it was found in this table, and this snapshot under `guard`.
    #[inline]
    pub(crate) unsafe fn slot<'g, G>(
        &'g self,
        found: EntryPtr<K, V>,
        guard: &'g G,
    ) -> Slot<'g, K, V, G>
    where
        G: Deref<Target = Protection>,
    {
        // SAFETY: M2, our caller's promise.
        unsafe { found.under(&self.count, guard) }
    }

    /// The entry of `key`, if the table has it. Runs the user's `Eq`.
    #[inline]
    pub(crate) fn find<'g, Q>(
        &'g self,
        hash: usize,
        key: &Q,
        guard: &'g Guard,
    ) -> Option<Slot<'g, K, V>>
    where
        Q: Equivalent<K> + ?Sized,
    {
        let entry = self.find_told(hash, key)?;
        // SAFETY: M2: found in the table. A snapshot is given out only under a guard.
        Some(unsafe { self.slot(entry, guard) })
    }

    #[inline(always)]
    #[track_caller]
    fn find_told<Q>(&self, hash: usize, key: &Q) -> Option<EntryPtr<K, V>>
    where
        Q: Equivalent<K> + ?Sized,
    {
        let found = self.table().find(hash, key);
        story::looked(&self.table, found.is_some());
        found
    }

    /// What this snapshot alone, in this `state`, says about `key`. Runs the user's `Eq`.
    #[inline]
    pub(crate) fn look<'g, Q, G>(
        &'g self,
        state: usize,
        hash: usize,
        key: &Q,
        guard: &'g G,
    ) -> Look<'g, K, V, G>
    where
        Q: Equivalent<K> + ?Sized,
        G: Deref<Target = Protection>,
    {
        match self.find_told(hash, key) {
            // SAFETY: M2, as in `find`.
            Some(entry) => Look::Here(unsafe { self.slot(entry, guard) }),
            None if is_amended(state) => Look::AskDirty,
            None => Look::Absent,
        }
    }

    /// All entries.
    pub(crate) fn slots<'g>(&'g self, guard: &'g Guard) -> Slots<'g, K, V> {
        let (read, ptrs) = (self, self.table().ptrs());
        Slots { read, ptrs, guard }
    }

    /// This snapshot and its state, unless it has been superseded.
    #[inline]
    pub(crate) fn if_current(&self) -> Option<(&Self, usize)> {
        let state = self.state();
        (state & SUPERSEDED == 0).then_some((self, state))
    }

    /// Whether `dirty` may have keys that the table lacks. The mutex is held.
    pub(crate) fn is_amended_locked(&self) -> bool {
        // ORDERING: Relaxed: only the holder of the mutex raises a flag.
        is_amended(self.state.load(Ordering::Relaxed))
    }

    /// Tells readers to look in `dirty` too. The mutex is held.
    pub(crate) fn amend_locked(&self) {
        // step: amend
        // ORDERING: SeqCst, pairs with `state`. Weakened: the model named there.
        self.state.fetch_or(AMENDED, Ordering::SeqCst);
    }
}

/// All entries of a snapshot.
pub(crate) struct Slots<'g, K, V> {
    read: &'g ReadOnly<K, V>,
    ptrs: Ptrs<'g, K, V>,
    guard: &'g Guard,
}

impl<'g, K, V> Iterator for Slots<'g, K, V> {
    type Item = Slot<'g, K, V>;

    fn next(&mut self) -> Option<Slot<'g, K, V>> {
        let entry = self.ptrs.next()?;
        // SAFETY: M2, as in `find`.
        Some(unsafe { self.read.slot(entry, self.guard) })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.ptrs.size_hint()
    }
}

/// What a snapshot alone says about a key.
pub(crate) enum Look<'g, K, V, G = Guard> {
    /// It has the entry, which may hold a value or not.
    Here(Slot<'g, K, V, G>),
    Absent,
    /// `dirty` may have it.
    AskDirty,
}

impl<K, V> Snapshot for ReadOnly<K, V> {
    #[inline]
    fn state(&self) -> usize {
        // ORDERING: SeqCst, in the order of all entry words. So if a thread stores to a
        // known key and then misses a new one, the thread that inserted the new key finds
        // the store. Pairs with `amend_locked` and `supersede`. The mutex or the `ArcSwap`,
        // asked next, makes the rest visible. Weakened:
        // `across::of_a_writer_of_a_known_key_and_one_of_a_new_key_one_finds_what_the_other_wrote`.
        self.state.load(Ordering::SeqCst)
    }

    fn supersede(&self) {
        // step: supersede
        // ORDERING: SeqCst, pairs with `state`. Weakened:
        // `across::a_clear_is_seen_by_a_held_pin_that_comes_after`.
        self.state.fetch_or(SUPERSEDED, Ordering::SeqCst);
    }
}

impl<K, V> Drop for ReadOnly<K, V> {
    fn drop(&mut self) {
        self.watch.freed();
    }
}
