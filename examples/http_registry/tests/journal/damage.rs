//! Files that a crash has cut, and files that something has damaged.

use crate::simulated::Simulated;
use crate::support::{assert_state, delete, put, simulated_path, story};
use http_registry::journal::{Change, Damage, Journal, MAX_LINE, OpenError, Options, Recovered};
use http_registry::journal::{Torn, Wrong};

/// A journal with a compacted part of `compacted` changes and `after` changes behind it.
fn file(compacted: usize, after: usize) -> (Vec<u8>, Vec<Change>) {
    let story = story((compacted + after) as u64);
    let disk = Simulated::default();
    let options = Options {
        history: 0,
        ..Options::default()
    };
    let (mut journal, _) =
        Journal::open_on(disk.clone(), simulated_path(), options).expect("a new journal");
    for change in &story[..compacted] {
        journal.append(change).expect("appended");
    }
    if compacted > 0 {
        journal.begin_compaction(|| {}).expect("begun");
        journal
            .finish_compaction()
            .expect("under way")
            .expect("compacted");
    }
    for change in &story[compacted..] {
        journal.append(change).expect("appended");
    }
    (disk.bytes(simulated_path()).expect("the file"), story)
}

/// Opens a file and checks that an error has left it alone.
fn open(bytes: &[u8]) -> Result<(Recovered, Vec<u8>), OpenError> {
    let path = simulated_path();
    let disk = Simulated::with(path, bytes);
    let opened = Journal::open_on(disk.clone(), path, Options::default());
    let left = disk.bytes(path).expect("the file");
    match opened {
        Ok((_, recovered)) => Ok((recovered, left)),
        Err(error) => {
            assert_eq!(left, bytes, "the file was changed in spite of {error}");
            Err(error)
        }
    }
}

fn damage(bytes: &[u8]) -> Damage {
    match open(bytes) {
        Err(OpenError::Damaged(damage)) => damage,
        other => panic!("no damage was found: {other:?}"),
    }
}

/// Where each line starts, and the length of the file.
fn starts(bytes: &[u8]) -> Vec<usize> {
    let ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    std::iter::once(0)
        .chain(ends.map(|(at, _)| at + 1))
        .collect()
}

fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    bytes.split_inclusive(|byte| *byte == b'\n').collect()
}

/// The part that is whole before the file gets its name: up to the checkpoint's line end.
fn whole(bytes: &[u8]) -> usize {
    let lines = lines(bytes);
    let checkpoint = lines
        .iter()
        .position(|line| line[9..].starts_with(b"{\"checkpoint\""));
    lines[..=checkpoint.expect("a checkpoint")]
        .iter()
        .map(|line| line.len())
        .sum()
}

#[test]
fn a_file_cut_at_any_byte_has_the_records_that_are_whole() {
    for (compacted, after) in [(0, 40), (20, 20)] {
        let (bytes, story) = file(compacted, after);
        let starts = starts(&bytes);
        let first = whole(&bytes);
        for length in first..=bytes.len() {
            let (recovered, left) = open(&bytes[..length]).expect("a clean start");
            let last = *starts
                .iter()
                .rfind(|start| **start <= length)
                .expect("a line");
            let records = starts
                .iter()
                .filter(|start| (first + 1..=last).contains(*start));
            let changes = &story[..compacted + records.count()];
            assert_eq!(recovered.version, changes.len() as u64);
            assert_eq!(recovered.flags, crate::support::flags_after(changes));
            let torn = (last < length).then_some(Torn {
                offset: last as u64,
                bytes: (length - last) as u64,
            });
            assert_eq!(recovered.torn, torn);
            assert_eq!(left, bytes[..last]);
        }
    }
}

#[test]
fn a_file_cut_before_its_checkpoint_is_damaged() {
    for (compacted, after) in [(0, 4), (20, 4)] {
        let (bytes, _) = file(compacted, after);
        let starts = starts(&bytes);
        for length in 0..whole(&bytes) {
            let last = *starts
                .iter()
                .rfind(|start| **start <= length)
                .expect("a line");
            let damage = damage(&bytes[..length]);
            assert_eq!(
                (damage.offset, damage.wrong),
                (last as u64, Wrong::TooShort)
            );
        }
    }
}

