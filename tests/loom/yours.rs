//! Your own model. `cargo loom yours` runs the models of this file alone. Chapter 9 of the book
//! (`docs/09-check-it-yourself.md`) goes through the steps.
//!
//! The model below is as small as a model can be. Change its three parts:
//!
//! 1. *The start.* `worlds.rs` has all starts. `a_promoted` is `read{a:1}`: the snapshot has
//!    the key `a`. For `a_dirty` instead, name it here and in the `use` line.
//! 2. *The threads.* Each closure is one thread, and returns what it saw. The impl of `World`
//!    in `world.rs` has Go's operations: `w.swap('a', 2)`, `w.load_and_delete('a')`,
//!    `w.clear()`. Two calls in a thread: `|w| format!("{} {}", w.load('a'), w.load('b'))`.
//!    Keep to two threads with one or two calls each: a larger model may run for hours.
//!    A call returns the value that it found, or `-`. `load_or_store` returns `stored 1` or
//!    `loaded 1`, `compare_and_swap` `swapped` or `kept`, `compare_and_delete` `deleted` or
//!    `kept`, and `clear` `cleared`.
//! 3. *The outcomes.* An outcome is what thread 1 saw, what thread 2 saw, and the map at the
//!    end. Write down every outcome that you expect, before you run the model. The model fails
//!    if there is another outcome, and if one of yours is never reached. In the map `nil` is
//!    removed, `X` is expunged, `+` is amended, and the number behind `dirty` counts the misses.

use crate::explore::explore;
use crate::worlds::a_promoted;

/// Nobody writes, so both threads find the value.
#[test]
fn two_loads_of_one_key() {
    explore(
        a_promoted,
        [|w| w.load('a'), |w| w.load('a')],
        &["1, 1 → read{a:1} len 1"],
    );
}
