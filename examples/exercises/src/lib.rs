//! The exercises of the book. Each chapter has a file here, with functions that end in
//! `todo!()`. The task is in the comment of the function.
//!
//! ```text
//! cargo test -p exercises chapter_03
//! ```
//!
//! This command is red until the exercise of chapter 3 is solved. The solutions are in
//! `src/solutions/`, and the feature `solutions` runs the tests against them. Chapter 9 has a
//! second exercise, a model of your own: `tests/loom/yours.rs`.

#![cfg_attr(
    not(feature = "solutions"),
    allow(
        unused,
        reason = "an exercise does not use its arguments until it is solved"
    )
)]

#[cfg_attr(feature = "solutions", path = "solutions/chapter_01.rs")]
pub mod chapter_01;
#[cfg_attr(feature = "solutions", path = "solutions/chapter_02.rs")]
pub mod chapter_02;
#[cfg_attr(feature = "solutions", path = "solutions/chapter_03.rs")]
pub mod chapter_03;
#[cfg_attr(feature = "solutions", path = "solutions/chapter_04.rs")]
pub mod chapter_04;
#[cfg_attr(feature = "solutions", path = "solutions/chapter_05.rs")]
pub mod chapter_05;
#[cfg_attr(feature = "solutions", path = "solutions/chapter_06.rs")]
pub mod chapter_06;
#[cfg_attr(feature = "solutions", path = "solutions/chapter_07.rs")]
pub mod chapter_07;
#[cfg_attr(feature = "solutions", path = "solutions/chapter_08.rs")]
pub mod chapter_08;
#[cfg_attr(feature = "solutions", path = "solutions/chapter_09.rs")]
pub mod chapter_09;
#[cfg_attr(feature = "solutions", path = "solutions/chapter_10.rs")]
pub mod chapter_10;
#[cfg_attr(feature = "solutions", path = "solutions/chapter_11.rs")]
pub mod chapter_11;
pub mod two_maps;
