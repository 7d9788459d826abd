//! Whether what comes due from the epoch has to wait for a grace period, and how much waits.
//!
//! # Modes
//!
//! Light pins are off at first, and on from the process's first insertion of a key on, if
//! the system has a heavy fence. If that is refused later, they end: threads give their
//! records back and take full pins; when no thread has a record any more, they are off.
//! While they end nothing is freed: without the fence nobody can say that a reader is gone.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};

pub(super) const OFF: u8 = 0;
pub(super) const ON: u8 = 1;
/// The heavy fence was refused: some threads still have a record.
pub(super) const ENDING: u8 = 2;
/// As [`OFF`], for good.
pub(super) const REFUSED: u8 = 3;

pub(super) static MODE: AtomicU8 = AtomicU8::new(OFF);

/// What has been handed over, as `due.rs` counts it. Wraps.
pub(super) static HANDED_OVER: AtomicUsize = AtomicUsize::new(0);

/// Bags that were handed over and have not been run.
static WAITING: AtomicUsize = AtomicUsize::new(0);

/// Whether something has come due since a grace period began last.
static ARRIVED: AtomicBool = AtomicBool::new(false);

#[inline]
pub(super) fn is_on() -> bool {
    // ORDERING: SeqCst, with the fences of `Lights::record` and `all_given_back`: who
    // takes a record and finds light pins on is seen by who ends them.
    MODE.load(Ordering::SeqCst) == ON
}

/// Whether what no pin of the epoch is in the way of may be run at once: there are no light
/// pins.
pub(super) fn waits_for_nothing() -> bool {
    // ORDERING: SeqCst, pairs with the fence in `Lights::record`: who finds light pins off
    // comes before the first light pin of all, which then finds nothing that is run now.
    matches!(MODE.load(Ordering::SeqCst), OFF | REFUSED)
}

/// Whether what comes due from the epoch has to wait for a grace period.
pub(super) fn is_waited_for() -> bool {
    // ORDERING: Relaxed: a hint for when to look. `waits_for_nothing` decides.
    matches!(MODE.load(Ordering::Relaxed), ON | ENDING)
}

/// A bag has come due.
pub(super) fn one_has_arrived() {
    // ORDERING: Relaxed: whether to begin. If this comes late, so does a grace period.
    ARRIVED.store(true, Ordering::Relaxed);
}

/// Whether any have since this was asked last. If not, there is nothing to wait for.
pub(super) fn some_have_arrived() -> bool {
    // ORDERING: Relaxed, as above.
    ARRIVED.swap(false, Ordering::Relaxed)
}

/// A bag has been handed over.
pub(super) fn one_more_waits() {
    // ORDERING: Relaxed: a number.
    WAITING.fetch_add(1, Ordering::Relaxed);
}

/// A bag is being run.
pub(super) fn one_less_waits() {
    // ORDERING: Relaxed: a number.
    WAITING.fetch_sub(1, Ordering::Relaxed);
}

pub(super) fn waiting() -> usize {
    // ORDERING: Relaxed: a number.
    WAITING.load(Ordering::Relaxed)
}

pub(super) fn something_waits() -> bool {
    waiting() > 0
}

/// So much was handed over.
pub(super) fn handed_over(pressure: usize) {
    // ORDERING: Relaxed: a number.
    HANDED_OVER.fetch_add(pressure, Ordering::Relaxed);
}
