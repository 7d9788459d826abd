//! Closures that write to the very key that they were called for.
//!
//! A closure that does so makes its own operation try again. Done now and then,
//! that is allowed. Done each time, the operation would never end: it panics once
//! a hundred calls of the closure have overtaken it. What other threads write, what
//! is written elsewhere, and what destructors of retired garbage write is not
//! counted.

use crate::invariants::invariants_hold;
use crate::one_at_a_time::watched;
use readmostly::primitives::{ConcurrentMap, HybridMap};
use readmostly::{Compute, Operation, SyncMap};
use std::cell::{Cell, RefCell};
use std::collections::hash_map::DefaultHasher;
use std::fmt;
use std::hash::BuildHasherDefault;
use std::hint::black_box;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::{self, SyncSender};
use std::thread::{self, ThreadId};

/// As the documentation of `update` says.
const AT_MOST: usize = 100;

/// The key that the closures are called for, and another one.
const KEY: u32 = 1;
const OTHER: u32 = 2;

thread_local! {
    /// What the comparison of two values does first.
    static COMPARING: RefCell<Option<Act>> = const { RefCell::new(None) };
}

/// What a closure does besides its work.
type Act = Rc<dyn Fn()>;

#[derive(Clone, Copy, Debug, Eq)]
struct Value(u32);

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        let act = COMPARING.with_borrow(Clone::clone);
        if let Some(act) = act {
            act();
        }
        self.0 == other.0
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Calls `f`, and `act` in each comparison meanwhile.
fn comparing<R>(act: &Act, f: impl FnOnce() -> R) -> R {
    struct Quiet;
    impl Drop for Quiet {
        fn drop(&mut self) {
            COMPARING.set(None);
        }
    }
    COMPARING.set(Some(Rc::clone(act)));
    let _quiet = Quiet;
    f()
}

type Fixed = BuildHasherDefault<DefaultHasher>;
type Map = SyncMap<u32, Value, Fixed>;
type Hybrid = HybridMap<u32, Value, Fixed>;

/// An operation on [`KEY`] whose closure, or comparison, does `act` and says yes.
type Call<M> = fn(&M, &Act);

const CALLS: [(&str, Call<Map>); 26] = [
    ("update", |map, act| {
        map.update(&KEY, |old| {
            act();
            Value(old.0 + 1)
        });
    }),
    ("pinned update", |map, act| {
        map.pin().update(&KEY, |old| {
            act();
            Value(old.0 + 1)
        });
    }),
    ("compute that replaces", |map, act| {
        map.compute(KEY, |_| {
            act();
            Operation::<_, ()>::Insert(Value(5))
        });
    }),
    ("pinned compute that replaces", |map, act| {
        map.pin().compute(KEY, |_| {
            act();
            Operation::<_, ()>::Insert(Value(5))
        });
    }),
    ("compute that removes", |map, act| {
        map.compute(KEY, |_| {
            act();
            Operation::<_, ()>::Remove
        });
    }),
    ("pinned compute that removes", |map, act| {
        map.pin().compute(KEY, |_| {
            act();
            Operation::<_, ()>::Remove
        });
    }),
    ("remove_if", |map, act| {
        map.remove_if(&KEY, |_, _| {
            act();
            true
        });
    }),
    ("pinned remove_if", |map, act| {
        map.pin().remove_if(&KEY, |_, _| {
            act();
            true
        });
    }),
    ("retain", |map, act| {
        map.retain(|key, _| {
            let mine = *key == KEY;
            if mine {
                act();
            }
            !mine
        });
    }),
    ("pinned retain", |map, act| {
        map.pin().retain(|key, _| {
            let mine = *key == KEY;
            if mine {
                act();
            }
            !mine
        });
    }),
    ("compare_exchange", |map, act| {
        let exchange = || drop(map.compare_exchange(&KEY, &Value(10), Value(11)));
        comparing(act, exchange);
    }),
    ("pinned compare_exchange", |map, act| {
        let exchange = || drop(map.pin().compare_exchange(&KEY, &Value(10), Value(11)));
        comparing(act, exchange);
    }),
    ("compare_remove", |map, act| {
        comparing(act, || drop(map.compare_remove(&KEY, &Value(10))));
    }),
    ("pinned compare_remove", |map, act| {
        comparing(act, || _ = map.pin().compare_remove(&KEY, &Value(10)));
    }),
    ("update_or_insert_with", |map, act| {
        let f = |old: &Value| {
            act();
            Value(old.0 + 1)
        };
        map.update_or_insert_with(KEY, f, || unreachable!("it is present"));
    }),
    ("pinned update_or_insert_with_ref", |map, act| {
        let f = |old: &Value| {
            act();
            Value(old.0 + 1)
        };
        let pinned = map.pin();
        pinned.update_or_insert_with_ref(&KEY, || KEY, f, || Value(12));
    }),
    ("update_or_remove that replaces", |map, act| {
        map.update_or_remove(&KEY, |old| {
            act();
            Some(Value(old.0 + 1))
        });
    }),
    ("pinned update_or_remove that removes", |map, act| {
        map.pin().update_or_remove(&KEY, |_| {
            act();
            None
        });
    }),
    ("compute_ref", |map, act| {
        map.compute_ref(
            &KEY,
            || KEY,
            |_| {
                act();
                Operation::<_, ()>::Insert(Value(5))
            },
        );
    }),
    ("pinned compute_entry", |map, act| {
        map.pin().compute_entry(KEY, |_| {
            act();
            Operation::<_, ()>::Insert(Value(5))
        });
    }),
    ("replace_if", |map, act| {
        let condition = |_: &u32, _: &Value| {
            act();
            true
        };
        drop(map.replace_if(&KEY, condition, Value(11)));
    }),
    ("pinned replace_if", |map, act| {
        let condition = |_: &u32, _: &Value| {
            act();
            true
        };
        drop(map.pin().replace_if(&KEY, condition, Value(11)));
    }),
    ("try_remove_if", |map, act| {
        drop(map.try_remove_if(&KEY, |_, _| {
            act();
            true
        }));
    }),
    ("pinned try_remove_if", |map, act| {
        drop(map.pin().try_remove_if(&KEY, |_, _| {
            act();
            true
        }));
    }),
    ("extract_if", |map, act| {
        let extracted = map.extract_if(|key, _| {
            let mine = *key == KEY;
            if mine {
                act();
            }
            mine
        });
        extracted.for_each(drop);
    }),
    ("pinned extract_if", |map, act| {
        let pinned = map.pin();
        let extracted = pinned.extract_if(|key, _| {
            let mine = *key == KEY;
            if mine {
                act();
            }
            mine
        });
        extracted.for_each(drop);
    }),
];

