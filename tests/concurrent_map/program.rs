// The program that `one_alias.rs` compiles once for each map, after the alias `Map`.

use readmostly::primitives::ConcurrentMap;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, RandomState};
use std::ops::ControlFlow::{self, Break, Continue};

type Fixed = BuildHasherDefault<DefaultHasher>;

fn key(name: &str) -> String {
    String::from(name)
}

fn sorted(map: &Map<String, u32>) -> Vec<(String, u32)> {
    let mut all = Vec::new();
    let end: ControlFlow<()> = map.for_each(|key, value| {
        all.push((key.clone(), *value));
        Continue(())
    });
    assert_eq!(end, Continue(()));
    all.sort_unstable();
    all
}

#[test]
fn every_call_on_a_key() {
    let map: Map<String, u32> = Map::new();
    assert!(map.insert(key("a"), 1).is_none());
    assert_eq!(map.insert(key("a"), 2).as_deref(), Some(&1));
    let seen: Option<u32> = map.get_with("a", |value| value + 10);
    assert_eq!(seen, Some(12));
    let clone: Option<u32> = map.get_cloned("a");
    assert_eq!((clone, map.get_cloned("b")), (Some(2), None));
    assert!(map.contains_key("a") && !map.contains_key("b"));

    let made: u32 = map.get_with_or_insert(key("b"), || 5, |value| *value);
    let found: u32 = map.get_with_or_insert(key("b"), || unreachable!(), |value| *value);
    assert_eq!((made, found), (5, 5));

    let changed: bool = map.modify("a", |value| value * 2);
    assert!(changed && !map.modify("c", |_| unreachable!()));
    let refused = map.compare_and_set("a", &9, 7).unwrap_err();
    let current: Option<()> = refused.current;
    assert_eq!((current, refused.new), (Some(()), 7));
    let set: Result<(), _> = map.compare_and_set("a", &4, 7);
    assert!(set.is_ok());
    let absent = map.compare_and_set("c", &4, 7).unwrap_err();
    assert_eq!((absent.current, absent.new), (None, 7));

    assert_eq!(map.remove("a").as_deref(), Some(&7));
    assert!(map.remove("a").is_none());
    assert_eq!(sorted(&map), [(key("b"), 5)]);
}

#[test]
fn every_call_on_all_keys() {
    let copied: Map<u32, u32> = HashMap::from([(1, 2)]).iter().collect();
    assert_eq!(copied.get_cloned(&1), Some(2));

    let map: Map<String, u32> = ["a", "b", "c", "d"].map(key).into_iter().zip(0..).collect();
    let len: usize = map.len();
    assert!(len == 4 && !map.is_empty());
    let first = map.for_each(|_, value| match value {
        2 => Break("two"),
        _ => Continue(()),
    });
    assert_eq!(first, Break("two"));
    let removed: usize = map.retain(|_, value| value % 2 == 0);
    assert_eq!((removed, map.retain(|_, _| true)), (2, 0));
    let mut shown = Vec::new();
    let removed: usize =
        map.retain_and_show(|name, _| name != "a", |name| shown.push(name.clone()));
    assert_eq!((removed, shown), (1, vec![key("a")]));
    assert_eq!(sorted(&map), [(key("c"), 2)]);
    map.clear();
    assert!(map.is_empty());
}

#[test]
fn every_constructor() {
    fn empty<S: BuildHasher>(map: &Map<u32, u32, S>) {
        assert!(map.is_empty());
        map.insert(1, 10);
        assert_eq!(map.get_cloned(&1), Some(10));
        assert_eq!(map.hasher().hash_one(1), map.hasher().hash_one(1));
    }
    empty(&Map::<u32, u32>::new());
    empty(&Map::<u32, u32>::default());
    empty(&Map::<u32, u32>::with_capacity(100));
    // A hint: there is no memory for so many.
    empty(&Map::<u32, u32>::with_capacity(usize::MAX));
    empty(&Map::<u32, u32, _>::with_hasher(Fixed::default()));
    empty(&Map::<u32, u32, _>::with_capacity_and_hasher(
        100,
        RandomState::new(),
    ));
    empty(&Map::<u32, u32, Fixed>::default());
}

#[test]
fn every_trait() {
    fn of_a_map<M: Clone + Debug + Default + Eq + Send + Sync>(map: &M, shown: &str) {
        assert_eq!(map, &map.clone());
        assert_ne!(map, &M::default());
        assert_eq!(format!("{map:?}"), shown);
    }
    let mut map = Map::from([(1, 10)]);
    of_a_map(&map, "{1: 10}");
    map.extend([(2, 20)]);
    (&map).extend([(3, 30)]);
    map.extend(&BTreeMap::from([(4, 40)]));
    let same: Map<u32, u32, Fixed> = (1..5).map(|n| (n, n * 10)).collect();
    assert!(map == same);
    assert!(same == map);
    same.insert(4, 41);
    assert!(map != same);
    assert!(same != map);
    let pairs: HashMap<u32, u32> = map.into_iter().collect();
    assert_eq!(pairs, HashMap::from([(1, 10), (2, 20), (3, 30), (4, 40)]));
}

#[test]
fn threads_share_it_by_reference() {
    fn shared(map: &Map<&'static str, u32>) {
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| while !map.modify("a", |n| n + 1) {});
            }
        });
    }
    let map = Map::from([("a", 0)]);
    shared(&map);
    assert_eq!(map.get_cloned("a"), Some(2));
}

#[cfg(feature = "serde")]
#[test]
fn serialization() {
    let map = Map::from([(key("a"), 1)]);
    let json = serde_json::to_string(&map).unwrap();
    assert_eq!(json, r#"{"a":1}"#);
    assert!(serde_json::from_str::<Map<String, u32>>(&json).unwrap() == map);
}
