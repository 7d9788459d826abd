//! The cookie that carries a session id.
//!
//! `HttpOnly`: no script reads it. `Secure` and the prefix `__Host-`: it is sent over TLS only,
//! and no other host can set it (browsers and curl make an exception for the own machine).
//! `SameSite=Strict`: no other site's page sends it, so no such page acts for the user.

use crate::SessionId;
use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use cookie::{Cookie, SameSite, time::Duration};
use std::time;

const NAME: &str = "__Host-session";

/// The header that sets the cookie. It lasts as long as the session can.
pub(super) fn set(id: SessionId, lifetime: time::Duration) -> HeaderValue {
    let seconds = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
    header(id.reveal(), Duration::seconds(seconds))
}

/// The header that deletes the cookie.
pub(super) fn delete() -> HeaderValue {
    header(String::new(), Duration::ZERO)
}

fn header(value: String, age: Duration) -> HeaderValue {
    let cookie = Cookie::build((NAME, value))
        .http_only(true)
        .max_age(age)
        .path("/")
        .same_site(SameSite::Strict)
        .secure(true);
    let mut header = HeaderValue::try_from(cookie.to_string()).expect("the cookie is ASCII");
    // Kept out of logs of headers.
    header.set_sensitive(true);
    header
}

/// The id that a request carries.
pub(super) fn id(headers: &HeaderMap) -> Option<SessionId> {
    let lines = headers.get_all(COOKIE).iter();
    let lines = lines.filter_map(|line| line.to_str().ok());
    let cookies = lines.flat_map(Cookie::split_parse).flatten();
    let mut own = cookies.filter(|cookie| cookie.name() == NAME);
    own.find_map(|cookie| cookie.value().parse().ok())
}
