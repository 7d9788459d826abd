//! The order of a write's steps, without HTTP: the map changes before the streams are told.

use http_registry::counters::Counters;
use http_registry::events::Ring;
use http_registry::flags::{Flags, Kind, Name};
use http_registry::journal::{Journal, Options, Value};
use http_registry::writes::{Condition, Health, Shared, What, Writer};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use tempfile::TempDir;

/// Looks at the newest event, and then at the map, until it is told to stop.
fn look(shared: &Shared, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        let told = shared.ring.newest();
        let version = shared.flags.get("flag").map(|entry| entry.version);
        let old = version.is_some_and(|version| version < told);
        assert!(!old, "version {told} was told, and the map has {version:?}");
        // The change after a creation is a replacement, so that the flag is there.
        let missing = told % 3 == 1 && version.is_none() && shared.ring.newest() == told;
        assert!(!missing, "the creation {told} was told too early");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_hears_of_a_change_finds_it_in_the_map() {
    const ROUNDS: usize = 10_000;
    let data = TempDir::new().expect("a folder");
    let path = data.path().join("flags.journal");
    let (journal, _) = Journal::open(&path, Options::default()).expect("a journal");
    let shared = Shared {
        flags: Arc::new(Flags::new(Kind::Sync)),
        ring: Arc::new(Ring::new(4, 0)),
        counters: Arc::new(Counters::default()),
        health: Arc::new(Health::default()),
        max_flags: 1,
    };
    let writer = Writer::start(journal, shared.clone()).expect("a thread");
    let stop = Arc::new(AtomicBool::new(false));
    let looking = {
        let (shared, stop) = (shared.clone(), Arc::clone(&stop));
        thread::spawn(move || look(&shared, &stop))
    };
    let queue = writer.queue();
    let put = What::Put(Value::parse(b"true").expect("JSON"));
    for _ in 0..ROUNDS {
        for what in [put.clone(), put.clone(), What::Delete] {
            let name = Name::new("flag").expect("a name");
            let written = queue.write(name, what, Condition::None, false);
            written.await.expect("the disk takes it");
        }
    }
    stop.store(true, Ordering::Relaxed);
    looking.join().expect("no event comes before its change");
    // It blocks, which a thread of the runtime may not.
    let ended = tokio::task::spawn_blocking(|| writer.end()).await;
    ended.expect("no panic").expect("the journal is synced");
}
