//! What has come due, and how much of it one call runs.
//!
//! crossbeam-epoch calls deferred functions in the middle of a pin or of a flush, up to
//! 8 times 64 of them. Destructors of the user's must not run there: they use maps, retire,
//! collect, and so come back to the same place. So the function that crossbeam-epoch calls
//! only adds a bag to a queue. A public call empties bags at its end, [`AT_ONCE`] objects at
//! the most (rule M8). It empties none
//!
//! - inside a destructor that another call runs: that call goes on with the queue
//!   afterwards;
//! - while the thread holds a lock of the crate: the destructor might want it.

use super::bag::{Bag, Deferred};
use super::closures;
use super::marks::Marks;
use super::queue::{Node, Queue, Taken};
use super::waiting;
use std::cell::Cell;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

/// How many objects (values, and entries with the value they still hold) one call
/// drops at the most.
pub(super) const AT_ONCE: usize = 1024;

/// How many objects a thread retires before it has to collect.
const OBJECTS_BEFORE_COLLECTING: usize = 64;

/// How many bytes a thread retires before it has to collect, however few objects
/// they are.
pub(super) const BYTES_BEFORE_COLLECTING: usize = 64 << 10;

/// A bit of the pressure: this thread should look after what is waiting.
const DUE: usize = 1 << (usize::BITS - 1);

/// What an object counts for at the least, in bytes.
pub(super) const LEAST: usize = BYTES_BEFORE_COLLECTING / OBJECTS_BEFORE_COLLECTING;

static QUEUE: Queue<Bag> = Queue::new();

/// The marks of grace periods in the queue.
static MARKS: Marks = Marks::new();

/// Whether something in the queue may be run. A thread clears it before it runs bags, and
/// sets it again if it leaves some.
static LEFT: AtomicBool = AtomicBool::new(false);

thread_local! {
    // None of these cells has a destructor, so they outlive every thread-local that
    // may use a map while it is being destroyed.

    /// Bytes this thread has retired since it last handed over, as they count, and
    /// [`DUE`].
    static PRESSURE: Cell<usize> = const { Cell::new(0) };

    /// Whether this thread is running destructors.
    static RUNNING: Cell<bool> = const { Cell::new(false) };

    /// How often this thread has renewed a pin, modulo 16.
    static RENEWALS: Cell<u8> = const { Cell::new(0) };
}

// `try_with` fails only on platforms that destroy even a cell without a destructor.

#[inline]
fn pressure() -> usize {
    PRESSURE.try_with(Cell::get).unwrap_or(0)
}

/// Counts what this thread has retired.
#[inline]
pub(super) fn retired(objects: usize, bytes: usize) {
    // The bounds are far more than there is memory for, and still below `DUE`.
    let counts = bytes.max(objects.saturating_mul(LEAST)).min(DUE >> 2);
    let _ = PRESSURE.try_with(|pressure| {
        let before = pressure.get();
        let sum = ((before & !DUE) + counts).min(DUE >> 1);
        pressure.set(before & DUE | sum);
    });
}

/// Whether this thread has retired enough, or should look after what is waiting, or some
/// thread left something that may be run.
#[inline]
pub(super) fn is_time() -> bool {
    pressure() >= BYTES_BEFORE_COLLECTING || is_left()
}

/// Whether this thread has retired enough.
pub(super) fn has_retired_enough() -> bool {
    pressure() & !DUE >= BYTES_BEFORE_COLLECTING
}

/// Makes this thread look after what is waiting, at the end of its call.
pub(super) fn make_it_time() {
    let _ = PRESSURE.try_with(|pressure| pressure.set(pressure.get() | DUE));
}

/// Whether this thread should look after what is waiting. Clears that, as the caller looks
/// now.
pub(super) fn takes_a_look() -> bool {
    let before = PRESSURE.try_with(|pressure| pressure.replace(pressure.get() & !DUE));
    before.is_ok_and(|before| before & DUE != 0)
}

