//! The order between keys, by the classical litmus tests: store buffering, message
//! passing, a thread's own write after another's, and independent reads of
//! independent writes. See `docs/reference/orderings.md`.
//!
//! Of threads that run at the same time, a test asks what each saw, and that no
//! round ends as no order of all calls allows. It can only fail on a machine that
//! shows the reordering, and then not every time. A failure means that the promise
//! is broken. On x86-64 a store may wait while a later load goes ahead, and no
//! more, so there the tests other than store buffering can show only what the map
//! itself does out of order.
//!
//! A test goes a fixed number of rounds. In each of them a thread waits for the
//! others, but not for long: on a machine that is busy with something else the
//! threads drift apart, the round shows less, and the test takes no longer. The
//! proof is the models'. Each test prints how many rounds ended in each way, as one
//! whose threads never meet shows nothing:
//!
//! ```text
//! READMOSTLY_ROUNDS=100000 cargo test --release --test across_keys -- --nocapture
//! ```

#![cfg(not(any(counted, loom)))]

use readmostly::{Pinned, SyncMap};
use std::array;
use std::collections::BTreeMap;
use std::collections::hash_map::RandomState;
use std::env;
use std::hint::spin_loop;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

type Map = SyncMap<&'static str, u64>;
type Pin<'m> = Pinned<'m, &'static str, u64, RandomState>;

/// One litmus test at a time: the others' threads would be in the way.
static ALONE: Mutex<()> = Mutex::new(());

/// How many rounds a test of so many threads goes, at each handle.
fn rounds_of(threads: usize) -> u64 {
    let asked = env::var("READMOSTLY_ROUNDS").ok();
    let asked = asked.map(|number| number.parse().expect("a number"));
    // More threads than cores take turns, and a round of theirs takes longer.
    asked.unwrap_or(if threads > 2 { 500 } else { 2_000 })
}

/// Rounds between two meetings, each on a map of its own.
const TOGETHER: usize = 16;

/// How often a thread looks whether the others have come to a round.
const LOOKS: usize = 2_000;

/// Through what a thread calls the map.
#[derive(Clone, Copy, Debug)]
enum Handle {
    OneShot,
    /// A pin that is held for the round.
    Held,
}

/// The calls of one thread in one round.
struct Caller<'m> {
    map: &'m Map,
    pin: Option<Pin<'m>>,
    /// Whether it may let others go first before a call, for the sake of machines
    /// with few cores to spare. Most rounds go without: that is a barrier, and on a
    /// busy machine it takes as long as everybody else likes.
    yields: bool,
}

impl<'m> Caller<'m> {
    fn new(map: &'m Map, handle: Handle, round: u64) -> Self {
        let pin = match handle {
            Handle::OneShot => None,
            Handle::Held => Some(map.pin()),
        };
        let yields = round % 32 == 0;
        Self { map, pin, yields }
    }

    fn let_others_go_first(&self) {
        if self.yields && fastrand::bool() {
            thread::yield_now();
        }
    }

    fn insert(&self, key: &'static str, value: u64) {
        self.let_others_go_first();
        match &self.pin {
            Some(pin) => drop(pin.insert(key, value)),
            None => drop(self.map.insert(key, value)),
        }
    }

    /// Zero: the key is absent.
    fn get(&self, key: &str) -> u64 {
        self.let_others_go_first();
        match &self.pin {
            Some(pin) => pin.get(key).copied(),
            None => self.map.get_cloned(key),
        }
        .unwrap_or(0)
    }
}

/// Of what two threads wrote in a round, or of two looks at it, what a thread saw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Saw {
    /// It wrote, and did not look.
    #[default]
    Wrote,
    Neither,
    First,
    Second,
    Both,
}

impl Saw {
    fn of(first: bool, second: bool) -> Self {
        match (first, second) {
            (false, false) => Self::Neither,
            (true, false) => Self::First,
            (false, true) => Self::Second,
            (true, true) => Self::Both,
        }
    }

    /// After one look.
    fn once(seen: bool) -> Self {
        Self::of(seen, seen)
    }
}

/// What a thread does in a round, and what it saw.
type Part = fn(&Caller, round: u64) -> Saw;

/// Where the threads meet. Spinning, since a barrier would let go of one long
/// before the other.
struct Meeting {
    people: u64,
    arrived: AtomicU64,
    /// Like `arrived`, of those who do not insist.
    near: AtomicU64,
}

impl Meeting {
    fn new(people: usize) -> Self {
        Self {
            people: people as u64,
            arrived: AtomicU64::new(0),
            near: AtomicU64::new(0),
        }
    }

