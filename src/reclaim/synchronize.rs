//! How a thread waits until every guard is gone that was alive at some instant
//! (`cookies.rs`).
//!
//! The end of a guard tells nobody: it would cost each read. So the thread that waits looks
//! again and again. Each look is a collection, which may advance the epoch, and may run
//! destructors.

use super::cookies::{Cookie, Cookies};
use super::due::{self, AT_ONCE, Ran};
use super::flush::FLUSHED_AT_ONCE;
use super::grace;
use super::pin::{has_things, pin};
use super::thread::{Thread, with_thread};
use super::waiting::{ENDING, MODE, waiting};
use crate::sync::real::locks::{Mutex, holds_a_lock};
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

static COOKIES: Cookies = Cookies::new();

/// How many looks in a row may change nothing before a thread gives up. If no guard is in
/// the way, two advances of the epoch and two grace periods are enough, and each takes one
/// look or two.
const LOOKS_AT_MOST: usize = 16;

/// A thread that waits gives its time away so many times between two looks, and sleeps from
/// then on.
const YIELDS: u32 = 16;

/// The shortest sleep. It doubles from look to look, up to 16 times this.
const SLEEP: Duration = Duration::from_micros(50);

/// A cookie for this instant.
pub(crate) fn cookie() -> Cookie {
    COOKIES.take()
}

impl Cookie {
    /// Whether every guard is gone that was alive when it was taken. If not, helps: collects
    /// as long as that changes anything, and drops as many objects as a flush at the most. It
    /// does not help inside a destructor, nor while this thread holds a lock of the crate:
    /// destructors must not run then.
    pub(crate) fn is_over(self) -> bool {
        if COOKIES.is_over(self) {
            return true;
        }
        if due::is_running() || holds_a_lock() {
            return false;
        }
        self.begin();
        let (mut least, mut looks) = (waiting(), 0);
        let mut left = FLUSHED_AT_ONCE;
        while looks < LOOKS_AT_MOST && left >= AT_ONCE {
            left -= self.look().objects;
            if COOKIES.is_over(self) {
                return true;
            }
            looks += 1;
            // Other threads may hand over meanwhile, so the number may go up.
            if waiting() < least {
                (least, looks) = (waiting(), 0);
            }
        }
        false
    }

    /// Waits until it is over. The caller has asked [`can_wait`]. False: this thread can wait no
    /// longer. A destructor that a look ran has kept a guard, or light pins have begun to end.
    pub(crate) fn wait(self) -> bool {
        if COOKIES.is_over(self) {
            return true;
        }
        self.begin();
        let mut looks = 0;
        loop {
            self.look();
            if COOKIES.is_over(self) {
                return true;
            }
            if !can_wait() {
                return false;
            }
            looks += 1;
            match looks - YIELDS.min(looks) {
                0 => thread::yield_now(),
                more => thread::sleep(SLEEP * (1 << more.min(4))),
            }
        }
    }

    /// Begins a full grace period, unless one has begun since the cookie was taken. A look
    /// follows.
    fn begin(self) {
        if COOKIES.has_begun(self) {
            return;
        }
        let guard = pin();
        let number = COOKIES.begin();
        // SAFETY: the function owns what it captures, and that can be sent.
        unsafe { guard.defer_free(0, 0, move || COOKIES.end(number)) };
    }

    /// One collection. Hands over what `begin` has retired: so any thread that collects ends
    /// the grace period, also if this one never calls again.
    fn look(self) -> Ran {
        let guard = pin();
        guard.hand_over_all();
        grace::hurry();
        guard.run_at_most(AT_ONCE)
    }
}

/// The question that [`oldest_guard`] asks, and since when it has no answer.
static PROBE: Mutex<Option<(Cookie, Instant)>> = Mutex::new(None);

/// For how long at least some guard has been alive, as far as the calls of this function know.
/// None: every guard that was alive before this call is gone.
pub(crate) fn oldest_guard() -> Option<Duration> {
    // The lock is not held during a look: destructors must not run then.
    let asked = *PROBE.lock();
    let (cookie, since) = match asked {
        Some((cookie, since)) if !cookie.is_over() => return Some(since.elapsed()),
        _ => (cookie(), Instant::now()),
    };
    let is_over = cookie.is_over();
    *PROBE.lock() = (!is_over).then_some((cookie, since));
    (!is_over).then(|| since.elapsed())
}

/// Whether this thread may wait until every guard is gone that is alive now. Not if it would
/// wait for itself, or for ever:
///
/// - it holds a guard;
/// - it holds a lock of the crate, which another thread with a guard may wait for, or runs a
///   destructor: the destructors of others do not run on this thread then;
/// - it is exiting, and does not know its guards any more;
/// - light pins are ending: that takes as long as some idle thread keeps its record
///   (`waiting.rs`).
pub(crate) fn can_wait() -> bool {
    // ORDERING: Relaxed: a hint. A thread that waits asks again.
    let is_ending = MODE.load(Ordering::Relaxed) == ENDING;
    !is_ending
        && !due::is_running()
        && !holds_a_lock()
        && has_things()
        && with_thread(Thread::is_pinned) == Some(false)
}
