//! Millions of keys that come and go through a map of a thousand: what is in use
//! stays within bounds that do not depend on how many there were.
//!
//! `cargo test` does it in short. In full, with 10 million keys for each kind of
//! value and of call, some minutes:
//!
//! ```text
//! cargo test --release --test soak -- --ignored --nocapture
//! ```
#![cfg(not(loom))]

#[path = "common/bytes.rs"]
mod bytes;

use readmostly::{Pinned, SyncMap};
use std::collections::hash_map::RandomState;
use std::fmt::Debug;
use std::ops::Range;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Barrier, Mutex, PoisonError};
use std::thread::{self, JoinHandle, Scope, ScopedJoinHandle};

/// Keys that stay, and are overwritten all the time.
const KNOWN: u64 = 500;

/// Keys that come and go: as many are there at a time.
const PASSING: u64 = 500;

/// The map's length.
const KEYS: u64 = KNOWN + PASSING;

/// New keys between two meetings of all threads. Without those one of them could
/// be kept from running with its guard in hand while the others went on for as
/// long as the system likes, and no bound would hold by right.
const STEP: u64 = 1_000;

/// Steps between two clears.
const CLEARED_EVERY: u64 = 16;

/// Calls under one pin.
const RENEWED_EVERY: u64 = 64;

/// Threads that are done after a call or some, and stay to the end.
const IDLE: u64 = 24;

const READERS: usize = 2;

/// Those who meet: the readers, who brings new keys, who overwrites, who sends
/// others, and who looks at the figures.
const THREADS: usize = READERS + 4;

type Map<V> = SyncMap<u64, V>;

/// What the map holds for a number.
trait Value: Clone + Debug + PartialEq + Send + Sync + 'static {
    fn of(number: u64) -> Self;
}

/// Without a destructor: its memory goes round within a thread.
impl Value for u64 {
    fn of(number: u64) -> Self {
        number
    }
}

/// With one: its memory comes back by the epoch alone.
impl Value for String {
    fn of(number: u64) -> Self {
        format!("{number:032}")
    }
}

/// The calls of a soak, whoever has pinned for them.
trait Calls<V> {
    /// Whether the key was there.
    fn insert(&self, key: u64, value: V) -> bool;
    fn remove(&self, key: u64) -> bool;
    fn get(&self, key: u64) -> Option<V>;
    fn clear(&self);
}

impl<V: Value> Calls<V> for Map<V> {
    fn insert(&self, key: u64, value: V) -> bool {
        self.insert(key, value).is_some()
    }

    fn remove(&self, key: u64) -> bool {
        self.remove(&key).is_some()
    }

    fn get(&self, key: u64) -> Option<V> {
        self.get_cloned(&key)
    }

    fn clear(&self) {
        self.clear();
    }
}

impl<V: Value> Calls<V> for Pinned<'_, u64, V, RandomState> {
    fn insert(&self, key: u64, value: V) -> bool {
        self.insert(key, value).is_some()
    }

    fn remove(&self, key: u64) -> bool {
        self.remove(&key).is_some()
    }

    fn get(&self, key: u64) -> Option<V> {
        self.get_cloned(&key)
    }

    fn clear(&self) {
        self.clear();
    }
}

/// Who pins.
#[derive(Clone, Copy, Debug)]
enum Pins {
    /// Each call for itself.
    OneShot,
    /// The caller, anew every 64 numbers.
    Renewed,
}

impl Pins {
    /// Lets `work` have its calls for each of the numbers.
    fn work<V: Value>(
        self,
        map: &Map<V>,
        numbers: Range<u64>,
        mut work: impl FnMut(&dyn Calls<V>, u64),
    ) {
        match self {
            Self::OneShot => numbers.for_each(|number| work(map, number)),
            Self::Renewed => {
                let mut pinned = map.pin();
                for number in numbers {
                    if number % RENEWED_EVERY == 0 {
                        pinned.repin();
                    }
                    work(&pinned, number);
                }
            }
        }
    }
}

/// The key that comes with a number, and goes with one that is larger by
/// `PASSING`.
fn passing(number: u64) -> u64 {
    KNOWN + number
}

/// One soak's map, and the meetings of its threads.
struct Soak<V> {
    map: Arc<Map<V>>,
    pins: Pins,
    steps: u64,
    meeting: Barrier,
}