/// Those that look for the key again if it was removed meanwhile.
fn looks_again(name: &str) -> bool {
    ["compute", "update_or"]
        .iter()
        .any(|part| name.contains(part))
}

/// Of a key that is hot. With a cold one, a lock is held.
const HYBRID_CALLS: [(&str, Call<Hybrid>); 3] = [
    ("modify", |map, act| {
        map.modify(&KEY, |old| {
            act();
            Value(old.0 + 1)
        });
    }),
    ("compare_and_set", |map, act| {
        let exchange = || drop(map.compare_and_set(&KEY, &Value(10), Value(11)));
        comparing(act, exchange);
    }),
    ("retain", |map, act| {
        map.retain(|key, _| {
            let mine = *key == KEY;
            if mine {
                act();
            }
            !mine
        });
    }),
];

/// How a closure writes to its own key, so that the key is there again afterwards.
type Write = fn(&Map);

const WRITES: [(&str, Write); 5] = [
    ("insert", |map| drop(map.insert(KEY, Value(10)))),
    ("remove, insert", |map| {
        map.remove(&KEY);
        map.insert(KEY, Value(10));
    }),
    ("remove_owned, insert", |map| {
        drop(map.remove_owned(&KEY));
        map.insert(KEY, Value(10));
    }),
    ("update", |map| drop(map.update(&KEY, |_| Value(10)))),
    ("within another closure", |map| {
        map.update(&OTHER, |old| {
            map.insert(KEY, Value(10));
            *old
        });
    }),
];

/// The key is in `read`, or only in the dirty map.
fn maps() -> [(&'static str, Arc<Map>); 2] {
    let pairs = [(KEY, Value(10)), (OTHER, Value(20))];
    let (promoted, new) = (Map::default(), Map::default());
    for map in [&promoted, &new] {
        map.extend_ref(pairs);
    }
    promoted.compact();
    [("promoted", Arc::new(promoted)), ("new", Arc::new(new))]
}

/// `Extend` without `&mut`.
trait ExtendRef {
    fn extend_ref(&self, pairs: [(u32, Value); 2]);
}

impl ExtendRef for Map {
    fn extend_ref(&self, pairs: [(u32, Value); 2]) {
        for (key, value) in pairs {
            self.insert(key, value);
        }
    }
}

/// An act that counts its calls.
fn counted(act: impl Fn() + 'static) -> (Rc<Cell<usize>>, Act) {
    let calls = Rc::new(Cell::new(0));
    let counter = Rc::clone(&calls);
    let act = move || {
        counter.set(counter.get() + 1);
        act();
    };
    (calls, Rc::new(act))
}

/// Calls `f`, which panics. The message.
fn message(f: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(f)).expect_err("a panic");
    match panic.downcast::<String>() {
        Ok(message) => *message,
        Err(other) => resume_unwind(other),
    }
}

