//! `HybridMap`: a key becomes hot while another thread reads it, writes it, walks over it and so
//! on. The map has one shard, so all threads want the same lock.

use crate::explore::{Actor, Scene, explore_in, explore_up_to};
use crate::world::{Fixed, Key, Value, braces, key, pair, show, told, value};
use readmostly::internals::story::Argument::{Key as Of, Number};
use readmostly::internals::take_turns_at_numbers_too;
use readmostly::primitives::{ConcurrentMap, HybridMap};
use std::fmt;
use std::ops::ControlFlow;

/// A map in which the second read makes a key hot. Its keys and values are those of `world.rs`.
struct Halves(HybridMap<Key, Value, Fixed>);

impl Scene for Halves {
    fn new() -> Self {
        let map = HybridMap::with_shards_and_hasher(1, Fixed::new()).promote_after(2);
        // An execution makes loom's objects at their first use. Here, before the race.
        map.insert_hot(key('z'), value(0));
        map.clear();
        map.len();
        Self(map)
    }
}

fn said(yes: bool, what: &str) -> String {
    String::from(if yes { what } else { "absent" })
}

impl Halves {
    fn get(&self, name: char) -> String {
        told("get", [Of(name)], || {
            let seen = (self.0).get_with(&key(name), |value| show(Some(value)));
            seen.unwrap_or_else(|| show(None))
        })
    }

    fn get_two(&self, first: char, second: char) -> String {
        let first = self.get(first);
        format!("{first} {}", self.get(second))
    }

    fn insert(&self, name: char, number: u32) -> String {
        told("insert", [Of(name), Number(number)], || {
            show(self.0.insert(key(name), value(number)).as_deref())
        })
    }

    fn insert_hot(&self, name: char, number: u32) -> String {
        told("insert_hot", [Of(name), Number(number)], || {
            show(self.0.insert_hot(key(name), value(number)).as_deref())
        })
    }

    fn get_or_insert(&self, name: char, number: u32) -> String {
        told("get_or_insert", [Of(name), Number(number)], || {
            let (make, see) = (|| value(number), |value: &Value| show(Some(value)));
            self.0.get_with_or_insert(key(name), make, see)
        })
    }

    fn remove(&self, name: char) -> String {
        told("remove", [Of(name)], || {
            show(self.0.remove(&key(name)).as_deref())
        })
    }

    fn remove_and_insert(&self, name: char, number: u32) -> String {
        let removed = self.remove(name);
        format!("{removed} {}", self.insert(name, number))
    }

    fn modify(&self, name: char, add: u32) -> String {
        told("modify", [Of(name), Number(add)], || {
            let updated = (self.0).modify(&key(name), |old| value(old.0.look() + add));
            said(updated, "updated")
        })
    }

    fn exchange(&self, name: char, old: u32, new: u32) -> String {
        told("exchange", [Of(name), Number(old), Number(new)], || {
            let outcome = (self.0).compare_and_set(&key(name), &value(old), value(new));
            match outcome.map_err(|refused| refused.current) {
                Ok(()) => String::from("exchanged"),
                Err(current) => said(current.is_some(), "kept"),
            }
        })
    }

    fn declare(&self, name: char) -> String {
        told("declare", [Of(name)], || {
            said(self.0.declare_hot(&key(name)), "hot")
        })
    }

    fn declare_all<const N: usize>(&self, names: [char; N]) -> String {
        told("declare_all", [], || {
            format!("{} hot", self.0.declare_all_hot(&names.map(key)))
        })
    }

    fn clear(&self) -> String {
        told("clear", [], || {
            self.0.clear();
            String::from("cleared")
        })
    }

    fn len(&self) -> String {
        told("len", [], || self.0.len().to_string())
    }

    fn walk(&self) -> String {
        told("walk", [], || {
            let mut seen = Vec::new();
            let _ = self.0.for_each(|key, value| {
                seen.push(pair(key, value));
                ControlFlow::<()>::Continue(())
            });
            braces(seen)
        })
    }

