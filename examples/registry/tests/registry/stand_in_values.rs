//! The stand-in answers as the map would, or its steps would not cost the same.

use crate::names::{Kind, Name, Names};
use crate::random::Random;
use crate::stand_in::StandIn;
use crate::steps::{BATCH, Steps};
use crate::witness::{Witness, value};
use readmostly::SyncMap;

#[test]
fn the_stand_in_has_the_values_of_the_table_and_of_the_writer() {
    let pairs = vec![("a".into(), "text".into()), ("b".into(), "other".into())];
    let names = Names::new(pairs, 3.0, &mut Random::new(7, 0));
    let stand_in = StandIn::new(&names, 5_000);
    let mut witness = Witness::new(names.iter().count());
    let mut present = 0;
    for (index, name) in names.iter().enumerate() {
        for (overwritten, write) in [(false, 0), (true, 5_000)] {
            let found = stand_in.get(index, overwritten).map(String::as_str);
            assert_eq!(witness.check(index, name, found), Ok(()));
            match name.kind {
                Kind::Resident => assert_eq!(found, Some(value(&name.text, write)).as_deref()),
                Kind::Guest => present += usize::from(found.is_some()),
                Kind::Stranger => assert_eq!(found, None),
            }
        }
    }
    // Half of the 64 guests, twice each.
    assert_eq!(present, 64);
}

/// The driver alone chooses the same keys, finds as many of them, and checks and times as
/// many values as a reader of a map that nobody writes to.
#[test]
fn a_step_of_the_driver_alone_is_a_step_without_the_map() {
    let pairs = vec![("a".into(), "text".into()), ("b".into(), "other".into())];
    let names = Names::new(pairs, 30.0, &mut Random::new(7, 0));
    let stand_in = StandIn::new(&names, 5_000);
    let map: SyncMap<String, String> = names.pairs_at_first().collect();
    let done = |get: &dyn Fn(usize, &Name) -> Option<String>| {
        let (mut steps, mut random) = (Steps::new(names.iter().count()), Random::new(7, 1));
        for _ in 0..20 {
            let get = |index, name: &Name| get(index, name).map(Box::new);
            let batch = steps.batch(&names, &mut random, get);
            batch.expect("every value is right");
        }
        let timed = steps.latencies.summary().map(|summary| summary.samples);
        (steps.found, steps.not_found, steps.count(), timed)
    };
    let with_map = done(&|_, name| map.get_cloned(&name.key));
    let driver = done(&|index, _| stand_in.get(index, false).cloned());
    assert_eq!(with_map, driver);
    assert_eq!((with_map.2, with_map.3), (20 * BATCH as u64, Some(20)));
    assert!(with_map.0 > 0 && with_map.1 > 0, "{with_map:?}");
}
