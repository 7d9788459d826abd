//! Reads that announce themselves without a fence: nothing is freed under them, whatever
//! ends first, and nothing waits for ever. Also where the system refuses the heavy fence,
//! at once or later.
#![cfg(all(target_os = "linux", not(any(counted, loom))))]

#[path = "common/child.rs"]
mod child;

use readmostly::{Ref, SyncMap, synchronize};
use std::cell::RefCell;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

type Fixed = BuildHasherDefault<DefaultHasher>;
type Map = SyncMap<u64, Value, Fixed>;

static LIVE: AtomicUsize = AtomicUsize::new(0);

/// A value that its destructor spoils.
struct Value(u64, u64);

impl Value {
    fn new(number: u64) -> Self {
        LIVE.fetch_add(1, Ordering::Relaxed);
        Self(number, !number)
    }

    fn check(&self) {
        assert_eq!(self.0, !self.1, "freed while it was read");
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        self.check();
        self.1 = self.0;
        LIVE.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Runs `test` in a process of its own, started with this in its environment.
fn alone(name: &str, pins: &str, test: impl FnOnce()) {
    if !child::has_passed(module_path!(), name, &[("READMOSTLY_PINS", pins)]) {
        test();
    }
}

const KEYS: u64 = 1_000;

/// Numbers that look random.
fn numbers(seed: u64) -> impl Iterator<Item = u64> {
    let mut x = seed | 1;
    std::iter::from_fn(move || {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        Some(x)
    })
}

thread_local! {
    /// Dropped after the crate's own thread-local: registered before it.
    static KEPT: RefCell<Vec<Ref<'static, u64, Value>>> = const { RefCell::new(Vec::new()) };
}

/// Two readers that keep several references and drop them in any order, threads that end
/// with references in a thread-local, and a writer that overwrites, removes and inserts.
fn read_and_write() {
    const WRITES: usize = 300_000;
    static MAP: Map = Map::with_hasher(Fixed::new());
    for key in 0..KEYS {
        MAP.insert(key, Value::new(key));
    }
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for seed in 1..3 {
            let done = &done;
            scope.spawn(move || {
                let mut kept = Vec::new();
                for number in numbers(seed) {
                    if let Some(found) = MAP.get(&(number % (KEYS + 200))) {
                        found.check();
                        if number % 16 == 0 {
                            kept.push(found);
                        }
                    }
                    if kept.len() > 6 || number % 64 == 3 {
                        kept.iter()
                            .for_each(|kept: &Ref<'_, u64, Value>| kept.check());
                        if !kept.is_empty() {
                            kept.swap_remove(number as usize / 64 % kept.len());
                        }
                    }
                    if number % 512 == 5 {
                        kept.clear();
                        if done.load(Ordering::Relaxed) {
                            return;
                        }
                    }
                }
            });
        }
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                let ends_with_references = || {
                    KEPT.with_borrow(|kept| assert!(kept.is_empty()));
                    for key in 7..10 {
                        KEPT.with_borrow_mut(|kept| kept.extend(MAP.get(&key)));
                    }
                    KEPT.with_borrow(|kept| kept.iter().for_each(|kept| kept.check()));
                };
                thread::spawn(ends_with_references).join().unwrap();
            }
        });
        for number in numbers(9).take(WRITES) {
            let key = number % (KEYS + 200);
            if key < KEYS {
                MAP.insert(key, Value::new(number));
            } else if number % 3 == 0 {
                MAP.remove(&key);
            } else {
                MAP.insert(key, Value::new(number));
            }
        }
        done.store(true, Ordering::Relaxed);
    });
    all_is_freed(&MAP);
}

/// Whatever was retired is freed, and what is in the map is all that is left.
fn all_is_freed(map: &Map) {
    const FLUSHES: usize = 1_000;
    let is_flushed = |_| {
        thread::yield_now();
        map.flush()
    };
    assert!((0..FLUSHES).any(is_flushed), "nobody reads, and yet");
    assert_eq!(LIVE.load(Ordering::Relaxed), map.len());
}

#[test]
fn nothing_is_freed_under_a_reader() {
    alone("nothing_is_freed_under_a_reader", "", read_and_write);
}

#[test]
fn nor_under_one_with_a_full_pin() {
    alone("nor_under_one_with_a_full_pin", "full", read_and_write);
}

