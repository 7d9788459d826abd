//! One map's turn: threads share out the steps of a script and are measured.

use crate::contender::{Contender, Contention};
use crate::data::{Key, Value};
use crate::keys::Keys;
use crate::latency::{Kind, Latencies};
use crate::script::{Operation, Script};
use crossbeam_utils::CachePadded;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Barrier, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

/// How many steps a thread takes at a time.
const PIECE: u64 = 256;

/// One operation of a thread in so many is timed. This is no divisor of [`PIECE`], so
/// that each position in a piece is timed in turn.
const TIMED: u32 = 61;

/// What is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Round<'s> {
    pub(crate) script: &'s Script,
    pub(crate) threads: usize,
    pub(crate) value_bytes: usize,
    /// The position in the script at which the warm-up begins.
    pub(crate) from: u64,
    /// The operations of the warm-up.
    pub(crate) warm_up: u64,
    /// The operations of the measurement.
    pub(crate) operations: u64,
    /// The time limit of the warm-up, and of the measurement.
    pub(crate) patience: Duration,
}

impl Round<'_> {
    /// The same for a map that has done so many of these rounds.
    pub(crate) fn after(self, rounds: usize) -> Self {
        let length = self.warm_up + self.operations;
        Self {
            from: self.from + rounds as u64 * length,
            ..self
        }
    }
}

/// The result of a round.
#[derive(Clone, Debug)]
pub(crate) struct Measured {
    pub(crate) operations: u64,
    /// From the first thread's beginning to the last one's end.
    pub(crate) time: Duration,
    pub(crate) threads: u32,
    /// The operations a second of the thread that did least.
    pub(crate) slowest_thread: f64,
    /// The operations a second of the thread that did most.
    pub(crate) fastest_thread: f64,
    /// Whether the time limit stopped the warm-up or the measurement.
    pub(crate) stopped: bool,
    pub(crate) latencies: Latencies,
    /// The statistics of the locks during the measurement.
    pub(crate) contention: Option<Contention>,
}

impl Measured {
    pub(crate) fn per_second(&self) -> f64 {
        self.operations as f64 / self.time.as_secs_f64()
    }
}

/// What the threads of a round share.
struct Shared<'r, K, C> {
    map: &'r C,
    keys: &'r Keys<K>,
    round: Round<'r>,
    /// The next step.
    next: CachePadded<AtomicU64>,
    stop: AtomicBool,
    ready: Barrier,
    /// The statistics of the map's locks after the warm-up.
    before: OnceLock<Contention>,
}

/// What one thread did.
struct Share {
    begin: Instant,
    end: Instant,
    operations: u64,
    latencies: Latencies,
}

/// Runs the threads on a filled map.
pub(crate) fn measure<K: Key, V: Value, C: Contender<K, V>>(
    map: &C,
    keys: &Keys<K>,
    round: Round<'_>,
) -> Measured {
    let shared = Shared {
        map,
        keys,
        round,
        next: CachePadded::new(AtomicU64::new(round.from)),
        stop: AtomicBool::new(false),
        ready: Barrier::new(round.threads),
        before: OnceLock::new(),
    };
    let shares = thread::scope(|scope| {
        let shared = &shared;
        let spawn = |nth| {
            scope.spawn(move || {
                settle_on_processor(nth);
                shared.run::<V>()
            })
        };
        let running: Vec<_> = (0..round.threads).map(spawn).collect();
        let ended = running.into_iter().map(|thread| thread.join());
        ended.collect::<thread::Result<Vec<_>>>()
    });
    let shares = shares.expect("no contender panics");
    let before = shared.before.into_inner();
    let after = map.contention();
    let contention = after.zip(before).map(|(after, before)| after.since(before));
    Measured::of(&shares, shared.stop.into_inner(), contention)
}

