//! The proxy: which requests the cache answers, and which go through.
//!
//! | request | what happens |
//! |---|---|
//! | `GET` | the cache answers, with `Age` and `Cache-Status` |
//! | `GET` that asks for something of its own | passed on |
//! | another method | passed on. Unless that fails, the cache forgets the path and query |
//! | `GET /-/cache` | what the cache has, as JSON |
//!
//! A request asks for something of its own by `Authorization`, `Cookie`, `Range`, a body, or
//! `Cache-Control: no-cache` or `no-store`. Methods that are safe, such as `HEAD`, end nothing.

use super::client::HttpUpstream;
use super::shown::{Passed, cache_status, problem};
use crate::{Cache, Failure, Limits, Served};
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{
    AGE, AUTHORIZATION, CACHE_CONTROL, CONTENT_LENGTH, COOKIE, RANGE, TRANSFER_ENCODING,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Serialize;
use std::sync::Arc;
use tokio::time::timeout;
use web::{Json, Problem};

const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");

type Proxied = Arc<Cache<HttpUpstream>>;

/// The routes of the proxy.
pub fn router(cache: Proxied, limits: Limits) -> Router {
    Router::new()
        .route("/-/cache", get(inside))
        .fallback(proxy)
        .with_state((cache, limits))
}

async fn proxy(
    State((cache, limits)): State<(Proxied, Limits)>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    if request.method() != Method::GET {
        return pass(&cache, &limits, request, Passed::Method).await;
    }
    if asks_for_its_own(request.headers()) {
        return pass(&cache, &limits, request, Passed::Request).await;
    }
    match cache.get(&key(&request)).await {
        Served::Answer {
            answer,
            age,
            time_to_live,
            source,
        } => {
            let mut response = Response::new(Body::from(answer.body.clone()));
            *response.status_mut() = answer.status;
            *response.headers_mut() = answer.headers.clone();
            let headers = response.headers_mut();
            headers.insert(AGE, HeaderValue::from(age.as_secs()));
            headers.append(CACHE_STATUS, cache_status(source, time_to_live));
            Ok(response)
        }
        Served::Bypass => pass(&cache, &limits, request, Passed::Answer).await,
        Served::Failed(failure) => Err(problem(&failure)),
    }
}

fn key(request: &Request<Body>) -> String {
    let path = request.uri().path_and_query();
    let path = path.map_or("/", |path| path.as_str());
    // `http://x?a` asks for the same as `/?a`.
    let root = if path.starts_with('?') { "/" } else { "" };
    format!("{root}{path}")
}

/// Whether the answer to a `GET` may depend on more than its path.
fn asks_for_its_own(headers: &HeaderMap) -> bool {
    let own = [
        AUTHORIZATION,
        COOKIE,
        RANGE,
        CONTENT_LENGTH,
        TRANSFER_ENCODING,
    ];
    let control = headers.get_all(CACHE_CONTROL).iter();
    let mut control = control.map(|line| line.to_str().unwrap_or("no-cache").to_ascii_lowercase());
    own.iter().any(|name| headers.contains_key(name))
        || control.any(|line| line.contains("no-cache") || line.contains("no-store"))
}

/// Sends a request on as it is. Both bodies are streamed, and nothing is kept.
async fn pass(
    cache: &Proxied,
    limits: &Limits,
    request: Request<Body>,
    why: Passed,
) -> Result<Response, Problem> {
    let key = (!request.method().is_safe()).then(|| key(&request));
    let mut ends = Ends { cache, key };
    let sent = timeout(limits.patience, cache.upstream().send(request)).await;
    let sent = sent.unwrap_or(Err(Failure::TooSlow(limits.patience)));
    let mut response = sent.map_err(|failure| problem(&failure))?;
    if response.status().as_u16() >= 400 {
        ends.key = None;
    }
    response
        .headers_mut()
        .append(CACHE_STATUS, why.cache_status());
    Ok(response.into_response())
}

/// Ends what is kept under a key when it is dropped. So it does if the client goes away, or if
/// the answer comes too late: the service may have done what it was asked.
struct Ends<'c> {
    cache: &'c Proxied,
    key: Option<String>,
}

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        if let Some(key) = &self.key {
            self.cache.forget(key);
        }
    }
}

/// What the cache has.
#[derive(Serialize)]
struct Inside {
    keys: usize,
    bytes: usize,
    bound: usize,
    upstream_calls: u64,
    under_way: usize,
}

async fn inside(State((cache, _)): State<(Proxied, Limits)>) -> Json<Inside> {
    Json(Inside {
        keys: cache.store().len(),
        bytes: cache.store().bytes(),
        bound: cache.store().bound(),
        upstream_calls: cache.calls(),
        under_way: cache.under_way(),
    })
}
