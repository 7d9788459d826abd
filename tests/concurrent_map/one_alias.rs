//! A program that uses all that the maps share is compiled once for each map. Only the
//! alias `Map` differs.
//!
//! The program is `program.rs`. It imports the trait, and nothing else of the crate.

use std::collections::BTreeMap;

mod with_sync_map {
    type Map<K, V, S = std::hash::RandomState> = readmostly::SyncMap<K, V, S>;
    include!("program.rs");
}

mod with_mutex_map {
    type Map<K, V, S = std::hash::RandomState> = readmostly::primitives::MutexMap<K, V, S>;
    include!("program.rs");
}

mod with_rw_lock_map {
    type Map<K, V, S = std::hash::RandomState> = readmostly::primitives::RwLockMap<K, V, S>;
    include!("program.rs");
}

mod with_sharded_map {
    type Map<K, V, S = std::hash::RandomState> = readmostly::primitives::ShardedMap<K, V, S>;
    include!("program.rs");
}

mod with_hybrid_map {
    type Map<K, V, S = std::hash::RandomState> = readmostly::primitives::HybridMap<K, V, S>;
    include!("program.rs");
}

const PROGRAM: &str = include_str!("program.rs");
const TRAIT: &str = include_str!("../../src/primitives/concurrent_map.rs");
const INHERENT: &str = include_str!("../../src/one_shot.rs");

/// The methods in this source text, each with its signature. White space, `pub`, `mut` and
/// commas at the end of a list do not count.
fn methods(source: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for (at, _) in source.match_indices("\n    ") {
        let text = source[at..].trim_start();
        let text = text.strip_prefix("pub ").unwrap_or(text);
        let Some(text) = text.strip_prefix("fn ") else {
            continue;
        };
        let end = text.find(['{', ';']).expect("a body, or none");
        let name = text.find(['<', '(']).expect("parameters");
        let words: Vec<_> = text[..end].split_whitespace().collect();
        let signature = words.join(" ").replace("mut ", "").replace(' ', "");
        let signature = signature.replace(",)", ")").replace(",>", ">");
        let signature = signature.replace("Self::Old<'_>", "Ref<'_,K,V>");
        let signature = String::from(signature.trim_end_matches(','));
        found.insert(String::from(&text[..name]), signature);
    }
    found
}

#[test]
fn the_program_calls_every_method_of_the_trait() {
    let methods = methods(TRAIT);
    assert!(methods.len() >= 14, "found too few: {methods:?}");
    for name in methods.keys() {
        let (plain, generic) = (format!(".{name}("), format!(".{name}::<"));
        let called = PROGRAM.contains(&plain) || PROGRAM.contains(&generic);
        assert!(called, "the program does not call `{name}`");
    }
    let imports: Vec<_> = (PROGRAM.lines())
        .filter(|line| line.contains("readmostly"))
        .map(str::trim)
        .collect();
    assert_eq!(imports, ["use readmostly::primitives::ConcurrentMap;"]);
}

/// A method of one name compiles for each map only if it has one signature.
#[test]
fn a_shared_name_has_one_signature() {
    let (of_trait, inherent) = (methods(TRAIT), methods(INHERENT));
    let mut shared = Vec::new();
    for (name, signature) in &of_trait {
        if let Some(own) = inherent.get(name) {
            assert_eq!(own, signature, "`SyncMap::{name}`");
            shared.push(name.as_str());
        }
    }
    let expected = [
        "clear",
        "contains_key",
        "for_each",
        "get_cloned",
        "get_with",
        "insert",
        "is_empty",
        "len",
        "remove",
        "retain",
    ];
    assert_eq!(shared, expected);
}