/// This thread has handed over what it had retired. The result says how much, as it counts.
pub(super) fn handed_over() -> usize {
    let before = PRESSURE.try_with(|pressure| pressure.replace(pressure.get() & DUE));
    before.unwrap_or(0) & !DUE
}

/// Counts the renewal of a pin. True for one in 16.
pub(super) fn is_time_to_pin_anew() -> bool {
    let renewals = RENEWALS.try_with(|renewals| renewals.replace((renewals.get() + 1) % 16));
    renewals.is_ok_and(|before| before == 0)
}

/// Whether this thread is running destructors.
pub(super) fn is_running() -> bool {
    RUNNING.try_with(Cell::get).unwrap_or(false)
}

/// Adds a bag that the epoch has released. Runs nothing, allocates nothing.
pub(super) fn add(bag: Box<Node<Bag>>) {
    QUEUE.add(bag);
    waiting::one_has_arrived();
    if !waiting::is_waited_for() {
        leave_the_rest();
    }
}

/// Adds a mark: a grace period begins.
pub(super) fn add_mark() {
    QUEUE.add(Bag::mark());
}

/// A grace period is over: what is in front of its mark may be run.
pub(super) fn one_more_is_over() {
    MARKS.one_more_is_over();
    leave_the_rest();
}

/// Something may be run that this thread does not run now. Any thread that collects may.
pub(super) fn leave_the_rest() {
    // ORDERING: AcqRel, pairs with the swap in `run`.
    LEFT.swap(true, Ordering::AcqRel);
}

/// Whether something may be run and is left.
#[inline]
pub(super) fn is_left() -> bool {
    // ORDERING: Relaxed: a hint.
    LEFT.load(Ordering::Relaxed)
}

/// What one run came to.
pub(super) struct Ran {
    /// How many objects it dropped.
    pub(super) objects: usize,
    /// Whether there is more.
    pub(super) more: bool,
}

/// Runs what is due, the oldest first: `most` objects and [`AT_ONCE`] functions at the most.
/// `keep` gets the room of each emptied bag. The caller holds no lock of the crate and is not
/// inside a destructor that `run` called.
pub(super) fn run(most: usize, keep: impl Fn(Vec<Deferred>)) -> Ran {
    // ORDERING: AcqRel, pairs with the swap in `leave_the_rest`: what another thread left
    // before this swap is visible in the queue. What is left after this swap sets the flag
    // anew.
    LEFT.swap(false, Ordering::AcqRel);
    let (mut objects, mut functions) = (0, 0);
    let _ = RUNNING.try_with(|running| running.set(true));
    let more = loop {
        let mut is_too_much = false;
        let wanted = |bag: &Bag| {
            is_too_much = bag.objects() > most - objects || bag.len() > AT_ONCE - functions;
            let wanted = !is_too_much && (waiting::waits_for_nothing() || MARKS.front_may_go());
            if wanted && bag.is_mark() {
                MARKS.one_leaves();
            }
            wanted
        };
        match QUEUE.take_if(wanted) {
            Taken::Item(bag) if bag.is_mark() => {}
            Taken::Item(bag) => {
                waiting::one_less_waits(bag.amount());
                objects += bag.objects();
                functions += bag.len();
                let mut bag = bag.into_functions();
                for function in bag.drain(..) {
                    closures::apart(|| contain_panic(|| function.call()));
                }
                keep(bag);
            }
            Taken::Unwanted => break is_too_much,
            Taken::Busy => break true,
            Taken::Nothing => break false,
        }
    };
    let _ = RUNNING.try_with(|running| running.set(false));
    if more {
        leave_the_rest();
    }
    Ran { objects, more }
}

/// Runs a destructor of the user's on a thread that has nothing to do with it. A panic goes
/// no further than the panic hook.
pub(crate) fn contain_panic(free: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(free)) {
        if let Err(worse) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            // The payload panicked when it was dropped. The new payload might, too.
            mem::forget(worse);
        }
    }
}
