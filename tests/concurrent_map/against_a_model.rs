//! Every method at random, against a plain map.

use crate::family::{Family, of_every_map};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use readmostly::primitives::ConcurrentMap;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::hash::RandomState;
use std::ops::ControlFlow;

type Model = BTreeMap<u8, u32>;
type Map<F> = <F as Family>::Map<u8, u32, RandomState>;

#[derive(Clone, Debug)]
enum Step {
    Get(u8),
    Insert(u8, u32),
    GetOrInsert(u8, u32),
    Remove(u8),
    Update(u8),
    CompareExchange(u8, u32, u32),
    RetainOdd,
    /// What is the map's own.
    Stir(u8),
    Clear,
}

fn step() -> impl Strategy<Value = Step> {
    let (key, value) = (|| 0..6u8, || 0..4u32);
    prop_oneof![
        6 => key().prop_map(Step::Get),
        6 => (key(), value()).prop_map(|(key, value)| Step::Insert(key, value)),
        3 => (key(), value()).prop_map(|(key, value)| Step::GetOrInsert(key, value)),
        3 => key().prop_map(Step::Remove),
        3 => key().prop_map(Step::Update),
        3 => (key(), value(), value())
            .prop_map(|(key, old, new)| Step::CompareExchange(key, old, new)),
        1 => Just(Step::RetainOdd),
        3 => key().prop_map(Step::Stir),
        1 => Just(Step::Clear),
    ]
}

fn apply<F: Family>(map: &Map<F>, model: &mut Model, step: Step) {
    match step {
        Step::Get(key) => {
            assert_eq!(map.get_with(&key, |n| *n), model.get(&key).copied());
            assert_eq!(map.get_cloned(&key), model.get(&key).copied());
            assert_eq!(map.contains_key(&key), model.contains_key(&key));
        }
        Step::Insert(key, value) => {
            let old = map.insert(key, value);
            assert_eq!(old.as_deref(), model.insert(key, value).as_ref());
        }
        Step::GetOrInsert(key, value) => {
            let mut made = false;
            let make = || {
                made = true;
                value
            };
            let seen = map.get_with_or_insert(key, make, |n| *n);
            let absent = matches!(model.entry(key), Entry::Vacant(_));
            assert_eq!((seen, made), (*model.entry(key).or_insert(value), absent));
        }
        Step::Remove(key) => {
            assert_eq!(map.remove(&key).as_deref(), model.remove(&key).as_ref());
        }
        Step::Update(key) => {
            let present = model.get_mut(&key).map(|n| *n += 10).is_some();
            assert_eq!(map.modify(&key, |n| n + 10), present);
        }
        Step::CompareExchange(key, old, new) => {
            let outcome = map.compare_and_set(&key, &old, new);
            match model.get_mut(&key) {
                Some(value) if *value == old => {
                    *value = new;
                    assert!(outcome.is_ok());
                }
                other => {
                    let refused = outcome.unwrap_err();
                    assert_eq!((refused.current, refused.new), (other.map(|_| ()), new));
                }
            }
        }
        Step::RetainOdd => {
            map.retain(|_, n| n % 2 == 1);
            model.retain(|_, n| *n % 2 == 1);
        }
        Step::Stir(key) => F::stir(map, &key),
        Step::Clear => {
            map.clear();
            model.clear();
        }
    }
}

fn assert_matches<F: Family>(map: &Map<F>, model: &Model) {
    let mut seen = Vec::new();
    let _ = map.for_each(|key, value| {
        seen.push((*key, *value));
        ControlFlow::<()>::Continue(())
    });
    seen.sort_unstable();
    assert_eq!(seen, Vec::from_iter(model.clone()));
    assert_eq!((map.len(), map.is_empty()), (model.len(), model.is_empty()));
}

fn after_every_step_it_equals_a_plain_map<F: Family>() {
    let config = Config {
        cases: if cfg!(miri) { 4 } else { 256 },
        failure_persistence: None,
        ..Config::default()
    };
    let steps = prop::collection::vec(step(), 0..60);
    let outcome = TestRunner::new(config).run(&steps, |steps| {
        let (map, mut model) = (F::make(), Model::new());
        for step in steps {
            apply::<F>(&map, &mut model, step);
            assert_matches::<F>(&map, &model);
        }
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

of_every_map! {
    after_every_step_it_equals_a_plain_map
}
