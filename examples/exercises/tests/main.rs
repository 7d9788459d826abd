//! The tests of the exercises: red until the exercise is solved. The tests of the solutions,
//! with the feature `solutions`: green.

mod chapter_01;
mod chapter_02;
mod chapter_03;
mod chapter_04;
mod chapter_05;
mod chapter_06;
mod chapter_07;
mod chapter_08;
mod chapter_09;
mod chapter_10;
mod chapter_11;
mod views;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Holds up the other tests that use a map. A guard of one test keeps the garbage of all.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}