    fn retain_all(&self) -> String {
        told("retain_all", [], || {
            let mut seen = Vec::new();
            self.0.retain(|key, value| {
                seen.push(pair(key, value));
                true
            });
            braces(seen)
        })
    }

    /// Walks a clone. A key that was cloned from both places would be there twice.
    fn clone_and_walk(&self) -> String {
        told("clone_and_walk", [], || Self(self.0.clone()).walk())
    }

    fn retain_not(&self, number: u32) -> String {
        told("retain_not", [Number(number)], || {
            let mut asked = 0;
            self.0.retain(|_, value| {
                asked += 1;
                value.0.look() != number
            });
            format!("asked {asked}")
        })
    }
}

/// The hot keys, and the cold ones. A key in both places would be shown twice.
impl fmt::Display for Halves {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut hot, mut cold) = (Vec::new(), Vec::new());
        let map = &self.0;
        let _ = map.for_each(|key, value| {
            let half = if map.is_hot(key) { &mut hot } else { &mut cold };
            half.push(pair(key, value));
            ControlFlow::<()>::Continue(())
        });
        assert_eq!(map.hot_len(), hot.len());
        assert_eq!(map.len(), hot.len() + cold.len());
        write!(f, "hot{} cold{}", braces(hot), braces(cold))
    }
}

/// [`explore_in`] [`Halves`].
#[track_caller]
fn explore<const N: usize>(init: fn(&Halves), actors: [Actor<Halves>; N], expected: &[&str]) {
    explore_in(init, actors, expected);
}

/// The same, with turns at numbers too. Without them, loom passes over orders of a walk's look
/// at the hot map and of that map's first publication. They multiply the executions, so such
/// a model takes a step or two, and at most four preemptions.
#[track_caller]
fn explore_more<const N: usize>(init: fn(&Halves), actors: [Actor<Halves>; N], expected: &[&str]) {
    take_turns_at_numbers_too(true);
    explore_up_to(Some(4), init, actors, expected);
    take_turns_at_numbers_too(false);
}

fn empty(_: &Halves) {}

fn a_is_cold(h: &Halves) {
    h.insert('a', 1);
}

fn a_is_hot(h: &Halves) {
    h.insert_hot('a', 1);
}

fn a_and_b_are_cold(h: &Halves) {
    h.insert('a', 1);
    h.insert('b', 2);
}

fn a_is_hot_and_b_is_cold(h: &Halves) {
    h.insert_hot('a', 1);
    h.insert('b', 2);
}

/// The second look. The reader does not find the key in the hot map, and waits for the shard.
/// Then it must find that the key has moved.
#[test]
fn a_key_becomes_hot_while_it_is_read() {
    explore(
        a_is_cold,
        [|h| h.declare('a'), |h| h.get('a')],
        &["hot, 1 → hot{a:1} cold{}"],
    );
}

#[test]
fn a_key_becomes_hot_while_it_is_overwritten() {
    explore(
        a_is_cold,
        [|h| h.declare('a'), |h| h.insert('a', 2)],
        &["hot, 1 → hot{a:2} cold{}"],
    );
}

#[test]
fn a_key_becomes_hot_while_it_is_removed() {
    explore(
        a_is_cold,
        [|h| h.declare('a'), |h| h.remove('a')],
        &["absent, 1 → hot{} cold{}", "hot, 1 → hot{} cold{}"],
    );
}

/// The clear finds the key in its shard or in the hot map. It must not miss a key that moves.
#[test]
fn a_key_becomes_hot_while_the_map_is_cleared() {
    explore(
        a_is_cold,
        [|h| h.declare('a'), |h| h.clear()],
        &[
            "absent, cleared → hot{} cold{}",
            "hot, cleared → hot{} cold{}",
        ],
    );
}

#[test]
fn a_key_becomes_hot_twice() {
    explore(
        a_is_cold,
        [|h| h.declare('a'), |h| h.declare('a')],
        &["hot, hot → hot{a:1} cold{}"],
    );
}

