//! A slow upstream service, for a first try.

use axum::Router;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderName, StatusCode, Uri};
use axum::routing::{get, post};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::sleep;

/// A body larger than what the cache keeps by default.
const LARGE: usize = 8 << 20;

/// What the service has done, and whether it fails.
#[derive(Debug, Default)]
pub struct Demo {
    takes: Duration,
    answers: AtomicU64,
    fails: AtomicBool,
}

impl Demo {
    /// Creates a service that takes so long for each slow answer.
    pub fn new(takes: Duration) -> Self {
        Self {
            takes,
            ..Self::default()
        }
    }

    /// Returns how many answers the service has made.
    pub fn answers(&self) -> u64 {
        self.answers.load(Ordering::Relaxed)
    }
}

type Headers = [(HeaderName, &'static str); 1];

/// A service that takes its time for each path. An answer is fresh for 5 seconds, may be stale
/// for 10 more while it is refreshed, and for 60 if the service fails.
pub fn demo(demo: Arc<Demo>) -> Router {
    Router::new()
        .route("/private", get(private))
        .route("/large", get(async || "large ".repeat(LARGE / 6)))
        .route("/fail", post(fail))
        .route("/work", post(work))
        .fallback(slow)
        .with_state(demo)
}

async fn slow(State(demo): State<Arc<Demo>>, uri: Uri) -> (StatusCode, Headers, String) {
    sleep(demo.takes).await;
    if demo.fails.load(Ordering::Relaxed) {
        let text = String::from("the service fails, as it was told to\n");
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            [(CACHE_CONTROL, "no-store")],
            text,
        );
    }
    let number = 1 + demo.answers.fetch_add(1, Ordering::Relaxed);
    let control = "max-age=5, stale-while-revalidate=10, stale-if-error=60";
    let text = format!("answer {number}, for {uri}\n");
    (StatusCode::OK, [(CACHE_CONTROL, control)], text)
}

async fn private(State(demo): State<Arc<Demo>>) -> (Headers, String) {
    let number = 1 + demo.answers.fetch_add(1, Ordering::Relaxed);
    (
        [(CACHE_CONTROL, "private")],
        format!("answer {number}, for you alone\n"),
    )
}

async fn fail(State(demo): State<Arc<Demo>>) -> &'static str {
    demo.fails.store(true, Ordering::Relaxed);
    "the service fails from now on\n"
}

async fn work(State(demo): State<Arc<Demo>>) -> &'static str {
    demo.fails.store(false, Ordering::Relaxed);
    "the service works again\n"
}
