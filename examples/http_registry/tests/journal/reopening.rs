//! What was appended is there when the journal is opened again.

use crate::support::{Place, delete, put};

#[test]
fn changes_are_there_after_a_restart() {
    let place = Place::new();
    let changes = [
        put(1, "dark-mode", "true"),
        put(2, "<script>", r#"{"a":"1\n2","b":[1e400]}"#),
        put(3, "dark-mode", "false"),
        put(4, "beta", "null"),
        delete(5, "beta"),
    ];
    let (mut journal, recovered) = place.open();
    assert!(recovered.created);
    for change in &changes {
        journal.append(change).expect("appended");
    }
    journal.sync().expect("synced");
    drop(journal);

    let (journal, recovered) = place.open();
    assert!(!recovered.created);
    assert_eq!(recovered.torn, None);
    assert_eq!(recovered.version, 5);
    assert_eq!(recovered.bytes, journal.bytes());
    assert_eq!(recovered.changes, changes);
    let names: Vec<_> = recovered.flags.iter().map(|flag| &*flag.name).collect();
    assert_eq!(names, ["<script>", "dark-mode"]);
    assert_eq!(
        recovered.flags[0].value.as_str(),
        r#"{"a":"1\n2","b":[1e400]}"#
    );
}
