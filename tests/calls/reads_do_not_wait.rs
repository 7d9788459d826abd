//! What goes on while a thread sits inside the mutex: everything that concerns
//! keys of the read snapshot.
//!
//! The mutex is held from outside the crate by a key whose comparison blocks: on
//! the slow path it is compared under the mutex. No test measures time. A thread
//! is known to be inside (it says so), does not come out before it is told to,
//! and is told to once everything else is done. Something that waited for it
//! would wait for ever, and the watchdog would say so.

use crate::same_hash::Same;
use crate::watchdog::watched;
use equivalent::Equivalent;
use readmostly::SyncMap;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

/// A fixed hasher, so that no key is ever compared by mere chance.
type Fixed = BuildHasherDefault<DefaultHasher>;

/// A door that lets a thread in, and out again when it is told to.
struct Door {
    entered: Sender<()>,
    leave: Mutex<Receiver<()>>,
}

impl Door {
    fn new() -> (Arc<Self>, Receiver<()>, Sender<()>) {
        let (entered, inside) = mpsc::channel();
        let (go, leave) = mpsc::channel();
        let leave = Mutex::new(leave);
        (Arc::new(Self { entered, leave }), inside, go)
    }

    fn pass(&self) {
        self.entered.send(()).unwrap();
        self.leave.lock().unwrap().recv().unwrap();
    }
}

/// Looks a `&str` key up, and stops at the comparison with `at`.
struct Stopping {
    name: &'static str,
    at: &'static str,
    door: Arc<Door>,
}

impl Hash for Stopping {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl Equivalent<&'static str> for Stopping {
    fn equivalent(&self, key: &&'static str) -> bool {
        if *key == self.at {
            self.door.pass();
        }
        self.name == *key
    }
}

/// A read snapshot of `a`, `b`, `c` and the tombstone `d`; if asked, `new` in the
/// dirty map alone.
fn known_keys(amended: bool) -> SyncMap<&'static str, u32, Fixed> {
    let map: SyncMap<_, _, Fixed> = [("a", 1), ("b", 2), ("c", 3), ("d", 4)]
        .into_iter()
        .collect();
    map.remove("d");
    if amended {
        map.insert("new", 9);
        let inside = map.inspect();
        assert!(inside.amended && inside.read.iter().all(|(key, _)| *key != "new"));
    }
    map
}

/// What must not wait for the mutex in any state of the map.
fn use_known_keys(map: &SyncMap<&'static str, u32, Fixed>) {
    assert_eq!(map.get("a").as_deref(), Some(&1));
    assert_eq!(map.get_cloned("a"), Some(1));
    assert!(map.contains_key("a"));
    assert!(map.get("d").is_none(), "a tombstone is an answer");
    assert_eq!(map.insert("a", 10).as_deref(), Some(&1));
    assert_eq!(*map.try_insert("a", 11).unwrap_err().current, 10);
    assert_eq!(*map.get_or_insert_with("a", || unreachable!()), 10);
    assert_eq!(map.update("a", |n| n + 1).as_deref(), Some(&11));
    assert_eq!(
        map.compare_exchange("a", &11, 12).as_deref().ok(),
        Some(&11)
    );
    assert_eq!(map.remove("b").as_deref(), Some(&2));
    assert!(map.remove_if("c", |_, n| *n == 0).is_none());
    assert_eq!(map.compare_remove("c", &3).as_deref(), Some(&3));
    let mut pinned = map.pin();
    assert_eq!(pinned.get("a"), Some(&12));
    assert_eq!(pinned.insert("a", 1), Some(&12));
    pinned.repin();
    assert!(!map.is_empty());
    map.flush();
}

/// Runs `meanwhile` while another thread is inside the mutex of `map`, looking
/// for a key that only the dirty map has.
fn while_a_reader_is_inside(
    map: &Arc<SyncMap<&'static str, u32, Fixed>>,
    meanwhile: impl FnOnce(),
) {
    let (door, inside, go) = Door::new();
    let (name, at) = ("new", "new");
    let (reader, shared) = (Stopping { name, at, door }, Arc::clone(map));
    // Not scoped: if `meanwhile` fails, nobody should wait for this one.
    let reader = thread::spawn(move || shared.get_cloned(&reader));
    inside.recv().unwrap();
    meanwhile();
    go.send(()).unwrap();
    assert_eq!(reader.join().unwrap(), Some(9));
}

