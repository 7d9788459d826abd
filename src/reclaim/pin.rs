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

/// Whether this thread has its own things, from now on at the latest. False: it is exiting.
fn has_things() -> bool {
    with_thread(|_| ()).is_some() || first_use()
}

impl Guard {
    /// Releases and re-acquires the pin. Has no effect while another guard of this thread
    /// is alive.
    pub(crate) fn repin(&mut self) {
        self.0.repin();
        if due::is_time_to_pin_anew() {
            // crossbeam-epoch collects in one of 128 pins, and in no `repin`: without
            // this, threads that only renew a pin would never let anything come due.
            // It needs the handle that the thread's own things hold.
            with_thread(|_| self.0.repin_after(|| ()));
            grace::count_pin();
        }
    }
}

/// What [`enter`] leaves to the long way: a light pin within another one of this thread,
/// and this thread's first. None: take a full pin.
#[inline]
pub(crate) fn enter_again() -> Option<LightGuard> {
    // Where they are not, a full pin is enough, within a light one too: nothing is run
    // before light pins have ended.
    if is_on() { enter_the_long_way() } else { None }
}

#[inline(never)]
fn enter_the_long_way() -> Option<LightGuard> {
    let record = mine()?;
    if !is_none(record) {
        return record.enter_again();
    }
    // Its end gives the record back.
    if !has_things() {
        return None;
    }
    let record = LIGHTS.record();
    // Light pins may have ended meanwhile: who ended them may have looked before. And an
    // allocator that uses a map may have come by here in between.
    if !is_on() || !is_none(mine()?) {
        LIGHTS.give_back(record);
        return None;
    }
    reader::set(record);
    record.credit(LEAST_CREDIT);
    if something_waits() {
        // This thread may not read often: it looks at once.
        look_next();
        return None;
    }
    record.enter(&LIGHTS)
}
