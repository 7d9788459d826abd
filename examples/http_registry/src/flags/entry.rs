//! [`Entry`]: a flag as the map holds it, ready to be sent.

use crate::journal::Flag;
use axum::http::HeaderValue;
use bytes::Bytes;

/// A flag as the map holds it. Its answer is made at the write, not at each read.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The number of the change that made the flag.
    pub version: u64,
    /// The header `ETag`: the version in quotes.
    pub etag: HeaderValue,
    /// The flag as JSON.
    pub body: Bytes,
}

/// No two changes have the same version, so the version stands for the whole flag.
impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.version == other.version
    }
}

impl Eq for Entry {}

impl Entry {
    /// Makes the answer of the flag.
    pub fn of(flag: &Flag) -> Self {
        // Nothing in a flag can fail to be JSON.
        let body = serde_json::to_vec(flag).expect("a flag is JSON");
        Self {
            version: flag.version,
            etag: etag(flag.version),
            body: body.into(),
        }
    }
}

/// Returns the header `ETag` of a version.
pub fn etag(version: u64) -> HeaderValue {
    HeaderValue::try_from(format!("\"{version}\"")).expect("digits can stand in a header")
}
