//! Random histories of a store on each map, beside a model of second chance in ten lines.

use readmostly::SyncMap;
use readmostly::primitives::{HybridMap, ShardedMap};
use response_cache::{Store, StoreMap};
use std::sync::Arc;

const KEYS: usize = 12;

struct Modelled {
    key: usize,
    value: u64,
    weight: usize,
    marked: bool,
}

struct Model {
    queue: Vec<Modelled>,
    bound: usize,
}

impl Model {
    fn bytes(&self) -> usize {
        self.queue.iter().map(|slot| slot.weight).sum()
    }

    fn get(&mut self, key: usize) -> Option<u64> {
        let slot = self.queue.iter_mut().find(|slot| slot.key == key)?;
        slot.marked = true;
        Some(slot.value)
    }

    fn keep(&mut self, key: usize, value: u64, weight: usize) -> bool {
        self.queue.retain(|slot| slot.key != key);
        if weight > self.bound {
            return false;
        }
        while self.bytes() + weight > self.bound {
            let mut first = self.queue.remove(0);
            if first.marked {
                first.marked = false;
                self.queue.push(first);
            }
        }
        let marked = false;
        self.queue.push(Modelled {
            key,
            value,
            weight,
            marked,
        });
        true
    }
}

#[test]
fn a_store_on_a_sharded_map_is_as_the_model() {
    (0..200).for_each(|seed| history(ShardedMap::new(), seed));
}

#[test]
fn a_store_on_a_sync_map_is_as_the_model() {
    (0..200).for_each(|seed| history(SyncMap::new(), seed));
}

#[test]
fn a_store_on_a_hybrid_map_is_as_the_model() {
    (0..200).for_each(|seed| history(HybridMap::new(), seed));
}

fn history<M: StoreMap<u64>>(map: M, seed: u64) {
    let mut random = fastrand::Rng::with_seed(seed);
    let bound = random.usize(..5_000);
    let store = Store::with_map(map, bound);
    let queue = Vec::new();
    let mut model = Model { queue, bound };
    let keys: Vec<Arc<str>> = (0..KEYS).map(|key| "k".repeat(key).into()).collect();
    for value in 0..400 {
        let key = random.usize(..KEYS);
        match random.u32(..8) {
            0 => {
                store.remove(&keys[key]);
                model.queue.retain(|slot| slot.key != key);
            }
            1..4 => {
                let found = store.get(&keys[key]);
                assert_eq!(
                    found.map(|slot| *slot.value()),
                    model.get(key),
                    "seed {seed}"
                );
            }
            _ => {
                let most = random.usize(..=bound + 10);
                let bytes = random.usize(..=most);
                let weight = Store::<u64, M>::weight(&keys[key], bytes);
                let kept = store.keep(&keys[key], value, bytes, || true);
                assert_eq!(kept, model.keep(key, value, weight), "seed {seed}");
            }
        }
        assert_eq!(store.bytes(), model.bytes(), "seed {seed}");
        assert_eq!(store.len(), model.queue.len(), "seed {seed}");
        assert!(store.bytes() <= bound);
    }
    for (key, name) in keys.iter().enumerate() {
        assert_eq!(store.get(name).map(|slot| *slot.value()), model.get(key));
    }
}
