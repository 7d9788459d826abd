//! Every trap that a test, a patch, a comment or a page names by its number is
//! defined in `docs/04-the-operations.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Every text file below `folder`.
fn texts(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            texts(&path, found);
        } else if let Ok(text) = fs::read_to_string(&path) {
            found.push((path, text));
        }
    }
}

/// The number of a word like `T7`, but not of `T`, `T7x` or `<T1>`.
fn number(word: &str) -> Option<u32> {
    let digits = word.strip_prefix('T')?;
    let all = !digits.is_empty() && digits.len() < 3;
    (all && digits.bytes().all(|b| b.is_ascii_digit())).then(|| digits.parse().ok())?
}

/// The traps that `line` names: `(T7)`, `trap T7`, `traps T2 and T8`.
fn named(line: &str) -> impl Iterator<Item = u32> {
    let words = line.split(|c: char| !c.is_alphanumeric() && c != '<');
    words.filter_map(number)
}

#[test]
fn every_trap_that_is_named_is_defined_once() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = root.join("docs/04-the-operations.md");
    let page = fs::read_to_string(page).expect("the page is there");
    let mut defined = BTreeMap::<u32, u32>::new();
    for row in page.lines().filter_map(|line| line.strip_prefix("| T")) {
        let (digits, _) = row.split_once(" |").expect("a cell");
        *defined
            .entry(digits.parse().expect("a number"))
            .or_insert(0) += 1;
    }
    assert!(defined.values().all(|times| *times == 1), "{defined:?}");
    assert!(defined.keys().copied().eq(1..=18), "{defined:?}");

    let mut files = Vec::new();
    for folder in ["docs", "src", "tests"] {
        texts(&root.join(folder), &mut files);
    }
    let mut names = BTreeSet::new();
    for (path, text) in files {
        if path.ends_with(file!()) {
            continue;
        }
        for (at, line) in text.lines().enumerate() {
            for trap in named(line) {
                let place = format!("{}:{}", path.display(), at + 1);
                assert!(defined.contains_key(&trap), "T{trap} at {place}");
                names.insert(trap);
            }
        }
    }
    assert!(names.len() > 10, "found too few names: {names:?}");
}