/// A reference that ends last of several of its thread keeps what the first one kept.
#[test]
fn references_end_in_any_order() {
    alone("references_end_in_any_order", "", || {
        let map = Map::default();
        for order in [
            [0, 1, 2],
            [0, 2, 1],
            [1, 0, 2],
            [1, 2, 0],
            [2, 0, 1],
            [2, 1, 0],
        ] {
            for key in 0..3 {
                map.insert(key, Value::new(key));
            }
            map.compact();
            all_is_freed(&map);
            let mut held = [0, 1, 2].map(|key| map.get(&key));
            map.clear();
            for ends in order {
                thread::scope(|scope| {
                    let flushed = scope.spawn(|| map.flush()).join().unwrap();
                    assert!(!flushed, "a reference is alive");
                });
                held.iter().flatten().for_each(|held| held.check());
                held[ends] = None;
            }
            all_is_freed(&map);
        }
    });
}

/// Threads that come and go use the records of those that have gone. One that has left
/// a reference behind gives its record back with that.
#[test]
fn a_reference_outlives_the_thread_s_own_things() {
    alone("a_reference_outlives_the_thread_s_own_things", "", || {
        static MAP: Map = Map::with_hasher(Fixed::new());
        struct Last(u64, mpsc::Receiver<()>, mpsc::Sender<()>);
        impl Drop for Last {
            fn drop(&mut self) {
                self.2.send(()).unwrap();
                self.1.recv().unwrap();
                KEPT.with_borrow(|kept| {
                    for kept in kept {
                        kept.check();
                        assert_eq!(kept.0, self.0, "its memory is another value's");
                    }
                });
            }
        }
        thread_local! {
            static LAST: RefCell<Option<Last>> = const { RefCell::new(None) };
        }
        for round in 0..20 {
            let number = u64::MAX - round;
            MAP.insert(1, Value::new(number));
            let (go, may_go) = mpsc::channel();
            let (ends, is_ending) = mpsc::channel();
            let thread = thread::spawn(move || {
                // The first to be registered is the last to be destroyed.
                KEPT.with_borrow(|kept| assert!(kept.is_empty()));
                LAST.set(Some(Last(number, may_go, ends)));
                // The first may be under a full pin.
                let _first = MAP.get(&1);
                KEPT.with_borrow_mut(|kept| kept.extend(MAP.get(&1)));
            });
            is_ending.recv().unwrap();
            // Its own things are gone, or about to go.
            (0..2_000).for_each(|n| drop(MAP.insert(1, Value::new(n))));
            go.send(()).unwrap();
            thread.join().unwrap();
        }
        all_is_freed(&MAP);
    });
}

/// Makes `membarrier(2)` fail in all threads of this process from now on. False: see
/// [`filter_membarrier`].
#[cfg(target_arch = "x86_64")]
fn refuse_membarrier() -> bool {
    filter_membarrier(libc::SECCOMP_RET_ERRNO | libc::EPERM as u32)
}

/// What becomes of `membarrier(2)` in all threads of this process from now on. False, and
/// it says so: this system has no filters, or is in one that forbids them.
#[cfg(target_arch = "x86_64")]
fn filter_membarrier(action: u32) -> bool {
    use libc::{sock_filter, sock_fprog};
    const LOAD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
    const IF_EQUAL: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
    const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;
    let statement = |code, k, jt, jf| sock_filter { code, jt, jf, k };
    let filter = [
        // The number of the call.
        statement(LOAD, 0, 0, 0),
        statement(IF_EQUAL, libc::SYS_membarrier as u32, 0, 1),
        statement(RETURN, action, 0, 0),
        statement(RETURN, libc::SECCOMP_RET_ALLOW, 0, 0),
    ];
    let program = sock_fprog {
        len: filter.len() as u16,
        filter: filter.as_ptr().cast_mut(),
    };
    // SAFETY: a flag of this process.
    let set = unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
    // SAFETY: the program is read in the call.
    let installed = unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            libc::SECCOMP_FILTER_FLAG_TSYNC,
            &raw const program,
        )
    };
    let done = set == 0 && installed == 0;
    if !done {
        println!("no filter can be installed here: not tested");
    }
    done
}