const SAID: &str = "wrote to the key that it was called for, 100 times";

#[test]
fn a_closure_that_always_writes_its_own_key_ends_in_a_panic() {
    watched(|| {
        for (name, call) in CALLS {
            for (way, write) in WRITES {
                for (place, map) in maps() {
                    let case = format!("{name}, {way}, {place}");
                    // The removal takes the entry out of the dirty map. Only some then
                    // look for the key again.
                    let goes_on = !(way.starts_with("remove") && place == "new");
                    if !goes_on && !looks_again(name) {
                        continue;
                    }
                    let own = Arc::clone(&map);
                    let (calls, act) = counted(move || write(&own));
                    let message = message(|| call(&map, &act));
                    assert!(message.contains(SAID), "{case}: {message}");
                    assert_eq!(calls.get(), AT_MOST, "{case}");
                    assert_the_map_works(&map, &case);
                }
            }
        }
    });
}

/// What the last call of the closure wrote is there, and everything goes on.
fn assert_the_map_works(map: &Map, case: &str) {
    assert_eq!(map.get(&KEY).map(|value| value.0), Some(10), "{case}");
    invariants_hold(map);
    let updated = map.update(&KEY, |old| Value(old.0 + 1));
    assert_eq!(updated.map(|value| value.0), Some(11), "{case}");
    assert_eq!(map.remove(&KEY).map(|value| value.0), Some(11), "{case}");
    assert!(map.insert(KEY, Value(3)).is_none(), "{case}");
    map.retain(|key, _| *key == KEY);
    assert_eq!(map.len(), 1, "{case}");
    invariants_hold(map);
}

#[test]
fn a_closure_that_always_writes_its_own_hot_key_ends_in_a_panic() {
    watched(|| {
        for (name, call) in HYBRID_CALLS {
            let map = Arc::new(Hybrid::default());
            map.insert_hot(KEY, Value(10));
            let own = Arc::clone(&map);
            let (calls, act) = counted(move || drop(own.insert(KEY, Value(10))));
            let message = message(|| call(&map, &act));
            assert!(message.contains(SAID), "{name}: {message}");
            assert_eq!(calls.get(), AT_MOST, "{name}");
            // No lock is left held.
            assert!(map.is_hot(&KEY) && map.declare_hot(&KEY), "{name}");
            assert!(map.modify(&KEY, |old| Value(old.0 + 1)), "{name}");
            assert_eq!(map.remove(&KEY).map(|value| value.0), Some(11), "{name}");
            map.insert(OTHER, Value(20));
            assert_eq!(map.len(), 1, "{name}");
        }
    });
}

/// One call less than the panic takes, and then one that only computes.
#[test]
fn a_closure_that_stops_writing_its_own_key_in_time_has_its_way() {
    watched(|| {
        for (name, call) in CALLS {
            for (place, map) in maps() {
                let own = Arc::clone(&map);
                let left = Cell::new(AT_MOST - 1);
                let (calls, act) = counted(move || {
                    if left.get() > 0 {
                        left.set(left.get() - 1);
                        own.insert(KEY, Value(10));
                    }
                });
                call(&map, &act);
                assert_eq!(calls.get(), AT_MOST, "{name}, {place}");
                let now = map.get(&KEY).map(|value| value.0);
                assert_ne!(now, Some(10), "{name}, {place}");
                invariants_hold(&*map);
            }
        }
    });
}

/// The same closure, in a new operation: the count is that of one operation.
#[test]
fn each_operation_counts_for_itself() {
    watched(|| {
        let map = Map::from_iter([(KEY, Value(10))]);
        for _ in 0..3 * AT_MOST {
            let mut first = true;
            map.update(&KEY, |old| {
                if std::mem::take(&mut first) {
                    map.insert(KEY, Value(old.0));
                }
                Value(old.0 + 1)
            });
        }
        assert_eq!(
            map.get(&KEY).map(|value| value.0 as usize),
            Some(10 + 3 * AT_MOST)
        );
    });
}

