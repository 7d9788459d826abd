//! Compaction: what it keeps, when it is due, and that the owner goes on meanwhile.

use crate::simulated::{Crash, Fault, Simulated, Way};
use crate::support::{Place, assert_state, put, simulated_path, story};
use http_registry::journal::{Change, CompactError, Journal, Options, Recovered};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};

fn with_story(
    disk: &Simulated,
    options: Options,
    story: &[Change],
) -> (Journal<Simulated>, Recovered) {
    let opened = Journal::open_on(disk.clone(), simulated_path(), options);
    let (mut journal, recovered) = opened.expect("the journal opens");
    for change in story {
        journal.append(change).expect("appended");
    }
    (journal, recovered)
}

fn compact(journal: &mut Journal<Simulated>) {
    journal.begin_compaction(|| {}).expect("begun");
    journal
        .finish_compaction()
        .expect("under way")
        .expect("compacted");
}

#[test]
fn a_compaction_keeps_the_flags_and_the_last_changes() {
    for history in [0, 1, 7, 40, 100] {
        let story = story(40);
        let disk = Simulated::default();
        let options = Options {
            history,
            ..Options::default()
        };
        let (mut journal, _) = with_story(&disk, options, &story);
        let before = journal.bytes();
        compact(&mut journal);
        if history < 10 {
            assert!(journal.bytes() < before);
        }
        drop(journal);
        let (_, recovered) = with_story(&disk, options, &[]);
        assert_state(&recovered, &story, history);
    }
}

#[test]
fn a_second_compaction_keeps_as_much() {
    let story = story(60);
    let disk = Simulated::default();
    let options = Options {
        history: 9,
        ..Options::default()
    };
    let (mut journal, _) = with_story(&disk, options, &story[..20]);
    for change in &story[20..] {
        compact(&mut journal);
        journal.append(change).expect("appended");
    }
    drop(journal);
    let (_, recovered) = with_story(&disk, options, &[]);
    assert_state(&recovered, &story, 9);
}

#[test]
fn changes_that_an_earlier_compaction_dropped_are_not_promised_by_a_later_one() {
    let story = story(30);
    let disk = Simulated::default();
    let short = Options {
        history: 2,
        ..Options::default()
    };
    let (mut journal, _) = with_story(&disk, short, &story[..25]);
    compact(&mut journal);
    drop(journal);
    let long = Options {
        history: 20,
        ..Options::default()
    };
    let (mut journal, _) = with_story(&disk, long, &story[25..]);
    compact(&mut journal);
    drop(journal);
    let (_, recovered) = with_story(&disk, long, &[]);
    assert_state(&recovered, &story, 2 + 5);
}

#[test]
fn a_compacted_journal_reports_its_lengths() {
    let disk = Simulated::default();
    let options = Options {
        history: 0,
        ..Options::default()
    };
    let (mut journal, _) = with_story(&disk, options, &story(40));
    let before = journal.bytes();
    journal.begin_compaction(|| {}).expect("begun");
    let compacted = journal
        .finish_compaction()
        .expect("under way")
        .expect("compacted");
    let bytes = disk.bytes(simulated_path()).expect("the file").len() as u64;
    assert_eq!((compacted.before, compacted.after), (before, bytes));
    assert_eq!(journal.bytes(), bytes);
    assert!(journal.finish_compaction().is_none());
}

#[test]
fn appends_do_not_wait_for_a_compaction() {
    let story = story(60);
    let disk = Simulated::default();
    let options = Options {
        history: 5,
        ..Options::default()
    };
    let (mut journal, _) = with_story(&disk, options, &story[..40]);
    let held = disk.creations.lock().expect("the compaction waits for it");
    let ready = Arc::new(AtomicBool::new(false));
    let says = Arc::clone(&ready);
    journal
        .begin_compaction(move || says.store(true, Ordering::SeqCst))
        .expect("begun");
    for change in &story[40..] {
        journal.append(change).expect("appended");
    }
    journal.sync().expect("synced");
    assert!(!ready.load(Ordering::SeqCst));
    drop(held);
    journal
        .finish_compaction()
        .expect("under way")
        .expect("compacted");
    assert!(ready.load(Ordering::SeqCst));
    drop(journal);
    let (_, recovered) = with_story(&disk.after(Crash::PowerAll), options, &[]);
    assert_state(&recovered, &story, 5);
}

