//! How much to measure: little in a smoke test.

use std::env;

/// Whether to measure. `cargo bench -- --test` and `cargo test --benches` only check
/// that a benchmark runs, and large maps take too long to build for that.
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
