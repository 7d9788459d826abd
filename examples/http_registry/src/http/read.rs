//! `GET` of a flag and of the list.

use super::app::App;
use super::codes::{FLAG_NOT_FOUND, INVALID_QUERY};
use super::condition::{is_known, of_a_get};
use super::name::InPath;
use crate::flags::{Entry, Page};
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, ETAG};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::sync::Arc;
use web::{Problem, Query};

/// How many flags a page has if the request does not say.
const LIMIT: usize = 100;

/// How many flags a page may have.
pub const MAX_LIMIT: usize = 1_000;

/// The answer that has a flag in it.
pub(super) fn answer(status: StatusCode, entry: Entry) -> Response {
    let mut response = Response::new(Body::from(entry.body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(ETAG, entry.etag);
    response
}

pub(super) fn not_found(name: &str) -> Problem {
    FLAG_NOT_FOUND.says(format!("There is no flag named `{name}`."))
}

pub(super) async fn one(
    State(app): State<Arc<App>>,
    InPath(name): InPath,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    of_a_get(&headers)?;
    let entry = app.flags.get(&name).ok_or_else(|| not_found(&name))?;
    Ok(match is_known(&headers, &entry.etag) {
        true => (StatusCode::NOT_MODIFIED, [(ETAG, entry.etag)]).into_response(),
        false => answer(StatusCode::OK, entry),
    })
}

/// The parameters of the list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    #[serde(default)]
    prefix: String,
    after: Option<String>,
    #[serde(default = "limit")]
    limit: usize,
}

fn limit() -> usize {
    LIMIT
}

pub(super) async fn list(
    State(app): State<Arc<App>>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    if !(1..=MAX_LIMIT).contains(&asked.limit) {
        let detail = format!("`limit` is 1 to {MAX_LIMIT}.");
        return Err(INVALID_QUERY.says(detail));
    }
    // Read before the flags: all later changes come as events behind this version.
    let version = app.ring.newest();
    let page = app
        .flags
        .page(&asked.prefix, asked.after.as_deref(), asked.limit);
    Ok(([(CONTENT_TYPE, "application/json")], json(page, version)).into_response())
}

/// The JSON of a page. The flags are JSON already.
fn json(page: Page, version: u64) -> Vec<u8> {
    let bytes = page
        .flags
        .iter()
        .map(|entry| entry.body.len() + 1)
        .sum::<usize>();
    let mut json = Vec::with_capacity(bytes + 256);
    json.extend_from_slice(b"{\"flags\":[");
    for (place, entry) in page.flags.iter().enumerate() {
        if place > 0 {
            json.push(b',');
        }
        json.extend_from_slice(&entry.body);
    }
    let next = serde_json::json!(page.next.as_ref().map(|name| name.as_str()));
    json.extend_from_slice(format!("],\"next\":{next},\"version\":{version}}}").as_bytes());
    json
}
