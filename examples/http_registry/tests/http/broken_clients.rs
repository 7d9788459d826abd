//! Clients that are slow, break off, or are too many. The service goes on after each.

use crate::api::path_of;
use crate::raw::Raw;
use crate::server::{Server, wait_for};
use std::time::Duration;

const PUT: &str = "PUT /v1/flags/half HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\
                   Content-Type: application/json\r\n\r\n";

fn impatient() -> Server {
    Server::start(&["--patience", "1", "--max-connections", "4"])
}

#[tokio::test]
async fn half_a_request_changes_nothing() {
    let server = Server::start(&[]);
    for half in [
        "PUT /v1/fl",
        "PUT /v1/flags/half HTTP/1.1\r\nHost: test\r\n",
        PUT,
        &format!("{PUT}\"half"),
    ] {
        let mut raw = Raw::open(&server).await;
        raw.send(half).await;
        drop(raw);
        server.api.is_well().await;
    }
    server
        .api
        .get(&path_of("half"))
        .await
        .expect_problem(404, "flag-not-found");
}

#[tokio::test]
async fn a_head_that_never_ends_is_closed() {
    let server = impatient();
    let mut raw = Raw::open(&server).await;
    raw.send("GET /v1/flags HTTP/1.1\r\nHost").await;
    raw.read_to_end().await;
    server.api.is_well().await;
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let server = impatient();
    let mut raw = Raw::open(&server).await;
    assert_eq!(raw.read_to_end().await, "");
    let mut raw = Raw::open(&server).await;
    raw.send("GET /healthz HTTP/1.1\r\nHost: test\r\n\r\n")
        .await;
    let answer = raw.read_to_end().await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    server.api.is_well().await;
}

#[tokio::test]
async fn a_client_that_sends_a_byte_now_and_then_is_not_waited_for() {
    let server = impatient();
    let pause = Duration::from_millis(100);
    let head = format!("GET /v1/flags HTTP/1.1\r\nHost: {}", "x".repeat(600));
    let mut raw = Raw::open(&server).await;
    assert!(
        !raw.send_slowly(&head, pause).await,
        "the head takes a minute"
    );
    let mut raw = Raw::open(&server).await;
    raw.send(&PUT.replace("10", "600")).await;
    let whole = raw
        .send_slowly(&format!("\"{}", "x".repeat(598)), pause)
        .await;
    assert!(!whole, "the body takes a minute");
    server
        .api
        .get(&path_of("half"))
        .await
        .expect_problem(404, "flag-not-found");
    server.api.is_well().await;
}

#[tokio::test]
async fn what_is_no_http_is_refused() {
    let server = Server::start(&[]);
    for nonsense in [
        "\0\u{1}\u{2}\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "PUT /v1/flags/half HTTP/1.1\r\nHost: test\r\nContent-Length: x\r\n\r\n",
    ] {
        let mut raw = Raw::open(&server).await;
        raw.send(nonsense).await;
        let answer = raw.read_to_end().await;
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 400 "),
            "{answer}"
        );
        server.api.is_well().await;
    }
}

#[tokio::test]
async fn connections_over_the_limit_wait_for_their_turn() {
    let server = Server::start(&["--max-connections", "2"]);
    let request = "GET /healthz HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
    let mut open = vec![Raw::open(&server).await, Raw::open(&server).await];
    for raw in &mut open {
        raw.send("GET /healthz HTTP/1.1\r\nHost: test\r\n\r\n")
            .await;
        raw.read_until("\"ok\"").await;
    }
    let mut waiting = Raw::open(&server).await;
    waiting.send(request).await;
    let answer = tokio::spawn(async move { waiting.read_to_end().await });
    // Both connections are still served, and the third is not. Only one of them ends.
    for raw in [0, 1].into_iter().cycle().take(200) {
        open[raw]
            .send("GET /healthz HTTP/1.1\r\nHost: test\r\n\r\n")
            .await;
        open[raw].read_until("\"ok\"").await;
    }
    assert!(!answer.is_finished(), "a third connection is served");
    open.pop();
    let answer = answer.await.expect("it does not panic");
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    server.api.is_well().await;
}

#[tokio::test]
async fn a_stream_that_is_closed_in_any_way_is_free_again() {
    let server = Server::start(&[]);
    for end_of_sending in [true, false] {
        let mut raw = Raw::open(&server).await;
        raw.send("GET /v1/events HTTP/1.1\r\nHost: test\r\n\r\n")
            .await;
        raw.read_until("retry: 1000").await;
        if end_of_sending {
            raw.end_of_sending().await;
        }
        drop(raw);
        let closed =
            async || (server.api.metric("http_registry_streams").await == 0.0).then_some(());
        wait_for("the stream to be closed", closed).await;
        server.api.is_well().await;
    }
}
