//! The rebuild stall: the first new key after a promotion, which copies the
//! snapshot under the mutex.

use crate::against::go::Go;
use crate::against::numbers::Quartiles;
use crate::against::options::Effort;
use crate::garbage::free_all;
use foldhash::fast::RandomState;
use readmostly::SyncMap;
use std::error::Error;
use std::time::Instant;

/// A size of the map, a percentage of deleted keys, the number of samples, and the bar.
struct Case {
    keys: u64,
    deleted_percent: u64,
    samples: usize,
    bar: f64,
}

const CASES: [Case; 4] = [
    Case::new(50_000, 0, 15, 30.0),
    Case::new(50_000, 1, 15, 15.0),
    Case::new(1_000_000, 0, 5, 40.0),
    Case::new(1_000_000, 1, 5, 8.0),
];

/// One case, in nanoseconds.
pub(crate) struct Stall {
    pub(crate) keys: u64,
    pub(crate) deleted_percent: u64,
    pub(crate) go: Quartiles,
    pub(crate) ours: Quartiles,
    /// How many times faster than Go ours has to be.
    pub(crate) bar: f64,
}

impl Case {
    const fn new(keys: u64, deleted_percent: u64, samples: usize, bar: f64) -> Self {
        Self {
            keys,
            deleted_percent,
            samples,
            bar,
        }
    }

    /// Go's samples are taken between two halves of ours.
    fn measure(&self, go: &Go, effort: &Effort) -> Result<Stall, Box<dyn Error>> {
        let half = self.samples.div_ceil(2);
        let mut ours: Vec<f64> = (0..half).map(|_| self.sample()).collect();
        let theirs = go.rebuild(self.keys, self.deleted_percent, self.samples, effort)?;
        ours.extend((half..self.samples).map(|_| self.sample()));
        Ok(Stall {
            keys: self.keys,
            deleted_percent: self.deleted_percent,
            go: Quartiles::of(&theirs),
            ours: Quartiles::of(&ours),
            bar: self.bar,
        })
    }

    fn sample(&self) -> f64 {
        let map = self.promoted();
        let start = Instant::now();
        map.insert(self.keys, self.keys);
        let took = start.elapsed().as_nanos() as f64;
        drop(map);
        free_all();
        took
    }

    /// A fresh map with all keys in its read snapshot, some of them deleted.
    fn promoted(&self) -> SyncMap<u64, u64, RandomState> {
        let map = SyncMap::default();
        for key in 0..self.keys {
            map.insert(key, key);
        }
        map.compact();
        let deleted = self.keys * self.deleted_percent / 100;
        for n in 0..deleted {
            map.remove(&(n * (self.keys / deleted)));
        }
        free_all();
        map
    }
}

impl Stall {
    pub(crate) fn times_faster(&self) -> f64 {
        self.go.median / self.ours.median
    }
}

pub(crate) fn measure(go: &Go, effort: &Effort) -> Result<Vec<Stall>, Box<dyn Error>> {
    let small = |case: &&Case| !effort.smoke || case.keys < 100_000;
    let cases = CASES.iter().filter(small);
    cases.map(|case| case.measure(go, effort)).collect()
}