    /// Waits for the others at the beginning of a round, as long as `LOOKS` says.
    fn come_near(&self, round: u64) {
        self.near.fetch_add(1, Ordering::SeqCst);
        let all_came = || self.near.load(Ordering::SeqCst) >= round * self.people;
        for _ in 0..LOOKS {
            if all_came() {
                break;
            }
            spin_loop();
        }
    }

    /// Waits until all have come.
    fn meet(&self, number: u64) {
        self.arrived.fetch_add(1, Ordering::SeqCst);
        let mut spins = 0;
        while self.arrived.load(Ordering::SeqCst) < number * self.people {
            spins += 1;
            if spins % 200 == 0 {
                thread::yield_now();
            }
            spin_loop();
        }
    }
}

/// How many rounds ended in each way.
type Endings<const N: usize> = BTreeMap<[Saw; N], u64>;

/// Lets the threads do their parts at the same time, once a round, as near to each
/// other as they come. Round after round the values grow, so that what was seen
/// tells the round it is of.
fn rounds<const N: usize>(
    map: impl Fn() -> Map,
    handle: Handle,
    prepare: impl Fn(&Map),
    parts: [Part; N],
) -> Endings<N> {
    let maps: [Map; TOGETHER] = array::from_fn(|_| map());
    let saw: [[Mutex<Saw>; N]; TOGETHER] = array::from_fn(|_| array::from_fn(|_| Mutex::default()));
    let meeting = Meeting::new(N);
    let batches = rounds_of(N).div_ceil(TOGETHER as u64);
    let take_part = |thread: usize, batch: u64| {
        meeting.meet(2 * batch - 1);
        let first = (batch - 1) * TOGETHER as u64 + 1;
        for (round, (map, saw)) in (first..).zip(maps.iter().zip(&saw)) {
            let caller = Caller::new(map, handle, round);
            meeting.come_near(round);
            let seen = parts[thread](&caller, round);
            drop(caller);
            *saw[thread].lock().expect("nobody panics with it") = seen;
        }
        meeting.meet(2 * batch);
    };
    let mut endings = BTreeMap::new();
    thread::scope(|scope| {
        for thread in 1..N {
            let take_part = &take_part;
            scope.spawn(move || (1..=batches).for_each(|batch| take_part(thread, batch)));
        }
        for batch in 1..=batches {
            maps.iter().for_each(&prepare);
            take_part(0, batch);
            for saw in &saw {
                let ending = array::from_fn(|thread| *saw[thread].lock().expect("as above"));
                *endings.entry(ending).or_default() += 1;
            }
        }
    });
    endings
}

/// The keys a and b, in the snapshot.
fn known() -> Map {
    let map = SyncMap::from([("a", 0), ("b", 0)]);
    map.compact();
    assert!(!map.inspect().amended);
    map
}

/// Runs a litmus test on both handles and panics if it ever ends as `forbidden`
/// says.
fn litmus<const N: usize>(
    name: &str,
    map: impl Fn() -> Map,
    prepare: impl Fn(&Map),
    parts: [Part; N],
    forbidden: impl Fn(&[Saw; N]) -> bool,
) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    for handle in [Handle::OneShot, Handle::Held] {
        let endings = rounds(&map, handle, &prepare, parts);
        println!("{name}, {handle:?}: {endings:?}");
        let broken: u64 = (endings.iter())
            .filter(|(ending, _)| forbidden(ending))
            .map(|(_, rounds)| rounds)
            .sum();
        assert_eq!(broken, 0, "{name}, {handle:?}: {endings:?}");
    }
}

fn as_it_is(_: &Map) {}

/// Both keys are new in every round, and the snapshot lacks them.
fn cleared(map: &Map) {
    map.clear();
}

/// b is new in every round: the snapshot was just promoted, so that its insertion
/// is what says that it is amended.
fn without_b(map: &Map) {
    map.remove("b");
    map.compact();
}

/// Whether the other's insertion was seen, after a thread's own.
const STORE_BUFFERING: [Part; 2] = [
    |map, round| {
        map.insert("a", round);
        Saw::once(map.get("b") == round)
    },
    |map, round| {
        map.insert("b", round);
        Saw::once(map.get("a") == round)
    },
];

/// `insert(a); get(b) ∥ insert(b); get(a)`: not both miss the other's insertion.
fn store_buffering(name: &str, map: impl Fn() -> Map, prepare: impl Fn(&Map)) {
    litmus(name, map, prepare, STORE_BUFFERING, |saw| {
        *saw == [Saw::Neither; 2]
    });
}

#[test]
fn two_known_keys_are_not_both_missed() {
    store_buffering("store buffering, known keys", known, as_it_is);
}

#[test]
fn a_known_key_and_a_new_one_are_not_both_missed() {
    store_buffering(
        "store buffering, a known key and a new one",
        known,
        without_b,
    );
}

