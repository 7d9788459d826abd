//! Light pins (`light.rs`) in the models that switch them on, and the heavy fence.
//!
//! # Heavy fence
//!
//! loom has none. Here a number outside the model says how many there were. Every thread
//! of the model takes part in them late, before its next access to an atomic: it acquires
//! what the thread that called the heavy fence has released. A load may be chosen before
//! the heavy fence and made after it, so it is made anew if the number has changed
//! meanwhile.
//!
//! The real one does more. The other threads execute their fences within the call, so what
//! they have done before that happens before what the caller does next. Here it does not: a
//! thread that takes part releases nothing, as it does so later than the real one, and may
//! have looked at something in between. The scan of the stamps reads the newest values
//! (`AtomicUsize::newest`), but all edges come from the protocol's own orderings.
//!
//! # What has come due
//!
//! `grace.rs` and `due.rs` are not part of the models. What they do about grace periods is
//! here, over the same queue and the same marks: a mark, a grace period, a look whether that
//! is over, and then what is in front of the mark is run. When that is done is for each
//! model to say; nothing happens by itself.
//!
//! All of this is outside the model, so that it adds no edge, except for the queue and its
//! marks, which are what the real build has.

use super::due::DueQueue;
use super::epoch::is_full_pin_in_the_way;
use crate::sync::Ordering;
use crate::sync::light::{LightGuard, Lights, Record};
use loom::sync::atomic::AtomicUsize;
use std::cell::Cell;

/// A function that frees something.
pub(super) type Free = Box<dyn FnOnce()>;

/// What one execution has.
struct On {
    lights: Lights,
    /// Carries what the callers of heavy fences know.
    heavy: AtomicUsize,
    due: DueQueue<Free>,
    /// The generation of the grace period that is under way.
    under_way: Cell<Option<usize>>,
}

thread_local! {
    // loom runs the threads of a model on one thread of the system, which is why they
    // share these, unseen by loom.

    /// None: light pins are off.
    static ON: Cell<Option<&'static On>> = const { Cell::new(None) };

    /// How many heavy fences there were in this execution.
    static HEAVY_FENCES: Cell<usize> = const { Cell::new(0) };
}

loom::thread_local! {
    /// This thread's record.
    static RECORD: Cell<Option<&'static Record>> = Cell::new(None);

    /// In how many heavy fences this thread has taken part.
    static TAKEN_PART: Cell<usize> = Cell::new(0);
}

/// Takes part in the heavy fences so far, before an access to an atomic.
pub(super) fn take_part() {
    let Some(on) = ON.get() else { return };
    let _ = TAKEN_PART.try_with(|taken_part| {
        if taken_part.get() != HEAVY_FENCES.get() {
            // ORDERING: Acquire, pairs with the Release in `heavy_fence`. It fails, and so
            // stores nothing: a thread that takes part shows nothing to others.
            let acquire = Ordering::Acquire;
            let none = usize::MAX;
            let _ = on.heavy.compare_exchange(none, none, acquire, acquire);
            // No other thread has run since.
            taken_part.set(HEAVY_FENCES.get());
        }
    });
}

/// Takes part, and loads after the last heavy fence that came meanwhile.
pub(super) fn taking_part<R>(load: impl Fn() -> R) -> R {
    loop {
        take_part();
        let fences = HEAVY_FENCES.get();
        let loaded = load();
        if fences == HEAVY_FENCES.get() {
            return loaded;
        }
    }
}

fn heavy_fence(on: &On) -> bool {
    // ORDERING: Release, pairs with the Acquire in `take_part`.
    on.heavy.fetch_add(1, Ordering::Release);
    HEAVY_FENCES.set(HEAVY_FENCES.get() + 1);
    true
}

/// As in `grace.rs`. None, too: light pins are off.
pub(crate) fn enter() -> Option<LightGuard> {
    let record = RECORD.try_with(Cell::get).ok()??;
    record.enter(&ON.get()?.lights)
}

/// As in `grace.rs`.
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
    end_light_pins();
    ON.set(Some(Box::leak(Box::new(On {
        lights: Lights::new(),
        heavy: AtomicUsize::new(0),
        due: DueQueue::new(),
        under_way: Cell::new(None),
    }))));
}

#[cfg(not(crossbeam_loom))]
pub(super) fn is_on() -> bool {
    ON.get().is_some()
}

/// Frees what is left, at the end of an execution whose threads have been joined.
pub fn end_light_pins() {
    if let Some(on) = ON.take() {
        // SAFETY: leaked when light pins were switched on, and no longer to be found.
        let on = unsafe { Box::from_raw(std::ptr::from_ref(on).cast_mut()) };
        while let (Some(free), _) = on.due.take() {
            free();
        }
    }
    HEAVY_FENCES.set(0);
}

/// Gives the calling thread's record back, as a thread does that ends.
pub fn end_of_thread() {
    let mine = RECORD.with(Cell::take);
    if let (Some(record), Some(on)) = (mine, ON.get()) {
        on.lights.give_back(record);
    }
}

/// No pin of the epoch is in the way of `free` any more.
pub(super) fn add_due(free: Free) {
    match ON.get() {
        Some(on) => on.due.add(free),
        None => free(),
    }
}

/// Looks whether the grace period that is under way is over. If none is, begins one, and
/// looks whether it is over. One thread at a time.
pub fn begin_or_go_on() {
    let Some(on) = ON.get() else { return };
    on.look_whether_over();
    if on.under_way.get().is_none() {
        let mark = || on.due.add_mark();
        on.under_way.set(on.lights.begin(mark, || heavy_fence(on)));
        on.look_whether_over();
    }
}

impl On {
    fn look_whether_over(&self) {
        let generation = self.under_way.get();
        if generation.is_some_and(|generation| self.lights.is_over(generation)) {
            self.under_way.set(None);
            self.due.one_more_is_over();
        }
    }
}

/// Runs what has come due and need not wait any more: so many functions.
pub fn run_due() -> usize {
    let Some(on) = ON.get() else { return 0 };
    if is_full_pin_in_the_way() {
        return 0;
    }
    let ripe = std::iter::from_fn(|| on.due.take_ripe().0);
    ripe.map(|free| free()).count()
}