#[test]
fn a_key_becomes_hot_while_it_is_updated() {
    explore(
        a_is_cold,
        [|h| h.declare('a'), |h| h.modify('a', 10)],
        &["hot, updated → hot{a:11} cold{}"],
    );
}

#[test]
fn a_key_becomes_hot_while_it_is_exchanged() {
    explore(
        a_is_cold,
        [|h| h.declare('a'), |h| h.exchange('a', 1, 5)],
        &["hot, exchanged → hot{a:5} cold{}"],
    );
}

#[test]
fn a_key_becomes_hot_while_another_value_is_offered() {
    explore(
        a_is_cold,
        [|h| h.declare('a'), |h| h.get_or_insert('a', 2)],
        &["hot, 1 → hot{a:1} cold{}"],
    );
}

#[test]
fn a_key_becomes_hot_while_another_is_read() {
    explore(
        a_and_b_are_cold,
        [|h| h.declare('a'), |h| h.get('b')],
        &["hot, 2 → hot{a:1} cold{b:2}"],
    );
}

/// The walk visits the key once, in one place or in the other.
#[test]
fn a_key_becomes_hot_while_a_walk_is_on() {
    explore_more(
        a_is_cold,
        [|h| h.declare('a'), |h| h.walk()],
        &["hot, {a:1} → hot{a:1} cold{}"],
    );
}

#[test]
fn a_key_becomes_hot_while_keys_are_counted() {
    explore_more(
        a_is_cold,
        [|h| h.declare('a'), |h| h.len()],
        &["hot, 1 → hot{a:1} cold{}"],
    );
}

/// A way in which cold keys become hot.
struct Way {
    act: Actor<Halves>,
    /// What `act` returns.
    says: &'static str,
    /// The values that `a` has, one after the other.
    values: &'static [u32],
    /// Whether `b` is there too.
    with_b: bool,
    /// Whether it gives up while a walk is on, and does not wait.
    yields: bool,
    /// Whether numbers take turns too. Without these turns the models do not fail if a single
    /// move does not wait for a walk.
    more: bool,
}

const WAYS: [Way; 4] = [
    Way {
        act: |h| h.declare('a'),
        says: "hot",
        values: &[1],
        with_b: false,
        yields: false,
        more: false,
    },
    Way {
        act: |h| h.declare_all(['a', 'b']),
        says: "2 hot",
        values: &[1],
        with_b: true,
        yields: false,
        more: false,
    },
    Way {
        act: |h| h.insert_hot('a', 5),
        says: "1",
        values: &[1, 5],
        with_b: false,
        yields: false,
        more: true,
    },
    Way {
        act: |h| h.get_two('a', 'a'),
        says: "1 1",
        values: &[1],
        with_b: false,
        yields: true,
        more: false,
    },
];

/// In whichever way keys become hot, a `walk` that is on meanwhile meets every key once. `says` is
/// what `walk` returns after it has met these pairs.
#[track_caller]
fn meets_every_key_once(walk: Actor<Halves>, says: fn(&str) -> String) {
    for way in WAYS {
        let init = if way.with_b {
            a_and_b_are_cold
        } else {
            a_is_cold
        };
        let all = |value: &u32| format!("{{a:{value}{}}}", if way.with_b { " b:2" } else { "" });
        let mut expected = Vec::new();
        for met in way.values {
            let (way_says, walk_says) = (way.says, says(&all(met)));
            let end = way.values.last().map(all).expect("it has a value");
            expected.push(format!("{way_says}, {walk_says} → hot{end} cold{{}}"));
            if way.yields {
                expected.push(format!("{way_says}, {walk_says} → hot{{}} cold{end}"));
            }
        }
        let expected: Vec<_> = expected.iter().map(String::as_str).collect();
        take_turns_at_numbers_too(way.more);
        explore(init, [way.act, walk], &expected);
        take_turns_at_numbers_too(false);
    }
}

#[test]
fn keys_become_hot_in_every_way_while_a_walk_is_on() {
    meets_every_key_once(|h| h.walk(), str::to_owned);
}

