//! Whether what comes due from the epoch has to wait for a grace period, and how much waits.
//!
//! # Modes
//!
//! Light pins are off at first. They are on from the process's first insertion of a key, if
//! the system has a heavy fence. If the heavy fence is refused later, they end: threads give
//! their records back and take full pins. When no thread has a record any more, light pins
//! are off for good. While they end, no grace period ends: without the heavy fence no thread
//! can know that a reader is gone.
//!
//! # When light pins end
//!
//! A thread may take a record (the reader) while another thread ends light pins (the ender).
//! Each stores, executes a SeqCst fence, and loads:
//!
//! - *Reader*: 1. take a record; 2. fence (both in `Lights::record`); 3. load the mode.
//! - *Ender*: 1. store [`ENDING`]; 2. fence; 3. load whether any record has an owner (both in
//!   `Lights::all_given_back`).
//!
//! The two fences have one order:
//!
//! - The reader's comes first: the ender sees that the record has an owner. Light pins go on
//!   ending until the reader has given it back.
//! - The ender's comes first: the reader sees that light pins are not on. It gives the record
//!   back and takes a full pin.

use super::bag::Amount;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};

pub(super) const OFF: u8 = 0;
pub(super) const ON: u8 = 1;
/// The heavy fence was refused, and some threads may still have a record.
pub(super) const ENDING: u8 = 2;
/// Light pins are off, for good.
pub(super) const REFUSED: u8 = 3;

pub(super) static MODE: AtomicU8 = AtomicU8::new(OFF);

/// What has been handed over, as `due.rs` counts it. Wraps.
pub(super) static HANDED_OVER: AtomicUsize = AtomicUsize::new(0);

/// How many bags were handed over and have not been run.
static WAITING: AtomicUsize = AtomicUsize::new(0);

/// What these bags free: objects, and bytes.
static OBJECTS: AtomicUsize = AtomicUsize::new(0);
static BYTES: AtomicUsize = AtomicUsize::new(0);

/// Whether something has come due since the last grace period began.
static ARRIVED: AtomicBool = AtomicBool::new(false);

#[inline]
pub(super) fn is_on() -> bool {
    // ORDERING: SeqCst, with the fences of `Lights::record` and `all_given_back`: a thread
    // that takes a record and finds light pins on is seen by the thread that ends them.
    MODE.load(Ordering::SeqCst) == ON
}

/// Whether what the epoch has released may be run at once: there are no light pins.
pub(super) fn waits_for_nothing() -> bool {
    // ORDERING: SeqCst, pairs with the fence in `Lights::record`. Two cases in which this
    // load finds no light pins:
    // 1. `OFF`: the load comes before the fence of every thread that takes a record. So no
    //    light pin finds what is run now.
    // 2. `REFUSED`: every record was given back before.
    matches!(MODE.load(Ordering::SeqCst), OFF | REFUSED)
}

/// Whether what comes due from the epoch has to wait for a grace period.
pub(super) fn is_waited_for() -> bool {
    // ORDERING: Relaxed: a hint for when to look. `waits_for_nothing` decides.
    matches!(MODE.load(Ordering::Relaxed), ON | ENDING)
}

/// A bag has come due.
pub(super) fn one_has_arrived() {
    // ORDERING: Relaxed: a hint. If it is seen late, a grace period begins late.
    ARRIVED.store(true, Ordering::Relaxed);
}

/// Whether any bag has come due since the last call. If none has, a grace period would
/// release nothing.
pub(super) fn some_have_arrived() -> bool {
    // ORDERING: Relaxed, as in `one_has_arrived`.
    ARRIVED.swap(false, Ordering::Relaxed)
}

/// A bag has been handed over.
pub(super) fn one_more_waits(amount: Amount) {
    // ORDERING: Relaxed: numbers.
    WAITING.fetch_add(1, Ordering::Relaxed);
    // ORDERING: as above.
    OBJECTS.fetch_add(amount.objects, Ordering::Relaxed);
    // ORDERING: as above.
    BYTES.fetch_add(amount.bytes, Ordering::Relaxed);
}

/// A bag is being run.
pub(super) fn one_less_waits(amount: Amount) {
    // ORDERING: Relaxed: numbers.
    WAITING.fetch_sub(1, Ordering::Relaxed);
    // ORDERING: as above.
    OBJECTS.fetch_sub(amount.objects, Ordering::Relaxed);
    // ORDERING: as above.
    BYTES.fetch_sub(amount.bytes, Ordering::Relaxed);
}

/// What the bags free that were handed over and have not been run. The two numbers may be of
/// slightly different instants.
pub(crate) fn amount_waiting() -> (usize, usize) {
    // ORDERING: Relaxed: numbers.
    (
        OBJECTS.load(Ordering::Relaxed),
        BYTES.load(Ordering::Relaxed),
    )
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
