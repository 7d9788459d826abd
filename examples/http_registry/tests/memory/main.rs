//! Opening and compacting a journal takes memory for what is live, and not for its length.
//!
//! A test target of its own: it measures the allocations of the whole process.

use http_registry::journal::{Change, Flag, Journal, OpenError, Options, Value, Wrong};
use peak_alloc::PeakAlloc;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const OPTIONS: Options = Options {
    history: 16,
    compact_from: 0,
};

/// Far more than 16 flags and 16 changes need, and far less than the file has.
const BOUND: usize = 512 * 1024;

/// One test, because the allocations of a second one would be counted too.
#[test]
fn memory_is_bounded_by_what_is_live() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("flags.journal");
    write_much(&path);
    assert!(fs::metadata(&path).expect("the file").len() > 10 * BOUND as u64);

    let (mut journal, recovered) = bounded(|| Journal::open(&path, OPTIONS)).expect("opened");
    assert_eq!((recovered.flags.len(), recovered.changes.len()), (16, 16));
    drop(recovered);
    bounded(|| {
        journal.begin_compaction(|| {}).expect("begun");
        journal.finish_compaction()
    })
    .expect("under way")
    .expect("compacted");
    assert!(journal.bytes() < BOUND as u64);
    drop(journal);

    let mut file = fs::OpenOptions::new()
        .append(true)
        .open(&path)
        .expect("the file");
    for _ in 0..16 {
        file.write_all(&[b'x'; BOUND / 2]).expect("written");
    }
    let error = bounded(|| Journal::open(&path, OPTIONS)).expect_err("damage");
    assert!(
        matches!(&error, OpenError::Damaged(damage) if damage.wrong == Wrong::TooLong),
        "{error}"
    );
}

/// A long journal in which little is live.
fn write_much(path: &Path) {
    let (mut journal, _) = Journal::open(path, OPTIONS).expect("created");
    let value = Value::parse(format!("\"{}\"", "x".repeat(4_000)).as_bytes()).expect("JSON");
    for version in 1..=1_500 {
        let flag = Flag {
            name: format!("flag {}", version % 16),
            value: value.clone(),
            version,
            changed: String::new(),
        };
        journal
            .append(&Change::Put(Arc::new(flag)))
            .expect("appended");
    }
}

/// Does something, and checks that it never holds more than the bound at a time.
fn bounded<T>(something: impl FnOnce() -> T) -> T {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let done = something();
    let peak = MEMORY.peak_usage() - before;
    println!("{peak} bytes");
    assert!(peak < BOUND, "{peak} bytes");
    done
}
