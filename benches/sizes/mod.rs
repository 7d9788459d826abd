//! How much there is to measure: little, if it is only to be seen to run.

use std::env;

/// Whether figures are wanted. `cargo bench -- --test` and `cargo test --benches` are
/// there to see that a benchmark runs; for that, large maps take too long to build.
pub(crate) fn measures() -> bool {
    let given = |flag: &str| env::args().any(|argument| argument == flag);
    given("--bench") && !given("--test")
}

/// How large the maps are.
#[allow(dead_code, reason = "not every benchmark has sizes of its own")]
pub(crate) fn sizes() -> &'static [u64] {
    if measures() {
        &[100, 1_000, 50_000, 1_000_000]
    } else {
        &[100]
    }
}
