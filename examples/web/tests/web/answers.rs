//! What a client reads.

use crate::client::Server;
use axum::Router;
use axum::http::header::{CONTENT_SECURITY_POLICY, LINK, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::Value;
use web::{Json, Limits, Path, Problem, Query};

#[derive(Deserialize)]
struct Page {
    limit: u8,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

fn router() -> Router {
    Router::new()
        .route("/", get(|| async { "here" }))
        .route("/panic", get(|| async { panic!("on purpose") as () }))
        .route(
            "/page",
            get(|| async { ([(CONTENT_SECURITY_POLICY, "default-src 'self'")], "page") }),
        )
        .route(
            "/limited",
            get(|Query(page): Query<Page>| async move { page.limit.to_string() }),
        )
        .route(
            "/number/{n}",
            get(|Path(n): Path<u8>| async move { n.to_string() }),
        )
        .route(
            "/named",
            post(|Json(named): Json<Named>| async { Json(named.name) }),
        )
        .route("/busy", get(|| async { busy() }))
}

fn busy() -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "Come later.")
        .with("limit", 64)
        .with("status", 200)
        .header(RETRY_AFTER, HeaderValue::from_static("7"))
        .header(LINK, HeaderValue::from_static("<a>"))
        .header(LINK, HeaderValue::from_static("<b>"))
}

async fn server() -> Server {
    Server::start(router(), Limits::default()).await
}

fn get_of(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
}

fn post_of(kind: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST /named HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\
         {kind}\r\n{body}"
    )
}

/// The status and the code, after what each problem has in common has been checked.
fn problem(answer: &str) -> (u16, String) {
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    assert!(
        head.contains("content-type: application/problem+json"),
        "{head}"
    );
    let status: u16 = head[9..12].parse().expect("a status");
    let body: Value = serde_json::from_str(body).expect("JSON");
    assert_eq!(body["type"], "about:blank");
    assert_eq!(body["status"], status);
    assert!(!body["title"].as_str().expect("a title").is_empty());
    let detail = body["detail"].as_str().expect("a sentence");
    assert!(
        detail.ends_with('.') || detail.contains("at line"),
        "{detail}"
    );
    (status, body["code"].as_str().expect("a code").to_owned())
}

#[tokio::test]
async fn an_error_is_a_problem_with_a_code() {
    let server = server().await;
    let json = "Content-Type: application/json\r\n";
    let expected = [
        (get_of("/nothing"), 404, "no-such-resource"),
        (get_of("/named"), 405, "method-not-allowed"),
        (get_of("/panic"), 500, "internal-error"),
        (get_of("/limited?limit=300"), 400, "invalid-query"),
        (get_of("/limited"), 400, "invalid-query"),
        (get_of("/number/300"), 400, "invalid-path"),
        (post_of(json, "{"), 400, "invalid-json"),
        (post_of(json, "{}"), 400, "unexpected-json"),
        (post_of("", "{}"), 415, "unsupported-media-type"),
        (
            post_of("Content-Type: text/plain\r\n", "{}"),
            415,
            "unsupported-media-type",
        ),
        (
            post_of("Content-Type: application/jsonl\r\n", "{}"),
            415,
            "unsupported-media-type",
        ),
    ];
    for (request, status, code) in expected {
        let answer = server.ask(&request).await;
        assert_eq!(problem(&answer), (status, code.to_owned()), "{request}");
    }
}

#[tokio::test]
async fn what_is_right_is_answered() {
    let server = server().await;
    for (request, body) in [
        (get_of("/"), "here"),
        (get_of("/limited?limit=255"), "255"),
        (get_of("/number/255"), "255"),
        (
            post_of(
                "content-type: Application/JSON; charset=utf-8\r\n",
                r#"{"name":"a"}"#,
            ),
            "\"a\"",
        ),
    ] {
        let answer = server.ask(&request).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        assert!(answer.ends_with(&format!("\r\n\r\n{body}")), "{answer}");
    }
}

#[tokio::test]
async fn a_method_that_is_not_there_is_told_which_are() {
    let answer = server().await.ask(&get_of("/named")).await;
    assert!(answer.contains("\r\nallow: POST\r\n"), "{answer}");
}

#[tokio::test]
async fn a_handler_that_panics_leaves_the_server_running() {
    let server = server().await;
    for _ in 0..3 {
        let answer = server.ask(&get_of("/panic")).await;
        assert!(!answer.contains("on purpose"), "{answer}");
    }
    assert!(server.ask(&get_of("/")).await.ends_with("here"));
}

#[tokio::test]
async fn every_answer_forbids_the_browser_to_guess_and_to_load() {
    let server = server().await;
    for path in ["/", "/nothing", "/panic"] {
        let answer = server.ask(&get_of(path)).await;
        assert!(
            answer.contains("\r\nx-content-type-options: nosniff\r\n"),
            "{answer}"
        );
        assert!(
            answer.contains("\r\nreferrer-policy: no-referrer\r\n"),
            "{answer}"
        );
        let policy = "\r\ncontent-security-policy: default-src 'none'; frame-ancestors 'none'\r\n";
        assert!(answer.contains(policy), "{answer}");
    }
}

#[tokio::test]
async fn a_page_has_a_policy_of_its_own() {
    let answer = server().await.ask(&get_of("/page")).await;
    assert!(
        answer.contains("\r\ncontent-security-policy: default-src 'self'\r\n"),
        "{answer}"
    );
    assert_eq!(
        answer.matches("content-security-policy").count(),
        1,
        "{answer}"
    );
}

#[tokio::test]
async fn a_problem_has_members_and_headers_of_its_own() {
    let answer = server().await.ask(&get_of("/busy")).await;
    assert!(answer.contains("\r\nretry-after: 7\r\n"), "{answer}");
    assert!(
        answer.contains("\r\nlink: <a>\r\nlink: <b>\r\n"),
        "{answer}"
    );
    assert!(answer.contains(r#""limit":64"#), "{answer}");
    // No further member replaces one of the RFC.
    assert_eq!(problem(&answer), (503, "busy".to_owned()));
    assert_eq!(busy().to_string(), "busy: Come later.");
}