/// A thread that runs what it is sent, one after the other.
struct Helper(SyncSender<(Job, SyncSender<()>)>);

type Job = Box<dyn FnOnce() + Send>;

impl Helper {
    fn new() -> Self {
        let (jobs, job) = mpsc::sync_channel::<(Job, SyncSender<()>)>(0);
        thread::spawn(move || {
            for (job, done) in job {
                job();
                done.send(()).unwrap();
            }
        });
        Self(jobs)
    }

    /// Runs `job` there, and waits for its end.
    fn does(&self, job: impl FnOnce() + Send + 'static) {
        let (done, end) = mpsc::sync_channel(1);
        self.0.send((Box::new(job), done)).unwrap();
        end.recv().unwrap();
    }
}

/// | this thread | helper |
/// |---|---|
/// | calls the closure | |
/// | | overwrites the key |
/// | writes another key, and the same key of another map | |
/// | compare-and-swap fails, and so on, three hundred times | |
#[test]
fn what_other_threads_write_and_what_is_written_elsewhere_does_not_count() {
    watched(|| {
        let helper = Rc::new(Helper::new());
        for (name, call) in CALLS {
            for (place, map) in maps() {
                let own = Arc::clone(&map);
                let elsewhere = Map::from_iter([(KEY, Value(10))]);
                let helper = Rc::clone(&helper);
                let left = Cell::new(3 * AT_MOST);
                let (calls, act) = counted(move || {
                    own.insert(OTHER, Value(21));
                    elsewhere.insert(KEY, Value(10));
                    if left.get() > 0 {
                        left.set(left.get() - 1);
                        let theirs = Arc::clone(&own);
                        helper.does(move || drop(theirs.insert(KEY, Value(10))));
                    }
                });
                call(&map, &act);
                assert_eq!(calls.get(), 3 * AT_MOST + 1, "{name}, {place}");
                invariants_hold(&*map);
            }
        }
    });
}

#[test]
fn what_other_threads_write_to_a_hot_key_does_not_count() {
    watched(|| {
        let helper = Rc::new(Helper::new());
        for (name, call) in HYBRID_CALLS {
            let map = Arc::new(Hybrid::default());
            map.insert_hot(KEY, Value(10));
            let own = Arc::clone(&map);
            let helper = Rc::clone(&helper);
            let left = Cell::new(3 * AT_MOST);
            let (calls, act) = counted(move || {
                if left.get() > 0 {
                    left.set(left.get() - 1);
                    let theirs = Arc::clone(&own);
                    helper.does(move || drop(theirs.insert(KEY, Value(10))));
                }
            });
            call(&map, &act);
            assert_eq!(calls.get(), 3 * AT_MOST + 1, "{name}");
        }
    });
}

/// A closure that writes to its own key and then leaves it alone is not called
/// again, and so does not count.
#[test]
fn a_closure_that_says_no_may_write_its_own_key() {
    watched(|| {
        let map = Map::from_iter([(KEY, Value(0))]);
        for round in 1..=3 * AT_MOST as u32 {
            let write = || map.insert(KEY, Value(round)).map(|old| old.0);
            let outcome = map.compute(KEY, |_| Operation::Abort(write()));
            assert!(matches!(outcome, Compute::Aborted(Some(old)) if old == round - 1));
            assert!(map.remove_if(&KEY, |_, _| write().is_none()).is_none());
            map.retain(|_, _| write().is_some());
        }
        assert_eq!(map.len(), 1);
    });
}

/// The frame of the inner closure goes with the panic. Then the outer closure is
/// the innermost one again, and its writes are seen.
#[test]
fn a_closure_that_panics_inside_another_one_leaves_that_one_watched() {
    watched(|| {
        let map = Arc::new(Map::from_iter([(KEY, Value(10)), (OTHER, Value(20))]));
        let own = Arc::clone(&map);
        let (calls, act) = counted(move || {
            let inner = || drop(own.update(&OTHER, |_| resume_unwind(Box::new("inner"))));
            assert!(catch_unwind(AssertUnwindSafe(inner)).is_err());
            own.insert(KEY, Value(10));
        });
        let message = message(|| {
            map.update(&KEY, |old| {
                act();
                *old
            });
        });
        assert!(message.contains(SAID), "{message}");
        assert_eq!(calls.get(), AT_MOST);
    });
}

/// Writes over the part of the stack that the closure had.
#[inline(never)]
fn use_the_stack() {
    let mut bytes = [0xAA_u8; 1 << 16];
    black_box(&mut bytes);
}

