//! Extractors like those of axum, whose rejections are problems.

use crate::{Limits, Problem};
use axum::BoxError;
use axum::body::Body;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::{CONNECTION, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::any::type_name;
use tokio::time::timeout;

/// The parameters in the path of a request.
#[derive(Clone, Copy, Debug)]
pub struct Path<T>(pub T);

impl<T, S> FromRequestParts<S> for Path<T>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = axum::extract::Path::from_request_parts(parts, state).await;
        path.map(|axum::extract::Path(it)| Self(it))
            .map_err(|why: PathRejection| {
                Problem::new(
                    StatusCode::BAD_REQUEST,
                    "invalid-path",
                    sentence(&why.body_text()),
                )
            })
    }
}

/// The parameters after the `?` of a request.
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

impl<T, S> FromRequestParts<S> for Query<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query = axum::extract::Query::from_request_parts(parts, state).await;
        query
            .map(|axum::extract::Query(it)| Self(it))
            .map_err(|why: QueryRejection| {
                Problem::new(
                    StatusCode::BAD_REQUEST,
                    "invalid-query",
                    sentence(&why.body_text()),
                )
            })
    }
}

/// The words of axum end without a full stop.
fn sentence(words: &str) -> String {
    format!("{words}.")
}

/// The whole body of a request, under the [`Limits`] of the router.
#[derive(Clone, Debug)]
pub struct Bytes(pub axum::body::Bytes);

impl<S: Send + Sync> FromRequest<S> for Bytes {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let limits = parts.extensions.get::<Limits>().cloned();
        let limits = limits.unwrap_or_default();
        let body = whole(Limited::new(body, limits.body));
        match timeout(limits.body_read, body).await {
            Ok(Ok(body)) => Ok(Self(body.into())),
            Ok(Err(why)) if why.is::<LengthLimitError>() => Err(too_large(limits.body)),
            Ok(Err(why)) => Err(closing(Problem::new(
                StatusCode::BAD_REQUEST,
                "incomplete-body",
                format!("The body of the request could not be read: {why}."),
            ))),
            Err(_) => Err(closing(Problem::new(
                StatusCode::REQUEST_TIMEOUT,
                "body-too-slow",
                format!("The body must arrive within {:?}.", limits.body_read),
            ))),
        }
    }
}

/// All bytes in one piece. A list of the chunks would cost forty bytes for a chunk of one byte.
async fn whole(mut body: Limited<Body>) -> Result<Vec<u8>, BoxError> {
    let mut whole = Vec::new();
    while let Some(frame) = body.frame().await {
        if let Ok(chunk) = frame?.into_data() {
            whole.extend_from_slice(&chunk);
        }
    }
    Ok(whole)
}

fn too_large(limit: usize) -> Problem {
    let detail = format!("The body may have at most {limit} bytes.");
    let problem = Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", detail);
    closing(problem.with("limit", limit))
}

/// The rest of the body is not read, so the connection cannot be used again.
fn closing(problem: Problem) -> Problem {
    problem.header(CONNECTION, HeaderValue::from_static("close"))
}

/// A body in JSON: of a request, where the content type must say so, or of an answer.
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(closing(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported-media-type",
                "The body must be JSON, and `Content-Type` must be `application/json`.",
            )));
        }
        let Bytes(body) = Bytes::from_request(request, state).await?;
        serde_json::from_slice(&body).map(Self).map_err(|why| {
            let code = match why.is_data() {
                true => "unexpected-json",
                false => "invalid-json",
            };
            let detail = format!("The body is not the JSON that is expected: {why}.");
            Problem::new(StatusCode::BAD_REQUEST, code, detail)
        })
    }
}

/// Whether the content type is `application/json`, with any parameters.
fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next());
    kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

impl<T: Serialize> IntoResponse for Json<T> {
    /// # Panics
    ///
    /// Panics if the value cannot be JSON. [`finish`](crate::finish) answers with a problem.
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self.0)
            .unwrap_or_else(|why| panic!("{} is no JSON: {why}", type_name::<T>()));
        ([(CONTENT_TYPE, "application/json")], body).into_response()
    }
}
