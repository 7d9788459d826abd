//! The registry over HTTP: reads from the map of this process, writes to the bucket.

mod health;
mod list;
mod metrics;
mod precondition;
mod read;
mod write;

use crate::nats::Registry;
use axum::Router;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::routing::get;
use std::sync::Arc;
use std::time::Duration;
use web::{Limits, Problem};

/// How old what an answer shows may be, in milliseconds.
const AGE: HeaderName = HeaderName::from_static("registry-age-ms");

/// What the handlers share.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    registry: Arc<Registry>,
    /// A replica that is older is not healthy.
    max_age: Duration,
}

/// The routes, with what every web program answers alike.
pub fn router(registry: Arc<Registry>, max_age: Duration, limits: &Limits) -> Router {
    let entry = get(read::entry).put(write::put).delete(write::delete);
    let routes = Router::new()
        .route("/v1/entries", get(list::entries))
        .route("/v1/entries/{name}", entry)
        .route("/healthz", get(health::health))
        .route("/metrics", get(metrics::metrics))
        .with_state(Api { registry, max_age });
    web::finish(routes, limits)
}

impl Api {
    /// The age in milliseconds. A replica that never was current has none, and cannot say
    /// that a key is absent.
    fn age(&self) -> Result<u64, Problem> {
        let age = self.registry.replica().age();
        age.map(milliseconds).ok_or_else(|| {
            let detail = "This process has not read the bucket's contents yet.";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not-ready", detail).header(
                axum::http::header::RETRY_AFTER,
                HeaderValue::from_static("1"),
            )
        })
    }
}

/// Rounded up: an age must not be reported too small.
fn milliseconds(age: Duration) -> u64 {
    u64::try_from(age.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}

fn etag(revision: u64) -> HeaderValue {
    HeaderValue::try_from(format!("\"{revision}\"")).expect("digits in quotes are a header")
}

fn key(name: String) -> Result<crate::nats::Key, Problem> {
    crate::nats::Key::new(name)
        .map_err(|why| Problem::new(StatusCode::BAD_REQUEST, "invalid-name", format!("{why}.")))
}
