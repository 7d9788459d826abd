//! Go's `sync.Map`, state for state: every trace in `tests/oracle/traces` is
//! played on a map of its own, and after every single operation the answer and
//! the whole inside are what Go's were. `tests/oracle/README.md` says what a
//! trace is and how to make one.
//!
//! So is every scenario of one thread that the stepper shows, in
//! `tests/oracle/scenarios`. That the stepper shows the same states is for
//! `tests/book/stepper_states.py`.
//!
//! # What an operation of a trace is here
//!
//! | trace | method | its answer, as `ret` has it |
//! |---|---|---|
//! | `load` | `get`, or `get_cloned` | the value |
//! | `store` | `insert` | none: what it gives back is not looked at |
//! | `load_or_store` | `try_insert` | the value, and whether it was refused |
//! | | `try_insert_with` | the same |
//! | | `get_or_insert` | the value, and whether it is another than was offered |
//! | | `get_or_insert_with` | the value, and whether none had to be made |
//! | `load_and_delete` | `remove` | the value |
//! | `delete` | `remove` | none |
//! | `swap` | `insert` | the value before |
//! | `compare_and_swap` | `compare_exchange` | whether it is `Ok` |
//! | `compare_and_delete` | `compare_remove`, or `remove_if` | whether it removed something |
//! | `range` | `for_each` | the pairs visited, sorted |
//! | `range_stop` | `for_each` that breaks at once | the number of calls |
//! | `clear` | `clear` | none |
//! | `compact` | `compact` | how many entries went |
//!
//! The inside is `inspect()`: both maps with the state of each entry, `amended`
//! and `misses`. `len()` and `stats()` are held against it too, and the counters
//! against what the trace shows to have happened.
#![cfg(not(loom))]

#[path = "common/same_hash.rs"]
mod same_hash;

use readmostly::{EntryState, Inspection, Pinned, SyncMap};
use same_hash::Same;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::fmt;
use std::fs;
use std::hash::{BuildHasher, BuildHasherDefault, RandomState};
use std::mem;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::LazyLock;

/// What the folder holds, by the word of its README.
const TRACES: usize = 14;
const OPERATIONS: usize = 21_000;
const SCENARIOS: usize = 7;

/// Parsed once for all tests.
static ALL: LazyLock<Vec<Trace>> = LazyLock::new(|| read_all("traces"));

/// Every trace of a folder, by name.
fn read_all(folder: &str) -> Vec<Trace> {
    let oracle = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle");
    let files = fs::read_dir(oracle.join(folder)).unwrap_or_else(|error| {
        panic!("{error}: the traces are in the repository, in tests/oracle/{folder}, but not in the published package")
    });
    let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| Trace::read(path)).collect()
}

/// One file.
struct Trace {
    name: String,
    profile: String,
    steps: Vec<Step>,
}

/// One line: an operation, its answer, and what is inside the map afterwards.
struct Step {
    file: String,
    line: usize,
    call: Call,
    ret: Value,
    after: State,
    /// Up to here, this step included.
    happened: Happened,
}

/// With its arguments: key, value; for the comparisons key, old value, new value.
/// An old value can be 0, which is never a value.
#[derive(Clone, Copy, Debug)]
enum Call {
    Load(u64),
    Store(u64, u64),
    LoadOrStore(u64, u64),
    LoadAndDelete(u64),
    Delete(u64),
    Swap(u64, u64),
    CompareAndSwap(u64, u64, u64),
    CompareAndDelete(u64, u64),
    Range,
    RangeStop,
    Clear,
    /// Go has no such method: the oracle brings it about with others. In
    /// scenarios alone.
    Compact,
}

/// Keys and their entries' states, ascending by key.
type Entries = Vec<(u64, EntryState<u64>)>;

/// The inside of a map.
#[derive(Clone, Debug, Default, PartialEq)]
struct State {
    read: Entries,
    amended: bool,
    dirty: Option<Entries>,
    misses: usize,
}

