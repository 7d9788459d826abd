//! The source is built in floors: a module imports only from floors below its own. Neither
//! the files within a module nor those of the larger programs import in circles.

#![cfg(not(loom))]

#[path = "common/modules.rs"]
mod modules;

use modules::{circles_among, circles_in, files_in};
use std::collections::BTreeSet;
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
    &["iter", "refs_iter", "inspect", "stats"],
    &["pinned"],
    &["removed"],
    &["one_shot"],
    &["traits"],
    &["set"],
    &["rayon"],
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

/// The crates without circles: the folder of the root, and how many files the test must
/// find there at least, so that it does not pass because it found none.
const PROGRAMS: [(&str, usize); 5] = [
    ("src", 100),
    ("benches/compare/src", 30),
    ("examples/choose/src", 20),
    ("examples/mutants/src", 7),
    ("examples/registry/src", 15),
];

fn below_the_package(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)
}

/// Every file of the source: its module's first name, and its code without comments.
fn files() -> Vec<(String, String)> {
    let files = files_in(&below_the_package("src")).into_iter();
    let named = files.map(|(module, code)| {
        let first = module.into_iter().next();
        (first.unwrap_or_else(|| "lib".into()), code)
    });
    named.collect()
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

#[test]
fn no_file_of_these_programs_imports_in_circles() {
    for (folder, at_least) in PROGRAMS {
        let root = below_the_package(folder);
        let files = files_in(&root).len();
        assert!(
            files >= at_least,
            "only {files} files of {folder} were found"
        );
        let circles = circles_in(&root);
        assert!(circles.is_empty(), "{folder}: {circles:#?}");
    }
}

/// The circles among modules with this code.
fn circles_of(files: &[(&str, &str)]) -> Vec<String> {
    let files: Vec<_> = (files.iter())
        .map(|(module, code)| {
            let names = module.split("::").filter(|name| !name.is_empty());
            (names.map(String::from).collect(), (*code).to_owned())
        })
        .collect();
    circles_among(&files).into_iter().collect()
}

#[test]
fn a_circle_is_found_whatever_its_paths_look_like() {
    let three = [
        ("", "mod a; mod b; mod c; use a::A;"),
        ("a", "use crate::{b::{self, B as Other}, c};"),
        ("b", "use std::fmt; fn f() { crate::c::g::<u8>() }"),
        (
            "c",
            "fn g<T>(_: &super::a::A) {} mod tests { use super::g; }",
        ),
    ];
    assert_eq!(circles_of(&three), ["a -> b -> c -> a", "a -> c -> a"]);
    let root = [("", "mod a; fn f() { a::g() }"), ("a", "use crate::f;")];
    assert_eq!(circles_of(&root), ["crate -> a -> crate"]);
    let parent = [("a", "mod b; use b::B;"), ("a::b", "use super::A;")];
    assert_eq!(circles_of(&parent), ["a -> a::b -> a"]);
}

#[test]
fn declaring_or_passing_on_is_not_importing() {
    let a = "mod b; mod c; pub(crate) use b::B; pub use self::c::C;";
    let b = "use super::A;";
    assert_eq!(circles_of(&[("a", a), ("a::b", b)]), [""; 0]);
    // Unless the name is used as well.
    let uses = format!("{a} struct A(B);");
    assert_eq!(circles_of(&[("a", &uses), ("a::b", b)]), ["a -> a::b -> a"]);
    // To be seen by a module is not to import from it.
    let (uses, b) = ("mod b; use b::B;", "pub(in crate::a) struct B;");
    assert_eq!(circles_of(&[("a", uses), ("a::b", b)]), [""; 0]);
    // Whoever imports a name that is passed on imports from where it comes from.
    let (b, c) = ("use crate::a::C;", "fn f() { super::B::new() }");
    let files = [("a", a), ("a::b", b), ("a::c", c)];
    assert_eq!(circles_of(&files), ["a::b -> a::c -> a::b"]);
}
