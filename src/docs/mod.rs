//! The manual: how the crate works, how that was checked, and what it costs.
//!
//! To understand how the map works, read [`book`], from its first chapter on. To use the crate,
//! read [`cookbook`], [`with_async`], [`programs`], [`moving`], [`choosing`] and [`memory`]. To look something
//! up, read [`mod@reference`].

// The text is that of `docs/`, and its examples are tested.
//
// `links.md` comes first in each chapter. If a link is defined twice, the first definition
// counts. So a link leads to the documentation here, and in a file of `docs/` to another such file.

pub mod book;

/// Memory: who owns what, when it is freed, and the rules that `SAFETY` comments cite.
///
#[doc = include_str!("links.md")]
///
#[doc = include_str!("../../docs/memory.md")]
pub mod memory {}

/// Verification: what is checked, how it is checked, and what is trusted.
///
#[doc = include_str!("links.md")]
///
#[doc = include_str!("../../docs/verification.md")]
pub mod verification {}

/// Parity with Go: what Go does, what this crate does, and why they differ.
///
#[doc = include_str!("links.md")]
///
#[doc = include_str!("../../docs/go-parity.md")]
pub mod go_parity {}

/// Moving from another map: which call here does what a call there does.
///
#[doc = include_str!("links.md")]
///
#[doc = include_str!("../../docs/moving.md")]
pub mod moving {}

/// Fifteen questions of users of other maps, each with a program that answers it.
///
#[doc = include_str!("links.md")]
///
#[doc = include_str!("../../docs/cookbook.md")]
pub mod cookbook {}

/// The map in asynchronous tasks: what compiles, what blocks, and what a held guard costs.
///
#[doc = include_str!("links.md")]
///
#[doc = include_str!("../../docs/async.md")]
#[doc(alias = "await")]
#[doc(alias = "tokio")]
pub mod with_async {}

/// Four programs on the maps of this crate: what each shows, and which map it stands on.
///
#[doc = include_str!("links.md")]
///
#[doc = include_str!("../../docs/programs.md")]
#[doc(alias = "axum")]
pub mod programs {}

/// One map in each of many processes, kept current from one source of truth.
///
#[doc = include_str!("links.md")]
///
#[doc = include_str!("../../docs/replicated.md")]
#[doc(alias = "NATS")]
#[doc(alias = "etcd")]
#[doc(alias = "Consul")]
pub mod replicated {}

/// Code that the compiler rejects, each time next to similar code that it accepts.
///
#[doc = include_str!("links.md")]
///
#[doc = include_str!("../../docs/what-does-not-compile.md")]
#[doc(alias = "AGuardStaysOnItsThread")]
pub mod what_does_not_compile {}

/// Which map fits which load: what was measured, and what is only claimed.
///
#[doc = include_str!("links.md")]
///
#[doc = include_str!("../../docs/choosing.md")]
pub mod choosing {}

pub mod reference;

/// Go's names are no methods here, and no private methods either: E0599, not E0624.
#[cfg(doctest)]
mod names_of_go {
    macro_rules! are_unknown {
        ($($name:ident)*) => {
            $(
                #[doc = "```compile_fail,E0599"]
                #[doc = "let map = readmostly::SyncMap::<u32, u32>::new();"]
                #[doc = concat!("map.", stringify!($name), "(&1);")]
                #[doc = "```"]
                #[doc = "```compile_fail,E0599"]
                #[doc = "let map = readmostly::SyncMap::<u32, u32>::new();"]
                #[doc = concat!("map.pin().", stringify!($name), "(&1);")]
                #[doc = "```"]
                fn $name() {}
            )*
        };
    }

    are_unknown! {
        load store swap load_or_store load_and_delete delete compare_and_swap
        compare_and_delete range entry contains put alter upsert
    }
}
