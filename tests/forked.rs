//! A child process after `fork`: what `docs/memory.md` promises there.
//!
//! A child checks one thing after the other and ends with the number of the first
//! that does not hold. It neither panics nor returns: its parent's test runner is
//! not there.
#![cfg(all(unix, not(any(counted, loom))))]

use readmostly::SyncMap;
use std::cell::Cell;
use std::hash::{BuildHasher, Hash, Hasher};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// One at a time: the guards of one test would be in the way of another.
///
/// Each on a thread that is joined. The harness waits for none: a thread that has not quite
/// ended, and is pinned for that, would be in the copy that the next test makes.
fn alone(test: impl FnOnce() + Send) {
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let passed = thread::scope(|scope| scope.spawn(test).join());
    passed.unwrap_or_else(|panic| resume_unwind(panic));
}

/// Runs the checks in a child process.
fn in_a_child(checks: &[&dyn Fn() -> bool]) {
    /// A child that waits for ever is ended after so many seconds.
    const PATIENCE: u32 = 30;
    const PANICKED: i32 = 100;

    // SAFETY: the child allocates, which the allocators of the systems these tests
    // run on allow, and ends in `_exit`.
    let child = unsafe { libc::fork() };
    assert!(child >= 0, "no child");
    if child == 0 {
        // SAFETY: it only sets a timer.
        unsafe { libc::alarm(PATIENCE) };
        let all = || checks.iter().position(|check| !check());
        let code = match catch_unwind(AssertUnwindSafe(all)) {
            Ok(failed) => failed.map_or(0, |check| check as i32 + 1),
            Err(_) => PANICKED,
        };
        // SAFETY: it ends the process, and runs nothing else.
        unsafe { libc::_exit(code) };
    }
    let mut status = 0;
    // SAFETY: `status` is ours to write.
    let ended = unsafe { libc::waitpid(child, &mut status, 0) };
    assert_eq!(ended, child);
    assert!(libc::WIFEXITED(status), "it waited for ever, or crashed");
    assert_eq!(libc::WEXITSTATUS(status), 0, "the number of a check");
}

thread_local! {
    /// Comparisons of keys until this thread stops in one.
    static STOPS_IN: Cell<usize> = const { Cell::new(usize::MAX) };
}

static STOPPED: Mutex<Option<(SyncSender<()>, Receiver<()>)>> = Mutex::new(None);

/// A key whose comparison may stop.
#[derive(Debug, Eq)]
struct Key(u32);

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        STOPS_IN.set(STOPS_IN.get() - 1);
        if STOPS_IN.get() == 0 {
            STOPS_IN.set(usize::MAX);
            let stopped = STOPPED.lock().unwrap().take().unwrap();
            stopped.0.send(()).unwrap();
            stopped.1.recv().unwrap();
        }
        self.0 == other.0
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

/// Hashes all keys alike, so that each look-up compares.
#[derive(Clone, Default)]
struct Alike;

impl BuildHasher for Alike {
    type Hasher = Self;

    fn build_hasher(&self) -> Self {
        Self
    }
}

impl Hasher for Alike {
    fn write(&mut self, _bytes: &[u8]) {}

    fn finish(&self) -> u64 {
        0
    }
}

type Map = SyncMap<Key, Arc<AtomicUsize>, Alike>;

fn number(number: usize) -> Arc<AtomicUsize> {
    Arc::new(AtomicUsize::new(number))
}

/// A map that has the key 1, and no key that is new.
fn known() -> Map {
    let map = Map::default();
    map.insert(Key(1), number(10));
    map.compact();
    map
}

fn reads(map: &Map, expected: usize) -> bool {
    let got = map.get(&Key(1)).map(|n| n.load(Ordering::SeqCst));
    got == Some(expected) && map.get(&Key(2)).is_none() && map.len() == 1
}

/// What takes no lock.
fn writes_known_keys(map: &Map) -> bool {
    let old = map.insert(Key(1), number(11)).is_some();
    let updated = map.update(&Key(1), |_| number(12)).is_some();
    let removed = map.remove(&Key(1)).is_some();
    let back = map.insert(Key(1), number(13)).is_none();
    old && updated && removed && back && reads(map, 13)
}

/// What takes the mutex.
fn writes_new_keys(map: &Map) -> bool {
    map.insert(Key(2), number(20));
    let walked = map.for_each(|_, _| ControlFlow::<()>::Continue(()));
    map.remove(&Key(2));
    walked.is_continue() && map.compact() == 1
}

