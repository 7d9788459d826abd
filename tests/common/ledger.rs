//! Things that are counted: each of them must be dropped exactly once.

use readmostly::SyncMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

/// Far more flushes than it takes until a thread that has ended hands over what it
/// retired, and until a guard of another test goes.
pub(crate) const FLUSHES: usize = 10_000_000;

/// How often each [`Ticket`] was dropped.
///
/// A `static` of each test: a ticket owns no memory, so that one that is dropped
/// twice is found out here and not by the allocator.
pub(crate) struct Ledger(Mutex<Entries>);

struct Entries {
    /// By the number of the ticket.
    drops: Vec<u8>,
    live: usize,
    dropped_twice: Option<usize>,
}

/// Part of a key or a value: says when that is dropped, and notices when it is
/// used afterwards. A clone is another ticket.
pub(crate) struct Ticket {
    number: usize,
    ledger: &'static Ledger,
}

impl Ledger {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(Entries {
            drops: Vec::new(),
            live: 0,
            dropped_twice: None,
        }))
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn issue(&'static self) -> Ticket {
        let mut entries = self.entries();
        entries.drops.push(0);
        entries.live += 1;
        Ticket {
            number: entries.drops.len() - 1,
            ledger: self,
        }
    }

    /// How many tickets are not dropped yet. Panics if one was dropped twice.
    pub(crate) fn live(&self) -> usize {
        let entries = self.entries();
        let twice = entries.dropped_twice;
        let live = entries.live;
        drop(entries);
        assert_eq!(twice, None, "dropped more than once");
        live
    }

    /// Hurries reclamation along until no more than `live` tickets are left, and
    /// asserts that it comes to exactly that when this thread has nothing left
    /// to be freed. No guard may be held.
    pub(crate) fn settles_at(&self, live: usize) {
        let any = SyncMap::<(), ()>::new();
        let mut flushes = 0;
        while !any.flush() || self.live() > live {
            flushes += 1;
            assert!(flushes < FLUSHES, "{} left, not {live}", self.live());
            thread::yield_now();
        }
        assert_eq!(self.live(), live, "dropped too early");
    }
}

impl Ticket {
    /// Panics if this has been dropped already.
    pub(crate) fn check(&self) {
        let drops = self.ledger.entries().drops[self.number];
        assert_eq!(drops, 0, "used after its drop");
    }
}

impl Clone for Ticket {
    fn clone(&self) -> Self {
        self.check();
        self.ledger.issue()
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut entries = self.ledger.entries();
        let drops = &mut entries.drops[self.number];
        *drops = drops.saturating_add(1);
        match *drops {
            1 => entries.live -= 1,
            _ => entries.dropped_twice = Some(self.number),
        }
    }
}
