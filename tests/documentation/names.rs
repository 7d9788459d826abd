//! Names that a user of another map guesses. None of them may be the name of an internal
//! method: the compiler would say that the method is private (E0624), not that there is none
//! (E0599). And each method that `docs/moving.md`, `docs/cookbook.md` or `docs/async.md` names is
//! there.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All source files.
fn sources() -> Vec<(PathBuf, String)> {
    let (mut folders, mut sources) = (vec![root().join("src")], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a readable folder") {
            let path = entry.expect("a readable folder").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                let text = fs::read_to_string(&path).expect("a readable file");
                sources.push((path, text));
            }
        }
    }
    sources
}

/// The methods of the types `SyncMap` and `Pinned`, and whether they are public. Outside
/// `trait` implementations alone.
pub(super) fn methods() -> Vec<(String, bool)> {
    methods_of(&[" SyncMap<", " Pinned<"])
}

/// The same, of the types in `types`.
fn methods_of(types: &[&str]) -> Vec<(String, bool)> {
    let mut methods = Vec::new();
    for (_, text) in sources() {
        let mut ours = false;
        for line in text.lines() {
            if line.starts_with("impl") {
                let head = line.replace("'_, ", "").replace("'m, ", "");
                ours = types.iter().any(|name| head.contains(name)) && !head.contains(" for ");
            }
            let Some(method) = line.strip_prefix("    ").filter(|_| ours) else {
                continue;
            };
            if method.starts_with(' ') || method.starts_with("//") {
                continue;
            }
            if let Some((before, after)) = method.split_once("fn ") {
                let end = after.find(['(', '<']).unwrap_or(after.len());
                methods.push((after[..end].to_owned(), before.starts_with("pub ")));
            }
        }
    }
    methods
}

/// Of Go's `sync.Map`, `HashMap`, dashmap, papaya, scc, moka and Java's maps.
const GUESSED: &[&str] = &[
    "load",
    "store",
    "swap",
    "load_or_store",
    "load_and_delete",
    "delete",
    "compare_and_swap",
    "compare_and_delete",
    "range",
    "clear",
    "get",
    "get_key_value",
    "get_mut",
    "get_many",
    "contains",
    "contains_key",
    "insert",
    "put",
    "put_if_absent",
    "insert_if_absent",
    "try_insert",
    "entry",
    "entry_ref",
    "raw_entry",
    "or_insert",
    "or_insert_with",
    "or_default",
    "compute",
    "compute_if_absent",
    "compute_if_present",
    "merge",
    "upsert",
    "alter",
    "alter_all",
    "modify",
    "and_modify",
    "update",
    "update_with",
    "replace",
    "read",
    "view",
    "remove",
    "remove_entry",
    "remove_if",
    "take",
    "pop",
    "retain",
    "drain",
    "extract_if",
    "iter",
    "iter_mut",
    "keys",
    "values",
    "values_mut",
    "into_keys",
    "into_values",
    "for_each",
    "scan",
    "any",
    "all",
    "len",
    "is_empty",
    "capacity",
    "reserve",
    "shrink_to_fit",
    "hasher",
    "hash",
    "guard",
    "pin",
    "invalidate",
    "purge",
    "find",
    "first",
    "extend",
    "append",
    "exchange",
    "compare_exchange",
];

#[test]
fn no_internal_method_has_a_name_that_a_user_guesses() {
    let methods = methods();
    let public = methods.iter().filter(|(_, public)| *public).count();
    assert!(public > 50 && methods.len() > public + 30, "{methods:?}");
    for (name, public) in methods {
        assert!(public || !GUESSED.contains(&&*name), "{name} is private");
    }
}

/// As rustdoc's search finds them.
#[test]
fn each_name_of_go_leads_to_a_method() {
    let go = [
        "Load",
        "Store",
        "LoadOrStore",
        "LoadAndDelete",
        "Delete",
        "Swap",
        "CompareAndSwap",
        "CompareAndDelete",
        "Range",
    ];
    let lower = GUESSED.iter().take(9);
    for page in ["src/one_shot.rs", "src/pinned.rs"] {
        let text = fs::read_to_string(root().join(page)).expect("a readable file");
        for name in go.iter().chain(lower.clone()) {
            let alias = format!("#[doc(alias = \"{name}\")]");
            assert!(text.contains(&alias), "{page}: {name}");
        }
    }
}

/// The code spans of a cell.
fn spans(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[test]
fn each_method_that_the_chapter_on_moving_names_is_there() {
    let page = fs::read_to_string(root().join("docs/moving.md")).expect("a readable file");
    let of_sets = methods_of(&[" SyncSet<", " PinnedSet<"]);
    let public: Vec<_> = methods()
        .into_iter()
        .chain(of_sets)
        .filter(|(_, public)| *public)
        .collect();
    let elsewhere = [
        "Ref::key",
        "Ref::map",
        "Ref::filter_map",
        "MappedRef",
        "clone",
        "into_iter",
        "extend",
        "collect",
        "from",
        "Operation::<_>::Insert",
    ];
    let mut named = 0;
    for line in page.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<_> = line.split(" | ").collect();
        let [_, here, differs] = cells[..] else {
            panic!("three cells: {line}");
        };
        if here == "here" {
            continue;
        }
        assert!(!differs.trim_end_matches(" |").is_empty(), "{line}");
        if here.starts_with("no, because ") {
            continue;
        }
        assert!(!spans(here).is_empty(), "{line}");
        for span in spans(here) {
            let span = span.strip_prefix("pin().").unwrap_or(span);
            let name = span.split('(').next().expect("a name");
            let known = public.iter().any(|(method, _)| method == name);
            assert!(known || elsewhere.contains(&span), "{span}: {line}");
            named += 1;
        }
    }
    assert!(named > 130, "{named}");
}

/// What these pages name in prose beside methods.
const NO_METHODS: &[&str] = &[
    // Of the crate.
    "locks",
    "metrics",
    "oldest_guard",
    "primitives",
    "rayon",
    "reclamation",
    "synchronize",
    // Of others.
    "clone",
    "drop",
    "extend",
    "for",
    "match",
    "spawn_blocking",
    "static",
    "watch",
];

#[test]
fn each_method_that_the_cookbook_names_is_there() {
    let of_removed = methods_of(&[" Removed<", " RemovedAll<"]);
    let public: Vec<_> = methods()
        .into_iter()
        .chain(of_removed)
        .filter(|(_, public)| *public)
        .collect();
    for page in ["docs/cookbook.md", "docs/async.md"] {
        let text = fs::read_to_string(root().join(page)).expect("a readable file");
        // Every second part is a block of code.
        let prose: String = text.split("```").step_by(2).collect();
        let mut named = 0;
        for span in spans(&prose) {
            let name = span.trim_end_matches("()");
            if !name.chars().all(|c| c.is_ascii_lowercase() || c == '_') {
                continue;
            }
            let known = public.iter().any(|(method, _)| method == name);
            assert!(known || NO_METHODS.contains(&name), "{page}: {name}");
            named += usize::from(known);
        }
        assert!(named > 20, "{page}: {named}");
    }
}
