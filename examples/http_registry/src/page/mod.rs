//! The page at `/`: files that are built into the program, and the policy that they keep.

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

/// What the page may load: files of this server alone. Nothing may be written into a file.
pub const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    connect-src 'self'; img-src 'self'; form-action 'none'; base-uri 'none'; \
    frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// A file of the page.
struct File {
    path: &'static str,
    kind: &'static str,
    text: &'static str,
}

const FILES: [File; 10] = [
    File {
        path: "/",
        kind: HTML,
        text: include_str!("page.html"),
    },
    File {
        path: "/page.css",
        kind: CSS,
        text: include_str!("page.css"),
    },
    File {
        path: "/page.js",
        kind: SCRIPT,
        text: include_str!("page.js"),
    },
    File {
        path: "/page/api.mjs",
        kind: SCRIPT,
        text: include_str!("api.mjs"),
    },
    File {
        path: "/page/editor.mjs",
        kind: SCRIPT,
        text: include_str!("editor.mjs"),
    },
    File {
        path: "/page/flags.mjs",
        kind: SCRIPT,
        text: include_str!("flags.mjs"),
    },
    File {
        path: "/page/icon.svg",
        kind: SVG,
        text: include_str!("icon.svg"),
    },
    File {
        path: "/page/inside.mjs",
        kind: SCRIPT,
        text: include_str!("inside.mjs"),
    },
    File {
        path: "/page/live.mjs",
        kind: SCRIPT,
        text: include_str!("live.mjs"),
    },
    File {
        path: "/page/rows.mjs",
        kind: SCRIPT,
        text: include_str!("rows.mjs"),
    },
];

/// The routes of the page.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    FILES.iter().fold(Router::new(), |router, file| {
        let tag = format!("\"{:08x}\"", crc32fast::hash(file.text.as_bytes()));
        let tag = HeaderValue::try_from(tag).expect("hexadecimal digits");
        router.route(
            file.path,
            get(move |request: Request| async move { answer(file, tag, request.headers()) }),
        )
    })
}

/// A browser asks each time, so that a new program shows its own page at once.
fn answer(file: &File, tag: HeaderValue, asked: &HeaderMap) -> Response {
    let known = asked.get(header::IF_NONE_MATCH) == Some(&tag);
    let headers: [(HeaderName, HeaderValue); 5] = [
        (header::CONTENT_TYPE, HeaderValue::from_static(file.kind)),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(POLICY),
        ),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (header::ETAG, tag),
    ];
    if known {
        (StatusCode::NOT_MODIFIED, headers).into_response()
    } else {
        (headers, file.text).into_response()
    }
}
