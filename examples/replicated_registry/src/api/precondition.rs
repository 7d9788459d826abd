//! `If-Match` and `If-None-Match`: the condition of a write.

use crate::nats::Condition;
use axum::http::header::{IF_MATCH, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use web::Problem;

pub(super) fn condition(headers: &HeaderMap) -> Result<Condition, Problem> {
    match (one(headers, IF_MATCH)?, one(headers, IF_NONE_MATCH)?) {
        (None, None) => Ok(Condition::Any),
        (None, Some("*")) => Ok(Condition::Absent),
        (Some(etag), None) => revision(etag).map(Condition::Revision).ok_or_else(invalid),
        _ => Err(invalid()),
    }
}

fn one(headers: &HeaderMap, name: HeaderName) -> Result<Option<&str>, Problem> {
    let mut values = headers.get_all(name).iter();
    let value = values
        .next()
        .map(|value| value.to_str().map_err(|_| invalid()))
        .transpose()?;
    if values.next().is_some() {
        return Err(invalid());
    }
    Ok(value)
}

/// Zero would mean that the key is absent. ETags are compared byte by byte, so that `"01"` is
/// the ETag of no entry.
fn revision(etag: &str) -> Option<u64> {
    let digits = etag.strip_prefix('"')?.strip_suffix('"')?;
    if digits.starts_with('0') || !digits.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}

fn invalid() -> Problem {
    let detail = "A write takes `If-Match` with one ETag, or `If-None-Match: *`, or neither.";
    Problem::new(StatusCode::BAD_REQUEST, "invalid-precondition", detail)
}
