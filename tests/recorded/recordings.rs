//! What is `Recorded`'s own: what stands in a trace, and what becomes of a recording.
//! That the map in it is as good as without is in `concurrent_map/`.

use crate::cases::cases;
use crate::watchdog::watched;
use proptest::prelude::*;
use readmostly::SyncMap;
use readmostly::primitives::trace::{Operation, Reader, Step};
use readmostly::primitives::{
    ConcurrentMap, MutexMap, Recorded, RecordingOptions, ShardedMap, StartError,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::error::Error;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::thread;

use Operation::{Get, Insert, Miss, Overwrite, Remove};

/// A writer whose bytes can be looked at from elsewhere.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Paper {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).expect("a trace is text")
    }

    fn steps(&self) -> Vec<Step> {
        Reader::new(self.text().as_bytes())
            .collect::<Result<_, _>>()
            .expect("a trace that can be read")
    }

    fn last_line(&self) -> String {
        self.text()
            .lines()
            .last()
            .map(String::from)
            .expect("a line")
    }
}

fn all_of_it() -> RecordingOptions {
    RecordingOptions::new().at_most(u64::MAX).queue(1 << 20)
}

fn recording<M>(map: M) -> (Recorded<M>, Paper) {
    let (map, paper) = (Recorded::new(map), Paper::default());
    map.start(all_of_it(), paper.clone()).expect("a thread");
    (map, paper)
}

/// Each key by the order in which it comes up first.
fn by_order(steps: &[Step]) -> Vec<Step<usize>> {
    let mut seen = HashMap::new();
    let mut number = |key: &String| {
        let next = seen.len();
        *seen.entry(key.clone()).or_insert(next)
    };
    let steps = steps.iter().map(|step| match step {
        Step::On(operation, key) => Step::On(*operation, number(key)),
        Step::Clear => Step::Clear,
        Step::Walk => Step::Walk,
    });
    steps.collect()
}

fn every_call_leaves_its_step(map: impl ConcurrentMap<String, u32>) {
    let (map, paper) = recording(map);
    let key = |text: &str| String::from(text);

    assert!(map.get_with("a", |n| *n).is_none());
    assert!(map.insert(key("a"), 1).is_none());
    assert_eq!(map.insert(key("a"), 2).as_deref(), Some(&1));
    assert_eq!(map.get_with("a", |n| *n), Some(2));
    assert_eq!((map.get_cloned("a"), map.get_cloned("b")), (Some(2), None));
    assert!(map.contains_key("a") && !map.contains_key("b"));
    assert_eq!(map.get_with_or_insert(key("a"), || 7, |n| *n), 2);
    assert_eq!(map.get_with_or_insert(key("b"), || 7, |n| *n), 7);
    assert!(map.modify("b", |n| n + 1) && !map.modify("c", |n| n + 1));
    assert!(map.compare_and_set("b", &8, 9).is_ok());
    assert!(map.compare_and_set("b", &8, 9).is_err());
    assert!(map.compare_and_set("c", &8, 9).is_err());
    assert!(map.remove("a").is_some() && map.remove("a").is_none());
    assert!(!map.is_empty() && map.len() == 1);
    let _ = map.for_each(|_, _| ControlFlow::<()>::Continue(()));
    map.retain(|key, _| key != "b");
    map.clear();
    assert!(map.is_empty() && map.len() == 0);

    let summary = map
        .stop()
        .expect("it was recorded")
        .expect("a sound writer");
    let (a, b, c) = (0, 1, 2);
    let expected = [
        Step::On(Miss, a),
        Step::On(Insert, a),
        Step::On(Overwrite, a),
        Step::On(Get, a),
        Step::On(Get, a),
        Step::On(Miss, b),
        Step::On(Get, a),
        Step::On(Miss, b),
        Step::On(Get, a),
        Step::On(Insert, b),
        Step::On(Overwrite, b),
        Step::On(Miss, c),
        Step::On(Overwrite, b),
        Step::On(Get, b),
        Step::On(Miss, c),
        Step::On(Remove, a),
        Step::On(Miss, a),
        Step::Walk,
        Step::Walk,
        Step::On(Remove, b),
        Step::Clear,
    ];
    assert_eq!(by_order(&paper.steps()), expected);
    assert_eq!(summary.written, expected.len() as u64);
    assert_eq!((summary.lost, summary.full), (0, false));
    assert_eq!(
        paper.text().lines().next(),
        Some("# readmostly trace, version 1, one key in 1")
    );
    assert_eq!(paper.last_line(), "# end: 21 steps, 0 lost, stopped");
}

