//! How it works, and how that is known. The same text as in `docs/`; its
//! examples are tested.

/// What the two maps do, and why.
#[doc = include_str!("../docs/algorithm.md")]
pub mod algorithm {}

/// Who owns what, when it is freed, and the rules that `SAFETY` comments cite.
#[doc = include_str!("../docs/memory.md")]
pub mod memory {}

/// Which memory ordering stands where, and what fails without it.
#[doc = include_str!("../docs/orderings.md")]
pub mod orderings {}

/// What is checked, how, and what is taken on trust.
#[doc = include_str!("../docs/verification.md")]
pub mod verification {}

/// What Go does, what this crate does, and why where they differ.
#[doc = include_str!("../docs/go-parity.md")]
pub mod go_parity {}