/// If the frame stayed listed, the next write would follow its remains.
#[test]
fn a_closure_that_panics_leaves_no_frame_behind() {
    watched(|| {
        for (name, call) in CALLS {
            for (_, map) in maps() {
                let act: Act = Rc::new(|| resume_unwind(Box::new("bang")));
                let panicking = || call(&map, &act);
                assert!(catch_unwind(AssertUnwindSafe(panicking)).is_err(), "{name}");
                use_the_stack();
                map.insert(KEY, Value(10));
                assert_the_map_works(&map, name);
            }
        }
    });
}

/// A value whose destructor writes to a key of a map.
struct Nosy(Arc<Map>, SyncSender<ThreadId>);

impl Drop for Nosy {
    fn drop(&mut self) {
        self.0.insert(KEY, Value(10));
        self.1.send(thread::current().id()).unwrap();
    }
}

/// One attempt at this; whether the destructor ran inside the closure, for that is
/// up to the epoch. If it did, the update went through. The helper lives on, because a thread
/// that exits may run the destructor itself.
///
/// | helper | this thread |
/// |---|---|
/// | pins | |
/// | | retires a value, and calls `update` |
/// | | the closure writes its key, 99 times |
/// | unpins | |
/// | | the closure flushes: the value's destructor writes the key |
/// | | the closure is called again, and writes nothing |
/// | exits | |
fn a_destructor_runs_inside_a_closure() -> bool {
    let (at_hand, may_go_on) = (mpsc::sync_channel(0), mpsc::sync_channel(0));
    let holder = Arc::new(Map::default());
    let theirs = Arc::clone(&holder);
    let helper = thread::spawn(move || {
        // The first pin of a thread may advance the epoch.
        drop(theirs.pin());
        let guard = theirs.pin();
        at_hand.0.send(()).unwrap();
        may_go_on.1.recv().unwrap();
        drop(guard);
        at_hand.0.send(()).unwrap();
        may_go_on.1.recv().unwrap();
    });
    at_hand.1.recv().unwrap();

    let map = Arc::new(Map::from_iter([(KEY, Value(10))]));
    let (ran, has_run) = mpsc::sync_channel(1);
    let garbage = SyncMap::new();
    garbage.insert(1, Nosy(Arc::clone(&map), ran));
    garbage.remove(&1);
    assert!(!garbage.flush(), "the helper is pinned");
    assert!(has_run.try_recv().is_err());

    let (mut calls, mut ran_by) = (0, None);
    let updated = map.update(&KEY, |old| {
        calls += 1;
        if calls < AT_MOST {
            map.insert(KEY, Value(10));
        } else if calls == AT_MOST {
            may_go_on.0.send(()).unwrap();
            at_hand.1.recv().unwrap();
            garbage.flush();
            ran_by = has_run.try_recv().ok();
        }
        Value(old.0 + 1)
    });
    assert_eq!(updated.map(|value| value.0), Some(11));
    assert_eq!(calls, AT_MOST + usize::from(ran_by.is_some()));
    may_go_on.0.send(()).unwrap();
    helper.join().unwrap();
    ran_by == Some(thread::current().id())
}

/// All but one of the calls that are allowed overtake their own operation. In one
/// more, a destructor of retired garbage does, which runs in any call that collects.
#[test]
fn what_a_destructor_of_retired_garbage_writes_does_not_count() {
    const ATTEMPTS: usize = 100;
    watched(|| {
        let ran_inside = (0..ATTEMPTS).any(|_| a_destructor_runs_inside_a_closure());
        assert!(ran_inside, "the destructor never ran inside the closure");
    });
}

/// Nothing is counted against the closures around a deferred function, but those
/// that run inside it are watched as everywhere.
#[test]
fn a_closure_inside_a_destructor_of_retired_garbage_is_watched_too() {
    struct Stubborn(Arc<Map>, SyncSender<String>);
    impl Drop for Stubborn {
        fn drop(&mut self) {
            let map = &self.0;
            let said = message(|| {
                map.update(&KEY, |old| {
                    map.insert(KEY, *old);
                    *old
                });
            });
            self.1.send(said).unwrap();
        }
    }
    watched(|| {
        let map = Arc::new(Map::from_iter([(KEY, Value(10))]));
        let (say, said) = mpsc::sync_channel(1);
        let garbage = SyncMap::new();
        garbage.insert(1, Stubborn(Arc::clone(&map), say));
        garbage.remove(&1);
        while !garbage.flush() {}
        assert!(said.recv().unwrap().contains(SAID));
        assert_the_map_works(&map, "in a destructor");
    });
}
