//! The end of a program: what is under way is finished.

use crate::client::Server;
use axum::Router;
use axum::routing::get;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::timeout;
use web::{Ended, Limits};

const GET: &str = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

#[derive(Clone, Default)]
struct Steps {
    begun: Arc<Notify>,
    goes_on: Arc<Notify>,
}

/// A handler that says when it has begun, and waits until it may go on.
fn router(steps: &Steps) -> Router {
    let steps = steps.clone();
    let handler = move || {
        let steps = steps.clone();
        async move {
            steps.begun.notify_one();
            steps.goes_on.notified().await;
            "done"
        }
    };
    Router::new().route("/", get(handler))
}

#[tokio::test]
async fn a_request_under_way_is_finished() {
    let steps = Steps::default();
    let server = Server::start(router(&steps), Limits::default()).await;
    let mut client = server.connect().await;
    client.send(GET).await;
    steps.begun.notified().await;
    let ended = server.end();
    steps.goes_on.notify_one();
    // The answer is whole, and the connection is closed although the client would keep it.
    assert!(client.read_to_end().await.ends_with("done"));
    assert_eq!(ended.await.expect("no panic"), Ended::Finished);
}

#[tokio::test]
async fn a_connection_that_waits_for_a_request_does_not_delay_the_end() {
    let steps = Steps::default();
    let server = Server::start(router(&steps), Limits::default()).await;
    let mut client = server.connect().await;
    client.send(GET).await;
    steps.goes_on.notify_one();
    client.read_until("done").await;
    assert_eq!(server.end().await.expect("no panic"), Ended::Finished);
}

#[tokio::test]
async fn a_request_that_does_not_end_is_cut_off_and_counted() {
    let steps = Steps::default();
    let begun = Arc::new(Notify::new());
    let told = Arc::clone(&begun);
    let stuck = move || {
        told.notify_one();
        pending::<()>()
    };
    let limits = Limits {
        shutdown: Duration::from_millis(200),
        ..Limits::default()
    };
    let router = router(&steps).route("/stuck", get(stuck));
    let server = Server::start(router, limits).await;
    let mut client = server.connect().await;
    client.send("GET /stuck HTTP/1.1\r\nHost: x\r\n\r\n").await;
    begun.notified().await;
    let mut finished = server.connect().await;
    finished.send(GET).await;
    steps.begun.notified().await;
    let ended = server.end();
    // One that is finished meanwhile does not count.
    steps.goes_on.notify_one();
    assert!(finished.read_to_end().await.ends_with("done"));
    assert_eq!(ended.await.expect("no panic"), Ended::CutOff(1));
    assert_eq!(client.read_to_end().await, "");
}

#[tokio::test]
async fn no_connection_is_accepted_after_the_end_has_begun() {
    let steps = Steps::default();
    let server = Server::start(router(&steps), Limits::default()).await;
    let address = server.address();
    let mut client = server.connect().await;
    client.send(GET).await;
    steps.begun.notified().await;
    let ended = server.end();
    let refused = async { while TcpStream::connect(address).await.is_ok() {} };
    let refused = timeout(Duration::from_secs(60), refused).await;
    refused.expect("a port that is closed while a request is under way");
    steps.goes_on.notify_one();
    assert!(client.read_to_end().await.ends_with("done"));
    assert_eq!(ended.await.expect("no panic"), Ended::Finished);
}

#[tokio::test]
async fn an_end_says_how_it_was() {
    let finished = "ended: all requests were finished";
    assert_eq!(Ended::Finished.to_string(), finished);
    let cut_off = "ended: connections that were cut off: 2";
    assert_eq!(Ended::CutOff(2).to_string(), cut_off);
}

#[tokio::test]
async fn a_port_that_is_taken_is_an_error_with_its_address() {
    let (_taken, address) = web::listen(([127, 0, 0, 1], 0).into())
        .await
        .expect("a free port");
    let why = web::listen(address).await.expect_err("it is taken");
    assert!(
        why.starts_with(&format!("cannot listen on {address}: ")),
        "{why}"
    );
    assert!(
        why.ends_with("; choose another address with --listen"),
        "{why}"
    );
}
