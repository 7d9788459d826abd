//! The traits of `std` and `serde`.

use crate::family::{Family, of_every_map};
use readmostly::SyncMap;
use readmostly::primitives::{
    BuildFnv1a, ConcurrentMap, HybridMap, MutexMap, Recorded, RwLockMap, ShardedMap,
};
use std::collections::BTreeMap;
use std::hash::RandomState;
use std::ops::ControlFlow;

type Map<F> = <F as Family>::Map<u32, u32, RandomState>;

fn all(map: &impl ConcurrentMap<u32, u32>) -> BTreeMap<u32, u32> {
    let mut seen = BTreeMap::new();
    let _ = map.for_each(|key, value| {
        seen.insert(*key, *value);
        ControlFlow::<()>::Continue(())
    });
    seen
}

fn a_later_pair_replaces_an_earlier_one<F: Family>() {
    let mut map = Map::<F>::from_iter([(1, 1), (2, 2), (1, 3)]);
    assert_eq!(all(&map), BTreeMap::from([(1, 3), (2, 2)]));
    map.extend([(2, 4), (3, 5)]);
    assert_eq!(all(&map), BTreeMap::from([(1, 3), (2, 4), (3, 5)]));
}

fn a_default_map_is_empty<F: Family>() {
    let map = Map::<F>::default();
    assert!(map.is_empty());
    assert_eq!(format!("{map:?}"), "{}");
}

fn it_shows_its_pairs<F: Family>() {
    let map = Map::<F>::from_iter([(1, 2)]);
    assert_eq!(format!("{map:?}"), "{1: 2}");
    F::stir(&map, &1);
    assert_eq!(format!("{map:?}"), "{1: 2}");
}

fn a_clone_has_the_same_pairs_and_a_life_of_its_own<F: Family>() {
    let map = Map::<F>::from_iter((0..100).map(|n| (n, n)));
    F::stir(&map, &1);
    let clone = map.clone();
    assert_eq!(all(&clone), all(&map));
    assert_eq!((clone.len(), clone.get_cloned(&1)), (100, Some(1)));
    clone.insert(1, 7);
    clone.remove(&2);
    assert_eq!((map.get_cloned(&1), map.get_cloned(&2)), (Some(1), Some(2)));
    assert_eq!(map.len(), 100);
}

fn its_pairs_are_given_back_by_value<F: Family>() {
    let map = Map::<F>::from_iter((0..100).map(|n| (n, n)));
    (0..20).for_each(|key| F::stir(&map, &key));
    assert!(map.remove(&1).is_some() && map.remove(&50).is_some());
    let pairs: BTreeMap<_, _> = map.clone().into_iter().collect();
    assert_eq!((pairs.len(), map.into_iter().count()), (98, 98));
    assert!(pairs.iter().all(|(key, value)| key == value));
}

fn its_key_may_have_any_hasher<F: Family>() {
    let map = F::make::<u32, u32, BuildFnv1a>();
    for n in 0..1_000 {
        map.insert(n, n);
    }
    assert_eq!(map.len(), 1_000);
    assert!((0..1_000).all(|n| map.get_cloned(&n) == Some(n)));
}

of_every_map! {
    a_later_pair_replaces_an_earlier_one
    a_default_map_is_empty
    it_shows_its_pairs
    a_clone_has_the_same_pairs_and_a_life_of_its_own
    its_pairs_are_given_back_by_value
    its_key_may_have_any_hasher
}

/// Whatever stands in the type's name, these are the same words.
#[test]
fn switching_is_one_type_alias() {
    fn used(map: &impl ConcurrentMap<u32, u32>) {
        assert_eq!(all(map), BTreeMap::from([(1, 10), (2, 20)]));
    }
    used(&SyncMap::from([(1, 10), (2, 20)]));
    used(&MutexMap::from([(1, 10), (2, 20)]));
    used(&RwLockMap::from([(1, 10), (2, 20)]));
    used(&ShardedMap::from([(1, 10), (2, 20)]));
    used(&HybridMap::from([(1, 10), (2, 20)]));
    used(&Recorded::<SyncMap<_, _>>::from([(1, 10), (2, 20)]));
}

#[test]
fn pairs_are_copied_in_by_reference() {
    let pairs = BTreeMap::from([(1, 10), (2, 20)]);
    let (mut mutex, mut rw_lock) = (MutexMap::new(), RwLockMap::new());
    let (mut sharded, mut hybrid) = (ShardedMap::new(), HybridMap::new());
    mutex.extend(&pairs);
    rw_lock.extend(&pairs);
    sharded.extend(&pairs);
    hybrid.extend(&pairs);
    assert_eq!((all(&mutex), all(&rw_lock)), (pairs.clone(), pairs.clone()));
    assert_eq!(
        (all(&sharded), all(&hybrid)),
        (pairs.clone(), pairs.clone())
    );

    fn copied<M>(pairs: &BTreeMap<u32, u32>)
    where
        M: ConcurrentMap<u32, u32> + for<'a> FromIterator<(&'a u32, &'a u32)>,
    {
        assert_eq!(all(&pairs.iter().collect::<M>()), *pairs);
    }
    copied::<MutexMap<_, _>>(&pairs);
    copied::<RwLockMap<_, _>>(&pairs);
    copied::<ShardedMap<_, _>>(&pairs);
    copied::<HybridMap<_, _>>(&pairs);
}

#[test]
fn shared_maps_can_be_extended() {
    let (lock, hybrid) = (MutexMap::new(), HybridMap::new());
    let recorded = Recorded::new(MutexMap::new());
    (&lock).extend([(1, 1)]);
    (&hybrid).extend([(1, 1)]);
    (&recorded).extend([(1, 1)]);
    assert_eq!((lock.len(), hybrid.len(), recorded.len()), (1, 1, 1));
}

#[test]
fn what_left_a_map_with_locks_shows_itself_as_its_value() {
    let map = MutexMap::from([(1, "a")]);
    let old = map.remove(&1).expect("it was there");
    assert_eq!(format!("{old} {old:?}"), "a \"a\"");
}

#[cfg(feature = "serde")]
mod with_serde {
    use super::*;
    use serde::Serialize;
    use serde::de::DeserializeOwned;

    fn round_trip<M>(map: &M)
    where
        M: ConcurrentMap<u32, u32> + Serialize + DeserializeOwned,
    {
        let json = serde_json::to_value(map).unwrap();
        assert_eq!(json, serde_json::json!({"1": 10, "2": 20}));
        let back = serde_json::from_value::<M>(json).unwrap();
        assert_eq!(all(&back), all(map));
        let refused = serde_json::from_str::<M>("7").map(drop).unwrap_err();
        assert!(refused.to_string().contains("expected a map"), "{refused}");
        let later = serde_json::from_str::<M>(r#"{"1": 1, "1": 2}"#).unwrap();
        assert_eq!(all(&later), BTreeMap::from([(1, 2)]));
    }

    #[test]
    fn a_map_comes_back_from_json() {
        let hybrid = HybridMap::from([(1, 10), (2, 20)]);
        hybrid.declare_hot(&2);
        round_trip(&hybrid);
        round_trip(&SyncMap::from([(1, 10), (2, 20)]));
        round_trip(&MutexMap::from([(1, 10), (2, 20)]));
        round_trip(&RwLockMap::from([(1, 10), (2, 20)]));
        round_trip(&ShardedMap::from([(1, 10), (2, 20)]));
        round_trip(&Recorded::<ShardedMap<_, _>>::from([(1, 10), (2, 20)]));
    }
}
