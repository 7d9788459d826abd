//! What every kind of guard gives: the protection of what was found under it.

/// What keeps retired things from being freed: a pin of the epoch, or a light pin. It lets
/// a thread read. To retire something, a thread needs a [`Guard`](super::Guard).
pub(crate) struct Protection(pub(super) ());
