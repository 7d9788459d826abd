//! A reader: looks names up as fast as it can, and checks what it finds.

use crate::latency::Latencies;
use crate::load::Load;
use crate::random::Random;
use crate::witness::Witness;
use std::ops::Deref;
use std::time::{Duration, Instant};

/// One look-up in so many is timed, because reading the clock twice costs more than a
/// look-up.
pub(crate) const BATCH: usize = 64;

#[derive(Debug)]
pub(crate) struct Reader<'l> {
    load: &'l Load<'l>,
    random: Random,
    witness: Witness,
    /// When the latest timed look-up ended.
    now: Instant,
    seen: Readings,
}

/// The results of one reader.
#[derive(Debug)]
pub(crate) struct Readings {
    pub(crate) found: u64,
    pub(crate) not_found: u64,
    pub(crate) latencies: Latencies,
    pub(crate) elapsed: Duration,
    pub(crate) violation: Option<String>,
}

impl<'l> Reader<'l> {
    pub(crate) fn new(load: &'l Load<'l>, random: Random) -> Self {
        Self {
            load,
            random,
            witness: Witness::new(load.names.iter().count()),
            now: Instant::now(),
            seen: Readings {
                found: 0,
                not_found: 0,
                latencies: Latencies::new(),
                elapsed: Duration::ZERO,
                violation: None,
            },
        }
    }

    /// Reads until the end, or gives the load up if a value is wrong.
    pub(crate) fn run(mut self) -> Readings {
        let time = self.load.time();
        while self.now < time.end && !self.load.is_given_up() {
            if let Err(violation) = self.batch() {
                self.seen.violation = Some(violation);
                self.load.give_up();
            }
        }
        self.seen.elapsed = time.begin.elapsed();
        self.seen
    }

    fn batch(&mut self) -> Result<(), String> {
        let map = self.load.map;
        if self.load.options.pinned {
            let pinned = map.pin();
            self.look_up(|key| pinned.get(key))
        } else {
            self.look_up(|key| map.get(key))
        }
    }

    /// A batch of look-ups, pinned or not: `get` returns a plain reference or one that
    /// holds its own pin.
    #[inline]
    fn look_up<V>(&mut self, get: impl Fn(&str) -> Option<V>) -> Result<(), String>
    where
        V: Deref<Target = String>,
    {
        for nth in 0..BATCH {
            let index = self.load.names.draw(&mut self.random);
            let name = self.load.names.get(index);
            let value = if nth == BATCH / 2 {
                let before = Instant::now();
                let value = get(&name.key);
                self.now = Instant::now();
                self.seen.latencies.record(self.now - before);
                value
            } else {
                get(&name.key)
            };
            match value {
                Some(_) => self.seen.found += 1,
                None => self.seen.not_found += 1,
            }
            let found = value.as_deref().map(String::as_str);
            self.witness.check(index, name, found)?;
        }
        Ok(())
    }
}