/// The heavy fence is refused from the start: full pins, and all is freed.
#[test]
#[cfg(target_arch = "x86_64")]
fn a_filter_from_the_start_costs_nothing_but_time() {
    alone("a_filter_from_the_start_costs_nothing_but_time", "", || {
        if refuse_membarrier() {
            read_and_write();
        }
    });
}

/// A sandbox that pretends, and lets nothing happen: full pins.
#[test]
#[cfg(target_arch = "x86_64")]
fn a_filter_that_pretends_is_not_believed() {
    alone("a_filter_that_pretends_is_not_believed", "", || {
        if filter_membarrier(libc::SECCOMP_RET_ERRNO) {
            SyncMap::from([(1, 1)]).flush();
            assert!(filter_membarrier(libc::SECCOMP_RET_KILL_PROCESS));
            read_and_write();
        }
    });
}

/// The heavy fence is refused later. What a reader has found then stays as long as the
/// reader reads. When each thread that has read before has read again, or ended, what is
/// retired is freed as before.
#[test]
#[cfg(target_arch = "x86_64")]
fn a_filter_that_comes_later_frees_nothing_early_and_all_in_the_end() {
    let name = "a_filter_that_comes_later_frees_nothing_early_and_all_in_the_end";
    alone(name, "", || {
        static MAP: Map = Map::with_hasher(Fixed::new());
        for key in 0..KEYS {
            MAP.insert(key, Value::new(key));
        }
        MAP.compact();
        all_is_freed(&MAP);
        let (go, may_go) = mpsc::channel::<()>();
        let (found, has_found) = mpsc::channel();
        let reader = thread::spawn(move || {
            // It has credit for full pins as well.
            (0..1_000).for_each(|_| MAP.get(&1).unwrap().check());
            let held = MAP.get(&1).unwrap();
            found.send(()).unwrap();
            may_go.recv().unwrap();
            held.check();
            drop(held);
            // This thread gives its record back at once.
            drop(MAP.get(&1));
            found.send(()).unwrap();
            let _ = may_go.recv();
        });
        has_found.recv().unwrap();
        if !refuse_membarrier() {
            return;
        }
        (0..100_000).for_each(|n| drop(MAP.insert(n % KEYS, Value::new(n))));
        assert!(!MAP.flush(), "a reader is in the way");
        go.send(()).unwrap();
        has_found.recv().unwrap();
        // This thread, too.
        drop(MAP.get(&1));
        all_is_freed(&MAP);
        // And goes on so.
        (0..100_000).for_each(|n| drop(MAP.insert(n % KEYS, Value::new(n))));
        all_is_freed(&MAP);
        drop(go);
        reader.join().unwrap();
    });
}

/// While light pins end, an idle thread keeps its record: whoever waits for guards would wait
/// for that thread. So a wait is refused, and ends if it has begun. When the thread has read
/// again, a wait ends as before.
#[test]
#[cfg(target_arch = "x86_64")]
fn nobody_waits_for_guards_while_light_pins_end() {
    alone("nobody_waits_for_guards_while_light_pins_end", "", || {
        static MAP: Map = Map::with_hasher(Fixed::new());
        MAP.insert(1, Value::new(1));
        MAP.insert(2, Value::new(2));
        MAP.compact();
        let removed = MAP.remove_owned(&2).unwrap();
        let (end, idle) = idle_reader(&MAP);
        if !refuse_membarrier() {
            return;
        }
        // The wait itself finds that the heavy fence is refused, or a call before it does.
        (0..10_000).for_each(|n| drop(MAP.insert(1, Value::new(n))));
        assert!(synchronize().is_err(), "an idle thread is waited for");
        let refused = removed.wait().err().expect("an idle thread is waited for");
        let removed = refused.into_inner();
        removed.check();
        drop(end);
        idle.join().unwrap();
        // This thread gives its record back.
        drop(MAP.get(&1));
        let mut flushes = (0..1_000).map(|_| MAP.flush());
        assert!(flushes.any(|flushed| flushed), "light pins have not ended");
        removed.wait().unwrap().check();
        assert!(synchronize().is_ok());
        all_is_freed(&MAP);
    });
}

