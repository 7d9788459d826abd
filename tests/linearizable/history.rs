//! A history: which calls were made, when each began and ended, and what came of
//! it.
//!
//! # The clock
//!
//! A counter that all threads of a history share. A call that begins reads it,
//! and one that ends adds one to it. So one call is taken to precede another only
//! if the second read the clock after the first had added to it, and then the
//! first happens before the second (an acquiring load of what a releasing
//! addition wrote, or a later one). That is what linearizability asks of the
//! order, and no more: a load that comes early makes calls overlap that did not,
//! and never the other way round. One addition a call is all that is shared; the
//! records are each thread's own.
//!
//! The addition is a barrier, so what threads do that have none between two calls
//! is not seen here, but in `tests/across_keys.rs`.

use crate::call::{Call, Outcome};
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};

pub(crate) struct Clock(AtomicU64);

impl Clock {
    pub(crate) const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    pub(crate) fn begin(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }

    pub(crate) fn end(&self) -> u64 {
        self.0.fetch_add(1, Ordering::AcqRel)
    }
}

/// A call that was made.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) thread: usize,
    /// The clock when it began.
    pub(crate) begin: u64,
    /// The clock before it ended. No two calls have the same.
    pub(crate) end: u64,
    /// Whether it was made through a pin that the thread held.
    pub(crate) pinned: bool,
    pub(crate) call: Call,
    pub(crate) outcome: Outcome,
}

impl Record {
    /// When it began, on one scale with [`ended`](Self::ended).
    pub(crate) fn began(&self) -> u64 {
        2 * self.begin
    }

    pub(crate) fn ended(&self) -> u64 {
        2 * self.end + 1
    }

    pub(crate) fn precedes(&self, other: &Self) -> bool {
        self.ended() < other.began()
    }

    /// Whether the two are of different threads, and which came first shows only
    /// in what they did.
    pub(crate) fn races(&self, other: &Self) -> bool {
        let apart = self.precedes(other) || other.precedes(self);
        self.thread != other.thread && !apart && self.call.meets(other.call)
    }
}

/// How many pairs of calls of the history race.
pub(crate) fn races(records: &[Record]) -> usize {
    let mut rest = records;
    let mut found = 0;
    while let Some((record, others)) = rest.split_first() {
        found += others.iter().filter(|other| record.races(other)).count();
        rest = others;
    }
    found
}

/// The history as a table, with a bar for the time that each call took.
pub(crate) fn table(records: &[Record]) -> String {
    let mut records: Vec<_> = records.iter().collect();
    records.sort_by_key(|record| (record.began(), record.ended()));
    let mut instants: Vec<_> = (records.iter())
        .flat_map(|record| [record.began(), record.ended()])
        .collect();
    instants.sort_unstable();
    instants.dedup();
    let column = |at| instants.binary_search(&at).unwrap_or_default();
    let mut table = String::new();
    for record in records {
        let (begin, end) = (column(record.began()), column(record.ended()));
        let bar = format!("{}{}", " ".repeat(begin), "=".repeat(end + 1 - begin));
        let handle = if record.pinned { "pinned" } else { "      " };
        let width = instants.len();
        let _ = writeln!(
            table,
            "thread {} {handle} |{bar:width$}| {} -> {:?}",
            record.thread, record.call, record.outcome
        );
    }
    table
}