#[test]
fn operations_on_known_keys_do_not_wait_for_the_mutex() {
    watched(|| {
        let map = Arc::new(known_keys(true));
        while_a_reader_is_inside(&map, || use_known_keys(&map));
        assert_eq!(
            map.stats().locks,
            1 + 1 + 1 + 1,
            "filling, compact, new, the reader"
        );
    });
}

/// An iteration of an amended map takes the mutex for an instant, to promote,
/// when it begins; one that has begun goes on whatever happens to the mutex.
#[test]
fn an_iteration_that_has_begun_does_not_wait_for_the_mutex() {
    watched(|| {
        let map = Arc::new(known_keys(false));
        let pinned = map.pin();
        let mut pairs = pinned.iter();
        let first = pairs.next().unwrap();
        map.insert("new", 9);
        while_a_reader_is_inside(&map, || {
            let mut seen: Vec<_> = pairs.chain([first]).collect();
            seen.sort_unstable();
            assert_eq!(seen, [(&"a", &1), (&"b", &2), (&"c", &3)]);
        });
    });
}

/// The writer of a new key is inside the mutex of a map that is not amended yet:
/// misses and iterations are then lock-free too.
#[test]
fn misses_and_iterations_do_not_wait_for_the_writer_of_a_new_key() {
    /// Stops at its second comparison with `a`: that under the mutex, as each
    /// look at the read snapshot makes one.
    struct Key(&'static str, Option<(Arc<Door>, AtomicBool)>);
    impl Hash for Key {
        fn hash<H: Hasher>(&self, state: &mut H) {
            self.0.hash(state);
        }
    }
    impl PartialEq for Key {
        fn eq(&self, other: &Self) -> bool {
            for (key, at) in [(self, other.0), (other, self.0)] {
                if let (Some((door, before)), "a") = (&key.1, at) {
                    if before.swap(true, Ordering::Relaxed) {
                        door.pass();
                    }
                }
            }
            self.0 == other.0
        }
    }
    impl Eq for Key {}

    watched(|| {
        let known = |name| Key(name, None);
        // The new key is compared with every known one.
        let keys = [(known("a"), 1), (known("b"), 2)];
        let map: SyncMap<Key, u32, BuildHasherDefault<Same>> = keys.into_iter().collect();
        let map = Arc::new(map);
        let (door, inside, go) = Door::new();
        let (shared, new) = (Arc::clone(&map), Key("new", Some((door, false.into()))));
        let writer = thread::spawn(move || assert!(shared.insert(new, 3).is_none()));
        inside.recv().unwrap();

        assert_eq!(map.get(&known("a")).as_deref(), Some(&1));
        assert!(map.get(&known("x")).is_none());
        assert!(map.remove(&known("x")).is_none());
        assert!(map.compare_exchange(&known("x"), &1, 2).is_err());
        assert_eq!(map.insert(known("a"), 10).as_deref(), Some(&1));
        assert_eq!(map.remove(&known("b")).as_deref(), Some(&2));
        let pinned = map.pin();
        assert_eq!(pinned.iter().map(|(_, n)| n).collect::<Vec<_>>(), [&10]);
        let first = map.for_each(|_, n| ControlFlow::Break(*n));
        assert_eq!(first, ControlFlow::Break(10));
        map.retain(|_, n| *n == 10);
        assert_eq!(format!("{:?}", pinned.values()), "[10]");
        assert_eq!(map.len(), 1);

        go.send(()).unwrap();
        writer.join().unwrap();
        assert_eq!(map.len(), 2);
    });
}

/// The other half of the argument: the thread in the tests above really is
/// inside the mutex. Something that needs it is still not done when much that
/// does not has been.
#[test]
fn a_new_key_does_wait_for_the_mutex() {
    watched(|| {
        let map = Arc::new(known_keys(true));
        let done = Arc::new(AtomicBool::new(false));
        let (shared, say) = (Arc::clone(&map), Arc::clone(&done));
        let mut writer = None;
        while_a_reader_is_inside(&map, || {
            writer = Some(thread::spawn(move || {
                shared.insert("newer", 10);
                say.store(true, Ordering::SeqCst);
            }));
            for _ in 0..100 {
                use_known_keys(&map);
                map.insert("b", 2);
                map.insert("c", 3);
                thread::yield_now();
            }
            assert!(!done.load(Ordering::SeqCst), "nobody is inside");
        });
        writer.unwrap().join().unwrap();
        assert!(map.contains_key("newer"));
    });
}
