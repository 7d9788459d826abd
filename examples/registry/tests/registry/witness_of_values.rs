//! What the witness and the ledger say to values, right and wrong ones.

use crate::names::{Kind, Name};
use crate::witness::{Ledger, Witness, value};

fn name(kind: Kind) -> Name {
    Name {
        key: "a".into(),
        text: "text".into(),
        kind,
    }
}

/// What one witness says to these values, one after the other, of one name.
fn says(kind: Kind, found: &[Option<&str>]) -> Vec<Option<String>> {
    let mut witness = Witness::new(1);
    let check = |found: &Option<&str>| witness.check(0, &name(kind), *found).err();
    found.iter().map(check).collect()
}

fn says_last(kind: Kind, found: &[Option<&str>]) -> Option<String> {
    says(kind, found).pop().expect("it was asked")
}

#[test]
fn the_tables_value_and_the_writers_are_right() {
    let marked = [
        value("text", 0),
        value("text", 3),
        value("text", 3),
        value("text", 12),
    ];
    let found = marked.each_ref().map(|value| Some(value.as_str()));
    assert_eq!(found[..2], [Some("text"), Some("text\t3")]);
    assert!(says(Kind::Resident, &found).iter().all(Option::is_none));
    assert!(says(Kind::Guest, &found).iter().all(Option::is_none));
}

#[test]
fn a_lost_key_is_noticed() {
    let lost = says_last(Kind::Resident, &[Some("text"), None]);
    assert_eq!(lost.as_deref(), Some("the key \"a\" is lost"));
}

#[test]
fn guests_may_be_away_and_strangers_must_be() {
    assert_eq!(says_last(Kind::Guest, &[None]), None);
    assert_eq!(says_last(Kind::Stranger, &[None]), None);
    let stranger = says_last(Kind::Stranger, &[Some("text")]);
    assert_eq!(stranger.as_deref(), Some("nobody inserted \"a\""));
}

#[test]
fn a_value_that_nobody_wrote_is_noticed() {
    for torn in [
        "", "tex", "texts", "other", "text\t", "text\tx", "text\t1x", "text3",
    ] {
        let noticed = says_last(Kind::Resident, &[Some(torn)]);
        let expected = format!("nobody gave \"a\" the value {torn:?}");
        assert_eq!(noticed, Some(expected));
    }
}

#[test]
fn a_value_that_goes_back_is_noticed() {
    let back = says_last(Kind::Resident, &[Some("text\t12"), Some("text\t3")]);
    assert_eq!(back.as_deref(), Some("\"a\" went back from write 12 to 3"));
    let back = says_last(Kind::Guest, &[Some("text\t12"), None, Some("text")]);
    assert_eq!(back.as_deref(), Some("\"a\" went back from write 12 to 0"));
}

#[test]
fn a_witness_knows_whose_value_it_saw_last() {
    let mut witness = Witness::new(2);
    for (found, write) in [("text", false), ("text\t3", true)] {
        assert_eq!(witness.check(0, &name(Kind::Resident), Some(found)), Ok(()));
        assert_eq!(witness.has_seen_a_write(0), write);
        assert!(!witness.has_seen_a_write(1));
    }
}

#[test]
fn each_name_has_a_history_of_its_own() {
    let mut witness = Witness::new(2);
    let name = name(Kind::Resident);
    assert_eq!(witness.check(0, &name, Some("text\t12")), Ok(()));
    assert_eq!(witness.check(1, &name, Some("text\t3")), Ok(()));
}

/// Of every kind of name, wherever it stands.
#[test]
fn what_differs_from_the_ledger_is_noticed() {
    let ledger = Ledger(vec![Some(0), Some(12), None]);
    let left = [Some("text"), Some("text\t12"), None];
    let keys = ["a", "b", "c"];
    for kind in [Kind::Resident, Kind::Guest, Kind::Stranger] {
        let names = keys.map(|key| Name {
            key: key.into(),
            ..name(kind)
        });
        let compare = |found: [Option<&'static str>; 3]| {
            let get = |key: &str| found[keys.iter().position(|known| *known == key).unwrap()];
            ledger.compare(names.iter(), get)
        };
        assert_eq!(compare(left), Ok(()));
        for index in 0..3 {
            for other in left {
                let mut found = left;
                found[index] = other;
                let is_right = other == left[index];
                assert_eq!(compare(found).is_ok(), is_right, "{kind:?} {found:?}");
            }
        }
        let expected = "the writer left \"b\" as Some(\"text\\t12\"), found None";
        assert_eq!(compare([left[0], None, left[2]]), Err(expected.into()));
    }
}
