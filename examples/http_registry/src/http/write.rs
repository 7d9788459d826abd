//! `PUT` and `DELETE` of a flag.

use super::app::App;
use super::codes::{
    DEFECT, FLAG_EXISTS, JOURNAL_REFUSES_WRITES, NOT_DURABLE, TOO_MANY_FLAGS, VERSION_MISMATCH,
};
use super::name::InPath;
use super::read::{answer, not_found};
use super::{condition, value};
use crate::flags::etag;
use crate::writes::{Condition, Done, Refused, What};
use axum::extract::State;
use axum::http::header::ETAG;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::sync::Arc;
use web::{Json, Problem, Query, complain};

/// The parameter of a write.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wish {
    #[serde(default)]
    durable: bool,
}

pub(super) async fn put(
    State(app): State<Arc<App>>,
    path: InPath,
    Query(wish): Query<Wish>,
    headers: HeaderMap,
    Json(raw): Json<Box<RawValue>>,
) -> Result<Response, Problem> {
    let condition = condition::of_a_put(&headers)?;
    let what = What::Put(value::checked(&raw)?);
    write(&app, &path, what, condition, &wish).await
}

pub(super) async fn delete(
    State(app): State<Arc<App>>,
    path: InPath,
    Query(wish): Query<Wish>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let condition = condition::of_a_deletion(&headers)?;
    write(&app, &path, What::Delete, condition, &wish).await
}

async fn write(
    app: &App,
    path: &InPath,
    what: What,
    condition: Condition,
    wish: &Wish,
) -> Result<Response, Problem> {
    let done = app
        .queue
        .write(path.name(), what, condition, wish.durable)
        .await;
    match done {
        Ok(Done::Created(entry)) => Ok(answer(StatusCode::CREATED, entry)),
        Ok(Done::Replaced(entry)) => Ok(answer(StatusCode::OK, entry)),
        Ok(Done::Deleted(version)) => {
            Ok((StatusCode::NO_CONTENT, [(ETAG, etag(version))]).into_response())
        }
        Err(refused) => Err(problem(&path.0, refused)),
    }
}

fn problem(name: &str, refused: Refused) -> Problem {
    match refused {
        Refused::Mismatch(current) => VERSION_MISMATCH
            .says(match current {
                Some(version) => format!("The flag `{name}` has the version {version}."),
                None => format!("There is no flag named `{name}`."),
            })
            .with("current", current),
        Refused::Exists(version) => FLAG_EXISTS
            .says(format!(
                "The flag `{name}` is there, with the version {version}."
            ))
            .with("current", version),
        Refused::NotFound => not_found(name),
        Refused::TooMany(max) => TOO_MANY_FLAGS
            .says(format!("There may be {max} flags. Delete one first."))
            .with("limit", max),
        Refused::Journal(why) => {
            JOURNAL_REFUSES_WRITES.says(format!("Nothing was changed: {why}."))
        }
        Refused::NotDurable { version, why } => NOT_DURABLE
            .says(format!(
                "The change is made, but may not outlive a power failure: {why}."
            ))
            .with("version", version),
        Refused::Defect(what) => {
            complain(format_args!(
                "http_registry: a defect: the flag `{name}`: {what}"
            ));
            DEFECT.says("The server failed to answer this request. Its log says why.")
        }
    }
}
