//! In which order a model explores the accesses to its atomics, and which writes a load may
//! read.

use crate::sync::Ordering;
use std::cell::Cell;

/// Makes loom explore the accesses to one atomic in every order.
///
/// loom remembers, for each atomic, one last load and one last write, and asks
/// of these alone whether another order should be tried. Of *load ∥ load, then
/// CAS*, which is the loop of every operation on an entry, it so misses most
/// orders (tokio-rs/loom#166 and #392). A read-modify-write before each access
/// makes any two of them depend on each other. It is relaxed, on a word of its
/// own whose value never matters: it orders nothing and makes nothing visible.
pub(super) struct Turn(loom::sync::atomic::AtomicUsize);

thread_local! {
    static TURNS: Cell<bool> = const { Cell::new(false) };

    static NUMBERS_TOO: Cell<bool> = const { Cell::new(false) };
    static SEQUENTIAL: Cell<bool> = const { Cell::new(false) };
}

/// Whether a SeqCst load reads the newest value, in the models that this thread
/// runs from now on.
///
/// loom takes SeqCst for acquire-release, and so lets such a load read an older
/// one. Where every write of a word is SeqCst, as of the words of the entries, none
/// does: they are in one order with such loads, and loom runs them in one. The newest is
/// what a read-modify-write reads; one without Release makes nothing visible.
pub fn be_sequential(yes: bool) {
    SEQUENTIAL.set(yes);
}

/// The place of a word in the one order of all SeqCst accesses. It has none any
/// more once something weaker has written it: loads then read what loom lets them.
pub(super) struct Place {
    /// Outside the model: it adds no edge.
    lost: std::sync::atomic::AtomicBool,
}

impl Place {
    pub(super) fn new() -> Self {
        Self {
            lost: std::sync::atomic::AtomicBool::new(false),
        }
    }

    pub(super) fn written(&self, order: Ordering) {
        // ORDERING: no access by itself, but what the writer has asked for.
        if order != Ordering::SeqCst {
            // ORDERING: Relaxed: loom runs all threads of a model on one.
            self.lost.store(true, Ordering::Relaxed);
        }
    }

    pub(super) fn reads_the_newest(&self, order: Ordering) -> bool {
        // ORDERING: Relaxed, as in `written`.
        order == Ordering::SeqCst && SEQUENTIAL.get() && !self.lost.load(Ordering::Relaxed)
    }
}

/// Whether the models that this thread runs from now on take turns.
pub fn take_turns(yes: bool) {
    TURNS.set(yes);
}

/// Whether they, if they take turns, do so at numbers too. Whoever changes one does
/// so by a single read-modify-write; but who has loaded it before, as who publishes
/// the first snapshot has, hides the other's load by that.
pub fn take_turns_at_numbers_too(yes: bool) {
    NUMBERS_TOO.set(yes);
}

impl Turn {
    pub(super) fn new() -> Self {
        Self(loom::sync::atomic::AtomicUsize::new(0))
    }

    pub(super) fn take(&self) {
        if TURNS.get() {
            // ORDERING: Relaxed, so that it adds no edge to the model.
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Whether the models that this thread runs take turns at numbers, too.
pub(super) fn at_numbers_too() -> bool {
    NUMBERS_TOO.get()
}

/// Whether a SeqCst load reads the newest value.
pub(super) fn is_sequential() -> bool {
    SEQUENTIAL.get()
}
