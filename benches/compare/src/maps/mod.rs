//! The contenders: one small adapter for each map and each form of its use.

pub(crate) mod arc_swap;
pub(crate) mod dashmap;
pub(crate) mod evmap;
pub(crate) mod flurry;
pub(crate) mod hashmap;
pub(crate) mod papaya;
pub(crate) mod rwlock;
pub(crate) mod scc;
pub(crate) mod sync_map;
