//! Each count of the report is the map's count of the same name, since the load began.

use crate::inside::Inside;
use readmostly::Stats;
use serde_json::json;

/// Statistics in which each count is another one.
fn stats(from: u64) -> Stats {
    let mut stats = Stats::default();
    (stats.len, stats.tombstones) = (from as usize, from as usize + 1);
    (stats.locks, stats.misses) = (from * 2, from * 3);
    (stats.promotions, stats.rebuilds) = (from * 4, from * 5);
    (stats.copied_entries, stats.expunges, stats.unexpunges) = (from * 6, from * 7, from * 8);
    stats
}

#[test]
fn each_count_is_the_maps_own_since_the_load_began() {
    let inside = Inside::between(stats(10), stats(110));
    let expected = json!({
        "keys": 110, "tombstones": 111, "locks": 200, "misses": 300, "promotions": 400,
        "rebuilds": 500, "copied_entries": 600, "expunges": 700, "unexpunges": 800,
    });
    let reported = serde_json::to_value(inside).expect("it can be written");
    assert_eq!(reported, expected);
}
