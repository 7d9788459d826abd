//! [`Script`]: the operations of a load in their order. They are drawn in advance, so
//! that they cost next to nothing while a map is measured.

use crate::workload::Workload;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use std::collections::VecDeque;

/// How many steps the script of a workload has. The script is repeated.
const STEPS: usize = 1 << 20;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Operation {
    Get,
    /// Inserts a key that is absent, if the steps run in the order of the script.
    Insert,
    Overwrite,
    Remove,
    Clear,
    Walk,
}

/// One operation, on one key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Step {
    pub(crate) operation: Operation,
    /// The number of the key. Below [`Script::stable`] it is the same key in each pass
    /// over the script; otherwise it is another key in each pass.
    pub(crate) key: u32,
}

#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) steps: Vec<Step>,
    /// How many keys are present at the start: the first ones.
    pub(crate) present: u32,
    /// How many keys are the same in all passes: the first ones.
    pub(crate) stable: u32,
    /// How many keys one pass names.
    pub(crate) named: u32,
}

impl Script {
    /// The steps of a load.
    pub(crate) fn of(workload: &Workload, seed: u64) -> Self {
        let mut random = SmallRng::seed_from_u64(seed);
        let popular = workload.skew.sampler(workload.keys);
        // The popular keys must not lie side by side in the tables.
        let places = shuffled(workload.keys, &mut random);
        let draw = |random: &mut SmallRng| -> u32 { places[popular(random) as usize] };
        // Look-ups use as many absent keys as there are present ones.
        let absent = |random: &mut SmallRng| workload.keys + random.random_range(0..workload.keys);
        let stable = match workload.misses > 0.0 {
            true => 2 * workload.keys,
            false => workload.keys,
        };
        let mut named = stable;
        let mut newcomers = VecDeque::new();
        let steps = (0..STEPS).map(|_| {
            if percent(&mut random, workload.reads) {
                let key = match percent(&mut random, workload.misses) {
                    true => absent(&mut random),
                    false => draw(&mut random),
                };
                return Step::new(Operation::Get, key);
            }
            let kind = random.random_range(0.0..100.0);
            if kind < workload.new_keys {
                newcomers.push_back(named);
                named += 1;
                return Step::new(Operation::Insert, named - 1);
            }
            if kind < workload.new_keys + workload.removes {
                let oldest = newcomers.pop_front();
                return Step::new(
                    Operation::Remove,
                    oldest.unwrap_or_else(|| draw(&mut random)),
                );
            }
            Step::new(Operation::Overwrite, draw(&mut random))
        });
        let steps = steps.collect();
        Self {
            steps,
            present: workload.keys,
            stable,
            named,
        }
    }

    /// Whether all passes use the same keys. If so, the number of keys that are present
    /// settles down. If not, each pass may leave more keys than it found.
    pub(crate) fn keeps_its_keys(&self) -> bool {
        self.named == self.stable
    }

    /// The step at a position of an endless repetition, and the number of its key.
    pub(crate) fn step(&self, position: u64) -> (Operation, u64) {
        let length = self.steps.len() as u64;
        let (pass, at) = (position / length, (position % length) as usize);
        let Step { operation, key } = self.steps[at];
        let number = match key < self.stable {
            true => u64::from(key),
            false => u64::from(key) + pass * u64::from(self.named),
        };
        (operation, number)
    }
}

impl Step {
    pub(crate) fn new(operation: Operation, key: u32) -> Self {
        Self { operation, key }
    }
}

fn percent(random: &mut SmallRng, percent: f64) -> bool {
    random.random_bool(percent / 100.0)
}

fn shuffled(keys: u32, random: &mut SmallRng) -> Vec<u32> {
    use rand::seq::SliceRandom;
    let mut places: Vec<_> = (0..keys).collect();
    places.shuffle(random);
    places
}
