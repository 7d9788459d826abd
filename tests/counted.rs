//! What one public call does to memory that several threads use, and what it
//! allocates: counted, and compared with the table in `docs/reference/benchmarks.md`.
//!
//! Each call runs once, on a thread of its own that has used the map before, so
//! that nothing is due there: no collection, no registration. What `src/sync/counted/`
//! counts, and what it leaves out, is written there.

use readmostly::internals::{Counts, counts};
use readmostly::{Compute, Operation, Pinned, SyncMap};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::fs;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::sync::Once;
use std::thread;

/// The system's allocator, which counts what the current thread asks of it.
struct Counting;

/// How often something was allocated, and how many bytes.
#[derive(Clone, Copy, Default, PartialEq, Debug)]
struct Allocated {
    times: u64,
    bytes: u64,
}

thread_local! {
    static ALLOCATED: Cell<Allocated> = const { Cell::new(Allocated { times: 0, bytes: 0 }) };
}

fn count(size: usize) {
    // Fails where the thread-local is gone: after the test.
    let _ = ALLOCATED.try_with(|allocated| {
        let Allocated { times, bytes } = allocated.get();
        allocated.set(Allocated {
            times: times + 1,
            bytes: bytes + size as u64,
        });
    });
}

// SAFETY: everything is handed on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: our caller's word.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: our caller's word.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        count(new_size);
        // SAFETY: our caller's word.
        unsafe { System.realloc(old, layout, new_size) }
    }

    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        // SAFETY: our caller's word.
        unsafe { System.dealloc(old, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What a call costs, in the order of the table's columns.
#[derive(Clone, Copy, Default, PartialEq, Debug)]
struct Cost {
    shared_loads: u64,
    shared_rmws: u64,
    own_loads: u64,
    own_stores: u64,
    own_rmws: u64,
    locks: u64,
    allocated: Allocated,
}

/// What `call` costs, the end of what it returns included.
fn cost<R>(call: impl FnOnce() -> R) -> Cost {
    let (before, allocated_before) = (counts(), ALLOCATED.get());
    drop(call());
    let (after, allocated_after) = (counts(), ALLOCATED.get());
    let since = |of: fn(&Counts) -> u64| of(&after) - of(&before);
    Cost {
        shared_loads: since(|counts| counts.shared_loads),
        shared_rmws: since(|counts| counts.shared_rmws),
        own_loads: since(|counts| counts.own_loads),
        own_stores: since(|counts| counts.own_stores),
        own_rmws: since(|counts| counts.own_rmws),
        locks: since(|counts| counts.locks),
        allocated: Allocated {
            times: allocated_after.times - allocated_before.times,
            bytes: allocated_after.bytes - allocated_before.bytes,
        },
    }
}

/// Always the same hashes, and so the same tables.
type Hasher = BuildHasherDefault<DefaultHasher>;
type Map = SyncMap<u64, u64, Hasher>;

const KEYS: u64 = 8;

/// A key that is not there yet.
const NEW: u64 = KEYS;

/// A promoted map of [`KEYS`] keys, which this thread has read.
fn known() -> Map {
    // The process's first insertion of a key switches light pins on, which takes a while.
    static ON: Once = Once::new();
    ON.call_once(|| drop(Map::default().insert(0, 0)));
    let map = Map::default();
    for key in 0..KEYS {
        map.insert(key, key);
    }
    assert_eq!(map.pin().iter().count(), 8);
    assert_eq!(map.get(&0).as_deref(), Some(&0));
    let stats = map.stats();
    assert_eq!((stats.read_entries, stats.dirty_entries), (8, 0));
    map
}

/// The same with one key more, in `dirty` alone.
fn amended() -> Map {
    let map = known();
    map.insert(NEW, 0);
    assert_eq!(map.stats().dirty_entries, 9);
    map
}

/// The same after as many misses as there are keys, less one.
fn about_to_be_promoted() -> Map {
    let map = amended();
    for _ in 0..KEYS {
        assert!(map.contains_key(&NEW));
    }
    assert_eq!(map.stats().dirty_entries, 9);
    map
}

fn one_deleted() -> Map {
    let map = known();
    assert!(map.remove(&1).is_some());
    map
}

/// Under a pin that is there already.
fn pinned(call: impl FnOnce(&Pinned<'_, u64, u64, Hasher>)) -> Cost {
    let map = known();
    let pinned = map.pin();
    cost(|| call(&pinned))
}

/// What a row is called, and how it is measured.
type Row = (&'static str, fn() -> Cost);

const ROWS: &[Row] = &[
    ("`get`, a known key", get_known),
    ("`get`, an absent key", || {
        let map = known();
        cost(|| assert!(map.get(&NEW).is_none()))
    }),
    ("`get`, a deleted key", || {
        let map = one_deleted();
        cost(|| assert!(map.get(&1).is_none()))
    }),
    ("`contains_key`, a known key", || {
        let map = known();
        cost(|| assert!(map.contains_key(&1)))
    }),
    ("`get`, a key that waits in `dirty`", || {
        let map = amended();
        cost(|| assert!(map.get(&NEW).is_some()))
    }),
    ("`get`, an absent key while others wait", || {
        let map = amended();
        cost(|| assert!(map.get(&100).is_none()))
    }),
    ("`get` that promotes", || {
        let map = about_to_be_promoted();
        let cost = cost(|| assert!(map.get(&NEW).is_some()));
        assert_eq!(map.stats().dirty_entries, 0);
        cost
    }),
    ("`get`, a thread's first since a promotion", || {
        let map = about_to_be_promoted();
        assert!(map.get(&NEW).is_some());
        cost(|| assert!(map.get(&1).is_some()))
    }),
    ("`len`", || {
        let map = known();
        cost(|| assert_eq!(map.len(), 8))
    }),
    ("`pin`", || {
        let map = known();
        cost(|| map.pin())
    }),
    ("`Pinned::get`, a known key", pinned_get_known),
    ("`Pinned::get`, an absent key", || {
        pinned(|map| assert!(map.get(&NEW).is_none()))
    }),
    ("`Pinned::len`", || pinned(|map| assert_eq!(map.len(), 8))),
    ("`Pinned::iter`, to begin", || {
        pinned(|map| assert_eq!(map.iter().size_hint(), (0, Some(8))))
    }),
    ("`Pinned::iter`, each entry", || {
        let map = known();
        let pinned = map.pin();
        let mut iter = pinned.iter();
        cost(|| assert!(iter.next().is_some()))
    }),
    ("`iter`, to begin", || {
        let map = known();
        cost(|| map.iter())
    }),
    ("`iter`, each entry", || {
        let map = known();
        let mut iter = map.iter();
        cost(|| assert!(iter.next().is_some()))
    }),
    ("`Pinned::repin`", || {
        let map = known();
        let mut pinned = map.pin();
        cost(|| pinned.repin())
    }),
    ("`insert`, a known key", || {
        let map = known();
        cost(|| assert!(map.insert(1, 10).is_some()))
    }),
    ("`Pinned::insert`, a known key", || {
        pinned(|map| assert!(map.insert(1, 10).is_some()))
    }),
    ("`update`, a known key", || {
        let map = known();
        cost(|| assert!(map.update(&1, |n| n + 1).is_some()))
    }),
    ("`compute` that updates", || {
        let map = known();
        cost(|| {
            let updated = map.compute(1, |_| Operation::<u64, ()>::Insert(10));
            assert!(matches!(updated, Compute::Updated { .. }));
        })
    }),
    ("`compare_exchange` that succeeds", || {
        let map = known();
        cost(|| assert!(map.compare_exchange(&1, &1, 10).is_ok()))
    }),
    ("`remove`, a known key", || {
        let map = known();
        cost(|| assert!(map.remove(&1).is_some()))
    }),
    ("`remove`, an absent key", || {
        let map = known();
        cost(|| assert!(map.remove(&100).is_none()))
    }),
    ("`insert`, a deleted key", || {
        let map = one_deleted();
        cost(|| assert!(map.insert(1, 10).is_none()))
    }),
    ("`insert`, a new key while others wait", || {
        let map = amended();
        cost(|| assert!(map.insert(100, 0).is_none()))
    }),
    ("`insert`, the first new key since a promotion", || {
        let map = known();
        cost(|| assert!(map.insert(NEW, 0).is_none()))
    }),
    ("the same, with one of 8 keys deleted", || {
        let map = one_deleted();
        cost(|| assert!(map.insert(NEW, 0).is_none()))
    }),
    ("`clear`, 8 keys", || {
        let map = known();
        cost(|| map.clear())
    }),
    ("`insert`, the first key since a `clear`", || {
        let map = known();
        map.clear();
        cost(|| assert!(map.insert(1, 1).is_none()))
    }),
];

fn get_known() -> Cost {
    let map = known();
    cost(|| assert!(map.get(&1).is_some()))
}

fn pinned_get_known() -> Cost {
    pinned(|map| assert!(map.get(&1).is_some()))
}

/// On a thread of its own.
fn measured(row: fn() -> Cost) -> Cost {
    thread::spawn(row)
        .join()
        .expect("a row that can be measured")
}

const HEAD: &str = "\
| call | shared: loads | shared: RMWs | own: loads | own: stores | own: RMWs | locks | allocations | bytes |
|---|---|---|---|---|---|---|---|---|";

fn line(call: &str, cost: Cost) -> String {
    let Cost {
        shared_loads,
        shared_rmws,
        own_loads,
        own_stores,
        own_rmws,
        locks,
        allocated,
    } = cost;
    let Allocated { times, bytes } = allocated;
    format!(
        "| {call} | {shared_loads} | {shared_rmws} | {own_loads} | {own_stores} | {own_rmws} | {locks} | {times} | {bytes} |"
    )
}

/// The table in the documentation, line by line.
fn published() -> Vec<String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/reference/benchmarks.md");
    let page = fs::read_to_string(path).expect("the page is there");
    let (_, rest) = page
        .split_once("<!-- counted:begin -->")
        .expect("a table begins");
    let (table, _) = rest
        .split_once("<!-- counted:end -->")
        .expect("a table ends");
    table.trim().lines().map(str::to_owned).collect()
}

fn cells(line: &str) -> Vec<&str> {
    line.trim_matches('|').split('|').map(str::trim).collect()
}

/// Where two tables differ, cell by cell. A row or a column that only one of them
/// has differs in every cell.
fn differences(published: &[String], counted: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for n in 0..published.len().max(counted.len()) {
        let of = |table: &[String]| table.get(n).cloned().unwrap_or_default();
        let (published, counted) = (of(published), of(counted));
        let (published, counted) = (cells(&published), cells(&counted));
        for column in 0..published.len().max(counted.len()) {
            let of = |row: &[&str]| row.get(column).copied().unwrap_or_default().to_owned();
            let (published, counted) = (of(&published), of(&counted));
            if published != counted {
                found.push(format!(
                    "line {n}, column {column}: \"{published}\", but it is \"{counted}\""
                ));
            }
        }
    }
    found
}

/// Whether the system has what light pins need.
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
fn has_heavy_fences() -> bool {
    // MEMBARRIER_CMD_QUERY, MEMBARRIER_CMD_PRIVATE_EXPEDITED.
    const QUERY: libc::c_int = 0;
    const FENCE: libc::c_long = 1 << 3;
    // SAFETY: it asks, and no more.
    let offered = unsafe { libc::syscall(libc::SYS_membarrier, QUERY, 0, 0) };
    offered > 0 && offered & FENCE != 0
}

#[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
fn has_heavy_fences() -> bool {
    false
}

#[test]
fn the_published_table_is_what_is_counted() {
    let costs: Vec<_> = (ROWS.iter())
        .map(|(call, row)| (*call, measured(*row)))
        .collect();
    // Of a `get` of a known key.
    if costs[0].1.own_rmws > 0 {
        assert!(!has_heavy_fences(), "light pins are off");
        println!("no heavy fence here, so no light pins: the table is not compared");
        return;
    }
    let rows = costs.into_iter().map(|(call, cost)| line(call, cost));
    let counted: Vec<_> = HEAD.lines().map(str::to_owned).chain(rows).collect();
    let wrong = differences(&published(), &counted);
    assert!(
        wrong.is_empty(),
        "docs/reference/benchmarks.md is out of date:\n{}\nThe table as it should be:\n\n{}\n",
        wrong.join("\n"),
        counted.join("\n")
    );
}

#[test]
fn a_get_hit_writes_to_no_line_of_others_takes_no_lock_and_allocates_nothing() {
    for row in [get_known, pinned_get_known] {
        let cost = measured(row);
        assert_eq!((cost.shared_rmws, cost.locks), (0, 0), "{cost:?}");
        assert_eq!(cost.allocated, Allocated::default(), "{cost:?}");
    }
}

#[test]
fn a_get_under_a_held_pin_writes_to_no_line_at_all() {
    let cost = measured(pinned_get_known);
    assert_eq!((cost.shared_rmws, cost.own_rmws), (0, 0), "{cost:?}");
    assert_eq!(cost.own_stores, 0, "{cost:?}");
}

/// What the table is compared with would else be nothing: a shim that counts
/// nothing agrees with a table of zeros.
#[test]
fn a_write_counts() {
    let cost = measured(|| {
        let map = known();
        cost(|| map.insert(NEW, 0).is_some())
    });
    assert!(cost.shared_rmws > 0 && cost.locks == 1, "{cost:?}");
    assert!(cost.allocated.times > 0, "{cost:?}");
}

/// An empty map needs no pin of the epoch, which would be a read-modify-write. A look-up
/// has announced itself by then.
#[test]
fn a_call_of_an_empty_map_modifies_nothing() {
    let cleared = known();
    cleared.clear();
    for map in [Map::default(), cleared] {
        let calls: [fn(&Map) -> bool; 5] = [
            |map| map.get(&0).is_none(),
            |map| !map.contains_key(&0),
            |map| map.remove(&0).is_none(),
            |map| map.update(&0, |value| *value).is_none(),
            |map| map.compare_exchange(&0, &0, 0).is_err(),
        ];
        for call in calls {
            let cost = cost(|| assert!(call(&map)));
            assert_eq!((cost.shared_rmws, cost.own_rmws, cost.locks), (0, 0, 0));
            assert_eq!(cost.allocated, Allocated::default());
            assert!(cost.shared_loads <= 3, "{cost:?}");
        }
    }
}

/// An insertion of a key that is present asks the current snapshot, as a look-up does.
#[test]
fn a_refused_insertion_costs_as_much_as_a_look_up() {
    let map = known();
    let look_up = cost(|| assert!(map.get(&0).is_some()));
    assert_eq!(cost(|| assert!(map.try_insert(0, 1).is_err())), look_up);
    let with = cost(|| assert!(map.try_insert_with(0, || 1).is_err()));
    assert_eq!(with, look_up);
}
