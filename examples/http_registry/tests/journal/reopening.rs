//! What was appended is there when the journal is opened again.

use crate::simulated::{Crash, Simulated};
use crate::support::{Place, assert_state, delete, put, story};
use http_registry::journal::{Journal, OpenError, Options, Value};
use std::fs;
use std::path::Path;

#[test]
fn changes_are_there_after_a_restart() {
    let place = Place::new();
    let changes = [
        put(1, "dark-mode", "true"),
        put(2, "<script>", r#"{"a":"1\n2","b":[1e400]}"#),
        put(3, "dark-mode", "false"),
        put(4, "beta", "null"),
        delete(5, "beta"),
    ];
    let (mut journal, recovered) = place.open();
    assert!(recovered.created);
    for change in &changes {
        journal.append(change).expect("appended");
    }
    journal.sync().expect("synced");
    drop(journal);

    let (journal, recovered) = place.open();
    assert!(!recovered.created);
    assert_eq!(recovered.torn, None);
    assert_eq!(recovered.version, 5);
    assert_eq!(recovered.bytes, journal.bytes());
    assert_eq!(recovered.changes, changes);
    let names: Vec<_> = recovered.flags.iter().map(|flag| &*flag.name).collect();
    assert_eq!(names, ["<script>", "dark-mode"]);
    assert_eq!(
        recovered.flags[0].value.as_str(),
        r#"{"a":"1\n2","b":[1e400]}"#
    );
}

#[test]
fn a_value_keeps_its_text_but_for_line_ends_between_tokens() {
    let text = "{\n\t\"b\": 1.0e400,\r\n \"a\": \"\\n\" }";
    let value = Value::parse(text.as_bytes()).expect("JSON");
    assert_eq!(value.as_str(), "{ \t\"b\": 1.0e400,   \"a\": \"\\n\" }");
    let carriage = Value::parse(b"[1,\r2]").expect("JSON");
    assert_eq!(carriage.as_str(), "[1, 2]");
    let same: Value = serde_json::from_str(text).expect("JSON");
    assert_eq!(same, value);
    for wrong in ["", "1 2", "{\"a\": \"\n\"}", "nul"] {
        Value::parse(wrong.as_bytes()).expect_err("not one JSON value");
    }
    Value::parse(b"\"\xff\"").expect_err("not UTF-8");
}

#[test]
fn new_folders_and_the_journal_outlive_a_power_failure() {
    let options = Options::default();
    for path in [
        "/flags.journal",
        "/new/flags.journal",
        "/new/and/deep/flags.journal",
    ] {
        let path = Path::new(path);
        let disk = Simulated::default();
        let (mut journal, _) = Journal::open_on(disk.clone(), path, options).expect("created");
        let story = story(3);
        for change in &story {
            journal.append(change).expect("appended");
        }
        journal.sync().expect("synced");
        let disk = disk.after(Crash::PowerAll);
        let (_, recovered) = Journal::open_on(disk, path, options).expect("a clean start");
        assert!(!recovered.created, "{}", path.display());
        assert_state(&recovered, &story, 1_024);
    }
}

#[test]
fn a_folder_whose_creation_was_not_synced_is_synced_by_the_next_start() {
    let path = Path::new("/new/flags.journal");
    let whole = Simulated::default();
    drop(Journal::open_on(whole.clone(), path, Options::default()).expect("created"));
    for at in 0..whole.calls() {
        let disk = Simulated::failing(crate::simulated::Fault {
            at,
            count: usize::MAX,
            way: crate::simulated::Way::Nothing,
        });
        Journal::open_on(disk.clone(), path, Options::default()).expect_err("it fails");
        let disk = disk.after(Crash::Kill);
        let opened = Journal::open_on(disk.clone(), path, Options::default());
        let (mut journal, _) = opened.expect("a clean start");
        journal.append(&put(1, "a", "1")).expect("appended");
        journal.sync().expect("synced");
        let disk = disk.after(Crash::PowerAll);
        let (_, recovered) =
            Journal::open_on(disk, path, Options::default()).expect("a clean start");
        assert_state(&recovered, &[put(1, "a", "1")], 1_024);
    }
}

#[test]
fn a_bare_name_stands_for_a_file_in_the_working_folder() {
    let path = Path::new("flags.journal");
    Journal::open_on(Simulated::default(), path, Options::default()).expect("created");
}

#[test]
fn a_path_that_cannot_be_written_is_an_error_that_names_it() {
    let place = Place::new();
    fs::write(place.path(), "a file, and no folder").expect("written");
    let inside = place.path().join("flags.journal");
    let error = Journal::open(&inside, Options::default()).expect_err("refused");
    assert!(matches!(error, OpenError::Io { .. }), "{error:?}");
    let name = place.path().display().to_string();
    assert!(error.to_string().contains(&name), "{error}");
}

#[test]
fn a_journal_that_is_open_cannot_be_opened_again() {
    let place = Place::new();
    let (mut journal, _) = place.open();
    journal.append(&put(1, "a", "1")).expect("appended");
    let refused = Journal::open(&place.path(), Options::default()).expect_err("locked");
    assert!(matches!(refused, OpenError::Locked { .. }), "{refused}");
    // The lock is on a file of its own: it also holds after a compaction.
    journal.begin_compaction(|| {}).expect("begun");
    journal
        .finish_compaction()
        .expect("under way")
        .expect("compacted");
    Journal::open(&place.path(), Options::default()).expect_err("locked");
    drop(journal);
    assert_eq!(place.open().1.version, 1);
}

#[test]
fn the_example_in_the_documentation_is_a_journal() {
    let documentation = include_str!("../../src/journal/mod.rs");
    let (_, example) = documentation.split_once("```text\n").expect("an example");
    let (example, _) = example.split_once("//! ```").expect("its end");
    let lines = example
        .lines()
        .map(|line| line.strip_prefix("//! ").expect("documentation"));
    let text: String = lines.flat_map(|line| [line, "\n"]).collect();
    let place = Place::new();
    fs::write(place.path(), text).expect("written");
    let (_, recovered) = place.open();
    assert_eq!(recovered.version, 7);
    assert_eq!(
        recovered.changes,
        [put(6, "beta", r#""a\nb""#), delete(7, "beta")]
    );
    assert_eq!(recovered.flags.len(), 1);
}
