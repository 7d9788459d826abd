//! Which calls take the mutex, and how often: counted by `stats`, and compared with
//! the tables in `docs/reference/which-calls-lock.md`.
//!
//! That a call which takes no mutex waits for nobody is for `calls/reads_do_not_wait.rs`.

use readmostly::{EntryState, Operation, SyncMap};
use std::fs;
use std::hash::BuildHasher;
use std::ops::ControlFlow;

type Map = SyncMap<u32, u32>;

/// The key that the calls are about.
const KEY: u32 = 1;

/// Four keys besides, and those of `more`, all promoted.
fn promoted(more: &[u32]) -> Map {
    let map: Map = (2..6).chain(more.iter().copied()).map(|n| (n, n)).collect();
    map.compact();
    let stats = map.stats();
    assert_eq!((stats.read_entries, stats.dirty_entries), (stats.len, 0));
    map
}

fn in_the_snapshot() -> Map {
    promoted(&[KEY])
}

fn deleted() -> Map {
    let map = in_the_snapshot();
    map.remove(&KEY);
    assert!(map.inspect().read.contains(&(KEY, EntryState::Nil)));
    map
}

fn expunged() -> Map {
    let map = deleted();
    map.insert(100, 0);
    assert!(map.inspect().read.contains(&(KEY, EntryState::Expunged)));
    map
}

fn in_dirty_alone() -> Map {
    let map = promoted(&[]);
    map.insert(KEY, 0);
    assert_eq!(map.stats().dirty_entries, 5);
    map
}

fn absent() -> Map {
    promoted(&[])
}

fn absent_and_amended() -> Map {
    let map = absent();
    map.insert(100, 0);
    assert!(map.inspect().amended);
    map
}

fn without_entries() -> Map {
    let map = in_dirty_alone();
    map.clear();
    map
}

