//! `GET /v1/events`: the changes as server-sent events.

use super::app::App;
use super::codes::{EVENTS_TOO_OLD, INVALID_EVENT_ID, READER_TOO_SLOW, TOO_MANY_STREAMS};
use super::condition::whole;
use crate::events::{Follower, Next, NotHeld};
use axum::extract::State;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use serde::Deserialize;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, watch};
use web::{Problem, Query};

/// How long a browser waits before it connects again.
const RETRY: Duration = Duration::from_secs(1);

/// The parameter of the stream.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Since {
    after: Option<String>,
}

pub(super) async fn events(
    State(app): State<Arc<App>>,
    Query(since): Query<Since>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let after = last_seen(&headers, since)?;
    let slot = Arc::clone(&app.streams).try_acquire_owned();
    let slot = slot.map_err(|_| too_many(app.max_streams))?;
    let follower = app.ring.follow(after).map_err(refused)?;
    let heartbeat = KeepAlive::new().interval(app.heartbeat);
    let reader = Reader {
        ending: app.ending.subscribe(),
        app,
        first: true,
        follower,
        _slot: slot,
    };
    let events = unfold(Some(reader), |reader| async { reader?.next().await });
    Ok(Sse::new(events).keep_alive(heartbeat).into_response())
}

/// The last event that the reader has seen. A browser that connects again sends the header,
/// so the header is newer than the parameter.
fn last_seen(headers: &HeaderMap, since: Since) -> Result<Option<u64>, Problem> {
    let text = match headers.get("last-event-id") {
        Some(id) => Some(id.to_str().unwrap_or_default()),
        None => since.after.as_deref(),
    };
    let number = |text| {
        whole(text).ok_or_else(|| {
            let detail = "The id of an event is a number, as the events before had it.";
            INVALID_EVENT_ID.says(detail)
        })
    };
    text.map(number).transpose()
}

fn refused(not_held: NotHeld) -> Problem {
    match not_held {
        NotHeld::TooOld { oldest, newest } => EVENTS_TOO_OLD
            .says(format!(
                "A stream can begin after an id from {oldest} to {newest}. Read the list \
                 `/v1/flags`, and follow the events after its `version`."
            ))
            .with("oldest", oldest)
            .with("newest", newest),
        NotHeld::Ahead { newest } => INVALID_EVENT_ID
            .says(format!(
                "There is no such event yet. The newest is {newest}."
            ))
            .with("newest", newest),
    }
}

fn too_many(max: usize) -> Problem {
    TOO_MANY_STREAMS
        .says(format!(
            "There may be {max} streams of events at a time. Try again later."
        ))
        .with("limit", max)
        .header(RETRY_AFTER, HeaderValue::from_static("5"))
}

/// A stream that somebody reads. Its slot is free when it is dropped.
struct Reader {
    app: Arc<App>,
    follower: Follower,
    ending: watch::Receiver<bool>,
    /// Nothing was sent yet.
    first: bool,
    _slot: OwnedSemaphorePermit,
}

/// What `unfold` asks for: the next event, and who makes the one after it.
type Step = Option<(Result<Event, Infallible>, Option<Reader>)>;

impl Reader {
    async fn next(mut self) -> Step {
        if std::mem::take(&mut self.first) {
            return Some((Ok(self.greeting()), Some(self)));
        }
        let next = tokio::select! {
            biased;
            _ = self.ending.wait_for(|ending| *ending) => None,
            next = self.follower.next() => Some(next),
        };
        match next {
            None => Some((Ok(Event::default().comment("the server ends")), None)),
            Some(Next::Event(event)) => {
                self.app.counters.events.count();
                let shown = Event::default().id(event.id.to_string());
                let shown = shown.event(event.kind.name()).data(event.data);
                Some((Ok(shown), Some(self)))
            }
            Some(Next::Dropped(_)) => {
                self.app.counters.dropped.count();
                Some((Ok(dropped()), None))
            }
        }
    }

    /// An id without data: no event, but from now on a browser that connects again says it.
    fn greeting(&self) -> Event {
        let seen = self.follower.seen().to_string();
        Event::default().id(seen).retry(RETRY)
    }
}

fn dropped() -> Event {
    let problem = READER_TOO_SLOW.says(
        "The stream fell behind, and the next events are no longer held. Read the list \
         `/v1/flags`, and follow the events after its `version`.",
    );
    Event::default()
        .event("dropped")
        .data(problem.json().to_string())
}