#[test]
fn a_compaction_is_due_at_twice_the_length_that_it_would_leave() {
    let disk = Simulated::default();
    let options = Options {
        history: 0,
        compact_from: 600,
    };
    let (mut journal, _) = with_story(&disk, options, &[]);
    let mut due = Vec::new();
    for version in 1..=40 {
        journal
            .append(&put(version, "one flag", "true"))
            .expect("appended");
        if journal.compaction_is_due() {
            due.push(journal.bytes());
            let after = disk.bytes(simulated_path()).expect("the file").len();
            assert!(after >= 600);
            journal.begin_compaction(|| {}).expect("begun");
            assert!(!journal.compaction_is_due(), "one is under way");
            journal
                .finish_compaction()
                .expect("under way")
                .expect("compacted");
            assert!(!journal.compaction_is_due());
        }
    }
    assert!((2..=20).contains(&due.len()), "{due:?}");

    let flags: Vec<_> = (1..=20)
        .map(|version| put(version, &version.to_string(), "1"))
        .collect();
    let disk = Simulated::default();
    let (journal, _) = with_story(&disk, options, &flags);
    drop(journal);
    let (journal, _) = with_story(&disk, options, &[]);
    assert!(journal.bytes() >= 600);
    assert!(!journal.compaction_is_due(), "all flags are live");
}

#[test]
fn the_changes_that_a_compaction_keeps_do_not_make_the_next_one_due() {
    let disk = Simulated::default();
    let options = Options {
        history: 30,
        compact_from: 0,
    };
    let (mut journal, _) = with_story(&disk, options, &story(40));
    assert!(journal.compaction_is_due());
    compact(&mut journal);
    assert!(!journal.compaction_is_due());
    drop(journal);
    let (mut journal, _) = with_story(&disk, options, &[]);
    assert!(!journal.compaction_is_due());
    let left = journal.bytes();
    for version in 41.. {
        journal
            .append(&put(version, "one flag", "true"))
            .expect("appended");
        if journal.compaction_is_due() {
            assert!(
                journal.bytes() < 2 * left + 100,
                "{} after {left}",
                journal.bytes()
            );
            return;
        }
    }
}

#[test]
fn a_journal_that_is_closed_during_a_compaction_waits_for_its_thread() {
    let story = story(400);
    let disk = Simulated::default();
    let options = Options {
        history: 5,
        ..Options::default()
    };
    let (mut journal, _) = with_story(&disk, options, &story);
    let ready = Arc::new(AtomicBool::new(false));
    let says = Arc::clone(&ready);
    journal
        .begin_compaction(move || says.store(true, Ordering::SeqCst))
        .expect("begun");
    drop(journal);
    assert!(
        ready.load(Ordering::SeqCst),
        "the thread still writes beside the next owner"
    );
    let (_, recovered) = with_story(&disk, options, &[]);
    assert_state(&recovered, &story, 5);
}

#[test]
fn a_compaction_does_not_hide_damage() {
    let place = Place::new();
    let (mut journal, _) = place.open();
    for change in story(20) {
        journal.append(&change).expect("appended");
    }
    let mut bytes = std::fs::read(place.path()).expect("the file");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(place.path(), &bytes).expect("written");
    journal.begin_compaction(|| {}).expect("begun");
    let compacted = journal.finish_compaction().expect("under way");
    assert!(
        matches!(compacted, Err(CompactError::Failed(_))),
        "{compacted:?}"
    );
    drop(journal);
    assert_eq!(std::fs::read(place.path()).expect("the file"), bytes);
}

/// A journal in which a compaction is due, and a fault at its next call.
fn due(fault: Fault) -> (Simulated, Journal<Simulated>) {
    let disk = Simulated::default();
    let options = Options {
        history: 0,
        compact_from: 0,
    };
    let flags: Vec<_> = (1..=20)
        .map(|version| put(version, "one flag", "1"))
        .collect();
    let (journal, _) = with_story(&disk, options, &flags);
    assert!(journal.compaction_is_due());
    disk.fail(Some(Fault {
        at: disk.calls() + fault.at,
        ..fault
    }));
    (disk, journal)
}

