//! The bound in bytes.

use http::StatusCode;
use http::header::{ETAG, HeaderName, HeaderValue};
use readmostly::primitives::{ConcurrentMap, ShardedMap};
use response_cache::{Answer, DefaultMap, Slot, Store, StoreMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

const OVERHEAD: usize = Store::<usize>::OVERHEAD;

fn key(text: &str) -> Arc<str> {
    text.into()
}

/// A value is its size in bytes.
fn keep<M: StoreMap<usize>>(store: &Store<usize, M>, name: &str, bytes: usize) -> bool {
    store.keep(&key(name), bytes, bytes, || true)
}

fn present(store: &Store<usize>, names: &str) -> String {
    let has = |name: &char| store.get(&name.to_string()).is_some();
    names.chars().filter(has).collect()
}

#[test]
fn a_value_counts_its_bytes_its_key_and_the_overhead() {
    let store = Store::new(10_000);
    keep(&store, "four", 100);
    assert_eq!(store.bytes(), 4 + 100 + OVERHEAD);
    keep(&store, "seven77", 0);
    assert_eq!((store.bytes(), store.len()), (11 + 100 + 2 * OVERHEAD, 2));
    store.remove("four");
    assert_eq!((store.bytes(), store.len()), (7 + OVERHEAD, 1));
    store.remove("four");
    assert_eq!((store.bytes(), store.len()), (7 + OVERHEAD, 1));
}

#[test]
fn a_value_that_replaces_another_counts_instead_of_it() {
    let store = Store::new(10_000);
    for bytes in [100, 900, 0, 500] {
        assert!(keep(&store, "a", bytes));
        assert_eq!((store.bytes(), store.len()), (1 + bytes + OVERHEAD, 1));
        assert_eq!(*store.get("a").unwrap().value(), bytes);
    }
}

#[test]
fn a_value_as_large_as_the_bound_is_kept_and_a_larger_one_is_not() {
    let store = Store::new(1 + 500 + OVERHEAD);
    assert!(keep(&store, "b", 10));
    assert!(!keep(&store, "a", 501));
    // It has driven nothing out.
    assert_eq!(present(&store, "ab"), "b");
    assert!(keep(&store, "a", 500));
    assert_eq!(
        (present(&store, "ab"), store.bytes()),
        ("a".into(), store.bound())
    );
    // It is newer than what is kept.
    assert!(!keep(&store, "a", 501));
    assert_eq!((present(&store, "ab"), store.bytes()), ("".into(), 0));
    let endless = Store::new(usize::MAX);
    assert!(keep(&endless, "a", 5) && keep(&endless, "b", 5));
    assert!(!keep(&Store::new(100), "a", usize::MAX));
}

#[test]
fn a_slot_that_was_looked_up_gets_a_second_chance() {
    let store = Store::new(3 * (1 + 10 + OVERHEAD));
    for name in ["a", "b", "c"] {
        keep(&store, name, 10);
    }
    assert_eq!(present(&store, "a"), "a");
    keep(&store, "d", 10);
    // The queue is c, a, d now, and no mark is left but those of this look.
    assert_eq!(store.len(), 3);
    keep(&store, "e", 10);
    keep(&store, "f", 10);
    // a has had its chance.
    assert_eq!(present(&store, "abcdef"), "def");
}

#[test]
fn what_is_not_admitted_changes_nothing() {
    let store = Store::new(2 * (1 + 10 + OVERHEAD));
    keep(&store, "a", 10);
    keep(&store, "b", 10);
    assert!(!store.keep(&key("c"), 10, 10, || false));
    assert!(!store.keep(&key("a"), 20, 20, || false));
    assert_eq!(
        (present(&store, "abc"), *store.get("a").unwrap().value()),
        ("ab".into(), 10)
    );
}

/// A map that knows what it holds, in bytes, and never holds more than the bound.
struct Weighed {
    map: DefaultMap<usize>,
    bytes: Arc<AtomicUsize>,
    bound: usize,
}

impl Weighed {
    fn bytes_of(&self, key: &str) -> usize {
        let bytes = self.map.get_with(key, |slot| *slot.value());
        bytes.map_or(0, |bytes| key.len() + bytes + OVERHEAD)
    }
}

impl StoreMap<usize> for Weighed {
    fn find<R>(&self, key: &str, f: impl FnOnce(&Arc<Slot<usize>>) -> R) -> Option<R> {
        self.map.get_with(key, f)
    }

    fn put(&self, key: Arc<str>, slot: Arc<Slot<usize>>) {
        let new = key.len() + slot.value() + OVERHEAD;
        let others = self.bytes.load(Ordering::Relaxed) - self.bytes_of(&key);
        assert!(others + new <= self.bound, "{others} and {new}");
        self.bytes.store(others + new, Ordering::Relaxed);
        self.map.insert(key, slot);
    }

    fn take_out(&self, key: &str) {
        self.bytes.fetch_sub(self.bytes_of(key), Ordering::Relaxed);
        self.map.remove(key);
    }

    fn count(&self) -> usize {
        self.map.len()
    }
}

#[test]
fn threads_together_never_exceed_the_bound_and_every_byte_is_counted() {
    const BOUND: usize = 20_000;
    let bytes = Arc::new(AtomicUsize::new(0));
    let map = Weighed {
        map: ShardedMap::new(),
        bytes: Arc::clone(&bytes),
        bound: BOUND,
    };
    let store = Store::with_map(map, BOUND);
    thread::scope(|scope| {
        let writers: Vec<_> = (0..3)
            .map(|seed| {
                let store = &store;
                scope.spawn(move || {
                    let mut random = fastrand::Rng::with_seed(seed);
                    for _ in 0..3_000 {
                        let name = format!("/{}", random.u32(..200));
                        match random.u32(..10) {
                            0 => store.remove(&name),
                            1 => drop(keep(store, &name, BOUND + 1)),
                            _ => drop(keep(store, &name, random.usize(..3_000))),
                        }
                    }
                })
            })
            .collect();
        // Marks all the time, so that the eviction finds nothing unmarked.
        while !writers.iter().all(|writer| writer.is_finished()) {
            (0..200).for_each(|n| drop(store.get(&format!("/{n}"))));
            assert!(store.bytes() <= BOUND);
        }
    });
    assert_eq!(store.bytes(), bytes.load(Ordering::Relaxed));
    // It is in use, and not only empty.
    assert!(store.bytes() > BOUND / 2, "{}", store.bytes());
}

/// A destructor that uses the store would wait for ever under its mutex.
struct Nosy(Arc<Store<Nosy>>);

impl Drop for Nosy {
    fn drop(&mut self) {
        self.0.bytes();
    }
}

#[test]
fn values_are_dropped_with_no_lock_held() {
    let (done, is_done) = mpsc::channel();
    let test = thread::spawn(move || {
        let store: Arc<Store<Nosy>> = Arc::new(Store::new(2 * (1 + Store::<Nosy>::OVERHEAD)));
        let nosy = || Nosy(Arc::clone(&store));
        for name in ["a", "b", "b", "c", "d"] {
            store.keep(&key(name), nosy(), 0, || true);
        }
        store.keep(&key("e"), nosy(), 0, || false);
        store.keep(&key("d"), nosy(), 1_000, || true);
        store.remove("c");
        assert!(store.is_empty());
        done.send(()).unwrap();
    });
    let waited = is_done.recv_timeout(Duration::from_secs(60));
    assert_ne!(waited, Err(RecvTimeoutError::Timeout), "a deadlock");
    test.join().unwrap();
}

#[test]
fn an_answer_counts_its_body_and_its_headers() {
    let answer = |body: usize, headers: &[(HeaderName, usize)]| {
        let header = |(name, length): &(HeaderName, usize)| {
            let value = "x".repeat(*length).parse().unwrap();
            (name.clone(), value)
        };
        let answer = Answer {
            status: StatusCode::OK,
            headers: headers.iter().map(header).collect(),
            body: vec![0; body].into(),
        };
        answer.bytes()
    };
    let bare = answer(0, &[]);
    assert_eq!(answer(1_000, &[]), bare + 1_000);
    let one = answer(0, &[(ETAG, 0)]);
    // An entry of a `HeaderMap` is a hash, a link, a name and a value.
    let entry = size_of::<u64>() + size_of::<HeaderName>() + size_of::<HeaderValue>();
    assert!(one >= bare + "etag".len() + entry, "{bare} and {one}");
    assert_eq!(answer(0, &[(ETAG, 500)]), one + 500);
    assert_eq!(answer(0, &[(ETAG, 0), (ETAG, 0)]), bare + 2 * (one - bare));
}

/// What decides stands under the mutex: no change comes between the decision and the value.
#[test]
fn one_value_is_admitted_at_a_time() {
    let store = Store::new(10_000);
    let (inside, alone) = (AtomicBool::new(false), AtomicBool::new(true));
    let admit = || {
        if inside.swap(true, Ordering::Relaxed) {
            alone.store(false, Ordering::Relaxed);
        }
        (0..20).for_each(|_| thread::yield_now());
        inside.store(false, Ordering::Relaxed);
        true
    };
    thread::scope(|scope| {
        for name in ["a", "b"] {
            let (store, admit) = (&store, &admit);
            scope.spawn(move || (0..500).all(|_| store.keep(&key(name), 1, 1, admit)));
        }
    });
    assert!(alone.into_inner());
}
