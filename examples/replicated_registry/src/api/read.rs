//! `GET /v1/entries/{name}`: from the map of this process.

use super::{AGE, Api, etag, key};
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::ETAG;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::value::RawValue;
use web::{Json, Path, Problem};

/// An entry as the API shows it.
#[derive(serde::Serialize)]
pub(super) struct Shown {
    pub(super) name: String,
    pub(super) value: Box<RawValue>,
    pub(super) revision: u64,
}

/// What another client has put into the bucket need not be JSON. It is shown as a string then.
pub(super) fn json(value: &Bytes) -> Box<RawValue> {
    serde_json::from_slice(value).unwrap_or_else(|_| {
        let text = String::from_utf8_lossy(value);
        serde_json::value::to_raw_value(&text).expect("a string is JSON")
    })
}

pub(super) async fn entry(
    State(api): State<Api>,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let key = key(name)?;
    // The age before the value: the value may be newer, and not older.
    let age = api.age()?;
    let entry = api
        .registry
        .replica()
        .map()
        .get_with(key.as_str(), |entry| Shown {
            name: key.as_str().to_owned(),
            value: json(entry.value()),
            revision: entry.revision(),
        });
    let Some(entry) = entry else {
        let detail = format!(
            "This process shows no entry {:?}. That was so at the bucket {age} ms ago, or later.",
            key.as_str()
        );
        let problem = Problem::new(StatusCode::NOT_FOUND, "entry-not-found", detail);
        return Err(problem.with("age_ms", age).header(AGE, age.into()));
    };
    let headers = [(ETAG, etag(entry.revision)), (AGE, age.into())];
    Ok((headers, Json(entry)).into_response())
}
