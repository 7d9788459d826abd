//! Tables, lists and figures, to look something up. The chapters link here.

/// How often each call takes the mutex.
///
#[doc = include_str!("links.md")]
///
#[doc = include_str!("../../docs/reference/which-calls-lock.md")]
pub mod which_calls_lock {}

/// The memory ordering of each atomic access, and what fails without it.
///
#[doc = include_str!("links.md")]
///
#[doc = include_str!("../../docs/reference/orderings.md")]
pub mod orderings {}

/// Benchmarks: what the operations cost.
///
#[doc = include_str!("links.md")]
///
#[doc = include_str!("../../docs/reference/benchmarks.md")]
pub mod benchmarks {}

/// Scaling: a model of how look-ups scale to many cores.
///
#[doc = include_str!("links.md")]
///
#[doc = include_str!("../../docs/reference/scaling.md")]
pub mod scaling {}

/// What the loom models check, and what loom does not see.
///
#[doc = include_str!("links.md")]
///
#[doc = include_str!("../../docs/reference/models.md")]
pub mod models {}

/// Which test checks what: the files of tests, sanitizers, 32 bits, fuzzing.
///
#[doc = include_str!("links.md")]
///
#[doc = include_str!("../../docs/reference/tests.md")]
pub mod tests {}

/// What a map occupies after ten million keys, and what a held guard costs.
///
#[doc = include_str!("links.md")]
///
#[doc = include_str!("../../docs/reference/memory-in-use.md")]
pub mod memory_in_use {}

/// The mutants of cargo-mutants that the tests do not find, and why.
///
#[doc = include_str!("links.md")]
///
#[doc = include_str!("../../docs/reference/cargo-mutants.md")]
pub mod cargo_mutants {}

/// Mistakes that the checks found while all earlier tests passed.
///
#[doc = include_str!("links.md")]
///
#[doc = include_str!("../../docs/reference/found-on-the-way.md")]
pub mod found_on_the_way {}
