//! The user's code panics on demand: at the first call at some place, at the second,
//! and so on.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Where the user's code can panic.
#[allow(dead_code, reason = "not every suite has every place")]
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Place {
    Hash,
    EqOfKeys,
    EqOfValues,
    Clone,
    Show,
    Closure,
}

thread_local! {
    /// Where to panic, and after how many calls there.
    static FUSE: Cell<Option<(Place, usize)>> = const { Cell::new(None) };
}

/// What a panic carries. Thrown without the panic hook, which would print it.
pub(crate) struct Bang;

/// Called wherever the user's code can panic.
pub(crate) fn burn(place: Place) {
    match FUSE.get() {
        Some((there, 0)) if there == place => {
            FUSE.set(None);
            resume_unwind(Box::new(Bang));
        }
        Some((there, calls)) if there == place => FUSE.set(Some((there, calls - 1))),
        _ => {}
    }
}

/// Whether `f` panics with a [`Bang`].
pub(crate) fn bangs(f: impl FnOnce()) -> bool {
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(()) => false,
        Err(panic) if panic.is::<Bang>() => true,
        Err(other) => resume_unwind(other),
    }
}

/// Whether `f` comes to so many calls at this place, and one more, which panics.
pub(crate) fn bangs_after(calls: usize, place: Place, f: impl FnOnce()) -> bool {
    FUSE.set(Some((place, calls)));
    let banged = bangs(f);
    FUSE.set(None);
    banged
}
