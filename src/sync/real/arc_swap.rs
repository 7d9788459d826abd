//! arc-swap's cell.

pub(crate) use arc_swap::ArcSwapOption;
