//! `GET /v1/entries?prefix=&after=&limit=`: sorted, in pages.

use super::read::{Shown, json};
use super::{AGE, Api};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::collections::BTreeMap;
use web::{Json, Problem, Query};

const MOST: usize = 1_000;

#[derive(serde::Deserialize)]
pub(super) struct Page {
    #[serde(default)]
    prefix: String,
    #[serde(default)]
    after: String,
    #[serde(default = "usual")]
    limit: usize,
}

fn usual() -> usize {
    100
}

pub(super) async fn entries(
    State(api): State<Api>,
    Query(page): Query<Page>,
) -> Result<Response, Problem> {
    if !(1..=MOST).contains(&page.limit) {
        let detail = format!("`limit` must be a number from 1 to {MOST}.");
        return Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "invalid-query",
            detail,
        ));
    }
    let age = api.age()?;
    let (entries, next) = first(&api, &page);
    let body = json!({"entries": entries, "next": next, "age_ms": age});
    Ok(([(AGE, age)], Json(body)).into_response())
}

/// The smallest names after `after`. One more than the limit says whether there is another
/// page.
fn first(api: &Api, page: &Page) -> (Vec<Shown>, Option<String>) {
    let pinned = api.registry.replica().map().pin();
    let mut found = BTreeMap::new();
    for (name, entry) in &pinned {
        if !name.starts_with(&page.prefix) || *name <= page.after {
            continue;
        }
        found.insert(name, entry);
        if found.len() > page.limit + 1 {
            found.pop_last();
        }
    }
    let more = found.len() > page.limit;
    if more {
        found.pop_last();
    }
    let next = found
        .last_key_value()
        .filter(|_| more)
        .map(|(name, _)| name.to_string());
    let shown = found.into_iter().map(|(name, entry)| Shown {
        name: name.clone(),
        value: json(entry.value()),
        revision: entry.revision(),
    });
    (shown.collect(), next)
}