/// A state of the map: what its column is called, and how it comes about.
type Column = (&'static str, fn() -> Map);

/// What a row is called, and calls that take the mutex equally often.
type Row = (&'static str, &'static [fn(&Map)]);

const KEY_COLUMNS: &[Column] = &[
    ("value", in_the_snapshot),
    ("nil", deleted),
    ("expunged", expunged),
    ("in `dirty` alone", in_dirty_alone),
    ("absent, not amended", absent),
    ("absent, amended", absent_and_amended),
];

const KEY_ROWS: &[Row] = &[
    (
        "`get`, `get_hashed`, `get_with`, `get_cloned`, `get_key_value`, `contains_key`, `get_many`, `get_many_with`",
        &[
            |map| drop(map.get_hashed(map.hasher().hash_one(KEY), &KEY)),
            |map| _ = map.pin().get_hashed(map.hasher().hash_one(KEY), &KEY),
            |map| drop(map.get(&KEY)),
            |map| _ = map.get_with(&KEY, |_| ()),
            |map| _ = map.get_cloned(&KEY),
            |map| _ = map.contains_key(&KEY),
            |map| _ = map.pin().get(&KEY),
            |map| _ = map.pin().get_key_value(&KEY),
            |map| _ = map.pin().contains_key(&KEY),
            |map| _ = map.pin().get_many([&KEY]),
            |map| map.pin().get_many_with([&KEY], |_, _| ()),
            |map| map.get_many_with([&KEY], |_, _| ()),
        ],
    ),
    (
        "`insert`",
        &[
            |map| drop(map.insert(KEY, 7)),
            |map| _ = map.pin().insert(KEY, 7),
        ],
    ),
    (
        "`try_insert`, `get_or_insert`",
        &[
            |map| drop(map.try_insert(KEY, 7)),
            |map| drop(map.get_or_insert(KEY, 7)),
            |map| drop(map.pin().try_insert(KEY, 7)),
            |map| _ = map.pin().get_or_insert(KEY, 7),
        ],
    ),
    (
        "`try_insert_with`, `get_or_insert_with`",
        &[
            |map| drop(map.try_insert_with(KEY, || 7)),
            |map| drop(map.get_or_insert_with(KEY, || 7)),
            |map| drop(map.pin().try_insert_with(KEY, || 7)),
            |map| _ = map.pin().get_or_insert_with(KEY, || 7),
        ],
    ),
    (
        "`get_or_insert_with_ref`, `get_or_insert_key_value_with_ref`, `get_or_insert_hashed_with`, `get_or_try_insert_with`, `get_or_try_insert_with_ref`, `update_or_insert_with`, `update_or_insert_with_ref`",
        &[
            |map| drop(map.get_or_insert_with_ref(&KEY, || KEY, || 7)),
            |map| _ = map.pin().get_or_insert_with_ref(&KEY, || KEY, || 7),
            |map| {
                _ = map
                    .pin()
                    .get_or_insert_key_value_with_ref(&KEY, || KEY, || 7)
            },
            |map| {
                let hash = map.hasher().hash_one(KEY);
                drop(map.get_or_insert_hashed_with(hash, &KEY, || KEY, || 7));
            },
            |map| _ = map.get_or_try_insert_with(KEY, || Ok::<_, ()>(7)),
            |map| _ = map.get_or_try_insert_with_ref(&KEY, || KEY, || Ok::<_, ()>(7)),
            |map| _ = map.pin().get_or_try_insert_with(KEY, || Ok::<_, ()>(7)),
            |map| drop(map.update_or_insert_with(KEY, |n| n + 1, || 7)),
            |map| drop(map.update_or_insert_with_ref(&KEY, || KEY, |n| n + 1, || 7)),
            |map| _ = map.pin().update_or_insert_with(KEY, |n| n + 1, || 7),
        ],
    ),
    (
        "`get_or_insert_once`, `get_or_try_insert_once`",
        &[
            |map| drop(map.get_or_insert_once(KEY, || 7)),
            |map| drop(map.get_or_try_insert_once(KEY, || Ok::<_, ()>(7))),
        ],
    ),
    (
        "`get_or_insert_once_ref`, `get_or_try_insert_once_ref`",
        &[
            |map| drop(map.get_or_insert_once_ref(&KEY, || KEY, || 7)),
            |map| _ = map.get_or_try_insert_once_ref(&KEY, || KEY, || Ok::<_, ()>(7)),
        ],
    ),
    (
        "`get_or_try_insert_with` that fails",
        &[
            |map| _ = map.get_or_try_insert_with(KEY, || Err(())),
            |map| _ = map.pin().get_or_try_insert_with(KEY, || Err(())),
        ],
    ),
    (
        "`update`, `update_or_remove`",
        &[
            |map| drop(map.update(&KEY, |n| n + 1)),
            |map| _ = map.pin().update(&KEY, |n| n + 1),
            |map| drop(map.update_or_remove(&KEY, |n| Some(n + 1))),
            |map| drop(map.update_or_remove(&KEY, |_| None)),
            |map| _ = map.pin().update_or_remove(&KEY, |_| None),
        ],
    ),
    (
        "`compute`, `compute_ref`, `compute_entry` that insert",
        &[
            |map| drop(map.compute_ref(&KEY, || KEY, |_| Operation::<_, ()>::Insert(7))),
            |map| drop(map.compute(KEY, |_| Operation::<_, ()>::Insert(7))),
            |map| {
                _ = map
                    .pin()
                    .compute_entry(KEY, |_| Operation::<_, ()>::Insert(7))
            },
            |map| _ = map.pin().compute(KEY, |_| Operation::<_, ()>::Insert(7)),
        ],
    ),
    (
        "`compute`, `compute_ref`, `compute_entry` that remove or abort",
        &[
            |map| drop(map.compute(KEY, |_| Operation::<_, ()>::Remove)),
            |map| drop(map.compute(KEY, |_| Operation::Abort(()))),
            |map| drop(map.compute_ref(&KEY, || KEY, |_| Operation::Abort(()))),
            |map| _ = map.pin().compute_entry(KEY, |_| Operation::<_, ()>::Remove),
            |map| _ = map.pin().compute(KEY, |_| Operation::<_, ()>::Remove),
        ],
    ),
    (
        "`compare_exchange`, `replace`, `replace_if`",
        &[
            |map| drop(map.replace(&KEY, 7)),
            |map| _ = map.pin().replace(&KEY, 7),
            |map| drop(map.replace_if(&KEY, |_, _| true, 7)),
            |map| drop(map.replace_if(&KEY, |_, _| false, 7)),
            |map| drop(map.compare_exchange(&KEY, &KEY, 7)),
            |map| drop(map.compare_exchange(&KEY, &99, 7)),
            |map| drop(map.pin().compare_exchange(&KEY, &KEY, 7)),
        ],
    ),
    (
        "`remove`, `remove_entry`, `remove_if`, `try_remove_if`, `compare_remove`, `remove_owned`",
        &[
            |map| drop(map.remove_owned(&KEY)),
            |map| drop(map.pin().remove_owned(&KEY)),
            |map| drop(map.try_remove_if(&KEY, |_, _| true)),
            |map| drop(map.try_remove_if(&KEY, |_, _| false)),
            |map| drop(map.pin().try_remove_if(&KEY, |_, _| true)),
            |map| _ = map.pin().remove_entry(&KEY),
            |map| drop(map.remove(&KEY)),
            |map| drop(map.remove_if(&KEY, |_, _| true)),
            |map| drop(map.remove_if(&KEY, |_, _| false)),
            |map| drop(map.compare_remove(&KEY, &KEY)),
            |map| _ = map.pin().remove(&KEY),
            |map| _ = map.pin().remove_if(&KEY, |_, _| true),
        ],
    ),
];

const MAP_COLUMNS: &[Column] = &[
    ("new, or cleared", without_entries),
    ("not amended", deleted),
    ("amended", in_dirty_alone),
];

const MAP_ROWS: &[Row] = &[
    (
        "`for_each`, `iter`, `keys`, `values`, `retain`, `extract_if`",
        &[
            |map| _ = map.iter().next(),
            |map| _ = map.keys().next(),
            |map| _ = map.values().next(),
            |map| map.extract_if(|_, _| true).for_each(drop),
            |map| map.pin().extract_if(|_, _| true).for_each(drop),
            |map| _ = map.for_each(|_, _| ControlFlow::Break(())),
            |map| _ = map.pin().iter().next(),
            |map| _ = map.retain(|_, _| true),
        ],
    ),
    (
        "`clear`, `take_all`",
        &[
            |map| map.clear(),
            |map| map.pin().clear(),
            |map| drop(map.take_all()),
            |map| drop(map.pin().take_all()),
        ],
    ),
    (
        "`compact`, `shrink_to_fit`",
        &[|map| _ = map.compact(), |map| map.shrink_to_fit()],
    ),
    (
        "`len`, `is_empty`, `pin`, `repin`, `flush`",
        &[
            |map| _ = map.len(),
            |map| _ = map.is_empty(),
            |map| map.pin().repin(),
            |map| _ = map.flush(),
        ],
    ),
];

/// How often `call` takes the mutex.
fn taken_by(map: &Map, call: impl FnOnce(&Map)) -> u64 {
    let before = map.stats().locks;
    call(map);
    map.stats().locks - before
}

/// The table as it should be.
fn counted(columns: &[Column], rows: &[Row]) -> Vec<String> {
    let names = columns.iter().map(|(name, _)| format!(" {name} |"));
    let mut table = vec![
        format!("| call |{}", names.collect::<String>()),
        format!("|---|{}", "---|".repeat(columns.len())),
    ];
    for (name, calls) in rows {
        let mut line = format!("| {name} |");
        for (state, make) in columns {
            let times: Vec<_> = calls.iter().map(|call| taken_by(&make(), call)).collect();
            let same = times.iter().all(|n| *n == times[0]);
            assert!(same, "{name}, {state}: {times:?}");
            line.push_str(&format!(" {} |", times[0]));
        }
        table.push(line);
    }
    table
}

/// The table that stands behind `mark`.
fn published(mark: &str) -> Vec<String> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/docs/reference/which-calls-lock.md"
    );
    let page = fs::read_to_string(path).expect("the page is there");
    let (_, rest) = page.split_once(mark).expect("the mark is there");
    let table = rest.trim_start().lines();
    let table = table.take_while(|line| line.starts_with('|'));
    table.map(str::to_owned).collect()
}

