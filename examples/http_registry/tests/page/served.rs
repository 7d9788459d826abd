//! The files of the page over HTTP: their types, their policy, and what a browser may keep.

use axum::Router;
use http_registry::page;
use reqwest::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderMap, IF_NONE_MATCH,
};
use reqwest::{Client, Response};
use tokio::net::TcpListener;

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Serves the page alone.
async fn address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("its address");
    let router: Router = page::routes();
    let limits = web::Limits::default();
    let router = web::finish(router, &limits);
    tokio::spawn(web::serve(listener, router, limits, std::future::pending()));
    format!("http://{address}")
}

async fn get(url: &str, headers: HeaderMap) -> Response {
    Client::new()
        .get(url)
        .headers(headers)
        .send()
        .await
        .expect("an answer")
}

fn header(answer: &Response, name: reqwest::header::HeaderName) -> &str {
    answer.headers()[name].to_str().expect("text")
}

#[tokio::test]
async fn each_file_has_its_type_and_the_strict_policy() {
    let address = address().await;
    for (path, kind) in [
        ("/", "text/html; charset=utf-8"),
        ("/page.css", "text/css; charset=utf-8"),
        ("/page.js", SCRIPT),
        ("/page/api.mjs", SCRIPT),
        ("/page/editor.mjs", SCRIPT),
        ("/page/flags.mjs", SCRIPT),
        ("/page/icon.svg", "image/svg+xml"),
        ("/page/inside.mjs", SCRIPT),
        ("/page/live.mjs", SCRIPT),
        ("/page/rows.mjs", SCRIPT),
    ] {
        let answer = get(&format!("{address}{path}"), HeaderMap::new()).await;
        assert_eq!(answer.status(), 200, "{path}");
        assert_eq!(header(&answer, CONTENT_TYPE), kind, "{path}");
        assert_eq!(
            header(&answer, CONTENT_SECURITY_POLICY),
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
             img-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_browser_asks_each_time_and_loads_what_has_changed() {
    let address = address().await;
    let mut tags = Vec::new();
    for path in ["/", "/page.css", "/page.js"] {
        let url = format!("{address}{path}");
        let answer = get(&url, HeaderMap::new()).await;
        assert_eq!(header(&answer, CACHE_CONTROL), "no-cache", "{path}");
        let tag = answer.headers()[ETAG].clone();
        let known = HeaderMap::from_iter([(IF_NONE_MATCH, tag.clone())]);
        let again = get(&url, known).await;
        assert_eq!(again.status(), 304, "{path}");
        assert_eq!(again.headers()[ETAG], tag, "{path}");
        let old = HeaderMap::from_iter([(IF_NONE_MATCH, "\"old\"".parse().expect("a tag"))]);
        assert_eq!(get(&url, old).await.status(), 200, "{path}");
        tags.push(tag);
    }
    assert_ne!(tags[0], tags[1]);
    assert_ne!(tags[1], tags[2]);
}

/// The policy would stop most of these, and a browser would say so. Here no line has them.
#[test]
fn no_file_makes_markup_or_code_of_a_text() {
    let files = concat!(env!("CARGO_MANIFEST_DIR"), "/src/page");
    let mut seen = 0;
    for file in std::fs::read_dir(files).expect("the folder of the page") {
        let path = file.expect("a file").path();
        let text = std::fs::read_to_string(&path).expect("text");
        if path.extension().is_some_and(|it| it == "rs") {
            continue;
        }
        for bad in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "DOMParser",
            "setHTMLUnsafe",
            "createContextualFragment",
            "srcdoc",
            "eval(",
            "Function(",
            "javascript:",
            "style=",
            "<style",
            "onclick=\"",
            ".style.",
            "http://cdn",
            "https://",
        ] {
            assert!(!text.contains(bad), "{} has {bad}", path.display());
        }
        seen += 1;
    }
    assert!(seen >= 10, "{seen} files");
}
