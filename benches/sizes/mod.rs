//! How large the maps are: small ones, if nothing is to be measured.

use std::env;

/// `cargo bench -- --test` and `cargo test --benches` are there to see that a
/// benchmark runs. For that, large maps take too long to build.
pub(crate) fn sizes() -> &'static [u64] {
    let given = |flag: &str| env::args().any(|argument| argument == flag);
    let measures = given("--bench") && !given("--test");
    if measures {
        &[100, 1_000, 50_000, 1_000_000]
    } else {
        &[100]
    }
}