fn is_published(mark: &str, columns: &[Column], rows: &[Row]) {
    let counted = counted(columns, rows);
    let should_be = counted.join("\n");
    assert_eq!(published(mark), counted, "it should be\n{should_be}\n");
}

/// The tables, and the sentences beside them, name every public method.
#[test]
fn every_method_is_in_a_table_or_beside_one() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/docs/reference/which-calls-lock.md"
    );
    let page = fs::read_to_string(path).expect("the page is there");
    let named: Vec<_> = page.split('`').skip(1).step_by(2).collect();
    // These make a map, or read what no table has.
    let no_calls = [
        "new",
        "with_capacity",
        "with_hasher",
        "with_capacity_and_hasher",
        "hasher",
        "lock_stats",
        "map",
    ];
    let methods = super::names::methods();
    let public = methods.iter().filter(|(_, public)| *public);
    let missing = public.filter(|(name, _)| {
        // `par_x` collects what `x` finds.
        let name = name.strip_prefix("par_").unwrap_or(name);
        !named.contains(&name) && !no_calls.contains(&name)
    });
    let missing: Vec<_> = missing.map(|(name, _)| name).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn calls_on_a_key_take_the_mutex_as_often_as_the_table_says() {
    is_published("<!-- mutex: keys -->", KEY_COLUMNS, KEY_ROWS);
}