#[test]
fn two_new_keys_are_not_both_missed() {
    store_buffering("store buffering, new keys", Map::new, cleared);
}

/// `insert(a); insert(b) ∥ get(b); get(a)`: whoever sees the second sees the first.
/// The reader tells whether it saw b, and a.
fn message_passing(name: &str, map: impl Fn() -> Map, prepare: impl Fn(&Map)) {
    let parts: [Part; 2] = [
        |map, round| {
            map.insert("a", round);
            map.insert("b", round);
            Saw::Wrote
        },
        |map, round| Saw::of(map.get("b") == round, map.get("a") == round),
    ];
    litmus(name, map, prepare, parts, |[_, saw]| *saw == Saw::First);
}

#[test]
fn who_sees_the_second_of_two_known_keys_sees_the_first() {
    message_passing("message passing, known keys", known, as_it_is);
}

#[test]
fn who_sees_a_new_key_sees_the_known_one_that_came_before() {
    message_passing(
        "message passing, a known key and a new one",
        known,
        without_b,
    );
}

#[test]
fn who_sees_the_second_of_two_new_keys_sees_the_first() {
    message_passing("message passing, new keys", Map::new, cleared);
}

/// `insert(a) ∥ get(a), insert(b) ∥ get(b); get(a)`: what the second saw before its
/// insertion, who sees that insertion sees too.
fn write_to_read_causality(name: &str, map: impl Fn() -> Map, prepare: impl Fn(&Map)) {
    let parts: [Part; 3] = [
        |map, round| {
            map.insert("a", round);
            Saw::Wrote
        },
        |map, round| {
            let saw = map.get("a") == round;
            map.insert("b", round);
            Saw::once(saw)
        },
        |map, round| Saw::of(map.get("b") == round, map.get("a") == round),
    ];
    litmus(name, map, prepare, parts, |[_, second, third]| {
        *second == Saw::Both && *third == Saw::First
    });
}

#[test]
fn who_sees_what_came_after_a_known_key_was_seen_sees_it() {
    write_to_read_causality("causality, known keys", known, as_it_is);
}

#[test]
fn who_sees_what_came_after_a_new_key_was_seen_sees_it() {
    write_to_read_causality("causality, new keys", Map::new, cleared);
}

/// `insert(a, mine); get(a) ∥ insert(a, yours); get(a)`: a thread sees its own
/// value or a later one, so not each the other's. The first is its own.
fn own_write(name: &str, map: impl Fn() -> Map, prepare: impl Fn(&Map)) {
    let parts: [Part; 2] = [
        |map, round| {
            map.insert("a", 2 * round);
            let saw = map.get("a");
            Saw::of(saw == 2 * round, saw == 2 * round + 1)
        },
        |map, round| {
            map.insert("a", 2 * round + 1);
            let saw = map.get("a");
            Saw::of(saw == 2 * round + 1, saw == 2 * round)
        },
    ];
    litmus(name, map, prepare, parts, |saw| {
        let nothing_of_this_round = saw.contains(&Saw::Neither);
        nothing_of_this_round || *saw == [Saw::Second; 2]
    });
}

#[test]
fn a_thread_sees_its_own_value_of_a_known_key_or_a_later_one() {
    own_write("own write, known key", known, as_it_is);
}

#[test]
fn a_thread_sees_its_own_value_of_a_new_key_or_a_later_one() {
    own_write("own write, new key", Map::new, cleared);
}

/// `insert(a) ∥ insert(b) ∥ get(a); get(b) ∥ get(b); get(a)`: the two readers do not
/// see the two insertions in opposite orders.
fn independent_reads(name: &str, map: impl Fn() -> Map, prepare: impl Fn(&Map)) {
    let parts: [Part; 4] = [
        |map, round| Saw::of(map.get("a") == round, map.get("b") == round),
        |map, round| Saw::of(map.get("b") == round, map.get("a") == round),
        |map, round| {
            map.insert("a", round);
            Saw::Wrote
        },
        |map, round| {
            map.insert("b", round);
            Saw::Wrote
        },
    ];
    litmus(name, map, prepare, parts, |[one, other, ..]| {
        *one == Saw::First && *other == Saw::First
    });
}

#[test]
fn two_readers_see_two_known_keys_change_in_one_order() {
    independent_reads("independent reads, known keys", known, as_it_is);
}

#[test]
fn two_readers_see_a_known_key_and_a_new_one_in_one_order() {
    independent_reads(
        "independent reads, a known key and a new one",
        known,
        without_b,
    );
}

#[test]
fn two_readers_see_two_new_keys_in_one_order() {
    independent_reads("independent reads, new keys", Map::new, cleared);
}
