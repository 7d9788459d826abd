//! When a grace period begins, and who looks whether it is over.
//!
//! What comes due from the epoch may still be in use under light pins, of which the epoch
//! knows nothing. So it waits in the queue of `due.rs` for a grace period (`light.rs`)
//! that begins after it came there. A *mark* goes into the queue when one begins: what is
//! in front of the mark may be run when that is over.
//!
//! Collections do all of it, and nobody waits: who finds another thread at it, or a reader
//! in the way, goes on, and a later collection looks again.

use super::due;
use super::reader::{LIGHTS, give_credit, give_record_back, has_used_up_its_credit};
use super::waiting::{ENDING, HANDED_OVER, MODE, ON, REFUSED};
use super::waiting::{is_waited_for, some_have_arrived, something_waits, waiting};
use crate::sync::real::locks::Mutex;
use crate::sync::real::membarrier;
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

thread_local! {
    // A cell without a destructor, which outlives every thread-local that may use a map
    // while it is being destroyed.

    static LAST_LOOK: Cell<Look> = const { Cell::new(Look::NONE) };
}

/// What a thread found when it looked after what is waiting, and the credit it got.
#[derive(Clone, Copy)]
struct Look {
    credit: i32,
    waiting: usize,
    handed_over: usize,
    /// Whether nobody had handed anything over since the look before.
    quiet: bool,
}

impl Look {
    const NONE: Self = Self {
        credit: LEAST_CREDIT,
        waiting: 0,
        handed_over: 0,
        quiet: false,
    };

    /// The one after this. While writers hand over, they free, too, and this thread looks
    /// ever more rarely; so it does where it does not help. Where writers have stopped, and
    /// there is less from one look to the next, it goes on.
    fn next(self) -> Self {
        let waiting = waiting();
        // ORDERING: Relaxed: a number.
        let handed_over = HANDED_OVER.load(Ordering::Relaxed);
        let quiet = handed_over == self.handed_over;
        let helps = quiet && (waiting < self.waiting || !self.quiet);
        let credit = if waiting == 0 || helps {
            LEAST_CREDIT
        } else {
            MOST_CREDIT.min(self.credit * 2)
        };
        Self {
            credit,
            waiting,
            handed_over,
            quiet,
        }
    }
}

/// After so many pins a thread looks after what is waiting.
pub(super) const LEAST_CREDIT: i32 = 256;

/// After so many, if the looks before were of no use.
const MOST_CREDIT: i32 = 1 << 16;

/// How much has to be handed over for a grace period, as `due.rs` counts it: 512 objects,
/// or 512 KiB.
const ENOUGH: usize = 8 * due::BYTES_BEFORE_COLLECTING;

/// What each record adds to that: then looking at it costs a fixed part of a retirement.
const ENOUGH_PER_RECORD: usize = 2 * due::LEAST;

/// Grace periods begin no closer to each other. Each interrupts every processor that runs
/// a thread of this process, for about a microsecond.
const LEAST_INTERVAL: Duration = Duration::from_micros(50);

/// Nor closer than so many times what the last fence took.
const FENCES_PER_INTERVAL: u32 = 8;

/// What waits, though it is little, begins one when threads have looked as often as there
/// are threads with a record, up to this.
const MOST_LOOKS: usize = 64;

/// Or at the first look when the last one began so long ago: of these threads most may be
/// idle.
const LONG_AGO: Duration = Duration::from_millis(10);

/// The credit of a thread that has left something that may be run.
const SHORT_CREDIT: i32 = 16;

/// So much more than enough begins one at once.
const FAR_MORE: usize = 8;

/// How often threads have looked after what waits since a grace period began last.
static LOOKS: AtomicUsize = AtomicUsize::new(0);

struct Grace {
    /// [`HANDED_OVER`] when a grace period began last.
    handed_over: usize,
    /// The generation of the one that is under way.
    under_way: Option<usize>,
    /// When it began, and how long its fence took.
    last: Option<(Instant, Duration)>,
}

static GRACE: Mutex<Grace> = Mutex::new(Grace {
    handed_over: 0,
    under_way: None,
    last: None,
});

/// Counts a pin of the epoch.
#[inline]
pub(super) fn count_pin() {
    // That of light pins, too: this pin is taken in the place of one.
    if has_used_up_its_credit() {
        look();
    }
}

/// This thread has used up its credit: it collects at the end of this call, if anything
/// waits at all.
#[cold]
#[inline(never)]
fn look() {
    let _ = LAST_LOOK.try_with(|last| {
        last.set(last.get().next());
        give_credit(last.get().credit);
    });
    look_if_something_waits();
    // ORDERING: Relaxed: `attend` waits until all have looked.
    if MODE.load(Ordering::Relaxed) == ENDING {
        give_record_back();
    }
}