impl<V: Value> Soak<V> {
    fn new(pins: Pins, keys: u64) -> Self {
        let soak = Self {
            map: Arc::default(),
            pins,
            steps: keys / STEP,
            meeting: Barrier::new(THREADS),
        };
        soak.fill(&*soak.map, 0);
        soak
    }

    /// The keys that are there before the key of `number` comes.
    fn fill(&self, calls: &dyn Calls<V>, number: u64) {
        let passing = (number..number + PASSING).map(passing);
        for key in (0..KNOWN).chain(passing) {
            calls.insert(key, V::of(key));
        }
    }

    /// Lets a thread do `step` between each two meetings. It holds no guard at
    /// the end of one.
    fn spawn<'s>(
        &'s self,
        scope: &'s Scope<'s, '_>,
        mut step: impl FnMut(u64, Range<u64>) + Send + 's,
    ) -> ScopedJoinHandle<'s, ()> {
        scope.spawn(move || {
            for n in 0..self.steps {
                step(n, n * STEP..(n + 1) * STEP);
                // All are done, and then all may go on.
                self.meeting.wait();
                self.meeting.wait();
            }
        })
    }

    /// Each key that comes is new. One goes for it.
    fn bring_and_take(&self, step: u64, numbers: Range<u64>) {
        let end = numbers.end;
        self.pins.work(&self.map, numbers, |map, number| {
            let (comes, goes) = (passing(number + PASSING), passing(number));
            assert!(!map.insert(comes, V::of(comes)), "{comes} is new");
            assert!(map.remove(goes), "{goes} was there");
        });
        if step % CLEARED_EVERY == 0 {
            self.pins.work(&self.map, end..end + 1, |map, number| {
                map.clear();
                self.fill(map, number);
            });
        }
    }

    fn overwrite(&self, numbers: Range<u64>) {
        self.pins.work(&self.map, numbers, |map, number| {
            let key = number % KNOWN;
            map.insert(key, V::of(key));
        });
    }

    fn read(&self, numbers: Range<u64>) {
        self.pins.work(&self.map, numbers, |map, number| {
            for key in [number % KNOWN, passing(number + PASSING / 2), u64::MAX] {
                let found = map.get(key);
                assert!(found.is_none_or(|value| value == V::of(key)));
            }
        });
    }

    /// A thread that comes, reads and overwrites a little, and goes.
    fn visit(&self, numbers: Range<u64>) {
        let some = numbers.start..numbers.start + STEP / 10;
        thread::scope(|scope| {
            scope.spawn(|| {
                self.read(some.clone());
                self.overwrite(some);
            });
        });
    }

    /// A thread that reads once, overwrites as much as it may without handing it
    /// on, or iterates once, and then waits to be told that the soak is over.
    fn idle(&self, kind: u64, over: Receiver<()>) -> JoinHandle<()> {
        let map = Arc::clone(&self.map);
        thread::spawn(move || {
            match kind % 3 {
                0 => assert!(map.get(&u64::MAX).is_none()),
                1 => (0..63).for_each(|key| _ = map.insert(key, V::of(key))),
                // None, if it comes right after a clear.
                _ => drop(map.pin().iter().next()),
            }
            assert!(over.recv().is_err(), "only hung up on");
        })
    }
}

/// Threads that wait for the end.
struct Idle {
    threads: Vec<(Sender<()>, JoinHandle<()>)>,
}

impl Idle {
    fn leave(self) {
        for (over, thread) in self.threads {
            drop(over);
            thread.join().expect("an idle thread");
        }
    }
}

/// What was in use, above what was there at the start.
#[derive(Debug)]
struct Figures {
    /// The most at the meetings, by tenths of the run.
    meetings: [isize; 10],
    peak: isize,
    /// After a flush, with the idle threads and without.
    end_with_idle: isize,
    end: isize,
    /// After `compact`.
    compacted: isize,
    /// A fresh map with the same keys.
    live_set: isize,
    /// After the map has gone.
    rest: isize,
}

