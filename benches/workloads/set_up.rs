//! What is in the map before the threads start.

use super::Workload;
use super::map::Handle;
use std::hint::black_box;

/// The size of the map in `Range` and `AdversarialDelete`, and a modulus in other
/// workloads.
pub(super) const SIZE: u64 = 1_024;

pub(super) fn prepare(workload: Workload, map: &impl Handle) {
    match workload {
        Workload::LoadMostlyHits
        | Workload::SwapMostlyHits
        | Workload::CompareAndSwapMostlyHits
        | Workload::CompareAndDeleteMostlyHits => steady(map, SIZE - 1),
        Workload::LoadMostlyMisses
        | Workload::SwapMostlyMisses
        | Workload::CompareAndSwapMostlyMisses
        | Workload::CompareAndDeleteMostlyMisses => steady(map, 1),
        Workload::LoadOrStoreBalanced | Workload::LoadAndDeleteBalanced => steady(map, 128),
        Workload::LoadOrStoreCollision
        | Workload::LoadAndDeleteCollision
        | Workload::DeleteCollision
        | Workload::SwapCollision
        | Workload::CompareAndSwapCollision
        | Workload::CompareAndDeleteCollision => {
            map.load_or_store(0, 0);
        }
        Workload::CompareAndSwapValueNotEqual => map.store(0, 0),
        Workload::Range | Workload::AdversarialDelete => {
            (0..SIZE).for_each(|i| map.store(i, i));
        }
        Workload::LoadOrStoreUnique
        | Workload::LoadAndDeleteUnique
        | Workload::AdversarialAlloc
        | Workload::CompareAndSwapNoExistingKey
        | Workload::Clear => {}
    }
}

/// Fills the map, and loads until all keys are promoted.
fn steady(map: &impl Handle, keys: u64) {
    for i in 0..keys {
        map.load_or_store(i, i);
    }
    for i in 0..2 * keys {
        black_box(map.load(i % keys));
    }
}