#[test]
fn keys_become_hot_in_every_way_while_all_are_asked_for_and_kept() {
    meets_every_key_once(|h| h.retain_all(), str::to_owned);
}

#[test]
fn keys_become_hot_in_every_way_while_the_map_is_cloned() {
    meets_every_key_once(|h| h.clone_and_walk(), str::to_owned);
}

#[test]
fn keys_become_hot_in_every_way_while_they_are_counted() {
    meets_every_key_once(|h| h.len(), |all| all.matches(':').count().to_string());
}

#[test]
fn a_key_becomes_hot_while_what_is_kept_is_asked_for() {
    explore(
        a_is_cold,
        [|h| h.declare('a'), |h| h.retain_not(1)],
        &[
            "absent, asked 1 → hot{} cold{}",
            "hot, asked 1 → hot{} cold{}",
        ],
    );
}

/// The closure is asked about the key once, in one place or in the other.
#[test]
fn a_key_becomes_hot_while_all_are_asked_for_and_kept() {
    explore_more(
        a_is_cold,
        [|h| h.declare('a'), |h| h.retain_not(9)],
        &["hot, asked 1 → hot{a:1} cold{}"],
    );
}

#[test]
fn a_new_key_is_inserted_hot_while_it_is_read() {
    explore(
        empty,
        [|h| h.insert_hot('a', 1), |h| h.get('a')],
        &["-, - → hot{a:1} cold{}", "-, 1 → hot{a:1} cold{}"],
    );
}

#[test]
fn a_new_key_is_inserted_hot_twice() {
    explore(
        empty,
        [|h| h.insert_hot('a', 1), |h| h.insert_hot('a', 2)],
        &["-, 1 → hot{a:2} cold{}", "2, - → hot{a:1} cold{}"],
    );
}

#[test]
fn a_new_key_is_inserted_hot_and_cold() {
    explore(
        empty,
        [|h| h.insert_hot('a', 1), |h| h.insert('a', 2)],
        &["-, 1 → hot{a:2} cold{}", "2, - → hot{a:1} cold{}"],
    );
}

#[test]
fn a_new_key_is_inserted_hot_while_a_value_is_made_for_it() {
    explore(
        empty,
        [|h| h.insert_hot('a', 1), |h| h.get_or_insert('a', 2)],
        &["-, 1 → hot{a:1} cold{}", "2, 2 → hot{a:1} cold{}"],
    );
}

/// An insertion that finds its hot key removed adds the key to the shard, not to the hot map.
#[test]
fn a_hot_key_is_removed_while_it_is_overwritten() {
    explore(
        a_is_hot,
        [|h| h.remove('a'), |h| h.insert('a', 2)],
        &["1, - → hot{} cold{a:2}", "2, 1 → hot{} cold{}"],
    );
}

#[test]
fn a_hot_key_is_removed_while_it_is_declared_hot() {
    explore(
        a_is_hot,
        [|h| h.remove('a'), |h| h.declare('a')],
        &["1, absent → hot{} cold{}", "1, hot → hot{} cold{}"],
    );
}

/// A reader that finds its hot key removed must not miss the key in the shard.
#[test]
fn a_hot_key_comes_back_cold_while_it_is_read() {
    explore(
        a_is_hot,
        [|h| h.remove_and_insert('a', 2), |h| h.get('a')],
        &[
            "1 -, - → hot{} cold{a:2}",
            "1 -, 1 → hot{} cold{a:2}",
            "1 -, 2 → hot{} cold{a:2}",
        ],
    );
}

#[test]
fn a_hot_key_comes_back_cold_while_it_is_updated() {
    explore(
        a_is_hot,
        [|h| h.remove_and_insert('a', 5), |h| h.modify('a', 10)],
        &[
            "1 -, absent → hot{} cold{a:5}",
            "1 -, updated → hot{} cold{a:15}",
            "11 -, updated → hot{} cold{a:5}",
        ],
    );
}