#[test]
fn each_changed_byte_is_found() {
    for (compacted, after) in [(0, 20), (14, 8)] {
        let (bytes, story) = file(compacted, after);
        let starts = starts(&bytes);
        for at in 0..bytes.len() {
            let line = *starts.iter().rfind(|start| **start <= at).expect("a line");
            for other in others(bytes[at]) {
                let mut changed = bytes.clone();
                changed[at] = other;
                if at + 1 == bytes.len() {
                    // The last line end: the last record looks as if it were torn.
                    let (recovered, left) = open(&changed).expect("a clean start");
                    assert_eq!(recovered.version, story.len() as u64 - 1);
                    assert_eq!(left, bytes[..line]);
                } else {
                    assert_eq!(damage(&changed).offset, line as u64, "byte {at} is {other}");
                }
            }
        }
    }
}

/// Some bits flipped, and bytes that mean something in a file of lines.
fn others(byte: u8) -> impl Iterator<Item = u8> {
    let flipped = [0, 5, 7].into_iter().map(move |bit| byte ^ (1 << bit));
    let special = [0, b'\n', b' ', b'"', 0xff].into_iter();
    flipped.chain(special).filter(move |other| *other != byte)
}

#[test]
fn a_line_that_is_missing_repeated_or_swapped_is_found() {
    for (compacted, after) in [(0, 30), (20, 12)] {
        let (bytes, story) = file(compacted, after);
        let lines = lines(&bytes);
        for at in 0..lines.len() {
            let mut missing = lines.clone();
            missing.remove(at);
            if at + 1 < lines.len() {
                damage(&missing.concat());
            } else {
                // Nothing tells this from a file whose last record was never written.
                let (recovered, _) = open(&missing.concat()).expect("a clean start");
                assert_eq!(recovered.version, story.len() as u64 - 1);
            }
            let mut repeated = lines.clone();
            repeated.insert(at, lines[at]);
            let second: usize = lines[..=at].iter().map(|line| line.len()).sum();
            assert_eq!(damage(&repeated.concat()).offset, second as u64);
            for other in at + 1..lines.len() {
                let mut swapped = lines.clone();
                swapped.swap(at, other);
                damage(&swapped.concat());
            }
        }
    }
}

#[test]
fn a_whole_last_line_with_a_wrong_checksum_is_damage() {
    let (bytes, _) = file(0, 3);
    let mut longer = bytes.clone();
    longer.extend_from_slice(b"00000000 {\"delete\":null}\n");
    let damage = damage(&longer);
    assert_eq!(
        (damage.offset, damage.wrong),
        (bytes.len() as u64, Wrong::Checksum)
    );
}

#[test]
fn a_tail_of_zeros_is_a_torn_record() {
    let (bytes, story) = file(0, 3);
    let mut longer = bytes.clone();
    longer.extend_from_slice(&[0; 4_096]);
    let (recovered, left) = open(&longer).expect("a clean start");
    assert_eq!(
        recovered.torn,
        Some(Torn {
            offset: bytes.len() as u64,
            bytes: 4_096
        })
    );
    assert_eq!(left, bytes);
    assert_state(&recovered, &story, 1_024);
}

#[test]
fn a_line_longer_than_the_limit_is_damage() {
    let (bytes, _) = file(0, 3);
    for end in ["", "\n"] {
        let mut longer = bytes.clone();
        longer.resize(bytes.len() + MAX_LINE + 1 - end.len(), b'x');
        longer.extend_from_slice(end.as_bytes());
        let damage = damage(&longer);
        assert_eq!(
            (damage.offset, damage.wrong),
            (bytes.len() as u64, Wrong::TooLong)
        );
    }
    let mut torn = bytes.clone();
    torn.resize(bytes.len() + MAX_LINE, b'x');
    assert!(open(&torn).expect("a clean start").0.torn.is_some());
}

#[test]
fn bytes_that_are_not_utf_8_are_damage() {
    let (bytes, _) = file(0, 3);
    let json = b"{\"put\":{\"name\":\"\xff\",\"value\":1,\"version\":4,\"changed\":\"\"}}";
    assert!(matches!(
        damage(&with_line(&bytes, json)).wrong,
        Wrong::Unreadable(_)
    ));
}

