//! The interface over HTTP: which handler answers what.

mod app;
mod codes;
mod condition;
mod depth;
mod events;
mod name;
mod operations;
mod read;
mod value;
mod write;

pub(crate) use app::{App, Parts};
pub use codes::{Code, OF_WEB, OWN};
pub use read::MAX_LIMIT;
pub use value::{MAX_DEPTH, MAX_VALUE_BYTES};

use axum::Router;
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::{any, get};
use std::sync::Arc;
use web::Limits;

pub(crate) fn router(app: &Arc<App>, limits: &Limits) -> Router {
    let one = get(read::one).put(write::put).delete(write::delete);
    let router = Router::new()
        .route("/v1/flags", get(read::list))
        // The empty name, which the path of a flag does not match.
        .route("/v1/flags/", any(async || name::refused()))
        .route("/v1/flags/{name}", one)
        .route("/v1/events", get(events::events))
        .route("/v1/inside", get(operations::inside))
        .route("/metrics", get(operations::metrics))
        .route("/healthz", get(operations::health))
        .with_state(Arc::clone(app))
        .merge(crate::page::routes());
    let counters = Arc::clone(&app.counters);
    let count = move |response: Response| {
        let class = usize::from(response.status().as_u16() / 100);
        if let Some(answers) = counters.answers.get(class) {
            answers.count();
        }
        std::future::ready(response)
    };
    web::finish(router, limits).layer(map_response(count))
}