#[test]
fn every_call_leaves_its_step_of_a_sync_map() {
    every_call_leaves_its_step(SyncMap::new());
}

#[test]
fn every_call_leaves_its_step_of_a_map_with_locks() {
    every_call_leaves_its_step(MutexMap::new());
}

#[test]
fn each_pair_that_extends_a_map_is_a_step() {
    let (mut map, paper) = recording(MutexMap::new());
    map.extend([(1, 1), (2, 2)]);
    (&map).extend([(1, 3)]);
    assert_eq!(
        (map.get_ref().len(), map.get_ref().get_cloned(&1)),
        (2, Some(3))
    );
    map.stop().unwrap().unwrap();
    let steps = [(Insert, 0), (Insert, 1), (Overwrite, 0)];
    let steps = steps.map(|(operation, key)| Step::On(operation, key));
    assert_eq!(by_order(&paper.steps()), steps);
}

/// As the map in it, without a word of the recording.
#[cfg(feature = "serde")]
#[test]
fn a_recorded_map_is_serialized_as_the_map() {
    let (map, _) = recording(MutexMap::from([(1, 2)]));
    let text = serde_json::to_string(&map).unwrap();
    assert_eq!(text, r#"{"1":2}"#);
    let read: Recorded<MutexMap<u32, u32>> = serde_json::from_str(&text).unwrap();
    assert_eq!((read.len(), read.get_cloned(&1)), (1, Some(2)));
    assert_eq!(map.stop().unwrap().unwrap().written, 0);
}

#[test]
fn nothing_is_recorded_before_and_after() {
    let (map, paper) = (Recorded::new(MutexMap::new()), Paper::default());
    map.insert(1, 1);
    assert!(!map.is_recording());
    map.start(all_of_it(), paper.clone()).unwrap();
    assert!(map.is_recording());
    map.contains_key(&1);
    assert!(map.stop().is_some());
    assert!(!map.is_recording());
    map.remove(&1);
    map.clear();
    assert!(map.stop().is_none());
    assert_eq!(by_order(&paper.steps()), [Step::On(Get, 0)]);
}

#[test]
fn a_clone_and_a_look_at_all_of_it_are_not_recorded() {
    let (map, paper) = recording(MutexMap::from([(1, 1)]));
    assert_eq!(format!("{map:?}"), "{1: 1}");
    let clone = map.clone();
    assert!(!clone.is_recording() && clone.contains_key(&1));
    assert_eq!(map.stop().unwrap().unwrap().written, 0);
    assert_eq!(paper.last_line(), "# end: 0 steps, 0 lost, stopped");
}

/// Nobody can tell the keys, or that two traces have some in common.
#[test]
fn keys_are_hashes_by_a_secret_of_each_recording() {
    let map = Recorded::new(MutexMap::from([("ann", 1), ("bob", 2)]));
    let mut words = BTreeSet::new();
    for _ in 0..3 {
        let paper = Paper::default();
        map.start(all_of_it(), paper.clone()).unwrap();
        assert!(map.contains_key("ann") && map.contains_key("bob") && map.contains_key("ann"));
        map.stop().unwrap().unwrap();
        assert!(!paper.text().contains("ann"));
        for step in paper.steps() {
            let Step::On(Get, key) = step else {
                panic!("{step}")
            };
            assert!(key.len() == 16 && key.bytes().all(|byte| byte.is_ascii_hexdigit()));
            words.insert(key);
        }
    }
    assert_eq!(words.len(), 6);
}

#[test]
fn of_a_sampled_key_every_call_is_there_and_of_the_others_none() {
    const KEYS: usize = 8_000;
    let (map, paper) = (Recorded::new(ShardedMap::new()), Paper::default());
    map.start(all_of_it().one_key_in(16), paper.clone())
        .unwrap();
    for key in 0..KEYS {
        map.insert(key, 0);
    }
    for key in 0..KEYS {
        map.modify(&key, |n| n + 1);
    }
    let _ = map.for_each(|_, _| ControlFlow::<()>::Continue(()));
    map.retain(|key, _| key % 2 == 1);
    for key in (1..KEYS).step_by(2) {
        map.remove(&key);
    }
    map.clear();
    map.stop().unwrap().unwrap();

    let mut histories: BTreeMap<String, Vec<Operation>> = BTreeMap::new();
    let mut whole = Vec::new();
    for step in paper.steps() {
        match step {
            Step::On(operation, key) => histories.entry(key).or_default().push(operation),
            other => whole.push(other),
        }
    }
    assert_eq!(whole, [Step::Walk, Step::Walk, Step::Clear]);
    for (key, history) in &histories {
        assert_eq!(*history, [Insert, Overwrite, Remove], "{key}");
    }
    // 500 on average, with a standard deviation of 22.
    let keys = histories.len();
    assert!((300..700).contains(&keys), "{keys} keys");
    let header = "# readmostly trace, version 1, one key in 16\n";
    assert!(paper.text().starts_with(header));
}

#[test]
fn one_key_in_none_is_every_key() {
    assert_eq!(all_of_it().one_key_in(0), all_of_it().one_key_in(1));
    assert_eq!(all_of_it().queue(0), all_of_it().queue(1));
}

/// What comes later finds that out, and leaves the map as fast as before.
#[test]
fn a_recording_ends_by_itself_after_as_many_steps_as_allowed() {
    watched(|| {
        let (map, paper) = (Recorded::new(MutexMap::new()), Paper::default());
        map.start(all_of_it().at_most(100), paper.clone()).unwrap();
        let mut next = 0;
        while map.is_recording() {
            map.insert(next, 0);
            next += 1;
        }
        assert_eq!(map.len(), next);
        let summary = map.stop().unwrap().unwrap();
        assert_eq!((summary.written, summary.full), (100, true));
        assert_eq!(paper.steps().len(), 100);
        assert!(paper.last_line().ends_with("as many as allowed"));
    });
}

#[test]
fn a_recording_of_nothing_is_only_its_first_and_last_line() {
    let (map, paper) = (Recorded::new(MutexMap::new()), Paper::default());
    map.start(all_of_it().at_most(0), paper.clone()).unwrap();
    map.insert(1, 1);
    assert!(map.stop().unwrap().unwrap().full);
    assert_eq!(paper.text().lines().count(), 2);
}

/// A writer that says when it is asked to write, and then waits to be let.
struct Stuck {
    asked: mpsc::Sender<()>,
    let_go: mpsc::Receiver<()>,
    paper: Paper,
}

impl Write for Stuck {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = self.asked.send(());
        // Fails once the other end is gone: nothing holds it any more.
        let _ = self.let_go.recv();
        self.paper.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The writer; what hears that it is asked; and what lets it go when that is dropped.
fn stuck(paper: &Paper) -> (Stuck, mpsc::Receiver<()>, mpsc::Sender<()>) {
    let (asked, was_asked) = mpsc::channel();
    let (release, let_go) = mpsc::channel();
    let paper = paper.clone();
    let stuck = Stuck {
        asked,
        let_go,
        paper,
    };
    (stuck, was_asked, release)
}

#[test]
fn a_full_queue_loses_what_comes_and_makes_nobody_wait() {
    watched(|| {
        const CALLS: u32 = 10_000;
        let paper = Paper::default();
        let (stuck, was_asked, release) = stuck(&paper);
        let map = Recorded::new(MutexMap::new());
        map.start(all_of_it().queue(10), stuck).unwrap();
        let mut calls = 0;
        // Until its buffer is full for the first time.
        while was_asked.try_recv().is_err() {
            map.insert(calls, 0);
            calls += 1;
        }
        for call in 0..CALLS {
            map.contains_key(&call);
        }
        assert!(map.is_recording());
        drop(release);
        let summary = map.stop().unwrap().unwrap();
        assert!(summary.lost >= u64::from(CALLS) - 10, "{summary:?}");
        assert_eq!(summary.written + summary.lost, u64::from(calls + CALLS));
        assert_eq!(paper.steps().len() as u64, summary.written);
        let end = format!(
            "# end: {} steps, {} lost, stopped",
            summary.written, summary.lost
        );
        assert_eq!(paper.last_line(), end);
    });
}

/// However few steps are allowed, and however many come while the thread rests.
#[test]
fn what_comes_after_the_last_step_that_was_allowed_is_not_lost() {
    watched(|| {
        let (map, paper) = (Recorded::new(MutexMap::new()), Paper::default());
        let options = all_of_it().at_most(10).queue(20);
        map.start(options, paper.clone()).unwrap();
        (0..1_000).for_each(|key| assert!(map.insert(key, 0).is_none()));
        let summary = map.stop().unwrap().unwrap();
        assert_eq!((summary.written, summary.lost), (10, 0));
        assert!(summary.full);
        let end = "# end: 10 steps, 0 lost, as many as allowed";
        assert_eq!(paper.last_line(), end);
    });
}

/// The queue is full twice: before the last step that is allowed, and after it.
#[test]
fn what_comes_before_the_last_step_that_was_allowed_is_lost() {
    watched(|| {
        /// More than the writer's buffer holds, and the queue.
        const AT_MOST: u64 = 1_000;
        const CALLS: u32 = 10_000;
        let paper = Paper::default();
        let (stuck, was_asked, release) = stuck(&paper);
        let map = Recorded::new(MutexMap::<u32, u32>::new());
        map.start(all_of_it().at_most(AT_MOST).queue(10), stuck)
            .unwrap();
        while was_asked.try_recv().is_err() {
            map.contains_key(&0);
        }
        // The thread has written less than is allowed, and is stuck.
        (0..CALLS).for_each(|key| assert!(!map.contains_key(&key)));
        drop(release);
        while map.is_recording() {
            map.contains_key(&0);
        }
        let summary = map.stop().unwrap().unwrap();
        assert_eq!((summary.written, summary.full), (AT_MOST, true));
        let least = u64::from(CALLS) - 10;
        assert!(summary.lost >= least, "{summary:?}");
        let end = format!(
            "# end: {AT_MOST} steps, {} lost, as many as allowed",
            summary.lost
        );
        assert_eq!(paper.last_line(), end);
    });
}

/// The thread is stuck while more comes than is allowed. What is lost then comes
/// later.
#[test]
fn what_is_lost_after_the_last_step_that_was_allowed_does_not_count() {
    watched(|| {
        const QUEUE: u64 = 10;
        const CALLS: u64 = 10_000;
        let map = Recorded::new(MutexMap::<u32, u32>::new());
        let until_it_is_stuck = |was_asked: mpsc::Receiver<()>| {
            let mut calls = 0;
            while was_asked.try_recv().is_err() {
                map.contains_key(&0);
                calls += 1;
            }
            calls
        };
        // How many steps it takes out of the queue before it is stuck.
        let (writer, was_asked, release) = stuck(&Paper::default());
        map.start(all_of_it().queue(QUEUE as usize), writer)
            .unwrap();
        until_it_is_stuck(was_asked);
        // The queue is full now.
        (0..QUEUE).for_each(|_| assert!(!map.contains_key(&0)));
        drop(release);
        let written = map.stop().unwrap().unwrap().written;

        // As many are allowed now, so the last of them waits in the queue; but if the
        // thread was stuck sooner this time, as it flushes once a second.
        loop {
            let (writer, was_asked, release) = stuck(&Paper::default());
            let options = all_of_it().at_most(written).queue(QUEUE as usize);
            map.start(options, writer).unwrap();
            let calls = until_it_is_stuck(was_asked);
            (0..CALLS).for_each(|_| assert!(!map.contains_key(&0)));
            drop(release);
            let summary = map.stop().unwrap().unwrap();
            if !summary.full {
                continue;
            }
            assert_eq!(summary.written, written);
            // Of the calls that came when it was stuck only those can have been before
            // the last one that is allowed that found room.
            let most = calls + QUEUE;
            assert!(
                summary.written + summary.lost <= most,
                "{summary:?}, {most}"
            );
            break;
        }
    });
}

#[test]
fn a_queue_that_there_is_no_memory_for_is_refused_by_a_panic() {
    /// Stops the recording when it is dropped, which must not wait for itself.
    struct Stopping(Arc<Recorded<MutexMap<u32, u32>>>, Paper);

    impl Write for Stopping {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.1.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Drop for Stopping {
        fn drop(&mut self) {
            assert!(self.0.stop().is_none());
        }
    }

    watched(|| {
        let (map, paper) = (Arc::new(Recorded::new(MutexMap::new())), Paper::default());
        // More bytes than a machine has, and more than there are addresses.
        for shift in [usize::BITS / 5, 4, 0] {
            let options = all_of_it().queue(usize::MAX >> shift);
            let writer = Stopping(Arc::clone(&map), paper.clone());
            let start = || map.start(options, writer);
            let panic = catch_unwind(AssertUnwindSafe(start)).expect_err("there is no memory");
            let message = panic.downcast_ref::<String>().map(String::as_str);
            assert_eq!(message, Some("there is no memory for the queue"));
            assert!(!map.is_recording() && map.stop().is_none());
            // The writer is gone.
            assert_eq!(Arc::strong_count(&paper.0), 1);
        }
        map.start(all_of_it(), paper.clone()).unwrap();
        map.insert(1, 1);
        assert_eq!(map.stop().unwrap().unwrap().written, 1);
    });
}

#[test]
fn who_starts_twice_gets_the_writer_back() {
    let (map, paper) = recording(MutexMap::from([(1, 1)]));
    let refused = map.start(all_of_it(), vec![7]).unwrap_err();
    assert_eq!(refused.to_string(), "the map is being recorded already");
    assert!(matches!(&refused, StartError::AlreadyRecording { writer } if writer == &[7]));
    map.contains_key(&1);
    assert_eq!(map.stop().unwrap().unwrap().written, 1);
    assert_eq!(paper.steps().len(), 1);

    // One that has ended by itself is to be stopped first.
    map.start(all_of_it().at_most(0), io::sink()).unwrap();
    while map.is_recording() {
        map.contains_key(&1);
    }
    assert!(map.start(all_of_it(), io::sink()).is_err());
    assert!(map.stop().unwrap().is_ok());

    let paper = Paper::default();
    map.start(all_of_it(), paper.clone()).unwrap();
    map.remove(&1);
    map.stop().unwrap().unwrap();
    assert_eq!(by_order(&paper.steps()), [Step::On(Remove, 0)]);
}

#[test]
fn what_refuses_a_recording_says_why() {
    let twice = StartError::AlreadyRecording { writer: 7 };
    assert_eq!(format!("{twice:?}"), "AlreadyRecording");
    assert!(twice.source().is_none());
    assert_eq!(twice.into_writer(), 7);

    let error = io::Error::from(io::ErrorKind::WouldBlock);
    let cause = error.to_string();
    let none = StartError::NoThread { writer: 7, error };
    assert_eq!(none.to_string(), "there is no thread for the writing");
    assert_eq!(format!("{none:?}"), "NoThread(Kind(WouldBlock))");
    let source = none.source().expect("the system's own");
    assert_eq!(source.to_string(), cause);
    assert_eq!(none.into_writer(), 7);
}

/// A writer that takes some bytes, and then does what it is told to.
struct Broken {
    takes: usize,
    then: fn() -> io::Error,
}

impl Write for Broken {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.takes == 0 {
            return Err((self.then)());
        }
        let taken = bytes.len().min(self.takes);
        self.takes -= taken;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_writer_that_fails_ends_the_recording_and_not_the_map() {
    watched(|| {
        let fails: fn() -> io::Error = || io::Error::new(io::ErrorKind::StorageFull, "no room");
        let panics: fn() -> io::Error = || resume_unwind(Box::new("bang"));
        let kinds = [
            (fails, io::ErrorKind::StorageFull),
            (panics, io::ErrorKind::Other),
        ];
        for (then, kind) in kinds {
            for takes in [0, 1, 50_000] {
                let map = Recorded::new(ShardedMap::new());
                map.start(all_of_it(), Broken { takes, then }).unwrap();
                let mut calls = 0;
                while map.is_recording() {
                    map.insert(calls, calls);
                    calls += 1;
                }
                assert_eq!(map.len() as u32, calls);
                assert_eq!(map.stop().unwrap().unwrap_err().kind(), kind);
                assert_eq!(map.get_cloned(&0), Some(0));
                map.start(all_of_it(), io::sink()).unwrap();
                assert!(map.stop().unwrap().is_ok());
            }
        }
    });
}

/// It is the last write that fails, with nothing to be recorded after it.
#[test]
fn a_writer_that_fails_at_the_end_is_told_too() {
    let map = Recorded::new(MutexMap::from([(1, 1)]));
    let then: fn() -> io::Error = || io::Error::other("no room");
    map.start(all_of_it(), Broken { takes: 0, then }).unwrap();
    assert_eq!(map.stop().unwrap().unwrap_err().to_string(), "no room");
}

#[test]
fn who_drops_the_map_or_takes_it_out_stops() {
    let whole = |paper: &Paper| {
        assert_eq!(paper.last_line(), "# end: 1 steps, 0 lost, stopped");
        // The writer is gone too.
        assert_eq!(Arc::strong_count(&paper.0), 1);
    };
    let (map, paper) = recording(MutexMap::from([(1, 1)]));
    map.remove(&1);
    drop(map);
    whole(&paper);

    let (map, paper) = recording(MutexMap::from([(1, 1)]));
    map.remove(&1);
    assert!(map.into_inner().is_empty());
    whole(&paper);
}

/// A writer that owns what it is written by, and says how it ended.
struct Owner {
    #[expect(dead_code, reason = "it is dropped")]
    map: Arc<Recorded<MutexMap<u32, u32>>>,
    #[expect(dead_code, reason = "it is dropped, after the map")]
    end: End,
}

/// Tells, when it is dropped, whether that is by a panic.
struct End(mpsc::Sender<bool>);

impl Drop for End {
    fn drop(&mut self) {
        let _ = self.0.send(thread::panicking());
    }
}

impl Write for Owner {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::Error::other("no room"))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Its thread then drops the map, and must not wait for itself.
#[test]
fn a_writer_may_have_the_last_reference_to_the_map() {
    watched(|| {
        let (sender, end) = mpsc::channel();
        let map = Arc::new(Recorded::new(MutexMap::new()));
        let owner = Owner {
            map: Arc::clone(&map),
            end: End(sender),
        };
        map.start(all_of_it(), owner).unwrap();
        drop(map);
        // Some time it is flushed, and fails.
        assert_eq!(end.recv(), Ok(false));
    });
}

/// The one who is being recorded may stop, where the map lets closures use it.
#[test]
fn a_closure_may_stop_and_start() {
    watched(|| {
        let (map, first) = recording(SyncMap::from([(1, 1)]));
        let second = Paper::default();
        map.modify(&1, |n| {
            if let Some(summary) = map.stop() {
                assert_eq!(summary.unwrap().written, 0);
                map.start(all_of_it(), second.clone()).unwrap();
            }
            n + 1
        });
        // It began before the second one, and belongs to neither.
        assert!(map.is_recording() && map.contains_key(&1));
        map.stop().unwrap().unwrap();
        assert_eq!(first.text().lines().count(), 2);
        assert_eq!(by_order(&second.steps()), [Step::On(Get, 0)]);
    });
}

/// Whether `f` panicked.
fn bangs(f: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(f)).is_err()
}

fn bang() -> ! {
    resume_unwind(Box::new("bang"))
}

#[test]
fn what_a_call_has_changed_before_it_panics_is_recorded() {
    let (map, paper) = recording(MutexMap::from([(1, 1), (2, 2), (3, 3)]));
    assert!(bangs(|| map.get_with_or_insert(4, || 4, |_| bang())));
    assert!(bangs(|| map.get_with_or_insert(5, || bang(), |_| ())));
    assert!(bangs(|| {
        map.modify(&1, |_| bang());
    }));
    let mut refused = 0;
    assert!(bangs(|| _ = map.retain(|_, _| {
        if refused == 2 {
            bang();
        }
        refused += 1;
        false
    })));
    assert_eq!(map.len(), 2);
    map.stop().unwrap().unwrap();
    let steps = by_order(&paper.steps());
    let removed: Vec<_> = steps[2..].iter().collect();
    assert_eq!(steps[..2], [Step::On(Insert, 0), Step::Walk]);
    assert!(
        removed.len() == 2 && removed[0] != removed[1],
        "{removed:?}"
    );
    assert!(
        removed
            .iter()
            .all(|step| matches!(step, Step::On(Remove, _)))
    );
}

/// `retain` asks again about a key whose value changed meanwhile.
#[test]
fn a_key_that_stayed_in_the_end_is_not_said_to_be_removed() {
    let (map, paper) = recording(SyncMap::from([(1, 0), (2, 0)]));
    let mut asked = 0;
    map.retain(|key, value| {
        if *key == 1 {
            asked += 1;
            map.get_ref().insert(1, value + 1);
            return *value > 0;
        }
        false
    });
    assert_eq!((asked, map.len()), (2, 1));
    map.stop().unwrap().unwrap();
    assert_eq!(by_order(&paper.steps()), [Step::Walk, Step::On(Remove, 0)]);
}

#[test]
fn nothing_is_lost_of_many_threads_and_each_keeps_its_order() {
    watched(|| {
        const THREADS: usize = 4;
        const ROUNDS: usize = if cfg!(miri) { 50 } else { 20_000 };
        let (map, paper) = recording(ShardedMap::new());
        let start = Barrier::new(THREADS);
        thread::scope(|scope| {
            for thread in 0..THREADS {
                let (map, start) = (&map, &start);
                scope.spawn(move || {
                    start.wait();
                    for _ in 0..ROUNDS {
                        map.insert(thread, 0);
                        map.modify(&thread, |n| n + 1);
                        map.remove(&thread);
                        map.remove(&thread);
                    }
                });
            }
        });
        assert_eq!(map.stop().unwrap().unwrap().lost, 0);
        let mut histories: BTreeMap<String, Vec<Operation>> = BTreeMap::new();
        for step in paper.steps() {
            let Step::On(operation, key) = step else {
                panic!("{step}")
            };
            histories.entry(key).or_default().push(operation);
        }
        assert_eq!(histories.len(), THREADS);
        let round = [Insert, Overwrite, Remove, Miss];
        for history in histories.values() {
            assert_eq!(history.len(), round.len() * ROUNDS);
            assert!(history.chunks(round.len()).all(|steps| steps == round));
        }
    });
}

/// Calls go on meanwhile. None may wait, and no step may come into another's trace:
/// each has its own secret, so a foreign one would be a second key.
#[test]
fn recordings_that_follow_each_other_do_not_mix() {
    watched(|| {
        let map = Recorded::new(SyncMap::from([(1, 1)]));
        let done = AtomicBool::new(false);
        let round = |number| {
            let paper = Paper::default();
            let at_most = if number % 2 == 0 { 50 } else { u64::MAX };
            let options = all_of_it().at_most(at_most).queue(1_000);
            map.start(options, paper.clone()).unwrap();
            (0..100).for_each(|_| assert!(map.contains_key(&1)));
            let summary = map.stop().unwrap().unwrap();
            assert!(summary.written > 0 && summary.written <= at_most);
            let steps = paper.steps();
            assert_eq!(steps.len() as u64, summary.written);
            let keys = steps.iter().map(|step| match step {
                Step::On(Get | Overwrite, key) => key,
                other => panic!("{other}"),
            });
            assert_eq!(BTreeSet::from_iter(keys).len(), 1);
        };
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    while !done.load(Ordering::Relaxed) {
                        assert!(map.contains_key(&1));
                        assert!(map.modify(&1, |n| n + 1));
                    }
                });
            }
            let rounds = 0..if cfg!(miri) { 5 } else { 200 };
            let outcome = catch_unwind(AssertUnwindSafe(|| rounds.for_each(round)));
            done.store(true, Ordering::Relaxed);
            outcome.unwrap_or_else(|panic| resume_unwind(panic));
        });
        assert!(!map.is_recording() && map.stop().is_none());
    });
}

