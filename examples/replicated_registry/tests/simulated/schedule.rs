//! Schedules: what happens, in which order. A seed makes one, and a failing one is made short.

use fastrand::Rng;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Event {
    // At the source.
    Put,
    Delete,
    PurgeKey,
    ForgetMarkers,
    Purge,
    Expire,
    Recreate,
    Save,
    LoseMemory,
    // Of the connection and the driver.
    Disconnect,
    Look,
    Open,
    Pump,
    Heartbeat,
    Arrive,
    Drop,
    Late,
    Ask,
    Answer,
    Hear,
    // Of a writer in this process.
    Write,
    Acknowledge,
    Quiet,
}

/// How often each happens.
const WEIGHTS: [(Event, u32); 23] = [
    (Event::Put, 12),
    (Event::Delete, 6),
    (Event::PurgeKey, 2),
    (Event::ForgetMarkers, 1),
    (Event::Purge, 1),
    (Event::Expire, 1),
    (Event::Recreate, 1),
    (Event::Save, 2),
    (Event::LoseMemory, 1),
    (Event::Disconnect, 2),
    (Event::Look, 4),
    (Event::Open, 5),
    (Event::Pump, 20),
    (Event::Heartbeat, 4),
    (Event::Arrive, 22),
    (Event::Drop, 1),
    (Event::Late, 3),
    (Event::Ask, 6),
    (Event::Answer, 6),
    (Event::Hear, 6),
    (Event::Write, 4),
    (Event::Acknowledge, 4),
    (Event::Quiet, 1),
];

/// One step. `seed` decides all that is left to chance in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) event: Event,
    pub(crate) seed: u64,
}

pub(crate) struct Schedule {
    pub(crate) history: usize,
    pub(crate) tombstones: usize,
    pub(crate) steps: Vec<Step>,
}

impl Schedule {
    pub(crate) fn of(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let length = rng.usize(10..=160);
        Self {
            history: rng.usize(1..=3),
            tombstones: rng.usize(1..=6),
            steps: (0..length).map(|_| step(&mut rng)).collect(),
        }
    }

    /// Leaves out what is not needed for the failure, larger pieces first.
    pub(crate) fn shorten(&mut self, fails: impl Fn(&Schedule) -> bool) {
        let mut size = self.steps.len() / 2;
        while size > 0 {
            let mut at = 0;
            while at + size <= self.steps.len() {
                let removed: Vec<_> = self.steps.drain(at..at + size).collect();
                if !fails(self) {
                    self.steps.splice(at..at, removed);
                    at += size;
                }
            }
            size /= 2;
        }
    }
}

fn step(rng: &mut Rng) -> Step {
    let all: u32 = WEIGHTS.iter().map(|(_, weight)| weight).sum();
    let mut at = rng.u32(..all);
    let found = WEIGHTS.iter().find(|(_, weight)| {
        let here = at < *weight;
        at = at.wrapping_sub(*weight);
        here
    });
    Step {
        event: found.map_or(Event::Pump, |(event, _)| *event),
        seed: rng.u64(..),
    }
}
