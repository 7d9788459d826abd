//! In which order a model explores the accesses to its atomics, and which writes a load may
//! read.

use crate::sync::Ordering;
use std::cell::Cell;

/// Makes loom explore the accesses to one atomic in every order.
///
/// loom remembers one last load and one last write of each atomic. These two alone decide
/// whether loom tries another order. So loom misses most orders of *load ∥ load, then CAS*,
/// which is the loop of every operation on an entry (tokio-rs/loom#166 and #392). A
/// read-modify-write before each access makes any two accesses depend on each other. The
/// read-modify-write is relaxed, and has a word of its own whose value never matters: it
/// orders nothing and makes nothing visible.
pub(super) struct Turn(loom::sync::atomic::AtomicUsize);

thread_local! {
    static TURNS: Cell<bool> = const { Cell::new(false) };

    static NUMBERS_TOO: Cell<bool> = const { Cell::new(false) };
    static SEQUENTIAL: Cell<bool> = const { Cell::new(false) };
}

/// Whether a SeqCst load reads the newest value, in the models that this thread
/// runs from now on.
///
/// loom treats SeqCst as acquire-release, and so lets a SeqCst load read an older value.
/// If every write of a word is SeqCst, as with the words of the entries, no SeqCst load
/// reads an older value: the writes and the loads are in one order, and loom runs them in
/// one order. So the load becomes a read-modify-write, which reads the newest value. It has
/// no Release, and so makes nothing visible.
pub fn be_sequential(yes: bool) {
    SEQUENTIAL.set(yes);
}

/// The place of a word in the one order of all SeqCst accesses. The word loses its place
/// when a weaker write has changed it. Loads then read any value that loom allows.
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
        // ORDERING: this is no access: `order` is that of the write.
        if order != Ordering::SeqCst {
            // ORDERING: Relaxed: loom runs all threads of a model on one thread.
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

/// Whether these models, if they take turns, take them at numbers, too. But for light pins,
/// each change of a number is a single read-modify-write. A thread that has loaded the
/// number before its change hides the load of another thread from loom. The thread that
/// publishes the first snapshot does that.
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
