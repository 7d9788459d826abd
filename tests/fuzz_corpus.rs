//! What the fuzzer has found worth keeping, played again: each program does
//! something that no other one there does. `fuzz/src/driver.rs` says what a
//! program is, and what is checked.
//!
//! One test at a time, as the driver asserts that nobody else holds a guard.
#![cfg(not(loom))]

#[path = "common/cases.rs"]
mod cases;
#[path = "../fuzz/src/driver.rs"]
mod driver;

use cases::cases;
use proptest::prelude::*;
use std::fs;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

static ALONE: Mutex<()> = Mutex::new(());

#[test]
fn every_program_of_the_corpus_agrees_with_both_references() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/operations");
    let files = fs::read_dir(&folder).unwrap_or_else(|error| {
        panic!("{error}: the corpus is in the repository, but not in the published package")
    });
    let mut played = 0;
    for file in files {
        let path = file.expect("the folder can be read").path();
        println!("{}", path.display());
        driver::run(&fs::read(path).expect("the program can be read"));
        played += 1;
    }
    assert!(played > 0, "no program was there");
}

proptest! {
    #![proptest_config(cases(256))]

    /// Which goes less deep than the corpus, but never plays the same twice.
    #[test]
    fn any_program_agrees_with_both_references(
        program in prop::collection::vec(any::<u8>(), 0..600),
    ) {
        let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        driver::run(&program);
    }
    /// Whose threads may meet in as many ways as there are.
    #[test]
    fn any_two_programs_together_keep_the_balance(
        program in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        driver::run_together(&program);
    }
}
