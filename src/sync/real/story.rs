//! What the models are told of what happens (`model/story.rs`). In this build nobody listens:
//! each function is empty, and no closure is called.

use crate::sync::AtomicPtr;

/// What became of the dirty map.
#[derive(Clone, Copy)]
pub(crate) enum Change {
    /// It was built from the snapshot.
    Built,
    /// An entry was added.
    Added,
    /// An entry was taken out.
    Removed,
    /// A miss was counted.
    Missed,
    /// It was taken, to be published.
    Taken,
    /// It was emptied.
    Cleared,
}

/// The word of an entry, and its key.
pub(crate) type Line<'t, K, V> = (&'t K, &'t AtomicPtr<V>);

/// A key was looked for in this table.
#[inline(always)]
pub(crate) fn looked<T>(_table: &T, _found: bool) {}

/// A snapshot is made, in this state. It is about to be published. `bits`: superseded, amended.
#[inline(always)]
pub(crate) fn snapshot<I>(_bits: [usize; 2], _state: usize, _entries: impl FnOnce() -> I) {}

/// The dirty map has changed, or the number of misses.
#[inline(always)]
pub(crate) fn dirty<T, I>(
    _locked: &T,
    _change: Change,
    _misses: usize,
    _entries: impl FnOnce() -> Option<I>,
) {
}

/// A value, or a snapshot, is retired.
#[inline(always)]
pub(crate) fn retires<T>(_address: *const T) {}
