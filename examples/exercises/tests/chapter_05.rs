//! What promotes a map, and what it costs.

use crate::alone;
use exercises::chapter_05::{misses_until_promotion, potential};
use readmostly::SyncMap;

type Map = SyncMap<u32, u32>;

/// A key that is never inserted.
const ABSENT: u32 = 1_000_000;

#[test]
fn so_many_look_ups_promote() {
    let _alone = alone();
    let of_five = || {
        let map = Map::new();
        (0..5).for_each(|key| drop(map.insert(key, 0)));
        map
    };
    // No dirty map. Five keys in dirty. Two misses of five. Six keys in dirty, after a rebuild,
    // and one miss. Both maps empty, and dirty there. One key after a clear.
    let states: [fn(&Map); 6] = [
        |map| (0..5).for_each(|_| drop(map.get(&ABSENT))),
        |_| {},
        |map| (0..2).for_each(|_| drop(map.get(&ABSENT))),
        |map| {
            (0..5).for_each(|_| drop(map.get(&ABSENT)));
            map.insert(5, 0);
            map.get(&ABSENT);
        },
        |map| map.clear(),
        |map| {
            map.clear();
            map.insert(7, 0);
        },
    ];
    for (number, prepare) in (1..).zip(states) {
        let map = of_five();
        prepare(&map);
        let yours = misses_until_promotion(&map.inspect());
        let before = map.stats().promotions;
        let mut looked = 0;
        while map.stats().promotions == before && looked < 100 {
            map.get(&ABSENT);
            looked += 1;
        }
        let promoted = (map.stats().promotions > before).then_some(looked);
        assert_eq!(yours, promoted, "left: yours, in state {number}");
    }
}

#[test]
fn no_call_costs_more_than_two_with_the_potential() {
    let _alone = alone();
    let map = Map::new();
    let mut paid = potential(&map.inspect());
    assert_eq!(paid, 0, "of a new map");
    // The same calls in each run.
    let mut random = 1_u64;
    for _ in 0..20_000 {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let (what, key) = (random >> 60, (random >> 33) as u32 % 40);
        let before = map.stats().copied_entries;
        let call = match what {
            0..8 => (drop(map.get(&key)), "get").1,
            8..11 => (drop(map.insert(key, 0)), "insert").1,
            11..14 => (drop(map.remove(&key)), "remove").1,
            14 => (drop(map.compare_remove(&key, &0)), "compare_remove").1,
            _ if key == 0 => (map.clear(), "clear").1,
            _ => (drop(map.try_insert(key, 0)), "try_insert").1,
        };
        let cost = 1 + (map.stats().copied_entries - before) as usize;
        let now = potential(&map.inspect());
        assert!(
            cost + now <= paid + 2,
            "{call} costs {cost}, and the potential: {paid} → {now}"
        );
        paid = now;
    }
    assert!(map.stats().rebuilds > 100, "the calls rebuild too rarely");
}
