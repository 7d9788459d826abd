//! `PUT` and `DELETE /v1/entries/{name}`: to the bucket, and back.

use super::precondition::condition;
use super::{Api, etag, key};
use crate::nats::{NotSeen, WriteError, Written};
use axum::extract::State;
use axum::http::header::{ETAG, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use serde_json::value::RawValue;
use web::{Json, Path, Problem};

/// The largest value, in bytes.
const LARGEST: usize = 4_096;

pub(super) async fn put(
    State(api): State<Api>,
    Path(name): Path<String>,
    headers: HeaderMap,
    Json(value): Json<Box<RawValue>>,
) -> Result<Response, Problem> {
    let key = key(name)?;
    let condition = condition(&headers)?;
    let value = value.get().to_owned();
    if value.len() > LARGEST {
        let detail = format!("A value may have at most {LARGEST} bytes.");
        let problem = Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "value-too-large", detail);
        return Err(problem.with("limit", LARGEST));
    }
    let written = api.registry.put(&key, value.into(), condition).await;
    written
        .map(|written| answer(&written, StatusCode::OK))
        .map_err(problem)
}

pub(super) async fn delete(
    State(api): State<Api>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let key = key(name)?;
    let condition = condition(&headers)?;
    if condition == crate::nats::Condition::Absent {
        let detail = "An entry that is absent cannot be deleted.";
        return Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "invalid-precondition",
            detail,
        ));
    }
    match api.registry.delete(&key, condition).await {
        Ok(written) => Ok(answer(&written, StatusCode::NO_CONTENT)),
        Err(WriteError::Mismatch { current: None }) => {
            let detail = format!("The bucket has no entry {:?}.", key.as_str());
            Err(Problem::new(
                StatusCode::NOT_FOUND,
                "entry-not-found",
                detail,
            ))
        }
        Err(why) => Err(problem(why)),
    }
}

/// A write that this process has not seen is accepted: it is in the bucket, and will be read.
fn answer(written: &Written, seen: StatusCode) -> Response {
    let etag = [(ETAG, etag(written.revision))];
    let why = match written.seen {
        Ok(()) if seen == StatusCode::NO_CONTENT => return (seen, etag).into_response(),
        Ok(()) => {
            let body = json!({"revision": written.revision, "seen": true});
            return (seen, etag, Json(body)).into_response();
        }
        Err(NotSeen::Late) => "The write is in the bucket. This process has not read it yet.",
        Err(NotSeen::Replaced) => "The bucket was replaced. Read the entry to see what it has.",
    };
    let body = json!({"revision": written.revision, "seen": false, "detail": why});
    (StatusCode::ACCEPTED, etag, Json(body)).into_response()
}

fn problem(why: WriteError) -> Problem {
    let detail = format!("The write failed: {why}.");
    match why {
        WriteError::Mismatch { current } => {
            Problem::new(StatusCode::PRECONDITION_FAILED, "revision-mismatch", detail)
                .with("current", current)
        }
        WriteError::Unavailable(_) => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "source-unavailable",
            detail,
        )
        .header(RETRY_AFTER, HeaderValue::from_static("1")),
        WriteError::Refused(_) => Problem::new(StatusCode::BAD_GATEWAY, "write-refused", detail),
        WriteError::Unknown(_) => {
            Problem::new(StatusCode::GATEWAY_TIMEOUT, "outcome-unknown", detail)
        }
    }
}
