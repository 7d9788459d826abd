//! The loops that are measured, compiled for each contender. The roster and the
//! groups import from here, and nothing here imports from them.

pub(crate) mod iterate;
pub(crate) mod lookups;
pub(crate) mod mixed;
pub(crate) mod writes;