impl Trace {
    fn read(path: &Path) -> Self {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(path).unwrap();
        let mut lines = text.lines().enumerate().map(|(n, line)| {
            let parsed = serde_json::from_str(line);
            let parsed: Value = parsed.unwrap_or_else(|error| panic!("{name}: {error}: {line}"));
            (n + 1, parsed)
        });
        let (_, header) = lines.next().unwrap_or_else(|| panic!("{name} is empty"));
        assert_eq!(header["format"], 1, "{name}: the format");
        assert_eq!(header["go"], "go1.23.9", "{name}: whose trace it is");
        let profile = header["profile"].as_str().unwrap_or_default().to_owned();

        let mut steps = Vec::new();
        let (mut before, mut happened) = (State::default(), Happened::default());
        for (number, line) in lines {
            let (call, ret, after) = parse(&line)
                .unwrap_or_else(|| panic!("{name}, line {number} is no operation: {line}"));
            happened.add(&before, call, &after);
            before = after.clone();
            let file = name.clone();
            steps.push(Step {
                file,
                line: number,
                call,
                ret,
                after,
                happened,
            });
        }
        assert_eq!(header["ops"], steps.len(), "{name}: the number of lines");
        Self {
            name,
            profile,
            steps,
        }
    }
}

/// An operation, its answer, and the state after it.
fn parse(line: &Value) -> Option<(Call, Value, State)> {
    let number = |name: &str| line[name].as_u64();
    let (k, v, old, new) = (number("k"), number("v"), number("old"), number("new"));
    let call = match line["op"].as_str()? {
        "load" => Call::Load(k?),
        "store" => Call::Store(k?, v?),
        "load_or_store" => Call::LoadOrStore(k?, v?),
        "load_and_delete" => Call::LoadAndDelete(k?),
        "delete" => Call::Delete(k?),
        "swap" => Call::Swap(k?, v?),
        "compare_and_swap" => Call::CompareAndSwap(k?, old?, new?),
        "compare_and_delete" => Call::CompareAndDelete(k?, old?),
        "range" => Call::Range,
        "range_stop" => Call::RangeStop,
        "clear" => Call::Clear,
        "compact" => Call::Compact,
        _ => return None,
    };
    let after = State {
        read: entries(&line["read"])?,
        amended: line["amended"].as_bool()?,
        dirty: match line.get("dirty")? {
            Value::Null => None,
            dirty => Some(entries(dirty)?),
        },
        misses: number("misses")?.try_into().ok()?,
    };
    Some((call, line.get("ret")?.clone(), after))
}

fn entries(list: &Value) -> Option<Entries> {
    let pairs = list.as_array()?.iter();
    let entry = |pair: &Value| Some((pair[0].as_u64()?, state_of(&pair[1])?));
    pairs.map(entry).collect()
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, line {}: {:?}", self.file, self.line, self.call)
    }
}

fn state_of(state: &Value) -> Option<EntryState<u64>> {
    match state.as_str() {
        None => state.as_u64().map(EntryState::Value),
        Some("nil") => Some(EntryState::Nil),
        Some("expunged") => Some(EntryState::Expunged),
        Some(_) => None,
    }
}

impl State {
    fn of(inside: Inspection<u64, u64>) -> Self {
        fn sorted(mut entries: Entries) -> Entries {
            entries.sort_by_key(|&(k, _)| k);
            let twice = entries.windows(2).any(|pair| pair[0].0 == pair[1].0);
            assert!(!twice, "a map has one of its keys twice: {entries:?}");
            entries
        }
        Self {
            read: sorted(inside.read),
            amended: inside.amended,
            dirty: inside.dirty.map(sorted),
            misses: inside.misses,
        }
    }

    /// The map that has every key that is present.
    fn complete(&self) -> &Entries {
        self.dirty.as_ref().unwrap_or(&self.read)
    }

    fn present(&self, k: u64) -> Option<u64> {
        match find(self.complete(), k) {
            Some(EntryState::Value(value)) => Some(value),
            _ => None,
        }
    }

    /// How many keys are present.
    fn len(&self) -> usize {
        let present = |&&(_, state): &&_| matches!(state, EntryState::Value(_));
        self.complete().iter().filter(present).count()
    }

    /// How many entries only `read` has.
    fn expunged(&self) -> usize {
        let expunged = |&&(_, state): &&_| state == EntryState::Expunged;
        self.read.iter().filter(expunged).count()
    }
}

