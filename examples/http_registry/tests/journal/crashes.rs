//! Each call of the disk fails once, or from then on, and the next process finds the state.

use crate::simulated::{Crash, Fault, Simulated, Way};
use crate::support::{assert_state, delete, put, simulated_path};
use http_registry::journal::{Change, CompactError, Journal, Options, WriteError};
use std::collections::BTreeSet;
use std::sync::mpsc;

const OPTIONS: Options = Options {
    history: 3,
    compact_from: 0,
};

const CRASHES: [Crash; 4] = [
    Crash::Kill,
    Crash::PowerAll,
    Crash::PowerContents,
    Crash::PowerNames,
];

/// A process that writes, and what the journal has told it.
#[derive(Default)]
struct Process {
    accepted: Vec<Change>,
    /// So many of them are synced.
    synced: usize,
    /// The record whose append broke the journal.
    unknown: Option<Change>,
    /// What the journal was doing when it broke.
    broken: Option<&'static str>,
    refused: usize,
    failed_compactions: usize,
}

/// The next step would have no journal to work on.
struct Over;

impl Process {
    /// Goes through everything that a journal can do. Ends early when the journal is over.
    fn run(&mut self, disk: &Simulated) -> Result<(), Over> {
        let mut journal = open(disk)?;
        self.append(&mut journal, 4)?;
        self.sync(&mut journal)?;
        self.append(&mut journal, 2)?;
        drop(journal);

        let mut journal = open(disk)?;
        // Opening has synced what it found.
        self.synced = self.accepted.len();
        self.append(&mut journal, 2)?;
        self.compact(&mut journal, 2)?;
        self.append(&mut journal, 2)?;
        self.sync(&mut journal)?;
        self.compact(&mut journal, 0)?;
        self.append(&mut journal, 1)?;
        self.sync(&mut journal)
    }

    fn append(&mut self, journal: &mut Journal<Simulated>, count: usize) -> Result<(), Over> {
        for nth in 0..count {
            let version = self.accepted.len() as u64 + 1;
            let first = change(version, "first");
            match journal.append(&first) {
                Ok(()) => self.accepted.push(first),
                Err(WriteError::Refused(_)) => {
                    self.refused += 1;
                    // The version is still free, and another change may take it.
                    let second = change(version, "second");
                    match journal.append(&second) {
                        Ok(()) => self.accepted.push(second),
                        Err(WriteError::Refused(_)) => {}
                        Err(WriteError::Broken(broken)) => {
                            self.unknown = Some(second);
                            return self.broke(journal, broken.doing);
                        }
                    }
                }
                Err(WriteError::Broken(broken)) => {
                    self.unknown = Some(first);
                    return self.broke(journal, broken.doing);
                }
            }
            assert_eq!(
                journal.version(),
                self.accepted.len() as u64,
                "after append {nth}"
            );
        }
        Ok(())
    }

    fn sync(&mut self, journal: &mut Journal<Simulated>) -> Result<(), Over> {
        match journal.sync() {
            Ok(()) => {
                self.synced = self.accepted.len();
                Ok(())
            }
            Err(WriteError::Broken(broken)) => self.broke(journal, broken.doing),
            Err(WriteError::Refused(error)) => panic!("a sync is never refused: {error}"),
        }
    }

    /// Compacts, and appends so many changes meanwhile.
    fn compact(&mut self, journal: &mut Journal<Simulated>, meanwhile: usize) -> Result<(), Over> {
        let (sender, ready) = mpsc::channel();
        journal
            .begin_compaction(move || sender.send(()).expect("the owner waits"))
            .expect("a thread");
        // The calls of thread and owner come in one order, so that a fault hits the same.
        ready.recv().expect("the thread says when it is ready");
        self.append(journal, meanwhile)?;
        match journal
            .finish_compaction()
            .expect("a compaction is under way")
        {
            // It syncs all that it writes.
            Ok(_) => self.synced = self.accepted.len(),
            Err(CompactError::Failed(_)) => self.failed_compactions += 1,
            Err(CompactError::Broken(broken)) => return self.broke(journal, broken.doing),
        }
        Ok(())
    }

    /// The journal refuses everything from now on, also if the disk is well again.
    fn broke(&mut self, journal: &mut Journal<Simulated>, doing: &'static str) -> Result<(), Over> {
        self.broken = Some(doing);
        assert_eq!(journal.broken().expect("it says so").doing, doing);
        let next = change(journal.version() + 1, "late");
        assert!(matches!(journal.append(&next), Err(WriteError::Broken(_))));
        assert!(matches!(journal.sync(), Err(WriteError::Broken(_))));
        let begun = journal.begin_compaction(|| {});
        assert!(matches!(begun, Err(CompactError::Broken(_))));
        Err(Over)
    }

