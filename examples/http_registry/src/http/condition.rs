//! `If-Match` and `If-None-Match`: when a write is wanted, and when an answer is known.

use super::codes::INVALID_PRECONDITION;
use crate::writes::{Condition, Tag};
use axum::http::header::{IF_MATCH, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use web::Problem;

/// Returns the condition of a write.
pub(super) fn of_a_put(headers: &HeaderMap) -> Result<Condition, Problem> {
    match (one(headers, &IF_MATCH)?, one(headers, &IF_NONE_MATCH)?) {
        (None, None) => Ok(Condition::None),
        (Some(wanted), None) => matching(wanted),
        (None, Some(value)) if value == "*" => Ok(Condition::Absent),
        (None, Some(_)) => Err(refused("`If-None-Match` of a PUT can only be `*`.")),
        (Some(_), Some(_)) => Err(refused(
            "`If-Match` and `If-None-Match` in one request exclude each other.",
        )),
    }
}

/// Returns the condition of a deletion, which can only be `If-Match`.
pub(super) fn of_a_deletion(headers: &HeaderMap) -> Result<Condition, Problem> {
    match (
        one(headers, &IF_MATCH)?,
        headers.contains_key(IF_NONE_MATCH),
    ) {
        (_, true) => Err(refused("A DELETE has no use for `If-None-Match`.")),
        (None, false) => Ok(Condition::None),
        (Some(wanted), false) => matching(wanted),
    }
}

/// Returns whether the reader knows this tag already: `If-None-Match` has it, or is `*`.
///
/// A weak tag counts, and so does one of a list, as RFC 9110 has it for a GET.
pub(super) fn is_known(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    let mut values = headers.get_all(IF_NONE_MATCH).iter();
    values.any(|value| value == "*" || has_tag(value, etag))
}

/// A foreign tag may have commas within its quotes. No part of it equals a tag of ours, which
/// has a quote at both ends.
fn has_tag(list: &HeaderValue, etag: &HeaderValue) -> bool {
    let mut tags = list.as_bytes().split(|byte| *byte == b',');
    tags.any(|tag| {
        let tag = tag.trim_ascii();
        tag.strip_prefix(b"W/").unwrap_or(tag) == etag.as_bytes()
    })
}

/// Refuses a header that a GET has no use for.
pub(super) fn of_a_get(headers: &HeaderMap) -> Result<(), Problem> {
    match headers.contains_key(IF_MATCH) {
        true => Err(refused(
            "A GET has no use for `If-Match`. Use `If-None-Match`.",
        )),
        false => Ok(()),
    }
}

fn one<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<Option<&'h HeaderValue>, Problem> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (one, None) => Ok(one),
        (_, Some(_)) => Err(refused(&format!("`{name}` comes more than once."))),
    }
}

fn matching(wanted: &HeaderValue) -> Result<Condition, Problem> {
    if wanted == "*" {
        return Ok(Condition::Present);
    }
    let tag = strong_tag(wanted.as_bytes()).ok_or_else(|| {
        refused("`If-Match` must be `*`, or one strong entity tag such as `\"17\"`.")
    })?;
    Ok(Condition::Match(tag))
}

/// What one strong entity tag of RFC 9110 stands for.
fn strong_tag(value: &[u8]) -> Option<Tag> {
    let opaque = value.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    let is_tag = |byte: &u8| matches!(byte, 0x21 | 0x23..=0x7E | 0x80..);
    if !opaque.iter().all(is_tag) {
        return None;
    }
    let version = std::str::from_utf8(opaque).ok().and_then(whole);
    Some(version.map_or(Tag::Foreign, Tag::Version))
}

/// A version in the only form in which this program writes it.
pub(super) fn whole(digits: &str) -> Option<u64> {
    let version: u64 = digits.parse().ok()?;
    (version.to_string() == digits).then_some(version)
}

fn refused(detail: &str) -> Problem {
    INVALID_PRECONDITION.says(detail)
}