/// Runs the soak.
fn run<V: Value>(pins: Pins, keys: u64) -> Figures {
    let flushed = || while !Map::<V>::new().flush() {};
    flushed();
    let start = bytes::restart_peak();
    let soak = Soak::<V>::new(pins, keys);
    let mut idle = Idle {
        threads: Vec::new(),
    };
    let mut meetings = [0; 10];
    thread::scope(|scope| {
        let brings = soak.spawn(scope, |step, numbers| soak.bring_and_take(step, numbers));
        let overwrites = soak.spawn(scope, |_, numbers| soak.overwrite(numbers));
        let visits = soak.spawn(scope, |step, numbers| {
            soak.visit(numbers);
            if step % (soak.steps / IDLE).max(1) == 0 {
                let (over, wait) = channel();
                let thread = soak.idle(step, wait);
                idle.threads.push((over, thread));
            }
        });
        let reads = [(); READERS].map(|()| soak.spawn(scope, |_, numbers| soak.read(numbers)));
        for step in 0..soak.steps {
            soak.meeting.wait();
            let most = &mut meetings[(step * 10 / soak.steps) as usize];
            *most = (*most).max(bytes::live() - start);
            soak.meeting.wait();
        }
        // The end of a scope does not wait for what its threads do on their way out.
        for thread in reads.into_iter().chain([brings, overwrites, visits]) {
            thread.join().expect("a thread of the soak");
        }
    });
    let peak = bytes::peak() - start;

    flushed();
    let end_with_idle = bytes::live() - start;
    idle.leave();
    flushed();
    let end = bytes::live() - start;
    soak.map.compact();
    flushed();
    let compacted = bytes::live() - start;

    let pairs: Vec<_> = (soak.map.pin().iter())
        .map(|(key, value)| (*key, value.clone()))
        .collect();
    flushed();
    let before = bytes::live();
    let fresh: Map<V> = pairs.iter().cloned().collect();
    flushed();
    let live_set = bytes::live() - before;
    assert_eq!(fresh.len(), KEYS as usize);
    drop((fresh, pairs, soak));
    flushed();
    let rest = bytes::live() - start;
    Figures {
        meetings,
        peak,
        end_with_idle,
        end,
        compacted,
        live_set,
        rest,
    }
}

/// What a thread that waits may keep for itself: what is kept for every thread (5
/// kB), and 63 objects it retired, be it values of at most 64 bytes or, as 16 of
/// its keys count for one, a table of a thousand keys (18 kB).
const KEPT_BY_ONE: isize = 32 << 10;

impl Figures {
    fn to_line(&self) -> String {
        let Self {
            meetings,
            peak,
            end_with_idle,
            end,
            compacted,
            live_set,
            rest,
        } = self;
        let meetings = meetings.map(|bytes| (bytes / 1_000).to_string()).join(" ");
        format!(
            "live set {live_set} bytes; at the meetings {meetings} kB; peak {peak}; \
             end with idle threads {end_with_idle}, without {end}, compacted {compacted}; \
             rest {rest}"
        )
    }

    /// The bounds, in live sets. Neither depends on the length of the run.
    fn assert_bounds(&self) {
        let live_set = self.live_set;
        // As many tombstones as keys, which wait for the next rebuild or
        // promotion, and two tables, each of up to four times as many places as
        // keys: a value of 8 bytes weighs less than its places do.
        let end = 4 * live_set;
        assert!(self.end <= end, "at the end: {self:?}");
        assert!(self.compacted <= 3 * live_set, "compacted: {self:?}");
        // No guard is held over a meeting, so what waits is of the last few
        // steps. In each of them 3,100 values or entries are retired (3), up to
        // six tables, as there are not more than 6,000 misses (5), and a clear (1).
        let in_a_step = 9 * live_set;
        let idle = IDLE as isize * KEPT_BY_ONE;
        assert!(
            self.end_with_idle <= end + idle,
            "with idle threads: {self:?}"
        );
        let peak = end + idle + 4 * in_a_step;
        assert!(self.peak <= peak, "at the peak, more than {peak}: {self:?}");
        assert!(self.rest <= 64 << 10, "after the map: {self:?}");
    }
}

/// Runs one soak, alone in the process.
fn stays_within_bounds<V: Value>(pins: Pins, keys: u64) {
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let figures = run::<V>(pins, keys);
    let value = std::any::type_name::<V>();
    println!("{value}, {pins:?}, {keys} keys: {}", figures.to_line());
    figures.assert_bounds();
}

fn of_every_kind(keys: u64) {
    for pins in [Pins::OneShot, Pins::Renewed] {
        stays_within_bounds::<u64>(pins, keys);
        stays_within_bounds::<String>(pins, keys);
    }
}

#[test]
fn memory_stays_within_bounds_in_short() {
    of_every_kind(100_000);
}

#[test]
#[ignore = "takes minutes"]
fn memory_stays_within_bounds_over_ten_million_keys() {
    of_every_kind(10_000_000);
}
