//! The requests of the service.

use super::caller::Caller;
use super::cookies;
use super::shown::{Shown, Visitor, shown};
use crate::Sessions;
use axum::Router;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, RETRY_AFTER, SET_COOKIE, USER_AGENT};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{delete, get, post};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use subtle::ConstantTimeEq;
use tower_http::set_header::SetResponseHeaderLayer;
use web::{Json, Limits, Path, Problem};

/// The most characters of a name, and the most of a `User-Agent` that are kept.
const LONGEST: usize = 64;

/// What the service has.
#[derive(Debug)]
pub struct Service {
    /// The sessions.
    pub sessions: Arc<Sessions<Visitor>>,
    /// What each user must know. Put your own check of who somebody is in its place.
    pub code: String,
}

/// The routes of the service.
pub fn router(service: Arc<Service>, limits: &Limits) -> Router {
    let no_store = HeaderValue::from_static("no-store");
    let router = Router::new()
        .route("/login", post(log_in))
        .route("/logout", post(log_out))
        .route("/me", get(me))
        .route("/sessions", get(list).delete(end_all))
        .route("/sessions/{number}", delete(end_one))
        .route("/count", get(count))
        .with_state(service)
        .layer(SetResponseHeaderLayer::overriding(CACHE_CONTROL, no_store));
    web::finish(router, limits)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Login {
    user: String,
    code: String,
}

type Cookie = [(HeaderName, HeaderValue); 1];

async fn log_in(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    Json(login): Json<Login>,
) -> Result<(StatusCode, Cookie, Json<Shown>), Problem> {
    let length = login.user.chars().count();
    if !(1..=LONGEST).contains(&length) || login.user.chars().any(char::is_control) {
        let detail =
            format!("`user` must have 1 to {LONGEST} characters, and no control character.");
        return Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "invalid-user",
            detail,
        ));
    }
    // The time that this takes does not tell how much of the code was right.
    if !bool::from(login.code.as_bytes().ct_eq(service.code.as_bytes())) {
        let detail = "`code` is not the code that the service printed at its start.";
        return Err(Problem::new(StatusCode::UNAUTHORIZED, "wrong-code", detail));
    }
    let agent = headers
        .get(USER_AGENT)
        .and_then(|agent| agent.to_str().ok());
    let agent = agent.unwrap_or_default().chars().take(LONGEST).collect();
    let visitor = Visitor {
        agent,
        ..Visitor::default()
    };
    let sessions = &service.sessions;
    let session = sessions.begin(&login.user, visitor).map_err(|_| full())?;
    // A login gives a new id always. An id that the client had before is worth nothing now.
    if let Some(before) = cookies::id(&headers) {
        sessions.end(&before);
    }
    let cookie = cookies::set(session.id(), sessions.lifetime().absolute);
    let shown = shown(&session, sessions, session.number());
    Ok((StatusCode::CREATED, [(SET_COOKIE, cookie)], Json(shown)))
}

fn full() -> Problem {
    let detail = "There are as many sessions as the service may have. Try again later.";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too-many-sessions", detail)
        .header(RETRY_AFTER, HeaderValue::from_static("60"))
}

async fn log_out(State(service): State<Arc<Service>>, headers: HeaderMap) -> impl IntoResponse {
    if let Some(id) = cookies::id(&headers) {
        service.sessions.end(&id);
    }
    (StatusCode::NO_CONTENT, [(SET_COOKIE, cookies::delete())])
}

async fn me(State(service): State<Arc<Service>>, Caller(session): Caller) -> Json<Shown> {
    session.data.requests.fetch_add(1, Ordering::Relaxed);
    Json(shown(&session, &service.sessions, session.number()))
}

async fn list(State(service): State<Arc<Service>>, Caller(caller): Caller) -> Json<Vec<Shown>> {
    let own = service.sessions.of_user(caller.user());
    let own = own
        .iter()
        .map(|session| shown(session, &service.sessions, caller.number()));
    Json(own.collect())
}

async fn end_one(
    State(service): State<Arc<Service>>,
    Caller(caller): Caller,
    Path(number): Path<u64>,
) -> Result<StatusCode, Problem> {
    match service.sessions.revoke(caller.user(), number) {
        Some(_) => Ok(StatusCode::NO_CONTENT),
        None => Err(Problem::new(
            StatusCode::NOT_FOUND,
            "no-such-session",
            format!("You have no session with the number {number}."),
        )),
    }
}

#[derive(Serialize)]
struct EndedSessions {
    ended: usize,
}

async fn end_all(
    State(service): State<Arc<Service>>,
    Caller(caller): Caller,
) -> Json<EndedSessions> {
    let ended = service.sessions.revoke_all(caller.user()).len();
    Json(EndedSessions { ended })
}

#[derive(Serialize)]
struct Count {
    sessions: usize,
    users: usize,
}

async fn count(State(service): State<Arc<Service>>) -> Json<Count> {
    Json(Count {
        sessions: service.sessions.len(),
        users: service.sessions.users().len(),
    })
}