#[test]
fn calls_on_the_whole_map_take_the_mutex_as_often_as_the_table_says() {
    is_published("<!-- mutex: maps -->", MAP_COLUMNS, MAP_ROWS);
}

/// `amended` goes up only: that the one new key has gone does not take it back.
#[test]
fn an_absent_key_takes_the_mutex_from_a_new_key_to_the_next_promotion() {
    let map = absent();
    let look_up = |map: &Map| assert!(map.get(&KEY).is_none());
    assert_eq!(taken_by(&map, look_up), 0);
    map.insert(100, 0);
    assert_eq!(taken_by(&map, look_up), 1);
    map.remove(&100);
    assert_eq!(map.len(), 4, "there is no new key any more");
    assert_eq!(taken_by(&map, look_up), 1);
    while map.inspect().amended {
        look_up(&map);
    }
    assert_eq!(taken_by(&map, look_up), 0, "promoted");
}

/// A map of nothing but tombstones has entries. A clear drops them.
#[test]
fn a_clear_of_tombstones_alone_takes_the_mutex() {
    let map = Map::from([(KEY, 1)]);
    map.remove(&KEY);
    assert!(map.is_empty());
    assert_eq!(taken_by(&map, Map::clear), 1);
    assert_eq!(taken_by(&map, Map::clear), 0);
}

/// As the README says: the keys that a map is built from are known from the start.
#[test]
fn the_keys_that_a_map_is_built_from_are_known() {
    let pairs = [(1, 1), (2, 2), (3, 3)];
    let collected: Map = pairs.into_iter().collect();
    let cloned = collected.clone();
    for map in [Map::from(pairs), collected, cloned] {
        let before = map.stats().locks;
        for (key, value) in pairs {
            assert_eq!(map.get(&key).as_deref(), Some(&value));
            map.insert(key, value + 1);
            map.remove(&key);
            assert!(map.get(&key).is_none());
        }
        assert_eq!(map.stats().locks, before);
    }
}

/// Whatever is called: a second table is built only after the first was promoted.
#[test]
fn at_most_one_table_is_built_for_each_promotion() {
    let mut random = fastrand::Rng::with_seed(1);
    let (mut rebuilds, mut promotions) = (0, 0);
    for _ in 0..50 {
        let map = Map::new();
        for _ in 0..200 {
            let key = random.u32(0..12);
            match random.u32(0..40) {
                0 => map.clear(),
                1 => _ = map.compact(),
                2 => _ = map.retain(|key, _| key % 3 != 0),
                3..14 => drop(map.insert(key, 0)),
                14..20 => drop(map.try_insert(key, 0)),
                20..26 => drop(map.remove(&key)),
                26 => drop(map.remove_if(&key, |_, _| true)),
                _ => drop(map.get(&key)),
            }
            let stats = map.stats();
            assert!(stats.rebuilds <= stats.promotions + 1, "{stats:?}");
        }
        rebuilds += map.stats().rebuilds;
        promotions += map.stats().promotions;
    }
    assert!(
        rebuilds > 500 && promotions > 500,
        "{rebuilds}, {promotions}"
    );
}