/// So that little is missing in the trace of a program that is killed.
#[test]
fn what_was_recorded_is_written_some_time_though_nobody_stops() {
    watched(|| {
        let (map, paper) = recording(MutexMap::from([(1, 1)]));
        map.remove(&1);
        while paper.0.lock().unwrap().is_empty() {
            thread::yield_now();
        }
        assert_eq!(by_order(&paper.steps()), [Step::On(Remove, 0)]);
        drop(map);
    });
}

#[derive(Clone, Debug)]
enum Call {
    Look(u8),
    Insert(u8),
    GetOrInsert(u8),
    Remove(u8),
    Update(u8),
    Exchange(u8, u32),
    KeepBelow(u8),
    Clear,
}

fn call() -> impl Strategy<Value = Call> {
    let key = || 0..6u8;
    prop_oneof![
        4 => key().prop_map(Call::Look),
        4 => key().prop_map(Call::Insert),
        3 => key().prop_map(Call::GetOrInsert),
        4 => key().prop_map(Call::Remove),
        3 => key().prop_map(Call::Update),
        3 => (key(), 0..2u32).prop_map(|(key, value)| Call::Exchange(key, value)),
        1 => key().prop_map(Call::KeepBelow),
        1 => Just(Call::Clear),
    ]
}

fn perform(map: &impl ConcurrentMap<u8, u32>, call: Call) {
    match call {
        Call::Look(key) => drop(map.contains_key(&key)),
        Call::Insert(key) => drop(map.insert(key, 0)),
        Call::GetOrInsert(key) => map.get_with_or_insert(key, || 0, |_| ()),
        Call::Remove(key) => drop(map.remove(&key)),
        Call::Update(key) => drop(map.modify(&key, |n| n + 1)),
        Call::Exchange(key, value) => drop(map.compare_and_set(&key, &value, 0)),
        Call::KeepBelow(most) => _ = map.retain(|key, _| *key < most),
        Call::Clear => map.clear(),
    }
}

proptest! {
    #![proptest_config(cases(256))]

    /// As many keys are present at its end as in the map, and at no time does a step
    /// find a key that is not there, or miss one that is.
    #[test]
    fn a_trace_of_one_thread_makes_sense_from_the_first_to_the_last_step(
        calls in prop::collection::vec(call(), 0..60),
    ) {
        let (map, paper) = recording(SyncMap::new());
        for call in calls {
            perform(&map, call);
        }
        map.stop().unwrap().unwrap();
        let mut present = BTreeSet::new();
        let trace = paper.text();
        for line in trace.lines().filter(|line| !line.starts_with('#')) {
            match line.parse().unwrap() {
                Step::On(Get | Overwrite, key) => prop_assert!(present.contains(&key)),
                Step::On(Miss, key) => prop_assert!(!present.contains(&key)),
                Step::On(Insert, key) => prop_assert!(present.insert(key)),
                Step::On(Remove, key) => prop_assert!(present.remove(&key)),
                Step::Clear => present.clear(),
                Step::Walk => {}
            }
        }
        prop_assert_eq!(present.len(), map.len());
    }
}
