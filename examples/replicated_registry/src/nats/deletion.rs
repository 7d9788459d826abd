//! Which messages of a bucket say that a key is absent.

use async_nats::HeaderMap;
use async_nats::header::NATS_MARKER_REASON;

/// A deletion or a purge of a client, or what a newer server leaves for an entry that expired.
/// The name of the marker is a constant of `async-nats`: a plain string is not found.
pub(super) fn is_deletion(headers: &HeaderMap) -> bool {
    match headers.get_last("KV-Operation") {
        Some(operation) => matches!(operation.as_str(), "DEL" | "PURGE"),
        None => headers.get_last(NATS_MARKER_REASON).is_some(),
    }
}
