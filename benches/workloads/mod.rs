//! The 24 workloads of Go's own benchmarks of `sync.Map`, under Go's names.
//!
//! Keys and values are `u64`, where Go has `int` in an `any`. Our maps hash with
//! foldhash, as Go's maps hash with an AES function of the runtime: both are
//! seeded, fast, and no defence against a determined attacker.

mod budget;
pub(crate) mod map;
mod ours;
mod set_up;
mod work;

pub(crate) use map::Map;
pub(crate) use ours::{OneShot, PinnedMap};

use crate::threads::together;
use budget::{Budget, Share};
use std::time::Duration;

/// What the threads do with the map. Each variant is named as in Go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Workload {
    LoadMostlyHits,
    LoadMostlyMisses,
    LoadOrStoreBalanced,
    LoadOrStoreUnique,
    LoadOrStoreCollision,
    LoadAndDeleteBalanced,
    LoadAndDeleteUnique,
    LoadAndDeleteCollision,
    Range,
    AdversarialAlloc,
    AdversarialDelete,
    DeleteCollision,
    SwapCollision,
    SwapMostlyHits,
    SwapMostlyMisses,
    CompareAndSwapCollision,
    CompareAndSwapNoExistingKey,
    CompareAndSwapValueNotEqual,
    CompareAndSwapMostlyHits,
    CompareAndSwapMostlyMisses,
    CompareAndDeleteCollision,
    CompareAndDeleteMostlyHits,
    CompareAndDeleteMostlyMisses,
    Clear,
}

impl Workload {
    pub(crate) const ALL: [Self; 24] = [
        Self::LoadMostlyHits,
        Self::LoadMostlyMisses,
        Self::LoadOrStoreBalanced,
        Self::LoadOrStoreUnique,
        Self::LoadOrStoreCollision,
        Self::LoadAndDeleteBalanced,
        Self::LoadAndDeleteUnique,
        Self::LoadAndDeleteCollision,
        Self::Range,
        Self::AdversarialAlloc,
        Self::AdversarialDelete,
        Self::DeleteCollision,
        Self::SwapCollision,
        Self::SwapMostlyHits,
        Self::SwapMostlyMisses,
        Self::CompareAndSwapCollision,
        Self::CompareAndSwapNoExistingKey,
        Self::CompareAndSwapValueNotEqual,
        Self::CompareAndSwapMostlyHits,
        Self::CompareAndSwapMostlyMisses,
        Self::CompareAndDeleteCollision,
        Self::CompareAndDeleteMostlyHits,
        Self::CompareAndDeleteMostlyMisses,
        Self::Clear,
    ];

    pub(crate) fn name(self) -> String {
        format!("{self:?}")
    }
}

/// How many iterations a thread takes at a time: as many as last 100 µs, as in Go's
/// `RunParallel`.
#[derive(Clone, Copy)]
pub(crate) struct Grain(u64);

impl Grain {
    /// Before anything was measured.
    pub(crate) const FIRST: Self = Self(1);

    const NANOSECONDS: u128 = 100_000;
    const LARGEST: u128 = 10_000;

    /// Estimated from a run of `iterations` that took so long.
    pub(crate) fn after(iterations: u64, took: Duration) -> Self {
        let fitting = Self::NANOSECONDS * u128::from(iterations) / took.as_nanos().max(1);
        Self(fitting.clamp(1, Self::LARGEST) as u64)
    }
}

/// Runs `iterations` of a workload on a fresh map, and returns the wall time. The
/// threads take the iterations from one budget. The time does not include filling and
/// freeing the map.
pub(crate) fn run<M: Map>(
    workload: Workload,
    iterations: u64,
    grain: Grain,
    threads: usize,
) -> Duration {
    let map = M::default();
    set_up::prepare(workload, &map.handle());
    let budget = Budget::new(iterations, grain.0);
    let took = together(threads, |index| {
        let first = index as u64 * iterations;
        let (map, budget) = (&map, &budget);
        move || {
            let mut handle = map.handle();
            work::perform(workload, Share::of(budget), &mut handle, first);
        }
    });
    map.settle();
    took
}