/// Has something to free, and tries to. Whether all of it was freed.
fn reclaims(map: &Map) -> bool {
    let garbage = number(0);
    map.insert(Key(1), Arc::clone(&garbage));
    map.insert(Key(1), number(13));
    (0..100).any(|_| map.flush()) && Arc::strong_count(&garbage) == 1
}

#[test]
fn a_child_whose_parent_was_quiet_can_do_everything() {
    alone(|| {
        let map = known();
        in_a_child(&[
            &|| reads(&map, 10),
            &|| writes_known_keys(&map),
            &|| writes_new_keys(&map),
            &|| reclaims(&map),
        ]);
        assert!(reads(&map, 10), "what the child wrote is its own");
        assert!(reclaims(&map));
    });
}

/// | parent, another thread | parent, this thread | child |
/// |---|---|---|
/// | pins | | |
/// | | forks | |
/// | | | has a copy of the pin, and nobody who ends it |
/// | unpins | | |
#[test]
fn a_child_inherits_the_pins_of_threads_that_it_does_not_have() {
    alone(|| {
        let map = Arc::new(known());
        let (pinned, unpin) = (mpsc::sync_channel(0), mpsc::sync_channel(0));
        let theirs = Arc::clone(&map);
        let other = thread::spawn(move || {
            let guard = theirs.pin();
            pinned.0.send(()).unwrap();
            unpin.1.recv().unwrap();
            drop(guard);
        });
        pinned.1.recv().unwrap();
        in_a_child(&[
            &|| reads(&map, 10),
            &|| writes_known_keys(&map),
            &|| writes_new_keys(&map),
            &|| !reclaims(&map) && !map.flush(),
        ]);
        unpin.0.send(()).unwrap();
        other.join().unwrap();
        assert!(reclaims(&map), "the parent has the thread that unpinned");
    });
}

/// | parent, another thread | parent, this thread | child |
/// |---|---|---|
/// | makes the value of a key | | |
/// | | forks | |
/// | | | has the key on the list, and nobody who makes its value: uses all other keys |
/// | inserts the key | | |
#[test]
fn a_child_makes_other_keys_than_one_that_is_being_made() {
    alone(|| {
        let map = Arc::new(known());
        let (begun, end) = (mpsc::sync_channel(0), mpsc::sync_channel(0));
        let theirs = Arc::clone(&map);
        let other = thread::spawn(move || {
            theirs.get_or_insert_once(Key(7), || {
                begun.0.send(()).unwrap();
                end.1.recv().unwrap();
                number(70)
            });
        });
        begun.1.recv().unwrap();
        let makes = |key, value| {
            let made = map.get_or_insert_once(Key(key), || number(value));
            made.load(Ordering::Relaxed) == value
        };
        in_a_child(&[
            &|| makes(8, 80),
            &|| writes_new_keys(&map),
            &|| reclaims(&map) && readmostly::synchronize().is_ok(),
            // An insertion does not wait for the thread that is not there.
            &|| map.insert(Key(7), number(71)).is_none() && makes(7, 71),
        ]);
        end.0.send(()).unwrap();
        other.join().unwrap();
        assert!(makes(7, 70), "the parent has the thread that made it");
    });
}

/// | parent, another thread | parent, this thread | child |
/// |---|---|---|
/// | locks the mutex to insert a key | | |
/// | | forks | |
/// | | | has a locked mutex, and nobody who unlocks it: uses what needs none |
/// | unlocks | | |
#[test]
fn a_child_reads_and_overwrites_known_keys_though_the_mutex_is_locked_for_ever() {
    alone(|| {
        let map = Arc::new(known());
        let (stop, go_on) = (mpsc::sync_channel(0), mpsc::sync_channel(0));
        *STOPPED.lock().unwrap() = Some((stop.0, go_on.1));
        let theirs = Arc::clone(&map);
        let other = thread::spawn(move || {
            // It looks in `read` twice: the second time with the mutex.
            STOPS_IN.set(2);
            theirs.insert(Key(2), number(20));
        });
        stop.1.recv().unwrap();
        in_a_child(&[&|| reads(&map, 10), &|| writes_known_keys(&map)]);
        go_on.0.send(()).unwrap();
        other.join().unwrap();
        assert_eq!(map.len(), 2);
    });
}
