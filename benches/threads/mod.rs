//! Work on several threads at once, and how long it took.

use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

/// Runs `prepare` on each of `threads` threads. When all are ready, each thread runs
/// the closure that `prepare` returned. Returns the time from the first start to the
/// last end.
///
/// The threads read the clock themselves: a thread that watches them could be late,
/// because they leave no core for it.
pub(crate) fn together<W: FnOnce()>(
    threads: usize,
    prepare: impl Fn(usize) -> W + Sync,
) -> Duration {
    let ready = Barrier::new(threads);
    let spans: Vec<(Instant, Instant)> = thread::scope(|scope| {
        let runners: Vec<_> = (0..threads)
            .map(|index| {
                let (ready, prepare) = (&ready, &prepare);
                scope.spawn(move || {
                    tidy_allocator();
                    let work = prepare(index);
                    ready.wait();
                    let start = Instant::now();
                    work();
                    (start, Instant::now())
                })
            })
            .collect();
        let spans = runners.into_iter().map(|runner| runner.join());
        spans.map(|span| span.expect("the work is done")).collect()
    });
    let start = spans.iter().map(|span| span.0).min();
    let end = spans.iter().map(|span| span.1).max();
    end.zip(start)
        .map_or(Duration::ZERO, |(end, start)| end - start)
}

/// glibc sets freed chunks aside, and merges them when a thread asks for a larger one.
/// After a map of half a million keys this takes tens of milliseconds. This call makes
/// glibc merge them before the measurement. It has no effect on other allocators.
fn tidy_allocator() {
    const LARGE_BUT_NOT_MAPPED: usize = 64 << 10;
    black_box(Vec::<u8>::with_capacity(LARGE_BUT_NOT_MAPPED));
}