fn find(entries: &Entries, k: u64) -> Option<EntryState<u64>> {
    let at = entries.binary_search_by_key(&k, |&(k, _)| k).ok()?;
    Some(entries[at].1)
}

/// What has happened so far, told from the states alone.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Happened {
    misses: u64,
    promotions: u64,
    rebuilds: u64,
    copied_entries: u64,
    expunges: u64,
    unexpunges: u64,
}

impl Happened {
    fn add(&mut self, before: &State, call: Call, after: &State) {
        let ranged = matches!(call, Call::Range | Call::RangeStop);
        match (&before.dirty, &after.dirty) {
            (Some(_), None) => {
                self.promotions += 1;
                self.misses += u64::from(!ranged);
            }
            (None, Some(_)) => {
                self.rebuilds += 1;
                self.copied_entries += (after.read.len() - after.expunged()) as u64;
            }
            // The states show neither the rebuild nor the promotion.
            (None, None) if matches!(call, Call::Compact) => {
                let kept = after.read.len();
                self.rebuilds += 1;
                self.promotions += 1;
                self.copied_entries += kept as u64;
                self.expunges += (before.read.len() - kept) as u64;
            }
            _ => self.misses += after.misses.saturating_sub(before.misses) as u64,
        }
        for &(k, was) in &before.read {
            match (was, find(&after.read, k)) {
                (EntryState::Nil, Some(EntryState::Expunged)) => self.expunges += 1,
                (EntryState::Expunged, Some(EntryState::Value(_))) => self.unexpunges += 1,
                _ => {}
            }
        }
    }
}

/// How the map is called.
#[derive(Clone, Copy, Debug)]
enum Handle {
    OneShot,
    /// One pin for the whole trace.
    Pinned,
}

/// Which of several methods stands for an operation.
#[derive(Clone, Copy, Debug)]
struct Choice {
    load: Load,
    load_or_store: LoadOrStore,
    compare_and_delete: CompareAndDelete,
}

#[derive(Clone, Copy, Debug)]
enum Load {
    Get,
    GetCloned,
}

#[derive(Clone, Copy, Debug)]
enum LoadOrStore {
    TryInsert,
    TryInsertWith,
    GetOrInsert,
    GetOrInsertWith,
}

#[derive(Clone, Copy, Debug)]
enum CompareAndDelete {
    CompareRemove,
    RemoveIf,
}

/// Together these take every method of the table above.
const CHOICES: [Choice; 4] = [
    Choice {
        load: Load::Get,
        load_or_store: LoadOrStore::TryInsert,
        compare_and_delete: CompareAndDelete::CompareRemove,
    },
    Choice {
        load: Load::GetCloned,
        load_or_store: LoadOrStore::TryInsertWith,
        compare_and_delete: CompareAndDelete::RemoveIf,
    },
    Choice {
        load: Load::GetCloned,
        load_or_store: LoadOrStore::GetOrInsert,
        compare_and_delete: CompareAndDelete::CompareRemove,
    },
    Choice {
        load: Load::Get,
        load_or_store: LoadOrStore::GetOrInsertWith,
        compare_and_delete: CompareAndDelete::RemoveIf,
    },
];

