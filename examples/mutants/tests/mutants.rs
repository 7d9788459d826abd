//! The runner's parts, on a crate of one function and one test.

#[path = "../src/output.rs"]
mod output;
#[path = "../src/patch.rs"]
#[allow(dead_code, reason = "the rest is for the table")]
mod patch;
#[path = "../src/problem.rs"]
mod problem;
#[path = "../src/stories.rs"]
mod stories;
#[path = "../src/story.rs"]
mod story;
#[path = "../src/suite.rs"]
#[allow(dead_code, reason = "the rest is for the table")]
mod suite;
#[path = "../src/tour.rs"]
mod tour;
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
    let tree = Tree::copy(&root, &root.join("target/mutants")).expect("it can be copied");
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
    let tree = Tree::copy(&root, &root.join("target/mutants")).expect("it can be copied");
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

/// A crate of one function whose test is called a model.
fn crate_of_one_model(name: &str, becomes: &str) -> PathBuf {
    let patch = patch("loom two_is_two", becomes);
    let root = crate_of_one_function(name, &[("01-three", patch)]);
    let alias = "[alias]\nloom = [\n    \"test\", \"--target-dir\", \"target/loom\",\n    \
                 \"--test\", \"numbers\", \"--\", \"--nocapture\",\n]\n";
    fs::create_dir_all(root.join(".cargo")).expect("a writable folder");
    fs::write(root.join(".cargo/config.toml"), alias).expect("a writable folder");
    root
}

#[test]
fn the_tour_breaks_a_copy_and_repairs_it() {
    let root = crate_of_one_model("tour", "3");
    let patches = [only_patch_of(&root)];
    let (source, target) = (root.join("src/lib.rs"), root.join("target"));
    let before = fs::read_to_string(&source).expect("it is there");
    let show = |name, broken| tour::show(&root, &target, &patches, name, broken);
    assert!(show("01", true).expect("the model runs"));
    let copy = fs::read_to_string(target.join("tour/crate/src/lib.rs")).expect("it was copied");
    assert_ne!(copy, before);
    assert!(show("1", false).expect("the model runs"));
    let copy = fs::read_to_string(target.join("tour/crate/src/lib.rs")).expect("it was copied");
    assert_eq!(copy, before);
    assert!(show("01-three", true).expect("the model runs"));
    assert_eq!(fs::read_to_string(&source).expect("it is there"), before);
    let refused = show("02", true).expect_err("there is no such patch");
    assert!(refused.to_string().contains("no patch has the number 02"));
}

#[test]
fn a_tour_whose_model_stays_green_is_wrong() {
    let root = crate_of_one_model("green", "1 + 1");
    let patches = [only_patch_of(&root)];
    let shown = tour::show(&root, &root.join("target"), &patches, "01", true);
    assert!(!shown.expect("the model runs"));
}

/// What a red model prints, with these steps and this end.
fn output(steps: &str, end: &str) -> String {
    format!(
        "running 1 test\n\nThe schedule that led to this:\n\n\
        \x20       thread 1                thread 2                the map, where it changes\n\
        \x20                                                       read{{}}+ dirty{{a:1}} 0\n\
        {steps}\n{end}\n"
    )
}

const FIRST: &str = "     1  load(a)\n     2    locks the mutex                                \
                     src/map/locate.rs:74\n     3    = 1\n";
const SECOND: &str = "        ·                       ·\n     4                          load(a)\n";
const END: &str = "an outcome that must not be: 1, - → read{a:1} len 1";

#[test]
fn a_story_has_steps_of_two_threads_and_an_end() {
    let told = |steps: &str, end| story::is_told(&output(steps, end));
    let both = format!("{FIRST}{SECOND}");
    assert_eq!(told(&both, END), Ok(()));
    let panic = "thread 'main' panicked at loom/src/rt/cell.rs:1:\nCausality violation";
    assert_eq!(told(&both, panic), Ok(()));
    assert_eq!(told(FIRST, END), Err("no steps of two threads"));
    assert_eq!(
        told(&both, ""),
        Err("neither an outcome nor a panic below the steps")
    );
    assert_eq!(story::is_told(END), Err("no story"));
    let headless = output(&both, END).replace("thread 1", "");
    assert_eq!(
        story::is_told(&headless),
        Err("no names of threads above the steps")
    );
}

#[test]
fn a_model_without_a_story_is_excused_by_name_or_wrong() {
    let root = crate_of_one_model("stories", "3");
    let patches = [only_patch_of(&root)];
    let list = root.join("tests/mutants/without-a-story.txt");
    let read = |text: &str| {
        fs::write(&list, text).expect("a writable folder");
        stories::exceptions(&root, &patches)
    };
    let refused = |text| read(text).expect_err("it is refused").to_string();
    assert!(refused("# one\n01-three\n").ends_with(":2: expected `name: reason`"));
    assert!(refused("02-none: why\n").ends_with(":1: no model finds a mutant 02-none"));

    let tree = Tree::copy(&root, &root.join("target/mutants")).expect("it can be copied");
    let chosen: Vec<_> = patches.iter().collect();
    let told = |exceptions| stories::are_told(&tree, &chosen, &exceptions).expect("it runs");
    assert!(!told(read("").expect("an empty list")));
    assert!(told(read("01-three: it has one thread\n").expect("a list")));

    // A model that does tell a story needs no excuse.
    let story = output(&format!("{FIRST}{SECOND}"), END);
    let test = format!(
        "#[test]\nfn two_is_two() {{\n    println!(\"{{}}\", {story:?});\n    assert_eq!(one::two(), 2);\n}}\n"
    );
    fs::write(tree.path().join("tests/numbers.rs"), test).expect("a writable folder");
    assert!(told(read("").expect("an empty list")));
    assert!(!told(
        read("01-three: it has one thread\n").expect("a list")
    ));
}