/// Keeps this thread on one processor. Threads share a processor only if there are more
/// threads than processors. Without this call, the scheduler may run two threads in
/// turn on one processor for a whole round. Such threads do not contend, and the result
/// would depend on luck.
fn settle_on_processor(nth: usize) {
    let processors = core_affinity::get_core_ids().unwrap_or_default();
    if let Some(&processor) = processors.get(nth % processors.len().max(1)) {
        core_affinity::set_for_current(processor);
    }
}

impl Measured {
    fn of(shares: &[Share], stopped: bool, contention: Option<Contention>) -> Self {
        let begin = shares.iter().map(|share| share.begin).min();
        let end = shares.iter().map(|share| share.end).max();
        let (begin, end) = begin.zip(end).expect("there is a thread");
        let mut latencies = Latencies::new();
        for share in shares {
            latencies.add(&share.latencies);
        }
        let time = end - begin;
        let pace = |share: &Share| share.operations as f64 / time.as_secs_f64();
        let paces = || shares.iter().map(pace);
        Self {
            operations: shares.iter().map(|share| share.operations).sum(),
            time,
            threads: shares.len() as u32,
            slowest_thread: paces().fold(f64::INFINITY, f64::min),
            fastest_thread: paces().fold(0.0, f64::max),
            stopped,
            latencies,
            contention,
        }
    }
}

impl<K: Key, C> Shared<'_, K, C> {
    fn run<V: Value>(&self) -> Share
    where
        C: Contender<K, V>,
    {
        let mut latencies = Latencies::new();
        let Round {
            from,
            warm_up,
            operations,
            patience,
            ..
        } = self.round;
        self.ready.wait();
        let begin = Instant::now();
        let warm = from + warm_up;
        self.until(warm, begin + patience, &mut latencies);
        latencies.reset();
        // All threads end the warm-up before the first starts again.
        if self.ready.wait().is_leader() {
            self.next.store(warm, Ordering::Relaxed);
            if let Some(seen) = self.map.contention() {
                let first = self.before.set(seen);
                first.expect("there is one leader");
            }
        }
        self.ready.wait();
        let begin = Instant::now();
        let operations = self.until(warm + operations, begin + patience, &mut latencies);
        Share {
            begin,
            end: Instant::now(),
            operations,
            latencies,
        }
    }

    /// Takes pieces until no step before `end` is left, or until the time limit.
    fn until<V: Value>(&self, end: u64, patience: Instant, latencies: &mut Latencies) -> u64
    where
        C: Contender<K, V>,
    {
        let mut done = 0;
        let mut untimed = TIMED;
        while Instant::now() < patience {
            let from = self.next.fetch_add(PIECE, Ordering::Relaxed);
            if from >= end {
                return done;
            }
            let piece = from..end.min(from + PIECE);
            done += piece.end - piece.start;
            for position in piece {
                let (operation, number) = self.round.script.step(position);
                untimed -= 1;
                if untimed > 0 {
                    self.step(operation, number);
                    continue;
                }
                untimed = TIMED;
                self.timed_step(operation, number, latencies);
            }
        }
        self.stop.store(true, Ordering::Relaxed);
        done
    }

    #[inline]
    fn step<V: Value>(&self, operation: Operation, number: u64)
    where
        C: Contender<K, V>,
    {
        let map = self.map;
        match operation {
            Operation::Get => self.keys.with(number, |key| map.get(key)),
            Operation::Insert | Operation::Overwrite => {
                let value = V::new(self.round.value_bytes, number);
                map.insert(self.keys.owned(number), value);
            }
            Operation::Remove => self.keys.with(number, |key| map.remove(key)),
            Operation::Clear => map.clear(),
            Operation::Walk => map.walk(),
        }
    }

    #[cold]
    #[inline(never)]
    fn timed_step<V: Value>(&self, operation: Operation, number: u64, latencies: &mut Latencies)
    where
        C: Contender<K, V>,
    {
        let begin = Instant::now();
        self.step(operation, number);
        let latency = begin.elapsed();
        if let Some(kind) = Kind::of(operation) {
            latencies.record(kind, latency);
        }
    }
}
