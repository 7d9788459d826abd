//! [`Caller`]: the session that a request belongs to.

use super::cookies;
use super::handlers::Service;
use super::shown::Visitor;
use crate::{Session, Sessions};
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use std::sync::Arc;
use web::Problem;

/// The session that a request belongs to. A request without one is answered with 401.
pub(super) struct Caller(pub(super) Arc<Session<Visitor>>);

impl FromRequestParts<Arc<Service>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        service: &Arc<Service>,
    ) -> Result<Self, Problem> {
        let id = cookies::id(&parts.headers);
        let session = id.and_then(|id| service.sessions.get(&id));
        let session = session.ok_or_else(|| {
            Problem::new(
                StatusCode::UNAUTHORIZED,
                "not-logged-in",
                "There is no session for this request: log in by `POST /login`.",
            )
        })?;
        renew_now_and_then(&service.sessions, &session);
        Ok(Self(session))
    }
}

/// With an idle limit, a request renews its session if a tenth of the limit is over. So a
/// session with many requests is written to ten times in each limit, and not for each request.
/// Without an idle limit, no renewal reads a clock.
fn renew_now_and_then(sessions: &Sessions<Visitor>, session: &Session<Visitor>) {
    let Some(idle) = sessions.lifetime().idle else {
        return;
    };
    let left = session
        .deadline()
        .unwrap_or_default()
        .saturating_sub(sessions.now());
    if left < idle.mul_f64(0.9) {
        sessions.renew(&session.id());
    }
}