const ONCE: Fault = Fault {
    at: 0,
    count: 1,
    way: Way::Nothing,
};

#[test]
fn a_failed_compaction_leaves_nothing_and_is_due_again_at_twice_the_length() {
    let (disk, mut journal) = due(Fault { at: 1_000, ..ONCE });
    let before = disk.bytes(simulated_path());
    let bytes = journal.bytes();
    let mut failed = 0;
    for at in 0.. {
        disk.fail(Some(Fault {
            at: disk.calls() + at,
            ..ONCE
        }));
        journal.begin_compaction(|| {}).expect("begun");
        match journal.finish_compaction().expect("under way") {
            Ok(_) => break,
            // It broke at the sync of the folder, which is the last call.
            Err(CompactError::Broken(_)) => break,
            Err(CompactError::Failed(_)) => failed += 1,
        }
        assert_eq!(disk.names(), [simulated_path()], "call {at}");
        assert_eq!(disk.bytes(simulated_path()), before);
        assert!(!journal.compaction_is_due(), "not at once again");
    }
    assert!(failed >= 5, "{failed} calls");
    assert!(bytes > journal.bytes());

    let (_, mut journal) = due(ONCE);
    journal.begin_compaction(|| {}).expect("begun");
    journal
        .finish_compaction()
        .expect("under way")
        .expect_err("failed");
    let bytes = journal.bytes();
    for version in 21.. {
        if journal.compaction_is_due() {
            break;
        }
        journal
            .append(&put(version, "one flag", "1"))
            .expect("appended");
    }
    assert!(journal.bytes() >= 2 * bytes);
}

#[test]
fn a_broken_journal_is_not_compacted() {
    let (disk, mut journal) = due(Fault { at: 1_000, ..ONCE });
    let (sender, ready) = mpsc::channel();
    journal
        .begin_compaction(move || sender.send(()).expect("we wait"))
        .expect("begun");
    ready.recv().expect("the thread says when it is ready");
    let before = disk.bytes(simulated_path());
    disk.fail(Some(Fault {
        at: disk.calls(),
        ..ONCE
    }));
    journal.sync().expect_err("broken");
    let finished = journal.finish_compaction().expect("under way");
    assert!(
        matches!(finished, Err(CompactError::Broken(_))),
        "{finished:?}"
    );
    assert_eq!(disk.bytes(simulated_path()), before);
    assert!(!journal.compaction_is_due());
}

#[test]
fn a_compaction_fails_if_somebody_else_has_cut_the_file() {
    let (disk, mut journal) = due(Fault { at: 1_000, ..ONCE });
    let whole = disk.bytes(simulated_path()).expect("the file").len();
    journal.append(&put(21, "one flag", "1")).expect("appended");
    disk.shorten(simulated_path(), whole);
    journal.begin_compaction(|| {}).expect("begun");
    fails_and_leaves(&mut journal, &disk, whole);
}

#[test]
fn a_compaction_fails_if_somebody_else_has_cut_what_was_appended_meanwhile() {
    let (disk, mut journal) = due(Fault { at: 1_000, ..ONCE });
    let whole = disk.bytes(simulated_path()).expect("the file").len();
    let (sender, ready) = mpsc::channel();
    journal
        .begin_compaction(move || sender.send(()).expect("we wait"))
        .expect("begun");
    ready.recv().expect("the thread says when it is ready");
    journal.append(&put(21, "one flag", "1")).expect("appended");
    disk.shorten(simulated_path(), whole);
    fails_and_leaves(&mut journal, &disk, whole);
}

fn fails_and_leaves(journal: &mut Journal<Simulated>, disk: &Simulated, length: usize) {
    let finished = journal.finish_compaction().expect("under way");
    assert!(
        matches!(finished, Err(CompactError::Failed(_))),
        "{finished:?}"
    );
    assert_eq!(
        disk.bytes(simulated_path()).expect("the file").len(),
        length
    );
}
