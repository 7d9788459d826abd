//! [`Answer`]: a whole response, in memory.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

/// What a header costs beside its text: an entry of a `HeaderMap` and two of its indices.
const HEADER_OVERHEAD: usize = 112;

/// A whole response of the upstream service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers, without those of the connection.
    pub headers: HeaderMap,
    /// The body. Its memory has room for the body alone: a slice of a larger buffer would keep
    /// the whole buffer.
    pub body: Bytes,
}

impl Answer {
    /// Returns what the answer counts in a [`Store`](crate::Store).
    pub fn bytes(&self) -> usize {
        let text = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            name.as_str().len() + value.len() + HEADER_OVERHEAD
        };
        let headers: usize = self.headers.iter().map(text).sum();
        size_of::<Self>() + self.body.len() + headers
    }
}
