//! loom's threads.

#[cfg(not(crossbeam_loom))]
pub(crate) use loom::thread::{ThreadId, current};
pub(crate) use loom::thread_local as model_thread_local;
