//! What every program answers alike.

use crate::{Limits, Problem};
use axum::http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router};
use std::any::Any;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;

/// Adds to `router` what every program answers alike.
///
/// An unknown path is 404 `no-such-resource`. A known path with another method is 405
/// `method-not-allowed`, with `Allow`. A handler that panics is 500 `internal-error`. The
/// headers forbid a browser to guess types, to send referrers, and to load anything. A page
/// sets a `Content-Security-Policy` of its own. The extractors keep to `limits`.
pub fn finish(router: Router, limits: &Limits) -> Router {
    router
        .fallback(no_such_resource)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(Extension(limits.clone()))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(default_header(X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(default_header(REFERRER_POLICY, "no-referrer"))
        .layer(default_header(
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        ))
}

fn default_header(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

async fn no_such_resource(uri: Uri) -> Problem {
    let detail = format!("There is nothing at `{}`.", uri.path());
    Problem::new(StatusCode::NOT_FOUND, "no-such-resource", detail)
}

async fn method_not_allowed(method: Method, uri: Uri) -> Problem {
    let path = uri.path();
    let detail = format!("`{path}` does not have the method {method}. `Allow` names those it has.");
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", detail)
}

/// The panic hook has printed the message. The client learns no more than that it happened.
fn panicked(_: Box<dyn Any + Send>) -> Response {
    let detail = "The server failed to answer this request. Its log says why.";
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal-error", detail).into_response()
}
