//! The stand-in answers as the map would, or its steps would not cost the same.

use crate::names::{Kind, Names};
use crate::random::Random;
use crate::stand_in::StandIn;
use crate::witness::{Witness, value};

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
