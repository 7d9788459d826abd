//! What operators ask for: the inside, the metrics, the health.

use super::app::App;
use super::codes::JOURNAL_REFUSES_WRITES;
use crate::flags::{Inside, Kind};
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use metrics::{counter, describe_counter, describe_gauge, gauge};
use serde::Serialize;
use std::sync::Arc;
use web::{Json, Problem};

/// What `/v1/inside` shows.
#[derive(Debug, Serialize)]
pub(super) struct Shown {
    map: Kind,
    flags: usize,
    version: u64,
    oldest_event: u64,
    streams: usize,
    journal_bytes: u64,
    #[serde(flatten)]
    inside: Inside,
}

pub(super) async fn inside(State(app): State<Arc<App>>) -> Json<Shown> {
    Json(Shown {
        map: app.kind,
        flags: app.flags.len(),
        version: app.ring.newest(),
        oldest_event: app.ring.oldest(),
        streams: app.open_streams(),
        journal_bytes: app.counters.journal_bytes.get(),
        inside: app.flags.inside(),
    })
}

/// What `/healthz` shows when all is well.
#[derive(Debug, Serialize)]
pub(super) struct Healthy {
    status: &'static str,
    flags: usize,
    version: u64,
}

pub(super) async fn health(State(app): State<Arc<App>>) -> Result<Json<Healthy>, Problem> {
    if let Some(why) = app.health.trouble() {
        return Err(JOURNAL_REFUSES_WRITES.says(format!("The last write was refused: {why}.")));
    }
    Ok(Json(Healthy {
        status: "ok",
        flags: app.flags.len(),
        version: app.ring.newest(),
    }))
}

/// The format of Prometheus, with its version.
const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";

pub(super) async fn metrics(State(app): State<Arc<App>>) -> impl IntoResponse {
    metrics::with_local_recorder(&app.recorder, || export(&app));
    ([(CONTENT_TYPE, PROMETHEUS)], app.rendering.render())
}

/// Passes all numbers to the recorder. Nothing is counted twice: all are totals or present
/// values.
fn export(app: &App) {
    app.flags.export_metrics();
    let counters = &app.counters;
    describe_counter!(
        "http_registry_requests_total",
        "Answers, by the class of their status."
    );
    for (class, answers) in counters.answers.iter().enumerate().skip(1) {
        let status = format!("{class}xx");
        counter!("http_registry_requests_total", "status" => status).absolute(answers.get());
    }
    for (name, help, total) in [
        (
            "http_registry_events_total",
            "Events that streams have sent.",
            &counters.events,
        ),
        (
            "http_registry_dropped_streams_total",
            "Streams that were ended because they fell behind.",
            &counters.dropped,
        ),
        (
            "http_registry_fsyncs_total",
            "Syncs of the journal for durable writes.",
            &counters.fsyncs,
        ),
        (
            "http_registry_compactions_total",
            "Compactions of the journal.",
            &counters.compactions,
        ),
    ] {
        describe_counter!(name, help);
        counter!(name).absolute(total.get());
    }
    describe_counter!("http_registry_writes_total", "Changes, by their kind.");
    counter!("http_registry_writes_total", "kind" => "put").absolute(counters.puts.get());
    counter!("http_registry_writes_total", "kind" => "delete").absolute(counters.deletes.get());
    describe_gauge!(
        "http_registry_info",
        "1, with the map that the registry stands on."
    );
    gauge!("http_registry_info", "map" => app.kind.name()).set(1);
    for (name, help, now) in [
        (
            "http_registry_journal_takes_writes",
            "1 if the journal took the last record, or else 0.",
            f64::from(u8::from(app.health.trouble().is_none())),
        ),
        (
            "http_registry_flags",
            "Flags that are present.",
            app.flags.len() as f64,
        ),
        (
            "http_registry_streams",
            "Streams of events that are open.",
            app.open_streams() as f64,
        ),
        (
            "http_registry_version",
            "The version of the last change.",
            app.ring.newest() as f64,
        ),
        (
            "http_registry_journal_bytes",
            "The length of the journal.",
            counters.journal_bytes.get() as f64,
        ),
    ] {
        describe_gauge!(name, help);
        gauge!(name).set(now);
    }
}
