//! `GET /metrics`: the text that Prometheus scrapes.

use super::Api;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use metrics::{counter, describe_counter, describe_gauge, gauge, with_local_recorder};
use metrics_exporter_prometheus::PrometheusBuilder;

/// The values are read when they are asked for. So each answer has a recorder of its own, and
/// several replicas in one process do not share one.
pub(super) async fn metrics(State(api): State<Api>) -> Response {
    let recorder = PrometheusBuilder::new().build_recorder();
    with_local_recorder(&recorder, || {
        describe();
        record(&api);
    });
    let text = recorder.handle().render();
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}

fn describe() {
    describe_gauge!(
        "replica_age_seconds",
        "How old what the map shows may be. Inf: unknown."
    );
    describe_gauge!(
        "replica_lag_revisions",
        "Revisions that the source has named and the map has not reached."
    );
    describe_gauge!("replica_entries", "Entries of the map.");
    describe_gauge!(
        "replica_revision",
        "The map equals the source at this revision, or is newer."
    );
    describe_gauge!("replica_epoch", "How many sources there have been.");
    describe_gauge!("replica_tombstones", "Deletions that are remembered.");
    describe_gauge!(
        "replica_connected",
        "Whether the connection to the server stands."
    );
    describe_gauge!(
        "replica_following",
        "Whether a session is open and its contents were read."
    );
    describe_counter!(
        "replica_sessions_total",
        "How often the contents were read."
    );
    describe_counter!("replica_troubles_total", "Why sessions have ended.");
}

#[expect(clippy::cast_precision_loss, reason = "gauges are f64")]
fn record(api: &Api) {
    let replica = api.registry.replica();
    let standing = replica.standing();
    let age = replica.age().map_or(f64::INFINITY, |age| age.as_secs_f64());
    let lag = standing.highest.saturating_sub(standing.exact);
    gauge!("replica_age_seconds").set(age);
    gauge!("replica_lag_revisions").set(lag as f64);
    gauge!("replica_entries").set(replica.map().len() as f64);
    gauge!("replica_revision").set(standing.exact as f64);
    gauge!("replica_epoch").set(standing.epoch as f64);
    gauge!("replica_tombstones").set(replica.tombstones() as f64);
    gauge!("replica_connected").set(f64::from(u8::from(api.registry.is_connected())));
    gauge!("replica_following").set(f64::from(u8::from(standing.drained)));
    counter!("replica_sessions_total").absolute(standing.sessions);
    for (reason, count) in api.registry.troubles().counts {
        counter!("replica_troubles_total", "reason" => reason).absolute(count);
    }
}