/// An insertion before the clear overwrites the hot key, and goes with the clear. An insertion
/// after the clear adds a cold key.
#[test]
fn a_hot_key_is_overwritten_while_the_map_is_cleared() {
    explore(
        a_is_hot,
        [|h| h.clear(), |h| h.insert('a', 2)],
        &["cleared, - → hot{} cold{a:2}", "cleared, 1 → hot{} cold{}"],
    );
}

/// A clear takes effect at one instant. A reader that finds one half empty finds the other half
/// empty too.
#[test]
fn both_halves_are_cleared_at_once() {
    explore(
        a_is_hot_and_b_is_cold,
        [|h| h.clear(), |h| h.get_two('a', 'b')],
        &[
            "cleared, - - → hot{} cold{}",
            "cleared, 1 - → hot{} cold{}",
            "cleared, 1 2 → hot{} cold{}",
        ],
    );
    explore(
        a_is_hot_and_b_is_cold,
        [|h| h.clear(), |h| h.get_two('b', 'a')],
        &[
            "cleared, - - → hot{} cold{}",
            "cleared, 2 - → hot{} cold{}",
            "cleared, 2 1 → hot{} cold{}",
        ],
    );
}

/// The second read moves the key, unless a write came before the move: then the counting begins
/// anew.
#[test]
fn a_key_becomes_hot_by_being_read_while_it_is_overwritten() {
    explore(
        a_is_cold,
        [|h| h.get_two('a', 'a'), |h| h.insert('a', 2)],
        &[
            "1 1, 1 → hot{a:2} cold{}",
            "1 1, 1 → hot{} cold{a:2}",
            "1 2, 1 → hot{} cold{a:2}",
            "2 2, 1 → hot{a:2} cold{}",
        ],
    );
}

/// If a walk is on, the read does not move the key. It leaves that to the next read.
#[test]
fn a_key_would_become_hot_by_being_read_while_a_walk_is_on() {
    explore(
        a_is_cold,
        [|h| h.get_two('a', 'a'), |h| h.walk()],
        &[
            "1 1, {a:1} → hot{a:1} cold{}",
            "1 1, {a:1} → hot{} cold{a:1}",
        ],
    );
}

#[test]
fn a_key_becomes_hot_by_being_read_while_it_is_removed() {
    explore(
        a_is_cold,
        [|h| h.get_two('a', 'a'), |h| h.remove('a')],
        &[
            "- -, 1 → hot{} cold{}",
            "1 -, 1 → hot{} cold{}",
            "1 1, 1 → hot{} cold{}",
        ],
    );
}

/// `a` was hot and was removed, so the hot map still has its entry. Thread 1 moves `a` back to
/// that entry. Thread 2 makes `b` hot, and then purges the hot map; no lock keeps `a` from moving
/// meanwhile. Either the purge drops the entry, or `a` is back before.
#[test]
fn a_key_becomes_hot_again_while_the_hot_map_is_purged() {
    explore(
        |h| {
            h.insert_hot('a', 9);
            h.walk();
            h.remove('a');
            h.insert('a', 1);
            h.insert('b', 2);
            h.get('b');
        },
        [|h| h.declare('a'), |h| h.get('b')],
        &[
            "hot, 2 → hot{a:1 b:2} cold{}",
            "hot, 2 → hot{a:1} cold{b:2}",
        ],
    );
}

/// Nothing moves the key. Three threads meet at the entry that it leaves in the hot map.
#[test]
fn a_hot_key_is_removed_while_it_is_overwritten_and_read() {
    explore(
        a_is_hot,
        [|h| h.remove('a'), |h| h.insert('a', 2), |h| h.get('a')],
        &[
            "1, -, - → hot{} cold{a:2}",
            "1, -, 1 → hot{} cold{a:2}",
            "1, -, 2 → hot{} cold{a:2}",
            "2, 1, - → hot{} cold{}",
            "2, 1, 1 → hot{} cold{}",
            "2, 1, 2 → hot{} cold{}",
        ],
    );
}
