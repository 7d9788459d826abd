//! The runner's parts, on a crate of one function and one test.

#[path = "../src/patch.rs"]
#[allow(dead_code, reason = "the rest is for the table")]
mod patch;
#[path = "../src/problem.rs"]
mod problem;
#[path = "../src/suite.rs"]
#[allow(dead_code, reason = "the rest is for the table")]
mod suite;
#[path = "../src/tree.rs"]
mod tree;

use patch::{Expected, Patch, Red};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use suite::{Ended, Suite};
use tree::Tree;

/// A patch that turns the 2 of [`crate_of_one_function`] into something else.
fn patch(red: &str, becomes: &str) -> String {
    format!(
        "What: the function gives another number\n\
         Red: {red}\n\
         \n\
         diff --git a/src/lib.rs b/src/lib.rs\n\
         --- a/src/lib.rs\n\
         +++ b/src/lib.rs\n\
         @@ -1,3 +1,3 @@\n \
         pub fn two() -> u32 {{\n\
         -    2\n\
         +    {becomes}\n \
         }}\n"
    )
}

/// Writes a crate with one function, a program, and a test that the function gives 2.
fn crate_of_one_function(name: &str, patches: &[(&str, String)]) -> PathBuf {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&root);
    let manifest = "[package]\nname = \"one\"\nedition = \"2024\"\n\n[workspace]\n";
    let test = "#[test]\nfn two_is_two() {\n    assert_eq!(one::two(), 2);\n}\n";
    let files = [
        ("Cargo.toml", manifest),
        ("src/lib.rs", "pub fn two() -> u32 {\n    2\n}\n"),
        ("src/main.rs", "fn main() {}\n"),
        ("examples/none.md", ""),
        ("tests/numbers.rs", test),
    ];
    let patches =
        (patches.iter()).map(|(name, text)| (format!("tests/mutants/{name}.patch"), &text[..]));
    for (path, text) in files
        .map(|(path, text)| (path.to_owned(), text))
        .into_iter()
        .chain(patches)
    {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("a writable folder");
        fs::write(path, text).expect("a writable folder");
    }
    root
}

fn only_patch_of(root: &Path) -> Patch {
    let patches = Patch::read_all(&root.join("tests/mutants"));
    let [patch] = <[_; 1]>::try_from(patches.expect("it can be read"))
        .ok()
        .expect("one patch");
    patch
}

fn run(tree: &Tree, red: &Red) -> Ended {
    let suite = Suite::build(tree, &red.suite)
        .expect("cargo runs")
        .expect("it compiles");
    let log = tree.log("test");
    suite
        .run(red, Duration::from_secs(600), &log)
        .expect("the test runs")
}

#[test]
fn a_planted_bug_turns_its_test_red_and_is_taken_back() {
    let root = crate_of_one_function(
        "red",
        &[("01-three", patch("test numbers two_is_two", "3"))],
    );
    let patch = only_patch_of(&root);
    let red = patch.red().expect("it names a test");
    let tree = Tree::copy(&root, &root.join("target")).expect("it can be copied");
    assert!(matches!(run(&tree, red), Ended::Passed));
    tree.apply(&patch).expect("it applies");
    assert!(matches!(run(&tree, red), Ended::Failed));
    tree.restore().expect("it can be restored");
    assert!(matches!(run(&tree, red), Ended::Passed));
}

#[test]
fn what_changes_nothing_survives_and_a_test_that_is_not_there_finds_nothing() {
    let patch = patch("test numbers gone", "1 + 1");
    let root = crate_of_one_function("survives", &[("02-same", patch)]);
    let patch = only_patch_of(&root);
    let tree = Tree::copy(&root, &root.join("target")).expect("it can be copied");
    tree.apply(&patch).expect("it applies");
    let gone = patch.red().expect("it names a test");
    assert!(matches!(run(&tree, gone), Ended::RanNothing));
    let there = Red {
        suite: gone.suite.clone(),
        test: "two_is_two".into(),
        environment: Vec::new(),
    };
    assert!(matches!(run(&tree, &there), Ended::Passed));
    // It cannot be applied twice.
    assert!(tree.apply(&patch).is_err());
}

#[test]
fn the_program_under_test_is_not_taken_for_the_test() {
    let message = |kind: &str, path: &str| {
        format!("{{\"target\":{{\"kind\":[\"{kind}\"]}},\"executable\":\"{path}\"}}\n")
    };
    let (test, program) = (message("test", "t"), message("bin", "b"));
    for messages in [format!("{test}{program}"), format!("{program}{test}")] {
        assert_eq!(suite::executable(&messages).as_deref(), Some("t"));
    }
    assert_eq!(suite::executable(&program), None);
}

#[test]
fn a_head_names_one_expectation_and_a_test_has_a_suite() {
    let refused = |text: &str| {
        let root = crate_of_one_function("heads", &[("01-head", text.to_owned())]);
        let read = Patch::read_all(&root.join("tests/mutants"));
        read.err().expect("it is refused").to_string()
    };
    assert!(refused("Red: loom a\n").contains("does not say what it breaks"));
    assert!(refused("What: a\n").contains("none or several"));
    assert!(refused("What: a\nRed: loom a\nEquivalent: b\n").contains("none or several"));
    assert!(refused("What: a\nRed: alone\n").contains("is not a suite and a test"));
    let text = "What: a\n b\nRed: test panics hash::a_panic KEYS=3 TIMES=2\n";
    let root = crate_of_one_function("heads", &[("lin-02-head", text.to_owned())]);
    let patch = only_patch_of(&root);
    assert_eq!((&patch.what[..], &patch.name[..]), ("a b", "lin-02-head"));
    let Expected::Red(red) = &patch.expected else {
        panic!("it names a test");
    };
    assert_eq!(
        (&red.suite[..], &red.test[..]),
        ("test panics", "hash::a_panic")
    );
    let environment =
        [("TIMES", "2"), ("KEYS", "3")].map(|(name, value)| (name.into(), value.into()));
    assert_eq!(red.environment, environment);
    assert!(patch.is_meant_by("lin") && patch.is_meant_by("test panics"));
    assert!(!patch.is_meant_by("panics"));
}