/// This thread has freed all it knows of.
pub(super) fn rest() {
    let _ = LAST_LOOK.try_with(|last| last.set(Look::NONE));
    give_credit(LEAST_CREDIT);
}

/// If anything waits at all, this thread looks after it at the end of this call.
pub(super) fn look_if_something_waits() {
    if something_waits() {
        due::make_it_time();
    }
}

/// Something may be run and is left: this thread comes again soon.
pub(super) fn come_again_soon() {
    give_credit(SHORT_CREDIT);
}

/// The process's first insertion of a key: light pins are on from here, if the system has
/// a heavy fence.
#[cold]
pub(crate) fn switch_on() {
    static TRIED: AtomicBool = AtomicBool::new(false);
    // ORDERING: Relaxed: once, by whom does not matter.
    if TRIED.swap(true, Ordering::Relaxed) {
        return;
    }
    let full = std::env::var_os("READMOSTLY_PINS").is_some_and(|pins| pins == "full");
    let mode = if !full && membarrier::register() {
        ON
    } else {
        REFUSED
    };
    // ORDERING: SeqCst, pairs with `waits_for_nothing`.
    MODE.store(mode, Ordering::SeqCst);
}

/// What a collection does for light pins. `looks`: on account of what waits, and not
/// because this thread has retired enough.
pub(super) fn attend(looks: bool) {
    if is_waited_for() {
        // Else another thread is at it.
        if let Some(mut grace) = GRACE.try_lock() {
            let wanted = grace.is_wanted(looks);
            grace.go_on(wanted);
        }
    }
}

/// As [`attend`], for a flush: a grace period begins now, unless one is under way.
pub(super) fn hurry() {
    if is_waited_for() {
        if let Some(mut grace) = GRACE.try_lock() {
            grace.go_on(true);
        }
    }
}

impl Grace {
    /// Whether one should begin now.
    fn is_wanted(&self, looks: bool) -> bool {
        // ORDERING: Relaxed: a number.
        let handed_over = HANDED_OVER.load(Ordering::Relaxed);
        let handed_over = handed_over.wrapping_sub(self.handed_over);
        let enough = ENOUGH.max(ENOUGH_PER_RECORD.saturating_mul(LIGHTS.records()));
        let is_enough = handed_over >= enough;
        if handed_over >= FAR_MORE * enough {
            return true;
        }
        let looks = looks && something_waits() && {
            // ORDERING: Relaxed: a number.
            let looks = LOOKS.fetch_add(1, Ordering::Relaxed) + 1;
            let long_ago = |(began, _): (Instant, Duration)| began.elapsed() >= LONG_AGO;
            looks >= LIGHTS.readers().clamp(1, MOST_LOOKS) || self.last.is_none_or(long_ago)
        };
        let interval = |fence: Duration| {
            if looks {
                // Looks are rare. A fence in which its thread was preempted says nothing.
                LEAST_INTERVAL
            } else {
                LEAST_INTERVAL.max(fence * FENCES_PER_INTERVAL)
            }
        };
        let is_soon = |(began, fence): (Instant, Duration)| began.elapsed() < interval(fence);
        (looks || is_enough) && !self.last.is_some_and(is_soon)
    }

    /// Looks whether the one that is under way is over. If none is, begins one that is
    /// wanted.
    fn go_on(&mut self, wanted: bool) {
        // ORDERING: Relaxed: changed from `ON` or `ENDING` by who has this lock alone.
        match MODE.load(Ordering::Relaxed) {
            ON => {
                self.look_whether_over();
                if self.under_way.is_none() && wanted && some_have_arrived() {
                    self.begin();
                    self.look_whether_over();
                }
            }
            ENDING => {
                // A thread that reads now and then would go on for long.
                LIGHTS.take_credit_away();
                if LIGHTS.all_given_back() {
                    // ORDERING: SeqCst, as in `is_on`.
                    MODE.store(REFUSED, Ordering::SeqCst);
                    due::leave_the_rest();
                }
            }
            _ => {}
        }
    }

    fn begin(&mut self) {
        // ORDERING: Relaxed: a number.
        self.handed_over = HANDED_OVER.load(Ordering::Relaxed);
        // ORDERING: Relaxed: a number.
        LOOKS.store(0, Ordering::Relaxed);
        let began = Instant::now();
        self.under_way = LIGHTS.begin(due::add_mark, membarrier::heavy_fence);
        self.last = Some((began, began.elapsed()));
        if self.under_way.is_none() {
            // ORDERING: SeqCst, as in `is_on`.
            MODE.store(ENDING, Ordering::SeqCst);
        }
    }

    fn look_whether_over(&mut self) {
        if self
            .under_way
            .is_some_and(|generation| LIGHTS.is_over(generation))
        {
            self.under_way = None;
            due::one_more_is_over();
        }
    }
}