#[test]
fn a_line_that_is_not_a_record_is_damage_although_its_checksum_fits() {
    let (bytes, _) = file(0, 3);
    for json in [
        "",
        "{}",
        "true",
        r#"{"flip":{"name":"a","version":4}}"#,
        r#"{"delete":{"name":"a","version":4,"changed":"","more":1}}"#,
        r#"{"delete":{"name":"a","version":-4,"changed":""}}"#,
        r#"{"delete":{"name":"a","version":4,"changed":""}} {}"#,
        r#"{"put":{"name":"a","version":4,"changed":""}}"#,
    ] {
        let damage = damage(&with_line(&bytes, json.as_bytes()));
        assert_eq!(damage.offset, bytes.len() as u64, "{json}");
        assert!(
            matches!(damage.wrong, Wrong::Unreadable(_)),
            "{json}: {damage}"
        );
    }
}

#[test]
fn a_journal_of_another_format_is_refused() {
    let header = br#"{"journal":{"program":"http_registry","format":2,"more":true}}"#;
    let error = open(&with_line(b"", header)).expect_err("refused");
    assert!(
        matches!(error, OpenError::Format { found: 2, .. }),
        "{error}"
    );
}

#[test]
fn a_message_names_file_and_offset() {
    let (mut bytes, _) = file(0, 3);
    let offset = starts(&bytes)[3];
    bytes[offset] ^= 1;
    let says = damage(&bytes).to_string();
    let file = simulated_path().display();
    let expected = format!("{file}: damaged at byte {offset}: the checksum");
    assert!(says.starts_with(&expected), "{says}");
}

#[test]
fn a_checkpoint_below_the_flags_before_it_is_damage() {
    let (bytes, _) = file(0, 0);
    let header = lines(&bytes)[0];
    let put = br#"{"put":{"name":"a","value":1,"version":5,"changed":""}}"#;
    let flags = with_line(header, put);
    let with = |checkpoint: &str| with_line(&flags, checkpoint.as_bytes());
    open(&with(r#"{"checkpoint":{"flags":1,"version":5}}"#)).expect("a clean start");
    let damage = damage(&with(r#"{"checkpoint":{"flags":1,"version":4}}"#));
    assert!(matches!(damage.wrong, Wrong::Order(_)), "{damage}");
}

#[test]
fn versions_after_the_last_possible_one_are_damage() {
    let (bytes, _) = file(0, 0);
    let header = lines(&bytes)[0];
    let checkpoint = format!(r#"{{"checkpoint":{{"flags":0,"version":{}}}}}"#, u64::MAX);
    let bytes = with_line(header, checkpoint.as_bytes());
    open(&bytes).expect("a clean start");
    let delete = br#"{"delete":{"name":"a","version":0,"changed":""}}"#;
    assert!(matches!(
        damage(&with_line(&bytes, delete)).wrong,
        Wrong::Order(_)
    ));
}

/// The bytes with a further line, whose checksum fits.
fn with_line(bytes: &[u8], json: &[u8]) -> Vec<u8> {
    let mut longer = bytes.to_vec();
    longer.extend_from_slice(format!("{:08x} ", crc32fast::hash(json)).as_bytes());
    longer.extend_from_slice(json);
    longer.push(b'\n');
    longer
}

#[test]
fn a_record_that_cannot_follow_is_refused_and_changes_nothing() {
    let disk = Simulated::default();
    let options = Options::default();
    let (mut journal, _) =
        Journal::open_on(disk.clone(), simulated_path(), options).expect("a new journal");
    journal.append(&put(1, "a", "1")).expect("appended");
    let before = disk.bytes(simulated_path());
    // The longest record that fits, and one byte more.
    let empty = with_line(
        b"",
        &serde_json::to_vec(&json_of_put(2, "b", "\"\"")).expect("JSON"),
    );
    let fits = format!("\"{}\"", "x".repeat(MAX_LINE - empty.len()));
    let long = fits.replacen('x', "xx", 1);
    for change in [
        put(1, "b", "1"),
        put(3, "b", "1"),
        delete(0, "a"),
        put(2, "b", &long),
    ] {
        journal.append(&change).expect_err("refused");
        assert_eq!(disk.bytes(simulated_path()), before);
    }
    journal.append(&put(2, "b", &fits)).expect("appended");
    assert_eq!(journal.version(), 2);
    drop(journal);
    let (recovered, _) = open(&disk.bytes(simulated_path()).expect("the file")).expect("opened");
    assert_state(&recovered, &[put(1, "a", "1"), put(2, "b", &fits)], 1_024);
}

/// What the record of a put says.
fn json_of_put(version: u64, name: &str, value: &str) -> serde_json::Value {
    match put(version, name, value) {
        Change::Put(flag) => serde_json::json!({ "put": *flag }),
        Change::Delete(_) => unreachable!("it is a put"),
    }
}
