//! When a grace period begins, and who looks whether it is over.
//!
//! What comes due from the epoch may still be in use under light pins, of which the epoch
//! knows nothing. So it waits in the queue of `due.rs` for a grace period (`light.rs`)
//! that begins after it came there. A *mark* goes into the queue when one begins: what is
//! in front of the mark may be run when that is over.
//!
//! Collections do all of it, and nobody waits: who finds another thread at it, or a reader
//! in the way, goes on, and a later collection looks again.
//!
//! # Modes
//!
//! Light pins are off at first, and on from the process's first insertion of a key on, if
//! the system has a heavy fence. If that is refused later, they end: threads give their
//! records back and take full pins; when no thread has a record any more, they are off.
//! While they end nothing is freed: without the fence nobody can say that a reader is gone.

use super::due;
use super::held::Mutex;
use super::light::{LightGuard, Lights, Record};
use super::membarrier;
use super::thread::with_thread;
use std::cell::Cell;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// All records of this process.
pub(super) static LIGHTS: Lights = Lights::new();

/// Of threads that have none.
static NONE: Record = Record::none();

thread_local! {
    // Neither cell has a destructor, so both outlive every thread-local that may use a
    // map while it is being destroyed.

    /// This thread's record, or [`NONE`].
    static RECORD: Cell<*const Record> = const { Cell::new(&raw const NONE) };

    /// How many pins of the epoch this thread takes before it looks after what is
    /// waiting. For light pins its record has the same.
    static CREDIT: Cell<i32> = const { Cell::new(0) };

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
const LEAST_CREDIT: i32 = 256;

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

const OFF: u8 = 0;
const ON: u8 = 1;
/// The heavy fence was refused: some threads still have a record.
const ENDING: u8 = 2;
/// As [`OFF`], for good.
const REFUSED: u8 = 3;

static MODE: AtomicU8 = AtomicU8::new(OFF);

/// What has been handed over, as `due.rs` counts it. Wraps.
static HANDED_OVER: AtomicUsize = AtomicUsize::new(0);

/// Bags that were handed over and have not been run.
static WAITING: AtomicUsize = AtomicUsize::new(0);

/// How often threads have looked after what waits since a grace period began last.
static LOOKS: AtomicUsize = AtomicUsize::new(0);

/// Whether something has come due since a grace period began last.
static ARRIVED: AtomicBool = AtomicBool::new(false);

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
    let left = CREDIT.try_with(|credit| {
        credit.set(credit.get().wrapping_sub(1));
        credit.get()
    });
    let used_up = left.is_ok_and(|left| left < 0);
    // That of light pins, too: this pin is taken in the place of one.
    if used_up || mine().is_some_and(Record::has_no_credit) {
        look();
    }
}

/// A light pin. None: light pins are off; or this thread reads already, has no record
/// yet, or should look after what is waiting, and takes a pin of the epoch for that.
#[inline(always)]
pub(crate) fn enter() -> Option<LightGuard> {
    mine()?.enter(&LIGHTS)
}

/// This thread's record, or [`NONE`].
#[inline(always)]
fn mine() -> Option<&'static Record> {
    let record = RECORD.try_with(Cell::get).ok()?;
    // SAFETY: it is a record, and that lives for ever, or `NONE`.
    Some(unsafe { &*record })
}

/// Whether this is no record.
fn is_none(record: &Record) -> bool {
    ptr::eq(record, &raw const NONE)
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
    with_thread(|_| ())?;
    let record = LIGHTS.record();
    // Light pins may have ended meanwhile: who ended them may have looked before. And an
    // allocator that uses a map may have come by here in between.
    if !is_on() || !is_none(mine()?) {
        LIGHTS.give_back(record);
        return None;
    }
    let _ = RECORD.try_with(|mine| mine.set(record));
    record.credit(LEAST_CREDIT);
    if something_waits() {
        // This thread may not read often: it looks at once.
        look_next();
        return None;
    }
    record.enter(&LIGHTS)
}

/// The next pin of the epoch on this thread looks after what is waiting.
fn look_next() {
    let _ = CREDIT.try_with(|credit| credit.set(0));
}

/// This thread does without its record from now on.
pub(super) fn give_record_back() {
    if let Some(record) = mine().filter(|record| !is_none(record)) {
        let _ = RECORD.try_with(|mine| mine.set(&raw const NONE));
        LIGHTS.give_back(record);
    }
}

#[inline]
fn is_on() -> bool {
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
fn some_have_arrived() -> bool {
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

fn waiting() -> usize {
    // ORDERING: Relaxed: a number.
    WAITING.load(Ordering::Relaxed)
}

fn something_waits() -> bool {
    waiting() > 0
}

/// So much was handed over.
pub(super) fn handed_over(pressure: usize) {
    // ORDERING: Relaxed: a number.
    HANDED_OVER.fetch_add(pressure, Ordering::Relaxed);
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

fn give_credit(pins: i32) {
    let _ = CREDIT.try_with(|credit| credit.set(pins));
    if let Some(record) = mine().filter(|record| !is_none(record)) {
        record.credit(pins);
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
