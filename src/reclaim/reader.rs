//! This thread as a reader: its record of light pins, and its credit.

use super::light::{LightGuard, Lights, Record};
use std::cell::Cell;
use std::ptr;

/// All records of this process.
pub(super) static LIGHTS: Lights = Lights::new();

/// The record of threads that have none.
static NONE: Record = Record::none();

thread_local! {
    // Neither cell has a destructor, so both outlive every thread-local that may use a
    // map while it is being destroyed.

    /// This thread's record, or [`NONE`].
    static RECORD: Cell<*const Record> = const { Cell::new(&raw const NONE) };

    /// How many pins of the epoch this thread takes before it looks after what is
    /// waiting. Its record has the same for light pins.
    static CREDIT: Cell<i32> = const { Cell::new(0) };
}

/// Counts a pin of the epoch. True: this thread has used up its credit.
#[inline(always)]
pub(super) fn has_used_up_its_credit() -> bool {
    let left = CREDIT.try_with(|credit| {
        credit.set(credit.get().wrapping_sub(1));
        credit.get()
    });
    let used_up = left.is_ok_and(|left| left < 0);
    // Looks at the record's credit, too: this pin may take the place of a light pin.
    used_up || mine().is_some_and(Record::has_no_credit)
}

/// The fast path to a light pin. None: this thread has no record, reads already, or has no
/// credit left. If it has no credit left, it takes a pin of the epoch and looks after what
/// is waiting.
#[inline(always)]
pub(crate) fn enter() -> Option<LightGuard> {
    mine()?.enter(&LIGHTS)
}

/// This thread's record, or [`NONE`].
#[inline(always)]
pub(super) fn mine() -> Option<&'static Record> {
    let record = RECORD.try_with(Cell::get).ok()?;
    // SAFETY: it is a record or `NONE`. Both live for ever.
    Some(unsafe { &*record })
}

/// Whether this is [`NONE`].
pub(super) fn is_none(record: &Record) -> bool {
    ptr::eq(record, &raw const NONE)
}

/// This thread has this record from now on.
pub(super) fn set(record: &'static Record) {
    let _ = RECORD.try_with(|mine| mine.set(record));
}

/// The next pin of the epoch on this thread looks after what is waiting.
pub(super) fn look_next() {
    let _ = CREDIT.try_with(|credit| credit.set(0));
}

/// Gives this thread's record back, if it has one. Until it gets another one, it takes no
/// light pin.
pub(super) fn give_record_back() {
    if let Some(record) = mine().filter(|record| !is_none(record)) {
        let _ = RECORD.try_with(|mine| mine.set(&raw const NONE));
        LIGHTS.give_back(record);
    }
}

/// This thread looks after what is waiting after so many pins.
pub(super) fn give_credit(pins: i32) {
    let _ = CREDIT.try_with(|credit| credit.set(pins));
    if let Some(record) = mine().filter(|record| !is_none(record)) {
        record.credit(pins);
    }
}
