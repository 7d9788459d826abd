//! The source is built in floors: a file imports only from floors below its own.

#![cfg(not(loom))]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// From the ground up. Files on one floor do not know each other.
const FLOORS: &[&[&str]] = &[
    &["sync"],
    &["reclaim"],
    &["count", "lock_stats", "prefetch"],
    &["entry"],
    &["table", "refs"],
    &["read_only"],
    &["garbage"],
    &["locked"],
    &["outcome"],
    &["map"],
    &["iter", "inspect", "stats"],
    &["pinned"],
    &["one_shot"],
    &["traits"],
    &["primitives"],
    &["lib", "docs"],
];

/// What only `sync` may name.
const CRATES: &[&str] = &[
    "arc_swap::",
    "crossbeam_epoch",
    "crossbeam_utils",
    "libc::",
    "loom::",
    "parking_lot",
];

/// What only `sync` and `reclaim` may name: the rest is written once, over them.
const BELOW_THE_MAP: &[&str] = &[
    "std::sync",
    "cfg(loom)",
    "cfg(not(loom))",
    "cfg(counted)",
    "cfg(not(counted))",
];

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every file of the source: its module, and its code without comments.
fn files() -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![source()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("the source is there") {
            let path = entry.expect("a readable folder").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let relative = path.strip_prefix(source()).expect("below the source");
            let first = relative.iter().next().expect("a name");
            let module = Path::new(first).with_extension("");
            let text = fs::read_to_string(&path).expect("a readable file");
            let code: Vec<_> = (text.lines())
                .map(|line| line.split("//").next().unwrap_or_default())
                .collect();
            found.push((module.to_string_lossy().into_owned(), code.join("\n")));
        }
    }
    found
}

fn floor_of(module: &str) -> usize {
    let floor = FLOORS.iter().position(|floor| floor.contains(&module));
    floor.unwrap_or_else(|| panic!("src/{module}.rs stands on no floor: add it to FLOORS"))
}

/// The modules that some code imports or names by path.
fn named_in(code: &str) -> BTreeSet<&str> {
    let paths = code.split("crate::").skip(1);
    paths
        .filter_map(|path| {
            path.split(|c: char| !c.is_alphanumeric() && c != '_')
                .next()
        })
        .filter(|name| FLOORS.concat().contains(name))
        .collect()
}

#[test]
fn a_file_imports_only_from_floors_below() {
    let files = files();
    assert!(files.len() > 15, "only {} files were found", files.len());
    for (module, code) in &files {
        floor_of(module);
        for named in named_in(code) {
            let below = floor_of(named) < floor_of(module) || named == module;
            assert!(below, "src/{module} imports {named}, which is not below it");
        }
    }
}

#[test]
fn only_sync_names_outside_concurrency_crates() {
    for (module, code) in files() {
        let mut forbidden: Vec<&str> = Vec::new();
        if module != "sync" {
            forbidden.extend(CRATES);
        }
        if !["sync", "reclaim", "lib"].contains(&module.as_str()) {
            forbidden.extend(BELOW_THE_MAP);
        }
        for name in forbidden {
            assert!(!code.contains(name), "src/{module} names {name}");
        }
    }
}

#[test]
fn only_map_publishes_a_snapshot() {
    for (module, code) in files() {
        let publishes = code.contains(".publish(");
        assert!(!publishes || module == "map", "src/{module}");
    }
}
