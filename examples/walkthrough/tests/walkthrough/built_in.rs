//! The built-in script: what the program prints, and that nothing is missing.

use crate::program::{run, succeeds};
use std::collections::BTreeSet;
use walkthrough::{BUILT_IN, Player, Script};

/// Written by `cargo run --release -p walkthrough > examples/walkthrough/tests/built_in.out`.
const GOLDEN: &str = include_str!("../built_in.out");

#[test]
fn the_program_prints_the_golden_file() {
    let out = succeeds(&run(&[], ""));
    for (number, (is, should_be)) in (1..).zip(out.lines().zip(GOLDEN.lines())) {
        assert_eq!(is, should_be, "in line {number}");
    }
    assert_eq!(out.lines().count(), GOLDEN.lines().count());
}

#[test]
fn the_file_of_the_built_in_script_prints_the_same() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/built_in.txt");
    assert_eq!(succeeds(&run(&["--script", file], "")), GOLDEN);
}

#[test]
fn it_shows_each_kind_of_change() {
    let script = Script::parse("built_in.txt", BUILT_IN).expect("it has no mistake");
    let player = Player::new();
    let seen: Vec<_> = (script.calls())
        .flat_map(|(_, call)| player.play(call).changes)
        .collect();
    let kinds = [
        "no lock",
        "1 lock",
        "1 miss",
        "promoted",
        "dirty built (1 copied, 1 expunged)",
        "amended",
        "cleared",
        "a: X → 6 and back in dirty",
        "b dropped",
        "c is new",
        "c taken out of dirty",
    ];
    let seen: BTreeSet<_> = seen.iter().map(String::as_str).collect();
    let missing: Vec<_> = kinds.iter().filter(|kind| !seen.contains(*kind)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