/// Performs a step, and gives back its answer. A macro, because a map and a
/// pinned map have methods of the same names but no trait in common.
macro_rules! perform {
    ($map:ident, $step:ident, $before:ident, $choice:ident) => {
        match $step.call {
            Call::Load(k) => match $choice.load {
                Load::Get => json!($map.get(&k).map(|value| *value)),
                Load::GetCloned => json!($map.get_cloned(&k)),
            },
            Call::Store(k, v) => {
                $map.insert(k, v);
                Value::Null
            }
            Call::LoadOrStore(k, v) => match $choice.load_or_store {
                LoadOrStore::TryInsert => match $map.try_insert(k, v) {
                    Ok(stored) => json!([*stored, false]),
                    Err(refused) => {
                        let back = (refused.key, refused.value);
                        assert_eq!(back, (k, v), "{}: refused", $step);
                        json!([*refused.current, true])
                    }
                },
                LoadOrStore::TryInsertWith => match $map.try_insert_with(k, || v) {
                    Ok(stored) => json!([*stored, false]),
                    Err(refused) => {
                        let back = (refused.key, refused.value);
                        assert_eq!(back, (k, None), "{}: refused", $step);
                        json!([*refused.current, true])
                    }
                },
                LoadOrStore::GetOrInsert => {
                    // No value is offered twice in a trace.
                    let actual = *$map.get_or_insert(k, v);
                    json!([actual, actual != v])
                }
                LoadOrStore::GetOrInsertWith => {
                    let mut made = false;
                    let actual = *$map.get_or_insert_with(k, || {
                        made = true;
                        v
                    });
                    json!([actual, !made])
                }
            },
            Call::LoadAndDelete(k) => json!($map.remove(&k).map(|value| *value)),
            Call::Delete(k) => {
                $map.remove(&k);
                Value::Null
            }
            Call::Swap(k, v) => json!($map.insert(k, v).map(|value| *value)),
            Call::CompareAndSwap(k, old, new) => match $map.compare_exchange(&k, &old, new) {
                Ok(replaced) => {
                    assert_eq!(*replaced, old, "{}: replaced", $step);
                    json!(true)
                }
                Err(refused) => {
                    let current = refused.current.map(|value| *value);
                    let expected = ($before.present(k), new);
                    assert_eq!((current, refused.new), expected, "{}: refused", $step);
                    json!(false)
                }
            },
            Call::CompareAndDelete(k, old) => {
                let removed = match $choice.compare_and_delete {
                    CompareAndDelete::CompareRemove => $map.compare_remove(&k, &old),
                    CompareAndDelete::RemoveIf => $map.remove_if(&k, |key, value| {
                        assert_eq!(*key, k, "{}: the key that is judged", $step);
                        *value == old
                    }),
                };
                let removed = removed.map(|value| *value);
                if let Some(removed) = removed {
                    assert_eq!(removed, old, "{}: removed", $step);
                }
                json!(removed.is_some())
            }
            Call::Range => {
                let mut visited = Vec::new();
                let end = $map.for_each(|&k, &v| {
                    visited.push((k, v));
                    ControlFlow::<()>::Continue(())
                });
                assert!(end.is_continue(), "{}: broke", $step);
                visited.sort();
                json!(visited)
            }
            Call::RangeStop => {
                let mut calls = 0;
                let end = $map.for_each(|&k, _| {
                    calls += 1;
                    ControlFlow::Break(k)
                });
                assert_eq!(end.is_break(), calls > 0, "{}: broke", $step);
                json!(calls)
            }
            Call::Clear => {
                $map.clear();
                Value::Null
            }
            Call::Compact => json!($map.compact()),
        }
    };
}

type Map<S> = SyncMap<u64, u64, S>;

fn one_shot<S: BuildHasher>(map: &Map<S>, step: &Step, before: &State, choice: Choice) -> Value {
    perform!(map, step, before, choice)
}

fn pinned<S: BuildHasher>(
    map: &Pinned<'_, u64, u64, S>,
    step: &Step,
    before: &State,
    choice: Choice,
) -> Value {
    perform!(map, step, before, choice)
}

/// Plays one trace on a new map, and checks everything after each step. The
/// number of steps.
fn play<S: BuildHasher>(trace: &Trace, hasher: S, handle: Handle, choice: Choice) -> usize {
    let map = Map::with_hasher(hasher);
    let held = match handle {
        Handle::OneShot => None,
        Handle::Pinned => Some(map.pin()),
    };
    let new = State::default();
    assert_eq!(State::of(map.inspect()), new, "{}: a new map", trace.name);
    let mut before = &new;
    let mut played = 0;
    for step in &trace.steps {
        let ret = match &held {
            None => one_shot(&map, step, before, choice),
            Some(held) => pinned(held, step, before, choice),
        };
        let after = State::of(map.inspect());
        assert!(
            ret == step.ret && after == step.after,
            "{step}\n  called by {handle:?}, {choice:?}\n  before: {before:?}\n\
             expected: {} and {:?}\n   found: {ret} and {after:?}\n",
            step.ret,
            step.after,
        );
        check_counters(&map, step);
        before = &step.after;
        played += 1;
    }
    played
}

