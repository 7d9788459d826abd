//! What each thread does, from its own first number on.

use super::Workload;
use super::budget::Share;
use super::map::Handle;
use super::set_up::SIZE;
use std::hint::black_box;

/// The period of the two `Balanced` workloads: half of the keys in each period are
/// known.
const BALANCED: u64 = 256;

pub(super) fn perform<H: Handle>(workload: Workload, share: Share<'_>, handle: &mut H, first: u64) {
    match workload {
        Workload::LoadMostlyHits | Workload::LoadMostlyMisses => {
            share.each(handle, first, |map, i| keep(map.load(i % SIZE)));
        }
        Workload::LoadOrStoreBalanced => share.each(handle, first, load_or_store_balanced),
        Workload::LoadOrStoreUnique => {
            share.each(handle, first, |map, i| keep(map.load_or_store(i, i)));
        }
        Workload::LoadOrStoreCollision => {
            share.each(handle, first, |map, _| keep(map.load_or_store(0, 0)));
        }
        Workload::LoadAndDeleteBalanced => share.each(handle, first, |map, i| {
            let hit = i % BALANCED;
            let key = if hit < BALANCED / 2 { hit } else { i };
            keep(map.load_and_delete(key));
        }),
        Workload::LoadAndDeleteUnique => {
            share.each(handle, first, |map, i| keep(map.load_and_delete(i)));
        }
        Workload::LoadAndDeleteCollision => share.each(handle, first, |map, _| {
            if map.load_and_delete(0).is_some() {
                map.store(0, 0);
            }
        }),
        Workload::Range => share.each(handle, first, |map, _| {
            map.range(|key, value| {
                keep((key, value));
                true
            });
        }),
        Workload::AdversarialAlloc => adversarial_alloc(share, handle, first),
        Workload::AdversarialDelete => share.each(handle, first, adversarial_delete),
        Workload::DeleteCollision => share.each(handle, first, |map, _| map.delete(0)),
        Workload::SwapCollision => share.each(handle, first, |map, _| keep(map.swap(0, 0))),
        Workload::SwapMostlyHits => {
            share.each(handle, first, |map, i| swap(map, i, SIZE - 1));
        }
        Workload::SwapMostlyMisses => share.each(handle, first, |map, i| swap(map, i, 1)),
        Workload::CompareAndSwapCollision => share.each(handle, first, |map, _| {
            if map.compare_and_swap(0, 0, 42) {
                map.compare_and_swap(0, 42, 0);
            }
        }),
        Workload::CompareAndSwapNoExistingKey => share.each(handle, first, |map, i| {
            if map.compare_and_swap(i, 0, 0) {
                map.delete(i);
            }
        }),
        Workload::CompareAndSwapValueNotEqual => {
            share.each(handle, first, |map, _| keep(map.compare_and_swap(0, 1, 2)));
        }
        Workload::CompareAndSwapMostlyHits => share.each(handle, first, |map, i| {
            let key = known_or_new(i, SIZE - 1);
            keep(map.compare_and_swap(key, key, key));
        }),
        Workload::CompareAndSwapMostlyMisses => share.each(handle, first, |map, i| {
            let key = known_or_new(i, 1);
            keep(map.compare_and_swap(key, key, key));
        }),
        Workload::CompareAndDeleteCollision => {
            share.each(handle, first, |map, _| delete_and_restore(map, 0));
        }
        Workload::CompareAndDeleteMostlyHits => share.each(handle, first, |map, i| {
            delete_and_restore(map, known_or_new(i, SIZE - 1));
        }),
        Workload::CompareAndDeleteMostlyMisses => share.each(handle, first, |map, i| {
            delete_and_restore(map, known_or_new(i, 1));
        }),
        Workload::Clear => share.each(handle, first, |map, i| {
            map.clear();
            map.store(i % 256, i % 256);
        }),
    }
}

/// Keeps the compiler from removing the computation of an unused result.
fn keep<T>(result: T) {
    black_box(result);
}

/// Of each [`SIZE`] numbers, `hits` stand for known keys.
fn known_or_new(i: u64, hits: u64) -> u64 {
    let known = i % SIZE;
    if known < hits { known } else { i }
}

fn load_or_store_balanced(map: &impl Handle, i: u64) {
    let known = i % BALANCED;
    if known < BALANCED / 2 {
        let (_, loaded) = map.load_or_store(known, i);
        assert!(loaded, "{known} is in the map");
    } else {
        let (_, loaded) = map.load_or_store(i, i);
        assert!(!loaded, "{i} is new");
    }
}

/// Stores a new key whenever the map was promoted, and otherwise loads absent keys, so
/// that the loads take the mutex.
fn adversarial_alloc<H: Handle>(share: Share<'_>, handle: &mut H, first: u64) {
    let (mut stores, mut loads_since_store) = (0, 0);
    share.each(handle, first, |map, i| {
        keep(map.load(i));
        loads_since_store += 1;
        if loads_since_store > stores {
            map.load_or_store(i, stores);
            loads_since_store = 0;
            stores += 1;
        }
    });
}

/// Loads absent keys, and now and then deletes one key and stores another. Each such
/// store copies the whole map.
fn adversarial_delete(map: &impl Handle, i: u64) {
    keep(map.load(i));
    if i % SIZE == 0 {
        map.range(|key, _| {
            map.delete(key);
            false
        });
        map.store(i, i);
    }
}

fn swap(map: &impl Handle, i: u64, hits: u64) {
    let known = i % SIZE;
    if known < hits {
        keep(map.swap(known, known));
    } else {
        keep(map.swap(i, i));
        map.delete(i);
    }
}

fn delete_and_restore(map: &impl Handle, key: u64) {
    if map.compare_and_delete(key, key) {
        map.store(key, key);
    }
}
