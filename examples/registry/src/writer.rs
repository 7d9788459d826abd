//! The writer: overwrites, adds and removes, each when it is due.

use crate::latency::Latencies;
use crate::load::Load;
use crate::random::Random;
use crate::witness::{self, Ledger};
use std::thread;
use std::time::{Duration, Instant};

#[derive(Debug)]
pub(crate) struct Writer<'l> {
    load: &'l Load<'l>,
    random: Random,
    /// The turn of the guest that is added next.
    coming: u64,
    /// The turn of the guest that is removed next.
    going: u64,
    done: Writings,
}

/// The results of the writer.
#[derive(Debug)]
pub(crate) struct Writings {
    pub(crate) made: u64,
    pub(crate) overwrites: Latencies,
    pub(crate) adds: Latencies,
    pub(crate) removes: Latencies,
    /// The latencies of all three, each from the moment at which the write was due.
    pub(crate) from_schedule: Latencies,
    pub(crate) ledger: Ledger,
}

impl Writings {
    /// The results of a writer that has not begun yet.
    pub(crate) fn none(load: &Load<'_>) -> Self {
        let names = load.names;
        let there = |index| names.is_there_at_first(index).then_some(0);
        Self {
            made: 0,
            overwrites: Latencies::new(),
            adds: Latencies::new(),
            removes: Latencies::new(),
            from_schedule: Latencies::new(),
            ledger: Ledger((0..names.iter().count()).map(there).collect()),
        }
    }
}

impl<'l> Writer<'l> {
    pub(crate) fn new(load: &'l Load<'l>, random: Random) -> Self {
        Self {
            load,
            random,
            coming: load.names.first_absent(),
            going: 0,
            done: Writings::none(load),
        }
    }

    /// Makes the scheduled writes. A late writer skips none of them, but does not wait
    /// between them. The writes that are left at the end are not made.
    pub(crate) fn run(mut self) -> Writings {
        let time = self.load.time();
        let per_second = f64::from(self.load.options.writes_per_second);
        for nth in 0..self.load.options.scheduled() {
            let now = Instant::now();
            if now >= time.end || self.load.is_given_up() {
                break;
            }
            let due = time.begin + Duration::from_secs_f64(nth as f64 / per_second);
            thread::sleep(due.saturating_duration_since(now));
            self.write(nth);
            self.done.from_schedule.record(due.elapsed());
            self.done.made += 1;
        }
        self.done
    }

    /// Of ten writes, eight overwrite, one adds and one removes.
    fn write(&mut self, nth: u64) {
        let mark = nth + 1;
        match nth % 10 {
            4 => self.add(mark),
            9 => self.remove(),
            _ => self.overwrite(mark),
        }
    }

    /// Overwrites a key by popularity: the keys that are read most are overwritten
    /// most.
    fn overwrite(&mut self, mark: u64) {
        let index = self.load.names.draw_resident(&mut self.random);
        let latency = self.insert(index, mark);
        self.done.overwrites.record(latency);
    }

    fn add(&mut self, mark: u64) {
        let index = self.load.names.guest(self.coming);
        self.coming += 1;
        let latency = self.insert(index, mark);
        self.done.adds.record(latency);
    }

    fn insert(&mut self, index: usize, mark: u64) -> Duration {
        let name = self.load.names.get(index);
        let (key, value) = (name.key.clone(), witness::value(&name.text, mark));
        let before = Instant::now();
        self.load.map.insert(key, value);
        let latency = before.elapsed();
        self.done.ledger.0[index] = Some(mark);
        latency
    }

    fn remove(&mut self) {
        let index = self.load.names.guest(self.going);
        self.going += 1;
        let key = &self.load.names.get(index).key;
        let before = Instant::now();
        self.load.map.remove(key);
        self.done.removes.record(before.elapsed());
        self.done.ledger.0[index] = None;
    }
}
