//! Rounds in which the maps take turns, and their results.

use crate::contender::Contention;
use crate::data::{Key, Value};
use crate::keys::Keys;
use crate::latency::Latencies;
use crate::metric::Metric;
use crate::progress::Progress;
use crate::roster::{self, Entrant};
use crate::round::{Measured, Round};
use crate::script::Script;
use crate::statistics::median;
use std::time::Duration;

/// The number of operations in the first trial, which estimates how many fit.
const TRIAL: u64 = 4_096;

/// The least duration of a trial.
const TRIAL_TIME: Duration = Duration::from_millis(20);

/// The operations of the warm-up of each turn, as a share of those of its measurement.
const WARM_UP: f64 = 0.2;

/// The operations before the first turn, as a share of those of all measurements. They
/// bring a map into the state in which the load keeps it: all that the load makes the map
/// move, promote or shrink is moved, promoted or shrunk.
const BEFORE_THE_FIRST: f64 = 0.2;

/// If all maps together need more bytes, they are not kept from turn to turn.
const MOST_KEPT: f64 = (1 << 30) as f64;

/// A map is stopped when it has taken this many times its share of the time.
const PATIENCE: u32 = 3;

/// The time limit for a map if the number of operations is given.
const NO_END: Duration = Duration::from_secs(600);

/// What is to be compared.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan<'p> {
    pub(crate) script: &'p Script,
    pub(crate) threads: usize,
    pub(crate) value_bytes: usize,
    pub(crate) rounds: usize,
    pub(crate) length: Length,
    /// The names of the maps to compare.
    pub(crate) contenders: &'p [&'static str],
}

/// How long a map's turn is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Length {
    /// The same number of operations for each map: as many as fit into this time at the
    /// median throughput of all maps. The time includes all warm-ups.
    Time(Duration),
    Operations(u64),
}

/// The results of one map.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    pub(crate) name: &'static str,
    pub(crate) rounds: Vec<Measured>,
    /// Of all rounds.
    pub(crate) latencies: Latencies,
    /// Of all rounds.
    pub(crate) contention: Option<Contention>,
    /// None if the map was empty at the start.
    pub(crate) bytes_per_entry: Option<f64>,
}

impl Tally {
    /// The figure that decides, for each round. None if a round has no samples for it.
    pub(crate) fn figures(&self, metric: Metric) -> Option<Vec<f64>> {
        self.rounds.iter().map(|round| metric.of(round)).collect()
    }

    pub(crate) fn per_second(&self) -> f64 {
        self.in_the_middle(Measured::per_second)
    }

    /// Operations a second of the thread that did least.
    pub(crate) fn slowest_thread(&self) -> f64 {
        self.in_the_middle(|round| round.slowest_thread)
    }

    pub(crate) fn fastest_thread(&self) -> f64 {
        self.in_the_middle(|round| round.fastest_thread)
    }

    /// The median of the rounds.
    fn in_the_middle(&self, figure: impl Fn(&Measured) -> f64) -> f64 {
        let rounds: Vec<_> = self.rounds.iter().map(figure).collect();
        median(&rounds)
    }

    /// How many acquisitions of its locks had to wait, if that is known.
    pub(crate) fn contended_percent(&self) -> Option<f64> {
        let seen = self.contention?;
        Some(100.0 * seen.contended as f64 / seen.acquisitions.max(1) as f64)
    }

    /// How much of their time its threads waited for locks, if that is known.
    pub(crate) fn waited_percent(&self) -> Option<f64> {
        let waited = self.contention?.waited;
        let spent = self.rounds.iter().map(|round| round.time * round.threads);
        Some(100.0 * waited.as_secs_f64() / spent.sum::<Duration>().as_secs_f64())
    }

    /// In how many rounds it was stopped.
    pub(crate) fn stopped(&self) -> usize {
        self.rounds.iter().filter(|round| round.stopped).count()
    }
}

/// How many steps a comparison shows as progress.
pub(crate) fn steps(rounds: usize, contenders: usize) -> usize {
    (rounds + 2) * contenders
}

/// The order of so many maps in a round. Each map begins a round in turn, so that no
/// map always has the first turn.
pub(crate) fn turns(round: usize, maps: usize) -> impl Iterator<Item = usize> {
    (0..maps).map(move |nth| (nth + round) % maps)
}

