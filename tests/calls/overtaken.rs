//! A removal takes out the value that the caller's closure has judged, and no other:
//! when the value changes in between, the closure is asked again.

use readmostly::{Compute, Operation, SyncMap};

#[test]
fn compute_removes_the_value_that_it_has_seen() {
    let map = SyncMap::from([("k", 1)]);
    let mut seen = Vec::new();
    let computed = map.compute("k", |found| {
        let found = found.map(|(_, value)| *value);
        seen.push(found);
        if found == Some(1) {
            map.insert("k", 2);
        }
        Operation::<u32, ()>::Remove
    });
    let Compute::Removed(Some(removed)) = computed else {
        panic!("it was present");
    };
    assert_eq!((*removed, &seen[..]), (2, &[Some(1), Some(2)][..]));
    assert!(map.is_empty());
}

#[test]
fn retain_removes_a_value_only_if_it_was_asked_about_it() {
    let map = SyncMap::from([("k", 1)]);
    let mut seen = Vec::new();
    map.retain(|_, value| {
        seen.push(*value);
        if *value == 1 {
            map.insert("k", 2);
        }
        *value != 1
    });
    assert_eq!(seen, [1, 2]);
    assert_eq!(map.get_cloned("k"), Some(2));
}
