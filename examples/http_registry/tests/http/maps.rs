//! The three maps behind one interface, without HTTP.

use http_registry::flags::{Entry, Flags, Kind, Name, Smallest};
use http_registry::journal::{Flag, Value};

const KINDS: [Kind; 3] = [Kind::Sync, Kind::Rwlock, Kind::Dashmap];

fn name(text: &str) -> Name {
    Name::new(text).expect("a name")
}

fn entry(name: &str, version: u64) -> Entry {
    Entry::of(&Flag {
        name: name.to_owned(),
        value: Value::parse(b"true").expect("JSON"),
        version,
        changed: String::new(),
    })
}

fn version(flags: &Flags, name: &str) -> Option<u64> {
    flags.get(name).map(|entry| entry.version)
}

#[test]
fn an_insertion_keeps_what_is_there() {
    for kind in KINDS {
        let flags = Flags::new(kind);
        assert!(flags.try_insert(name("a"), entry("a", 1)), "{kind:?}");
        assert!(!flags.try_insert(name("a"), entry("a", 2)), "{kind:?}");
        assert_eq!(version(&flags, "a"), Some(1), "{kind:?}");
        assert_eq!((flags.len(), flags.is_empty()), (1, false));
    }
}

#[test]
fn an_exchange_needs_the_expected_version() {
    for kind in KINDS {
        let flags = Flags::new(kind);
        assert!(
            !flags.compare_exchange("a", &entry("a", 1), entry("a", 2)),
            "{kind:?}"
        );
        assert_eq!(version(&flags, "a"), None, "{kind:?}");
        flags.try_insert(name("a"), entry("a", 1));
        assert!(
            !flags.compare_exchange("a", &entry("a", 3), entry("a", 4)),
            "{kind:?}"
        );
        assert_eq!(version(&flags, "a"), Some(1), "{kind:?}");
        assert!(
            flags.compare_exchange("a", &entry("a", 1), entry("a", 2)),
            "{kind:?}"
        );
        assert_eq!(version(&flags, "a"), Some(2), "{kind:?}");
    }
}

#[test]
fn a_removal_says_whether_there_was_something() {
    for kind in KINDS {
        let flags = Flags::new(kind);
        assert!(!flags.remove("a"), "{kind:?}");
        flags.try_insert(name("a"), entry("a", 1));
        assert!(flags.remove("a"), "{kind:?}");
        assert_eq!(version(&flags, "a"), None, "{kind:?}");
        assert!(flags.is_empty(), "{kind:?}");
    }
}

#[test]
fn the_smallest_items_are_kept_in_bounded_room() {
    let mut smallest = Smallest::new(3);
    for item in [5, 1, 4, 2, 3, 9] {
        if smallest.wants(|largest| item < *largest) {
            smallest.add(item);
        }
    }
    assert!(!smallest.wants(|largest| 3 < *largest));
    assert_eq!(smallest.sorted(), [1, 2, 3]);
}
