//! Light pins (`reclaim/light.rs`) in the models that switch them on.
//!
//! # What has come due
//!
//! `reclaim/grace.rs` and `reclaim/due.rs` are not part of the models. What they do about
//! grace periods is here, over the same queue and the same marks: a mark, a grace period, a
//! look whether that is over, and then a run of what is in front of the mark. Each model
//! says when that is done. Nothing happens by itself.
//!
//! The queue and its marks are those of the real build. All the rest is outside the model,
//! so that it adds no edge.

use super::due::{self, add_mark, one_more_is_over, take_ripe};
use super::epoch::is_full_pin_in_the_way;
use crate::reclaim::light::{LightGuard, Lights, Record};
use crate::sync::model::heavy_fence::{self, heavy_fence};
use crate::sync::model::thread::model_thread_local;
use std::cell::Cell;

/// What one execution has.
struct On {
    lights: Lights,
    /// The generation of the grace period that is under way.
    under_way: Cell<Option<usize>>,
}

thread_local! {
    /// None: light pins are off. loom runs the threads of a model on one thread of the
    /// system. So they share this, and loom does not see it.
    static ON: Cell<Option<&'static On>> = const { Cell::new(None) };
}

model_thread_local! {
    /// This thread's record.
    static RECORD: Cell<Option<&'static Record>> = Cell::new(None);
}

/// As in `reclaim/reader.rs`.
pub(crate) fn enter() -> Option<LightGuard> {
    let record = RECORD.try_with(Cell::get).ok()??;
    record.enter(&ON.get()?.lights)
}

/// As in `reclaim/pin.rs`.
pub(crate) fn enter_again() -> Option<LightGuard> {
    let on = ON.get()?;
    let mine = RECORD.try_with(Cell::get).ok()?;
    if let Some(record) = mine {
        return record.enter_again();
    }
    let record = on.lights.record();
    let _ = RECORD.try_with(|mine| mine.set(Some(record)));
    record.enter(&on.lights)
}

/// Makes the calling thread's record, if light pins are on.
#[cfg(crossbeam_loom)]
pub fn take_a_record() {
    drop(enter_again());
}

/// Light pins are on from here to the end of this execution: what is retired waits for a
/// grace period.
pub fn switch_light_pins_on() {
    end();
    ON.set(Some(Box::leak(Box::new(On {
        lights: Lights::new(),
        under_way: Cell::new(None),
    }))));
    heavy_fence::begin();
    due::begin();
}

/// Switches light pins off and frees what is left, at the end of an execution whose threads
/// have been joined.
pub fn end_light_pins() {
    due::forget_cookies();
    end();
}

fn end() {
    if let Some(on) = ON.take() {
        // SAFETY: leaked when light pins were switched on, and taken out of `ON`: no thread can
        // find it.
        let on = unsafe { Box::from_raw(std::ptr::from_ref(on).cast_mut()) };
        due::end();
        drop(on);
    }
    heavy_fence::end();
}

/// Frees everything that was deferred in this execution, whose threads have
/// been joined and whose maps are gone.
#[cfg(not(crossbeam_loom))]
pub fn free_garbage() {
    end_light_pins();
    super::kept::free_all();
}

/// Leaks everything that was deferred in this execution, which has gone wrong: something in it
/// may be freed already.
#[cfg(not(crossbeam_loom))]
pub fn forget_garbage() {
    ON.set(None);
    due::forget();
    heavy_fence::end();
    super::kept::forget_all();
}

/// Gives the calling thread's record back, as at the end of a thread.
pub fn end_of_thread() {
    let mine = RECORD.with(Cell::take);
    if let (Some(record), Some(on)) = (mine, ON.get()) {
        on.lights.give_back(record);
    }
}

/// Looks whether the grace period that is under way is over. If none is under way, begins one
/// and looks whether it is over. One thread at a time may call this.
pub fn begin_or_go_on() {
    let Some(on) = ON.get() else { return };
    on.look_whether_over();
    if on.under_way.get().is_none() {
        on.under_way.set(on.lights.begin(add_mark, heavy_fence));
        on.look_whether_over();
    }
}

impl On {
    fn look_whether_over(&self) {
        let generation = self.under_way.get();
        if generation.is_some_and(|generation| self.lights.is_over(generation)) {
            self.under_way.set(None);
            one_more_is_over();
        }
    }
}

/// Runs what has come due and need not wait any more. The result says how many functions.
pub fn run_due() -> usize {
    if ON.get().is_none() || is_full_pin_in_the_way() {
        return 0;
    }
    let ripe = std::iter::from_fn(take_ripe);
    ripe.map(|free| free()).count()
}
