//! A reader: looks names up as fast as it can, and checks what it finds.

use crate::cycles::{Cycles, WITH_MAP};
use crate::load::Load;
use crate::random::Random;
use crate::steps::Steps;
use std::time::{Duration, Instant};

#[derive(Debug)]
pub(crate) struct Reader<'l> {
    load: &'l Load<'l>,
    random: Random,
    seen: Readings,
}

/// The results of one reader.
#[derive(Debug)]
pub(crate) struct Readings {
    pub(crate) with_map: Steps,
    /// The steps of the driver alone.
    pub(crate) driver: Steps,
    pub(crate) cycles: Cycles,
    pub(crate) elapsed: Duration,
    pub(crate) violation: Option<String>,
}

impl<'l> Reader<'l> {
    pub(crate) fn new(load: &'l Load<'l>, random: Random) -> Self {
        let names = load.names.iter().count();
        Self {
            load,
            random,
            seen: Readings {
                with_map: Steps::new(names),
                driver: Steps::new(names),
                cycles: Cycles::default(),
                elapsed: Duration::ZERO,
                violation: None,
            },
        }
    }

    /// Reads until the end, or gives the load up if a value is wrong.
    pub(crate) fn run(mut self) -> Readings {
        let time = self.load.time();
        while Instant::now() < time.end && !self.load.is_given_up() {
            if let Err(violation) = self.cycle() {
                self.seen.violation = Some(violation);
                self.load.give_up();
            }
        }
        self.seen.elapsed = time.begin.elapsed();
        self.seen
    }

    /// Some batches with the map, then one of the driver alone.
    fn cycle(&mut self) -> Result<(), String> {
        let begin = Instant::now();
        for _ in 0..WITH_MAP {
            self.batch()?;
        }
        let middle = Instant::now();
        self.batch_of_the_driver()?;
        let end = Instant::now();
        self.seen.cycles.record(middle - begin, end - middle);
        Ok(())
    }

    fn batch(&mut self) -> Result<(), String> {
        let Load { map, names, .. } = *self.load;
        let (steps, random) = (&mut self.seen.with_map, &mut self.random);
        if self.load.options.pinned {
            let pinned = map.pin();
            steps.batch(names, random, |_, name| pinned.get(&name.key))
        } else {
            steps.batch(names, random, |_, name| map.get(&name.key))
        }
    }

    fn batch_of_the_driver(&mut self) -> Result<(), String> {
        let Load {
            names, stand_in, ..
        } = *self.load;
        let Readings {
            with_map, driver, ..
        } = &mut self.seen;
        driver.batch(names, &mut self.random, |index, _| {
            stand_in.get(index, with_map.witness.has_seen_a_write(index))
        })
    }
}
