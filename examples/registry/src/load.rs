//! The load: what its threads share, when it runs, and whether it ends early.

use crate::arguments;
use crate::names::Names;
use crate::stand_in::StandIn;
use crate::table::Registry;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{RwLock, RwLockWriteGuard};
use std::time::{Duration, Instant};

/// What the threads share.
#[derive(Debug)]
pub(crate) struct Load<'l> {
    pub(crate) map: &'l Registry,
    pub(crate) names: &'l Names,
    pub(crate) stand_in: &'l StandIn,
    pub(crate) options: &'l arguments::Load,
    /// Write-locked until all threads are spawned, so that they begin together.
    time: RwLock<Time>,
    given_up: AtomicBool,
}

/// When the load runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Time {
    pub(crate) begin: Instant,
    pub(crate) end: Instant,
}

impl<'l> Load<'l> {
    pub(crate) fn new(
        map: &'l Registry,
        names: &'l Names,
        stand_in: &'l StandIn,
        options: &'l arguments::Load,
    ) -> Self {
        Self {
            map,
            names,
            stand_in,
            options,
            time: RwLock::new(Time::from_now(options)),
            given_up: AtomicBool::new(false),
        }
    }

    /// Holds back all threads that ask for the time, until the guard is dropped.
    pub(crate) fn hold(&self) -> RwLockWriteGuard<'_, Time> {
        self.time.write().expect("no thread panics with the lock")
    }

    /// When the load runs. Waits until that is known.
    pub(crate) fn time(&self) -> Time {
        *self.time.read().expect("no thread panics with the lock")
    }

    /// Whether the load ends before its time.
    pub(crate) fn is_given_up(&self) -> bool {
        // Relaxed: the flag publishes no other data. The threads' findings are read
        // after a join.
        self.given_up.load(Ordering::Relaxed)
    }

    pub(crate) fn give_up(&self) {
        self.given_up.store(true, Ordering::Relaxed);
    }
}

impl Time {
    pub(crate) fn from_now(options: &arguments::Load) -> Self {
        let begin = Instant::now();
        let end = begin + Duration::from_secs_f64(options.seconds);
        Self { begin, end }
    }
}