/// What a writer that ends has left is freed by any thread that reads, and by the ends of
/// threads that read once.
#[test]
fn threads_that_read_once_free_what_waits() {
    alone("threads_that_read_once_free_what_waits", "", || {
        static MAP: Map = Map::with_hasher(Fixed::new());
        MAP.insert(1, Value::new(1));
        MAP.compact();
        thread::spawn(|| (0..10_000).for_each(|n| drop(MAP.insert(1, Value::new(n)))))
            .join()
            .unwrap();
        let mut threads = 0;
        while LIVE.load(Ordering::Relaxed) > 1 {
            thread::spawn(|| MAP.get(&1).unwrap().check())
                .join()
                .unwrap();
            threads += 1;
            assert!(
                threads < 1_000,
                "{} values wait",
                LIVE.load(Ordering::Relaxed)
            );
        }
    });
}

/// A record that its thread gives back with its last reference is used again. Else there
/// would be more and more of them, and more would have to be retired before anybody looks.
#[test]
fn records_of_threads_that_end_with_a_reference_are_used_again() {
    const THREADS: usize = 10_000;
    /// What may wait: 512 objects for a grace period, eight times as much at the most, and
    /// what is on its way.
    const MOST: usize = 8 * 512 + 512;
    let name = "records_of_threads_that_end_with_a_reference_are_used_again";
    alone(name, "", || {
        static MAP: Map = Map::with_hasher(Fixed::new());
        MAP.insert(1, Value::new(1));
        MAP.compact();
        for _ in 0..THREADS {
            let ends_with_a_reference = || {
                KEPT.with_borrow(|kept| assert!(kept.is_empty()));
                KEPT.with_borrow_mut(|kept| kept.extend(MAP.get(&1)));
            };
            thread::spawn(ends_with_a_reference).join().unwrap();
        }
        let mut most = 0;
        for n in 0..100_000 {
            MAP.insert(1, Value::new(n));
            most = most.max(LIVE.load(Ordering::Relaxed));
        }
        assert!(most <= MOST, "{most} values wait");
        all_is_freed(&MAP);
    });
}

/// Look-ups of a map without keys need no pin, and count for nothing.
#[test]
fn look_ups_of_an_empty_map_do_not_use_credit_up_for_ever() {
    alone(
        "look_ups_of_an_empty_map_do_not_use_credit_up_for_ever",
        "",
        || {
            static MAP: Map = Map::with_hasher(Fixed::new());
            MAP.insert(1, Value::new(1));
            MAP.compact();
            MAP.get(&1).unwrap().check();
            let empty = Map::default();
            (0..1_000_000).for_each(|_| assert!(empty.get(&1).is_none()));
            // This thread goes on looking after what waits.
            thread::spawn(|| (0..10_000).for_each(|n| drop(MAP.insert(1, Value::new(n)))))
                .join()
                .unwrap();
            for _ in 0..2_000_000 {
                MAP.get(&1).unwrap().check();
            }
            let live = LIVE.load(Ordering::Relaxed);
            assert_eq!(live, 1, "values wait");
        },
    );
}

/// A thread that has read once, and then is idle until the sender goes.
fn idle_reader(map: &'static Map) -> (mpsc::Sender<()>, thread::JoinHandle<()>) {
    let (end, may_end) = mpsc::channel::<()>();
    let (read, has_read) = mpsc::channel();
    let thread = thread::spawn(move || {
        map.get(&1).unwrap().check();
        read.send(()).unwrap();
        let _ = may_end.recv();
    });
    has_read.recv().unwrap();
    (end, thread)
}

/// The same by threads that read once and then live on, doing nothing.
#[test]
fn threads_that_have_read_once_and_live_on_free_what_waits() {
    const NAME: &str = "threads_that_have_read_once_and_live_on_free_what_waits";
    // As often as threads look before a little that waits begins a grace period, for each
    // movement of the epoch and each part that one call frees; and then some.
    const THREADS: usize = 1_000;
    alone(NAME, "", || {
        static MAP: Map = Map::with_hasher(Fixed::new());
        MAP.insert(1, Value::new(1));
        MAP.compact();
        thread::spawn(|| (0..100).for_each(|n| drop(MAP.insert(1, Value::new(n)))))
            .join()
            .unwrap();
        let mut threads = Vec::new();
        while LIVE.load(Ordering::Relaxed) > 1 && threads.len() < THREADS {
            threads.push(idle_reader(&MAP));
        }
        let live = LIVE.load(Ordering::Relaxed);
        println!("{} threads", threads.len());
        assert_eq!(live, 1, "after a read of {} threads", threads.len());
        for (end, thread) in threads {
            drop(end);
            thread.join().unwrap();
        }
    });
}

