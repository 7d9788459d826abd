//! What every kind of guard gives: the protection of what was found under it.

/// What keeps retired things from being freed: a pin of the epoch, or a light one. To
/// look at something is all it allows; to retire something takes a
/// [`Guard`](super::Guard).
pub(crate) struct Protection(pub(super) ());
