//! When a grace period begins, and when threads look whether it is over.
//!
//! What comes due from the epoch may still be in use under light pins, which the epoch does
//! not know. So it waits in the queue of `due.rs` for a grace period (`light.rs`) that
//! begins later. When a grace period begins, a *mark* goes into the queue. When it is over,
//! what is in front of the mark may be run.
//!
//! Collections do all of that, and no thread waits. A collection that finds another thread
//! at it, or a reader in the way, goes on without. A later collection looks again.

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

    /// The next look. Its credit is the least if nothing waits, or if writers have stopped
    /// and looks help: less waits than at the look before, or writers had not stopped then.
    /// Else the credit is doubled: a look does not help, or writers still hand over, and so
    /// free, too.
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

/// The least pins from one look of a thread after what is waiting to the next.
pub(super) const LEAST_CREDIT: i32 = 256;

/// The most pins from one look to the next, where looks do not help.
const MOST_CREDIT: i32 = 1 << 16;

/// How much has to be handed over for a grace period, as `due.rs` counts it: 512 objects,
/// or 512 KiB.
const ENOUGH: usize = 8 * due::BYTES_BEFORE_COLLECTING;

/// What each record adds to [`ENOUGH`]. So looks at records cost a fixed part of what
/// retirements cost.
const ENOUGH_PER_RECORD: usize = 2 * due::LEAST;

/// The least time from the beginning of one grace period to the next, but for a flush and
/// [`FAR_MORE`]. Each interrupts every processor that runs a thread of this process, for
/// about a microsecond.
const LEAST_INTERVAL: Duration = Duration::from_micros(50);

/// The least time is also so many times what the last heavy fence took.
const FENCES_PER_INTERVAL: u32 = 8;

/// If less than enough was handed over, a grace period begins when threads have looked as
/// often as there are threads with a record, or so often.
const MOST_LOOKS: usize = 64;

/// If the last grace period began so long ago, the next one begins at the first look: most
/// of the threads with a record may be idle.
const LONG_AGO: Duration = Duration::from_millis(10);

/// The credit of a thread that has left something that may be run.
const SHORT_CREDIT: i32 = 16;

/// If so many times as much as is enough was handed over, a grace period begins at once.
const FAR_MORE: usize = 8;

/// How often threads have looked after what waits since the last grace period began.
static LOOKS: AtomicUsize = AtomicUsize::new(0);

struct Grace {
    /// [`HANDED_OVER`] when the last grace period began.
    handed_over: usize,
    /// The generation of the grace period that is under way.
    under_way: Option<usize>,
    /// When the last grace period began, and how long its heavy fence took.
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
    // ORDERING: Relaxed: a hint. Light pins end only when every record was given back.
    if MODE.load(Ordering::Relaxed) == ENDING {
        give_record_back();
    }
}

/// This thread has freed all that it knows of: it starts again with the least credit.
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

/// Something may be run and is left: this thread looks again soon.
pub(super) fn come_again_soon() {
    give_credit(SHORT_CREDIT);
}

/// The process's first insertion of a key: light pins are on from here, if the system has
/// a heavy fence.
#[cold]
pub(crate) fn switch_on() {
    static TRIED: AtomicBool = AtomicBool::new(false);
    // ORDERING: Relaxed: one thread gets `false`. It does not matter which.
    if TRIED.swap(true, Ordering::Relaxed) {
        return;
    }
    let full = std::env::var_os("READMOSTLY_PINS").is_some_and(|pins| pins == "full");
    let mode = if !full && membarrier::register() {
        ON
    } else {
        REFUSED
    };
    // ORDERING: SeqCst, pairs with the load in `waits_for_nothing`.
    MODE.store(mode, Ordering::SeqCst);
}

/// What a collection does for light pins. `looks`: this thread should look after what waits.
pub(super) fn attend(looks: bool) {
    if is_waited_for() {
        // If the lock is held, another thread is at it.
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
    /// Whether a grace period should begin now.
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
                // Looks are rare. A fence may have taken long because its thread was preempted.
                LEAST_INTERVAL
            } else {
                LEAST_INTERVAL.max(fence * FENCES_PER_INTERVAL)
            }
        };
        let is_soon = |(began, fence): (Instant, Duration)| began.elapsed() < interval(fence);
        (looks || is_enough) && !self.last.is_some_and(is_soon)
    }

    /// Looks whether the grace period that is under way is over. If none is under way, begins
    /// one if it is wanted.
    fn go_on(&mut self, wanted: bool) {
        // ORDERING: Relaxed: only the holder of this lock changes `ON` or `ENDING`.
        match MODE.load(Ordering::Relaxed) {
            ON => {
                self.look_whether_over();
                if self.under_way.is_none() && wanted && some_have_arrived() {
                    self.begin();
                    self.look_whether_over();
                }
            }
            ENDING => {
                // Without credit, a thread gives its record back at its next read. With it, a
                // thread that reads rarely would keep its record for long.
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
