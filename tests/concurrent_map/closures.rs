//! What runs with no lock held, and so may use the map.

use crate::family::{Family, of_every_map};
use crate::watchdog::watched;
use readmostly::primitives::ConcurrentMap;
use std::hash::RandomState;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

type Map<F> = <F as Family>::Map<u32, u32, RandomState>;

fn a_value_may_be_made_by_way_of_the_map<F: Family>() {
    watched(|| {
        let map: Map<F> = F::make();
        let made = map.get_with_or_insert(
            4,
            || map.get_with_or_insert(3, || map.len() as u32 + 3, |n| *n) + 1,
            |n| *n,
        );
        assert_eq!((made, map.len()), (4, 2));
        assert_eq!(map.get_cloned(&3), Some(3));
    });
}

/// The one that is made meanwhile counts.
fn a_value_that_is_made_too_late_is_not_put_in<F: Family>() {
    watched(|| {
        let map: Map<F> = F::make();
        let sooner = || {
            map.insert(1, 1);
            F::stir(&map, &1);
            2
        };
        assert_eq!(map.get_with_or_insert(1, sooner, |n| *n), 1);
        assert_eq!((map.len(), map.get_cloned(&1)), (1, Some(1)));
    });
}

/// Nothing of what is given back is a lock.
fn what_was_removed_may_be_held_while_the_map_is_used<F: Family>() {
    watched(|| {
        let map: Map<F> = F::make();
        map.insert(1, 1);
        F::stir(&map, &1);
        let first = map.insert(1, 2);
        let second = map.remove(&1);
        map.insert(1, 3);
        map.clear();
        let _ = map.for_each(|_, _| ControlFlow::<()>::Break(()));
        assert_eq!((first.as_deref(), second.as_deref()), (Some(&1), Some(&2)));
    });
}

/// Each key once, when it has left the map; whatever `keep` does later.
fn what_was_removed_is_shown_with_no_lock_held<F: Family>() {
    watched(|| {
        const KEYS: u32 = 40;
        for answers in [usize::MAX, 25] {
            let map: Map<F> = F::make();
            for key in 0..KEYS {
                map.insert(key, key);
            }
            (0..KEYS / 2).for_each(|key| F::stir(&map, &key));
            let (mut refused, mut shown, mut asked) = (Vec::new(), Vec::new(), 0);
            let keep = |key: &u32, _: &u32| {
                if asked == answers {
                    resume_unwind(Box::new("no more answers"));
                }
                asked += 1;
                if key % 3 > 0 {
                    refused.push(*key);
                }
                key % 3 == 0
            };
            let show = |key: &u32| {
                assert!(!map.contains_key(key));
                map.insert(key + KEYS, 0);
                F::stir(&map, &(key + KEYS));
                assert!(map.remove(&(key + KEYS)).is_some());
                shown.push(*key);
            };
            let retain = || map.retain_and_show(keep, show);
            let counted = catch_unwind(AssertUnwindSafe(retain)).ok();
            assert_eq!(counted.is_some(), answers == usize::MAX);
            refused.sort_unstable();
            shown.sort_unstable();
            assert_eq!(shown, refused);
            assert!(counted.is_none_or(|removed| removed == shown.len()));
            assert_eq!(map.len() + shown.len(), KEYS as usize);
        }
    });
}

of_every_map! {
    a_value_may_be_made_by_way_of_the_map
    a_value_that_is_made_too_late_is_not_put_in
    what_was_removed_is_shown_with_no_lock_held
    what_was_removed_may_be_held_while_the_map_is_used
}