/// Holds `len()` and `stats()` against the state and against what happened.
fn check_counters<S>(map: &Map<S>, step: &Step) {
    let (state, stats) = (&step.after, map.stats());
    let counted = Happened {
        misses: stats.misses,
        promotions: stats.promotions,
        rebuilds: stats.rebuilds,
        copied_entries: stats.copied_entries,
        expunges: stats.expunges,
        unexpunges: stats.unexpunges,
    };
    assert_eq!(counted, step.happened, "{step}: the counters of stats()");
    let len = state.len();
    assert_eq!((map.len(), stats.len), (len, len), "{step}: len()");
    let dirty = state.dirty.as_ref().map_or(0, Entries::len);
    let tables = (stats.read_entries, stats.dirty_entries);
    let expected = (state.read.len(), dirty);
    assert_eq!(tables, expected, "{step}: the sizes of the maps");
    let tombstones = match state.dirty {
        None => state.read.len() - len,
        Some(_) => dirty - len + state.expunged(),
    };
    assert_eq!(stats.tombstones, tombstones, "{step}: the tombstones");
}

/// Plays every trace with every choice of methods.
fn play_all<S: BuildHasher>(hasher: fn() -> S, handle: Handle) {
    for choice in CHOICES {
        let (mut traces, mut operations) = (0, 0);
        for trace in ALL.iter() {
            operations += play(trace, hasher(), handle, choice);
            traces += 1;
        }
        let played = (traces, operations);
        assert_eq!(played, (TRACES, OPERATIONS), "{handle:?}, {choice:?}");
    }
}

/// Makes every key collide with every other.
fn constant() -> BuildHasherDefault<Same> {
    BuildHasherDefault::new()
}

#[test]
fn every_trace_is_there_and_uses_every_operation() {
    assert_eq!(ALL.len(), TRACES);
    let lines: usize = ALL.iter().map(|trace| trace.steps.len()).sum();
    assert_eq!(lines, OPERATIONS);
    let profiles: HashSet<_> = ALL.iter().map(|trace| trace.profile.as_str()).collect();
    assert_eq!(profiles.len(), 7);
    for trace in ALL.iter() {
        let steps = trace.steps.iter();
        let kinds: HashSet<_> = steps.map(|step| mem::discriminant(&step.call)).collect();
        assert_eq!(kinds.len(), 11, "{}: the kinds of operations", trace.name);
    }
}

/// Otherwise the counters below would be held against nothing: these totals are
/// the ones that the oracle's own audit counted.
#[test]
fn the_traces_make_happen_what_their_readme_says() {
    let sum = |counter: fn(&Happened) -> u64| -> u64 {
        let ends = ALL.iter().filter_map(|trace| trace.steps.last());
        ends.map(|step| counter(&step.happened)).sum()
    };
    assert_eq!(sum(|total| total.promotions), 1503);
    assert_eq!(sum(|total| total.rebuilds), 1509);
    assert_eq!(sum(|total| total.expunges), 931);
    assert_eq!(sum(|total| total.unexpunges), 190);
    assert_eq!(sum(|total| total.misses), 4602);
}

#[test]
fn one_shot_calls_go_through_the_states_of_go() {
    play_all(RandomState::new, Handle::OneShot);
}

#[test]
fn calls_under_a_held_pin_go_through_the_states_of_go() {
    play_all(RandomState::new, Handle::Pinned);
}

#[test]
fn colliding_keys_go_through_the_states_of_go() {
    play_all(constant, Handle::OneShot);
}

#[test]
fn colliding_keys_under_a_held_pin_go_through_the_states_of_go() {
    play_all(constant, Handle::Pinned);
}

#[test]
fn the_scenarios_of_the_stepper_go_through_the_states_of_go() {
    let scenarios = read_all("scenarios");
    assert_eq!(scenarios.len(), SCENARIOS);
    for choice in CHOICES {
        for scenario in &scenarios {
            play(scenario, RandomState::new(), Handle::OneShot, choice);
            play(scenario, constant(), Handle::Pinned, choice);
        }
    }
}
