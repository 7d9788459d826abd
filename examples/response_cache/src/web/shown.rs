//! The headers that say where an answer came from, and the problems.

use crate::{Failure, Source};
use axum::http::{HeaderValue, StatusCode};
use web::Problem;

/// `Cache-Status`, as RFC 9211 has it.
pub(super) fn cache_status(source: Source, time_to_live: i64) -> HeaderValue {
    let text = match source {
        Source::Kept => format!("response_cache; hit; ttl={time_to_live}"),
        Source::KeptAfterFailure => {
            format!("response_cache; hit; ttl={time_to_live}; detail=upstream-failed")
        }
        Source::Fetched => String::from("response_cache; fwd=miss"),
        Source::Joined => String::from("response_cache; fwd=miss; collapsed"),
    };
    HeaderValue::try_from(text).expect("the text is ASCII")
}

/// Why a request was passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Passed {
    /// Its method is not GET.
    Method,
    /// The request asks for something of its own.
    Request,
    /// The answers under its key are for one client each, or too large.
    Answer,
}

impl Passed {
    pub(super) fn cache_status(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Method => "response_cache; fwd=method",
            Self::Request => "response_cache; fwd=request",
            Self::Answer => "response_cache; fwd=bypass",
        })
    }
}

pub(super) fn problem(failure: &Failure) -> Problem {
    let (status, code) = match failure {
        Failure::Unreachable(_) => (StatusCode::BAD_GATEWAY, "upstream-unreachable"),
        Failure::TooSlow(_) => (StatusCode::GATEWAY_TIMEOUT, "upstream-too-slow"),
        Failure::Panicked => (StatusCode::INTERNAL_SERVER_ERROR, "internal-error"),
        Failure::Cancelled => (StatusCode::SERVICE_UNAVAILABLE, "shutting-down"),
    };
    let detail = failure.to_string();
    let mut letters = detail.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    let sentence: String = first.chain(letters).chain(['.']).collect();
    Problem::new(status, code, sentence)
}