    /// What the next process finds has all that was promised, and nothing else.
    fn check(&self, disk: &Simulated, crash: Crash) {
        let disk = disk.after(crash);
        let (mut journal, recovered) =
            Journal::open_on(disk.clone(), simulated_path(), OPTIONS).expect("a clean start");
        let mut changes = self.accepted.clone();
        let promised = if crash == Crash::Kill {
            changes.len()
        } else {
            self.synced
        };
        changes.extend(self.unknown.clone());
        let version = usize::try_from(recovered.version).expect("a few changes");
        assert!(
            (promised..=changes.len()).contains(&version),
            "version {version}"
        );
        changes.truncate(version);
        assert_state(&recovered, &changes, OPTIONS.history);
        assert_eq!(disk.names(), [simulated_path()], "something is left over");

        let next = change(recovered.version + 1, "next");
        journal.append(&next).expect("appended");
        journal.sync().expect("synced");
        changes.push(next);
        // What the crash before has left unsynced must be synced by now.
        let disk = disk.after(Crash::PowerAll);
        let (_, recovered) =
            Journal::open_on(disk, simulated_path(), OPTIONS).expect("a clean start");
        assert_state(&recovered, &changes, OPTIONS.history);
    }
}

fn open(disk: &Simulated) -> Result<Journal<Simulated>, Over> {
    let opened = Journal::open_on(disk.clone(), simulated_path(), OPTIONS);
    opened.map(|(journal, _)| journal).map_err(|_| Over)
}

fn change(version: u64, value: &str) -> Change {
    let name = format!("flag {}", version % 4);
    if version % 6 == 5 {
        return delete(version, &name);
    }
    put(version, &name, &format!("\"{value} {version}\""))
}

fn faults(calls: usize) -> impl Iterator<Item = Fault> {
    let ways = [Way::Nothing, Way::Half, Way::Done];
    let counts = ways
        .into_iter()
        .flat_map(|way| [1, 2, 3, usize::MAX].map(|count| (way, count)));
    (0..calls).flat_map(move |at| {
        counts
            .clone()
            .map(move |(way, count)| Fault { at, count, way })
    })
}

#[test]
fn whatever_call_fails_and_however_it_crashes_the_next_start_has_what_was_promised() {
    let whole = Simulated::default();
    let mut process = Process::default();
    assert!(process.run(&whole).is_ok());
    assert_eq!(
        (process.accepted.len(), process.refused, process.broken),
        (13, 0, None)
    );

    let mut broken = BTreeSet::new();
    let mut refused = 0;
    let mut failed_compactions = 0;
    for fault in faults(whole.calls()) {
        let disk = Simulated::failing(fault);
        let mut process = Process::default();
        drop(process.run(&disk));
        for crash in CRASHES {
            println!("{fault:?}, {crash:?}, broken: {:?}", process.broken);
            process.check(&disk, crash);
        }
        broken.extend(process.broken);
        refused += process.refused;
        failed_compactions += process.failed_compactions;
    }
    let reached = [
        "cut a half record off",
        "rename the new file to",
        "sync",
        "sync the folder of",
    ];
    assert_eq!(broken, BTreeSet::from(reached));
    assert!(refused > 0 && failed_compactions > 0);
}

#[test]
fn a_crash_during_recovery_does_no_harm() {
    let disk = Simulated::default();
    let mut process = Process::default();
    assert!(process.run(&disk).is_ok());
    // A compaction that never ended, and then a torn record.
    let mut journal = open(&disk).unwrap_or_else(|_| panic!("it opens"));
    let (sender, ready) = mpsc::channel();
    journal
        .begin_compaction(move || sender.send(()).expect("the owner waits"))
        .expect("a thread");
    ready.recv().expect("the thread says when it is ready");
    process.unknown = Some(change(14, "unknown"));
    disk.fail(Some(Fault {
        at: disk.calls(),
        count: usize::MAX,
        way: Way::Half,
    }));
    journal.append(&change(14, "unknown")).expect_err("broken");
    assert_eq!(
        disk.names().len(),
        2,
        "the journal and what the compaction has left"
    );

    let found = disk.after(Crash::Kill);
    drop(Journal::open_on(found.clone(), simulated_path(), OPTIONS).expect("it opens"));
    for fault in faults(found.calls()) {
        let again = disk.after(Crash::Kill);
        again.fail(Some(fault));
        drop(Journal::open_on(again.clone(), simulated_path(), OPTIONS));
        for crash in CRASHES {
            println!("{fault:?}, {crash:?}");
            process.check(&again, crash);
        }
    }
}