/// Measures all of them, round by round.
pub(crate) fn run<K: Key, V: Value>(plan: &Plan<'_>, progress: &Progress) -> Vec<Tally> {
    let keys = Keys::<K>::of(plan.script);
    let mut entrants: Vec<_> = roster::all::<K, V>().into();
    entrants.retain(|entrant| plan.contenders.contains(&entrant.name));
    let round = plan.round(&keys, &entrants, progress);
    let filled = |entrant: &Entrant<K>| (entrant.filled)(&keys, plan.script, plan.value_bytes);
    let tally = |entrant: &Entrant<K>| Tally {
        name: entrant.name,
        rounds: Vec::new(),
        latencies: Latencies::new(),
        contention: None,
        bytes_per_entry: plan.bytes_per_entry(&keys, entrant),
    };
    let mut tallies: Vec<_> = entrants.iter().map(tally).collect();
    let mut kept = Vec::new();
    if plan.can_keep(&tallies) {
        let first = plan.before_the_first(round);
        for entrant in &entrants {
            progress.step(&format!("warm-up: {}", entrant.name));
            let map = filled(entrant);
            map.measure(&keys, first);
            kept.push(map);
        }
    }
    for nth in 0..plan.rounds {
        for at in turns(nth, entrants.len()) {
            let (entrant, tally) = (&entrants[at], &mut tallies[at]);
            progress.step(&format!("round {}: {}", nth + 1, entrant.name));
            tally.add(match kept.get(at) {
                Some(map) => map.measure(&keys, round.after(nth)),
                None => filled(entrant).measure(&keys, round),
            });
        }
    }
    tallies
}

impl Tally {
    fn add(&mut self, measured: Measured) {
        self.latencies.add(&measured.latencies);
        if let Some(contention) = measured.contention {
            let before = self.contention.unwrap_or_default();
            self.contention = Some(before.and(contention));
        }
        self.rounds.push(measured);
    }
}

impl<'p> Plan<'p> {
    fn round<K: Key>(
        &self,
        keys: &Keys<K>,
        entrants: &[Entrant<K>],
        progress: &Progress,
    ) -> Round<'p> {
        let (operations, patience) = match self.length {
            Length::Operations(operations) => (operations, NO_END),
            Length::Time(time) => {
                let time = time.div_f64(1.0 + WARM_UP + BEFORE_THE_FIRST);
                let rate = |entrant: &Entrant<K>| {
                    progress.step(&format!("trial: {}", entrant.name));
                    self.trial(keys, entrant)
                };
                let rates: Vec<_> = entrants.iter().map(rate).collect();
                let operations = median(&rates) * time.as_secs_f64();
                ((operations as u64).max(TRIAL), time * PATIENCE)
            }
        };
        Round {
            warm_up: (operations as f64 * WARM_UP) as u64,
            ..self.of(operations, patience)
        }
    }

    fn of(&self, operations: u64, patience: Duration) -> Round<'p> {
        Round {
            script: self.script,
            threads: self.threads,
            value_bytes: self.value_bytes,
            from: 0,
            warm_up: 0,
            operations,
            patience,
        }
    }

    /// Whether each map can be kept from turn to turn.
    pub(crate) fn can_keep(&self, tallies: &[Tally]) -> bool {
        let per_entry = tallies.iter().filter_map(|tally| tally.bytes_per_entry);
        let bytes = per_entry.sum::<f64>() * f64::from(self.script.present);
        self.script.keeps_its_keys() && bytes <= MOST_KEPT
    }

    /// What each map does before its first turn.
    pub(crate) fn before_the_first(&self, round: Round<'p>) -> Round<'p> {
        let turns = self.rounds as f64 * BEFORE_THE_FIRST;
        let operations = (round.operations as f64 * turns) as u64;
        let patience = match self.length {
            Length::Operations(_) => NO_END,
            // As long as all measurements of the map at the median throughput would take,
            // times the share.
            Length::Time(_) => round.patience.mul_f64(turns / f64::from(PATIENCE)),
        };
        self.of(operations, patience)
    }

    /// The map's throughput, estimated by a short trial.
    fn trial<K: Key>(&self, keys: &Keys<K>, entrant: &Entrant<K>) -> f64 {
        let mut operations = TRIAL;
        loop {
            let round = self.of(operations, TRIAL_TIME * PATIENCE);
            let map = (entrant.filled)(keys, self.script, self.value_bytes);
            let measured = map.measure(keys, round);
            if measured.stopped || measured.time >= TRIAL_TIME {
                return measured.per_second();
            }
            operations *= 4;
        }
    }

    fn bytes_per_entry<K: Key>(&self, keys: &Keys<K>, entrant: &Entrant<K>) -> Option<f64> {
        let entries = self.script.present;
        (entries > 0).then(|| {
            let bytes = (entrant.bytes)(keys, self.script, self.value_bytes);
            bytes as f64 / f64::from(entries)
        })
    }
}
