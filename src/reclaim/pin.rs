//! How a thread pins: fully, or lightly.

use super::due;
use super::exit::{first_use, pin_at_exit};
use super::grace::{self, LEAST_CREDIT};
use super::guard::Guard;
use super::light::LightGuard;
use super::reader::{self, LIGHTS, is_none, look_next, mine};
use super::thread::{Thread, with_thread};
use super::waiting::{is_on, something_waits};

/// Pins the current thread. Runs nothing of the user's.
#[inline]
pub(crate) fn pin() -> Guard {
    with_thread(Thread::pin).unwrap_or_else(pin_at_first)
}

#[cold]
fn pin_at_first() -> Guard {
    first_use();
    with_thread(Thread::pin).unwrap_or_else(pin_at_exit)
}

/// Makes this thread's own things, unless it has them. False: it is exiting.
pub(super) fn has_things() -> bool {
    with_thread(|_| ()).is_some() || first_use()
}

impl Guard {
    /// Releases and re-acquires the pin. Has no effect while another guard of this thread
    /// is alive.
    pub(crate) fn repin(&mut self) {
        self.0.repin();
        if due::is_time_to_pin_anew() {
            // crossbeam-epoch collects in one of 128 pins, and in no `repin`. Without a pin
            // now and then, threads that only renew a pin would let nothing come due.
            // The pin needs the participant, which the thread's own things hold.
            with_thread(|_| self.0.repin_after(|| ()));
            grace::count_pin();
        }
    }
}

/// The slow path of [`enter`](reader::enter): a light pin inside another one of this thread,
/// or this thread's first light pin. None: take a full pin.
#[inline]
pub(crate) fn enter_again() -> Option<LightGuard> {
    // If light pins are ending, a full pin is enough, also inside a light pin: nothing that
    // a light pin protects is freed before all of them have ended.
    if is_on() { enter_slow() } else { None }
}

#[inline(never)]
fn enter_slow() -> Option<LightGuard> {
    let record = mine()?;
    if !is_none(record) {
        return record.enter_again();
    }
    // The end of the thread's own things gives the record back. So they come first.
    if !has_things() {
        return None;
    }
    let record = LIGHTS.record();
    // Two things may have happened meanwhile. Another thread has begun to end light pins,
    // and may not have seen this record (`waiting.rs`). Or the allocator has used a map, and
    // so this thread has a record already.
    if !is_on() || !is_none(mine()?) {
        LIGHTS.give_back(record);
        return None;
    }
    reader::set(record);
    record.credit(LEAST_CREDIT);
    if something_waits() {
        // This thread may read rarely: it looks after what waits at once.
        look_next();
        return None;
    }
    record.enter(&LIGHTS)
}
