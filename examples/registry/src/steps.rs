//! The steps of a reader. A step chooses a key, looks it up and checks the value.

use crate::latency::Latencies;
use crate::names::{Name, Names};
use crate::random::Random;
use crate::witness::Witness;
use std::ops::Deref;
use std::time::Instant;

/// A batch has so many steps. The look-up of one of them is timed, because reading the
/// clock twice costs more than a look-up.
pub(crate) const BATCH: usize = 64;

/// What one reader saw in its steps with the map, or in those without.
#[derive(Debug)]
pub(crate) struct Steps {
    pub(crate) found: u64,
    pub(crate) not_found: u64,
    pub(crate) latencies: Latencies,
    pub(crate) witness: Witness,
}

impl Steps {
    pub(crate) fn new(names: usize) -> Self {
        Self {
            found: 0,
            not_found: 0,
            latencies: Latencies::new(),
            witness: Witness::new(names),
        }
    }

    pub(crate) fn count(&self) -> u64 {
        self.found + self.not_found
    }

    /// Does a batch. `get` looks a key up; what it returns may hold a pin.
    ///
    /// # Errors
    ///
    /// What is wrong with a value.
    #[inline]
    pub(crate) fn batch<V>(
        &mut self,
        names: &Names,
        random: &mut Random,
        get: impl Fn(usize, &Name) -> Option<V>,
    ) -> Result<(), String>
    where
        V: Deref<Target = String>,
    {
        for nth in 0..BATCH {
            let index = names.draw(random);
            let name = names.get(index);
            let value = if nth == BATCH / 2 {
                let before = Instant::now();
                let value = get(index, name);
                self.latencies.record(before.elapsed());
                value
            } else {
                get(index, name)
            };
            match value {
                Some(_) => self.found += 1,
                None => self.not_found += 1,
            }
            let found = value.as_deref().map(String::as_str);
            self.witness.check(index, name, found)?;
        }
        Ok(())
    }
}
