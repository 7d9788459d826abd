//! How the crate works, and how that is known. The text is that of `docs/`, and its
//! examples are tested.
//!
//! `links.md` comes first in each chapter. Where a link has two definitions, the first
//! definition counts. So a link in rustdoc leads to the item or the chapter, and the same
//! link in a file of `docs/` leads to a file of `docs/`.

/// What the two maps do, and why.
///
#[doc = include_str!("links.md")]
///
#[doc = include_str!("../../docs/algorithm.md")]
pub mod algorithm {}

/// Who owns what, when it is freed, and the rules that `SAFETY` comments cite.
///
#[doc = include_str!("links.md")]
///
#[doc = include_str!("../../docs/memory.md")]
pub mod memory {}

/// Which memory ordering stands where, and what fails without it.
///
#[doc = include_str!("links.md")]
///
#[doc = include_str!("../../docs/orderings.md")]
pub mod orderings {}

/// What is checked, how, and what is trusted.
///
#[doc = include_str!("links.md")]
///
#[doc = include_str!("../../docs/verification.md")]
pub mod verification {}

/// What Go does, what this crate does, and why where they differ.
///
#[doc = include_str!("links.md")]
///
#[doc = include_str!("../../docs/go-parity.md")]
pub mod go_parity {}

/// What the compiler rejects, each beside something similar that it accepts.
///
#[doc = include_str!("links.md")]
///
#[doc = include_str!("../../docs/what-does-not-compile.md")]
pub mod what_does_not_compile {}

/// Which map a load needs: what was measured, and what is only claimed.
///
#[doc = include_str!("links.md")]
///
#[doc = include_str!("../../docs/choosing.md")]
pub mod choosing {}

/// What the operations cost.
///
#[doc = include_str!("links.md")]
///
#[doc = include_str!("../../docs/benchmarks.md")]
pub mod benchmarks {}

/// How look-ups scale to many cores: a model.
///
#[doc = include_str!("links.md")]
///
#[doc = include_str!("../../docs/scaling.md")]
pub mod scaling {}
