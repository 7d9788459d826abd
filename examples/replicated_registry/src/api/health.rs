//! `GET /healthz`: whether the replica is as current as it should be.

use super::{Api, milliseconds};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use web::{Json, Problem};

/// A degraded replica still answers reads. The status is for those who choose among replicas.
pub(super) async fn health(State(api): State<Api>) -> Result<Response, Problem> {
    let replica = api.registry.replica();
    let age = replica.age();
    let standing = replica.standing();
    let connected = api.registry.is_connected();
    let limit = milliseconds(api.max_age);
    if age.is_some_and(|age| age <= api.max_age) {
        let body = json!({
            "status": "ok",
            "age_ms": age.map(milliseconds),
            "max_age_ms": limit,
            "connected": connected,
            "revision": standing.exact,
            "epoch": standing.epoch,
        });
        return Ok(Json(body).into_response());
    }
    let detail = match age {
        Some(_) => format!("What this process shows may be older than {limit} ms."),
        None => String::from("This process has not read the bucket's contents yet."),
    };
    Err(
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "degraded", detail)
            .with("age_ms", age.map(milliseconds))
            .with("max_age_ms", limit)
            .with("connected", connected)
            .with("revision", standing.exact)
            .with("epoch", standing.epoch)
            .with("trouble", api.registry.troubles().last),
    )
}
