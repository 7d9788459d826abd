//! The table that comes with the program.

use super::*;

#[test]
fn it_is_sorted_in_lower_case_and_strict() {
    let keys: Vec<_> = MEDIA_TYPES
        .lines()
        .map(|line| line.split_once('\t').expect("each line has a tab"))
        .map(|(key, media_type)| {
            assert_eq!(key, key.to_lowercase());
            assert_eq!(media_type.split('/').count(), 2, "{key}: {media_type}");
            key
        })
        .collect();
    assert!(keys.is_sorted_by(|one, next| one < next));
    assert!(keys.len() > 1_000);
}
