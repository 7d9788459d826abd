//! Random histories of puts, deletions, compactions and crashes, against a model.

use crate::simulated::{Crash, Simulated};
use crate::support::{Place, assert_state, delete, put, simulated_path};
use fastrand::Rng;
use http_registry::journal::disk::{Disk, System};
use http_registry::journal::{Change, Journal, Options};
use std::path::Path;

/// The model: all changes so far, and how many of them are synced.
struct History<D: Disk> {
    random: Rng,
    options: Options,
    journal: Option<Journal<D>>,
    changes: Vec<Change>,
    synced: usize,
    compactions: usize,
}

impl<D: Disk> History<D> {
    fn new(seed: u64, disk: D, path: &Path) -> Self {
        let mut random = Rng::with_seed(seed);
        let options = Options {
            history: random.usize(0..12),
            compact_from: 0,
        };
        let (journal, _) = Journal::open_on(disk, path, options).expect("a new journal");
        Self {
            random,
            options,
            journal: Some(journal),
            changes: Vec::new(),
            synced: 0,
            compactions: 0,
        }
    }

    fn journal(&mut self) -> &mut Journal<D> {
        self.journal.as_mut().expect("it is open")
    }

    fn step(&mut self) {
        match self.random.u32(0..20) {
            0 => {
                self.journal().sync().expect("synced");
                self.synced = self.changes.len();
            }
            1 => self.journal().begin_compaction(|| {}).expect("a thread"),
            2 => {
                if let Some(compacted) = self.journal().finish_compaction() {
                    compacted.expect("compacted");
                    self.synced = self.changes.len();
                    self.compactions += 1;
                }
            }
            _ => {
                let change = self.change();
                self.journal().append(&change).expect("appended");
                self.changes.push(change);
            }
        }
    }

    fn change(&mut self) -> Change {
        let version = self.changes.len() as u64 + 1;
        let name = format!("flag {}", self.random.u32(0..6));
        if self.random.u32(0..3) == 0 {
            return delete(version, &name);
        }
        let value: String = (0..self.random.usize(0..30))
            .map(|_| self.random.char(..))
            .collect();
        put(
            version,
            &name,
            &serde_json::to_string(&value).expect("JSON"),
        )
    }

    /// Opens the journal anew and compares it with the model.
    fn reopen(&mut self, disk: D, path: &Path, promised: usize) {
        let opened = Journal::open_on(disk, path, self.options);
        let (journal, recovered) = opened.expect("a clean start");
        let version = usize::try_from(recovered.version).expect("a few changes");
        assert!(
            (promised..=self.changes.len()).contains(&version),
            "version {version}"
        );
        self.changes.truncate(version);
        assert_state(&recovered, &self.changes, self.options.history);
        self.synced = version;
        self.journal = Some(journal);
    }
}

#[test]
fn random_histories_with_crashes_agree_with_a_model() {
    let mut compactions = 0;
    for seed in 0..400 {
        println!("seed {seed}");
        let mut disk = Simulated::default();
        let mut history = History::new(seed, disk.clone(), simulated_path());
        for _ in 0..6 {
            for _ in 0..history.random.usize(0..40) {
                history.step();
            }
            let crashes = [
                Crash::Kill,
                Crash::PowerAll,
                Crash::PowerContents,
                Crash::PowerNames,
            ];
            let crash = crashes[history.random.usize(..crashes.len())];
            let kill = crash == Crash::Kill;
            let promised = if kill {
                history.changes.len()
            } else {
                history.synced
            };
            // A copy of the disk: the old journal cannot write to it any more.
            disk = disk.after(crash);
            history.reopen(disk.clone(), simulated_path(), promised);
        }
        compactions += history.compactions;
    }
    assert!(compactions > 400, "{compactions} compactions");
}

#[test]
fn random_histories_on_the_real_disk_agree_with_a_model() {
    for seed in 0..12 {
        println!("seed {seed}");
        let place = Place::new();
        let path = place.path();
        let mut history = History::new(seed, System, &path);
        for _ in 0..4 {
            for _ in 0..history.random.usize(0..80) {
                history.step();
            }
            history.journal = None;
            let promised = history.changes.len();
            history.reopen(System, &path, promised);
        }
    }
}
