//! Each method, one thread at a time.

use crate::family::{Family, of_every_map};
use readmostly::Equivalent;
use readmostly::primitives::ConcurrentMap;
use std::collections::BTreeMap;
use std::hash::{Hash, RandomState};
use std::ops::ControlFlow;

type Map<F> = <F as Family>::Map<String, u32, RandomState>;

fn map<F: Family>(pairs: &[(&str, u32)]) -> Map<F> {
    let map = F::make();
    for &(key, value) in pairs {
        map.insert(String::from(key), value);
    }
    map
}

fn all<F: Family>(map: &Map<F>) -> BTreeMap<String, u32> {
    let mut seen = BTreeMap::new();
    let outcome = map.for_each(|key, value| {
        assert_eq!(seen.insert(key.clone(), *value), None, "{key} twice");
        ControlFlow::<()>::Continue(())
    });
    assert_eq!(outcome, ControlFlow::Continue(()));
    seen
}

fn a_look_up_shows_the_value_and_gives_back_what_the_closure_makes_of_it<F: Family>() {
    let map = map::<F>(&[("a", 1)]);
    for _ in 0..3 {
        assert_eq!(map.get_with("a", |n| n + 10), Some(11));
        assert_eq!(map.get_cloned("a"), Some(1));
        assert!(map.contains_key("a"));
    }
    let mut asked = false;
    assert_eq!(map.get_with("b", |_| asked = true), None);
    assert!(!asked && map.get_cloned("b").is_none() && !map.contains_key("b"));
}

fn a_key_is_found_by_whatever_is_equivalent_to_it<F: Family>() {
    /// Hashes as the string that it stands for.
    struct Joined(&'static str, &'static str);

    impl Hash for Joined {
        fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
            format!("{}{}", self.0, self.1).hash(state);
        }
    }

    impl Equivalent<String> for Joined {
        fn equivalent(&self, key: &String) -> bool {
            *key == format!("{}{}", self.0, self.1)
        }
    }

    let map = map::<F>(&[("ab", 1)]);
    let key = Joined("a", "b");
    assert_eq!(map.get_cloned(&key), Some(1));
    assert!(map.modify(&key, |n| n + 1));
    assert!(map.compare_and_set(&key, &2, 3).is_ok());
    assert_eq!(map.remove(&key).as_deref(), Some(&3));
    assert!(!map.contains_key(&key));
}

fn an_insertion_gives_back_the_value_it_replaced<F: Family>() {
    let map = map::<F>(&[]);
    assert!(map.insert(String::from("a"), 1).is_none());
    assert_eq!(map.insert(String::from("a"), 2).as_deref(), Some(&1));
    F::stir(&map, &String::from("a"));
    assert_eq!(map.insert(String::from("a"), 3).as_deref(), Some(&2));
    assert_eq!(all::<F>(&map), BTreeMap::from([(String::from("a"), 3)]));
}

fn a_value_is_made_only_for_an_absent_key<F: Family>() {
    let map = map::<F>(&[]);
    let key = || String::from("a");
    assert_eq!(map.get_with_or_insert(key(), || 1, |n| n + 10), 11);
    F::stir(&map, &key());
    let refuse = || panic!("there is one");
    assert_eq!(map.get_with_or_insert(key(), refuse, |n| n + 10), 11);
    assert_eq!(map.len(), 1);
}

fn a_removal_gives_back_the_value<F: Family>() {
    let map = map::<F>(&[("a", 1), ("b", 2)]);
    F::stir(&map, &String::from("b"));
    assert_eq!(map.remove("a").as_deref(), Some(&1));
    assert_eq!(map.remove("b").as_deref(), Some(&2));
    assert!(map.remove("a").is_none() && map.remove("c").is_none());
    assert!(map.is_empty());
    assert!(map.insert(String::from("b"), 3).is_none());
    assert_eq!(map.get_cloned("b"), Some(3));
}

fn an_update_changes_what_is_there_and_adds_nothing<F: Family>() {
    let map = map::<F>(&[("a", 1)]);
    assert!(map.modify("a", |n| n + 1));
    F::stir(&map, &String::from("a"));
    assert!(map.modify("a", |n| n * 10));
    assert!(!map.modify("b", |_| panic!("there is nothing to update")));
    assert_eq!(all::<F>(&map), BTreeMap::from([(String::from("a"), 20)]));
}

fn an_exchange_asks_for_the_expected_value<F: Family>() {
    let map = map::<F>(&[("a", 1)]);
    for old in [1, 2] {
        assert!(map.compare_and_set("a", &old, old + 1).is_ok());
        let refused = map.compare_and_set("a", &old, 9).unwrap_err();
        assert_eq!((refused.current, refused.new), (Some(()), 9));
        F::stir(&map, &String::from("a"));
    }
    let refused = map.compare_and_set("b", &1, 9).unwrap_err();
    assert_eq!((refused.current, refused.new), (None, 9));
    map.remove("a");
    let refused = map.compare_and_set("a", &3, 9).unwrap_err();
    assert_eq!((refused.current, refused.new), (None, 9));
}

fn retain_asks_about_every_key_once_and_removes_what_is_refused<F: Family>() {
    let map = map::<F>(&[("a", 1), ("b", 2), ("c", 3), ("d", 4)]);
    F::stir(&map, &String::from("a"));
    F::stir(&map, &String::from("b"));
    let mut asked = Vec::new();
    let removed = map.retain(|key, n| {
        asked.push(key.clone());
        n % 2 == 0
    });
    assert_eq!((removed, map.retain(|_, _| true)), (2, 0));
    asked.sort_unstable();
    assert_eq!(asked, ["a", "b", "c", "d"]);
    let left = [(String::from("b"), 2), (String::from("d"), 4)];
    assert_eq!(all::<F>(&map), BTreeMap::from(left));
    assert_eq!(map.len(), 2);
}

fn a_walk_ends_where_the_closure_breaks<F: Family>() {
    let map = map::<F>(&[("a", 1), ("b", 2), ("c", 3)]);
    F::stir(&map, &String::from("c"));
    let mut visited = 0;
    let broke = map.for_each(|_, _| {
        visited += 1;
        match visited {
            2 => ControlFlow::Break("enough"),
            _ => ControlFlow::Continue(()),
        }
    });
    assert_eq!((broke, visited), (ControlFlow::Break("enough"), 2));
    assert_eq!(all::<F>(&map).len(), 3);
}

fn a_cleared_map_is_empty_and_as_good_as_new<F: Family>() {
    let map = map::<F>(&[("a", 1), ("b", 2)]);
    F::stir(&map, &String::from("a"));
    map.clear();
    assert!(map.is_empty() && map.get_cloned("a").is_none() && all::<F>(&map).is_empty());
    map.clear();
    assert!(map.insert(String::from("a"), 7).is_none());
    assert_eq!((map.len(), map.get_cloned("a")), (1, Some(7)));
}

of_every_map! {
    a_look_up_shows_the_value_and_gives_back_what_the_closure_makes_of_it
    a_key_is_found_by_whatever_is_equivalent_to_it
    an_insertion_gives_back_the_value_it_replaced
    a_value_is_made_only_for_an_absent_key
    a_removal_gives_back_the_value
    an_update_changes_what_is_there_and_adds_nothing
    an_exchange_asks_for_the_expected_value
    retain_asks_about_every_key_once_and_removes_what_is_refused
    a_walk_ends_where_the_closure_breaks
    a_cleared_map_is_empty_and_as_good_as_new
}
