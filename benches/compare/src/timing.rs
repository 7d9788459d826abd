//! Threads that begin together, and how long an operation takes.

use hdrhistogram::Histogram;
use std::fs;
use std::hint;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// A number of operations, and the time they took.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pace {
    pub(crate) time: Duration,
    pub(crate) operations: usize,
    /// The part of the time in which another thread had the processor.
    pub(crate) waited: Duration,
}

impl Pace {
    /// Nanoseconds per operation, without the time waited for a processor.
    pub(crate) fn ns(self) -> f64 {
        let own = self.time.saturating_sub(self.waited);
        own.as_nanos() as f64 / self.operations as f64
    }

    /// The sums over several threads.
    pub(crate) fn sum(paces: &[Self]) -> Self {
        Self {
            time: paces.iter().map(|pace| pace.time).sum(),
            operations: paces.iter().map(|pace| pace.operations).sum(),
            waited: paces.iter().map(|pace| pace.waited).sum(),
        }
    }
}

/// How long this thread has been runnable, since it started, while another thread had
/// the processor. Does not include waiting for a lock. Only Linux provides it; zero
/// elsewhere.
pub(crate) fn waited() -> Duration {
    let line = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let waited = line.split_whitespace().nth(1);
    let ns = waited.and_then(|ns| ns.parse().ok());
    Duration::from_nanos(ns.unwrap_or_default())
}

/// How long one measurement is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window(pub(crate) Duration);

impl Window {
    pub(crate) fn times(self, factor: u32) -> Self {
        Self(self.0 * factor)
    }

    /// The warm-up before the measurement.
    pub(crate) fn warm_up(self) -> Self {
        Self(self.0 / 4)
    }

    /// Calls `chunk` until the time is over. `chunk` returns how many operations it
    /// did.
    pub(crate) fn run(self, chunk: &mut impl FnMut() -> usize) -> Pace {
        let start = Instant::now();
        let mut operations = 0;
        loop {
            operations += chunk();
            let time = start.elapsed();
            if time >= self.0 {
                return Pace {
                    time,
                    operations,
                    waited: Duration::ZERO,
                };
            }
        }
    }

    /// [`run`](Window::run) after a warm-up and at the same time as others.
    pub(crate) fn run_with_others(
        self,
        others: &Barrier,
        chunk: &mut impl FnMut() -> usize,
    ) -> Pace {
        self.warm_up().run(chunk);
        others.wait();
        let before = waited();
        let pace = self.run(chunk);
        Pace {
            waited: waited().saturating_sub(before),
            ..pace
        }
    }
}

/// Holds threads until all of them have arrived. Spins, because threads that are woken
/// do not start together.
pub(crate) struct Barrier {
    missing: AtomicUsize,
}

impl Barrier {
    fn new(threads: usize) -> Self {
        Self {
            missing: AtomicUsize::new(threads),
        }
    }

    pub(crate) fn wait(&self) {
        self.missing.fetch_sub(1, Ordering::AcqRel);
        let mut spins = 0_u32;
        while self.missing.load(Ordering::Acquire) != 0 {
            hint::spin_loop();
            spins += 1;
            // The last thread may be waiting for a processor.
            if spins % 10_000 == 0 {
                thread::yield_now();
            }
        }
    }
}

/// Runs `work` on so many new threads. Returns after the threads have ended and have
/// run the destructors of their thread-locals.
pub(crate) fn on_threads<T: Send>(
    threads: usize,
    work: impl Fn(usize, &Barrier) -> T + Sync,
) -> Vec<T> {
    let barrier = Barrier::new(threads);
    let (work, barrier) = (&work, &barrier);
    thread::scope(|scope| {
        let spawn = |n| scope.spawn(move || work(n, barrier));
        let running: Vec<_> = (0..threads).map(spawn).collect();
        let ended = running.into_iter();
        ended
            .map(|thread| thread.join().expect("no contender panics"))
            .collect()
    })
}

/// Latencies in nanoseconds.
pub(crate) fn histogram() -> Histogram<u64> {
    Histogram::new(3).expect("a histogram may have three digits")
}

pub(crate) fn record(histogram: &mut Histogram<u64>, latency: Duration) {
    let ns = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
    let recorded = histogram.record(ns);
    recorded.expect("a histogram that resizes itself holds any number");
}

/// What reading the clock adds to a latency: the median of many empty measurements.
pub(crate) fn clock_cost_ns() -> u64 {
    let mut empty = histogram();
    for _ in 0..10_000 {
        let before = Instant::now();
        record(&mut empty, before.elapsed());
    }
    empty.value_at_quantile(0.5)
}