/// Threads that have read and now are idle do not keep one that goes on from freeing. That
/// one reads now and then: it does not look as often as there are threads.
#[test]
fn one_of_many_threads_that_have_read_frees_what_waits() {
    const IDLE: usize = 64;
    const ROUNDS: usize = 30;
    let name = "one_of_many_threads_that_have_read_frees_what_waits";
    alone(name, "", || {
        static MAP: Map = Map::with_hasher(Fixed::new());
        MAP.insert(1, Value::new(1));
        MAP.compact();
        let idle: Vec<_> = (0..IDLE).map(|_| idle_reader(&MAP)).collect();
        thread::spawn(|| (0..1_000).for_each(|n| drop(MAP.insert(1, Value::new(n)))))
            .join()
            .unwrap();
        let is_freed = |_: &usize| {
            thread::sleep(Duration::from_millis(11));
            (0..1 << 16).for_each(|_| MAP.get(&1).unwrap().check());
            LIVE.load(Ordering::Relaxed) == 1
        };
        let round = (0..ROUNDS).find(is_freed);
        println!("{round:?}");
        assert!(round.is_some(), "{} values", LIVE.load(Ordering::Relaxed));
        for (end, thread) in idle {
            drop(end);
            thread.join().unwrap();
        }
    });
}

/// The same by the ends of threads that have read before there was anything to look after.
#[test]
fn ends_of_threads_free_what_waits() {
    const THREADS: usize = 400;
    alone("ends_of_threads_free_what_waits", "", || {
        static MAP: Map = Map::with_hasher(Fixed::new());
        MAP.insert(1, Value::new(1));
        MAP.compact();
        all_is_freed(&MAP);
        let threads: Vec<_> = (0..THREADS).map(|_| idle_reader(&MAP)).collect();
        thread::spawn(|| (0..100).for_each(|n| drop(MAP.insert(1, Value::new(n)))))
            .join()
            .unwrap();
        for (end, thread) in threads {
            drop(end);
            thread.join().unwrap();
        }
        assert_eq!(LIVE.load(Ordering::Relaxed), 1);
    });
}

/// Threads that only read, while nothing waits, ask the system for nothing: neither for a
/// heavy fence, nor to be registered for one, which takes long when there are threads.
#[test]
#[cfg(target_arch = "x86_64")]
fn reads_alone_do_not_call_membarrier() {
    alone("reads_alone_do_not_call_membarrier", "", || {
        static MAP: Map = Map::with_hasher(Fixed::new());
        for key in 0..KEYS {
            MAP.insert(key, Value::new(key));
        }
        MAP.compact();
        all_is_freed(&MAP);
        if !filter_membarrier(libc::SECCOMP_RET_KILL_PROCESS) {
            return;
        }
        let read = || (0..1_u64 << 16).for_each(|n| MAP.get(&(n % KEYS)).unwrap().check());
        read();
        (0..4).for_each(|_| thread::spawn(read).join().unwrap());
    });
}

/// A flush that a guard is in the way of asks for no heavy fence: nothing has come due.
#[test]
#[cfg(target_arch = "x86_64")]
fn a_flush_that_cannot_help_does_not_call_membarrier() {
    let name = "a_flush_that_cannot_help_does_not_call_membarrier";
    alone(name, "", || {
        let map = Map::default();
        map.insert(1, Value::new(1));
        map.compact();
        all_is_freed(&map);
        // Of a thread that has a record.
        map.get(&1).unwrap().check();
        let pinned = map.pin();
        thread::scope(|scope| {
            let write = || {
                (0..1_000).for_each(|n| drop(map.insert(1, Value::new(n))));
                // What had come due before is freed by these.
                assert!((0..3).all(|_| !map.flush()));
                if !filter_membarrier(libc::SECCOMP_RET_KILL_PROCESS) {
                    return;
                }
                assert!((0..3).all(|_| !map.flush()));
            };
            scope.spawn(write).join().unwrap();
        });
        drop(pinned);
    });
}
