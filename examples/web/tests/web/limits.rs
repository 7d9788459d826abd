//! What one client may cost.

use crate::client::Server;
use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::routing::{get, post};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::sleep;
use web::{Bytes, Json, Limits};

const SHORT: Duration = Duration::from_millis(200);

fn router() -> Router {
    Router::new()
        .route("/", get(|| async { "here" }))
        .route("/endless", get(|| async { endless() }))
        .route("/long", get(long))
        .route("/bursts", get(|| async { bursts() }))
        .route("/json", post(|Json(_): Json<u8>| async {}))
        .route(
            "/length",
            post(|Bytes(body): Bytes| async move { body.len().to_string() }),
        )
}

/// A body that ends only if the connection does.
fn endless() -> Body {
    let chunk = axum::body::Bytes::from_static(&[b'x'; 65_536]);
    let chunks = std::iter::repeat(chunk).map(Ok::<_, Infallible>);
    Body::from_stream(Chunks(chunks))
}

/// A body that panics, where no handler's panic is caught any more.
fn bursts() -> Body {
    let chunks = std::iter::from_fn(|| panic!("on purpose"));
    Body::from_stream(Chunks::<_>(chunks.map(|(): ()| Ok::<_, Infallible>("x"))))
}

async fn long() -> &'static str {
    sleep(3 * SHORT).await;
    "long"
}

/// An iterator as a stream.
struct Chunks<I>(I);

impl<I: Iterator + Unpin> futures_core::Stream for Chunks<I> {
    type Item = I::Item;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<I::Item>> {
        std::task::Poll::Ready(self.0.next())
    }
}

const GET: &str = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

fn post_of(length: usize) -> String {
    let body = "x".repeat(length);
    format!(
        "POST /length HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
}

fn chunked(chunks: &[usize]) -> String {
    let mut request = String::from(
        "POST /length HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
         Transfer-Encoding: chunked\r\n\r\n",
    );
    for &length in chunks {
        request += &format!("{length:x}\r\n{}\r\n", "x".repeat(length));
    }
    request + "0\r\n\r\n"
}

/// The service goes on: it answers another client.
async fn goes_on(server: &Server) {
    assert!(server.ask(GET).await.ends_with("here"));
}

#[tokio::test]
async fn a_body_may_be_as_large_as_the_limit() {
    let limits = Limits {
        body: 100,
        ..Limits::default()
    };
    let server = Server::start(router(), limits).await;
    for (request, accepted) in [
        (post_of(100), true),
        (post_of(101), false),
        (chunked(&[50, 50]), true),
        (chunked(&[50, 51]), false),
        (chunked(&[1_000]), false),
    ] {
        let answer = server.ask(&request).await;
        match accepted {
            true => assert!(answer.ends_with("\r\n100"), "{answer}"),
            false => {
                assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
                assert!(answer.contains(r#""code":"body-too-large""#), "{answer}");
                assert!(answer.contains(r#""limit":100"#), "{answer}");
            }
        }
        goes_on(&server).await;
    }
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let limits = Limits {
        body_read: SHORT,
        ..Limits::default()
    };
    let server = Server::start(router(), limits).await;
    let answer = server.ask(&post_of(50).replace("h: 50", "h: 51")).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains(r#""code":"body-too-slow""#), "{answer}");
    goes_on(&server).await;
}

/// A chunk of one byte that counts how many such chunks there are.
struct Chunk(Arc<AtomicUsize>);

impl Chunk {
    fn new(alive: &Arc<AtomicUsize>) -> Self {
        alive.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(alive))
    }
}

impl AsRef<[u8]> for Chunk {
    fn as_ref(&self) -> &[u8] {
        b"x"
    }
}

impl Drop for Chunk {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Each chunk costs more than its bytes: a list of chunks of one byte is forty times as large.
#[tokio::test]
async fn a_body_in_small_chunks_costs_no_more_than_its_bytes() {
    let (alive, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (count, highest) = (Arc::clone(&alive), Arc::clone(&most));
    let chunks = (0..1_000).map(move |_| {
        let chunk = axum::body::Bytes::from_owner(Chunk::new(&count));
        highest.fetch_max(count.load(Ordering::Relaxed), Ordering::Relaxed);
        Ok::<_, Infallible>(chunk)
    });
    let request = Request::new(Body::from_stream(Chunks(chunks)));
    let Bytes(body) = Bytes::from_request(request, &()).await.unwrap();
    assert_eq!(body, vec![b'x'; 1_000]);
    let (alive, most) = (alive.load(Ordering::Relaxed), most.load(Ordering::Relaxed));
    assert!(alive == 0 && most <= 2, "{alive} and {most}");
}

#[tokio::test]
async fn a_body_that_drips_is_not_waited_for() {
    let limits = Limits {
        body_read: SHORT,
        connections: 1,
        ..Limits::default()
    };
    let server = Server::start(router(), limits).await;
    let mut client = server.connect().await;
    let length = 60_000;
    client
        .send(&format!(
            "POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n"
        ))
        .await;
    // A limit that began anew with each byte would let this go on for an hour.
    while client.can_send("x").await {
        sleep(SHORT / 4).await;
    }
    goes_on(&server).await;
}

#[tokio::test]
async fn a_chunk_that_is_none_is_an_incomplete_body() {
    let server = Server::start(router(), Limits::default()).await;
    let request = chunked(&[5]).replace("5\r\nxxxxx", "zz\r\nxxxxx");
    let answer = server.ask(&request).await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(answer.contains(r#""code":"incomplete-body""#), "{answer}");
    goes_on(&server).await;
}

/// One connection is served at a time. So the second client is answered only if the server
/// has closed the first one.
async fn server_for_one() -> Server {
    let limits = Limits {
        connections: 1,
        header_read: SHORT,
        write: SHORT,
        ..Limits::default()
    };
    Server::start(router(), limits).await
}

#[tokio::test]
async fn half_a_head_does_not_keep_its_connection() {
    let server = server_for_one().await;
    let mut client = server.connect().await;
    client.send("GET / HTTP/1.1\r\nHo").await;
    goes_on(&server).await;
}

#[tokio::test]
async fn a_head_that_drips_does_not_keep_its_connection() {
    let server = server_for_one().await;
    let mut client = server.connect().await;
    client.send("GET / HTTP/1.1\r\nHost: ").await;
    // A limit that began anew with each byte would let this go on for ever.
    while client.can_send("x").await {
        sleep(SHORT / 4).await;
    }
    goes_on(&server).await;
}

#[tokio::test]
async fn a_connection_without_a_request_is_closed() {
    let server = server_for_one().await;
    let mut silent = server.connect().await;
    goes_on(&server).await;
    assert_eq!(silent.read_to_end().await, "");
}

#[tokio::test]
async fn a_connection_that_is_kept_for_the_next_request_is_closed() {
    let server = server_for_one().await;
    let mut kept = server.connect().await;
    kept.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
    kept.read_until("here").await;
    goes_on(&server).await;
}

#[tokio::test]
async fn a_reader_that_does_not_read_is_cut_off() {
    let server = server_for_one().await;
    let mut client = server.connect().await;
    client
        .send("GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
        .await;
    goes_on(&server).await;
}

#[tokio::test]
async fn a_connection_beyond_the_limit_waits_for_another_to_end() {
    let limits = Limits {
        connections: 2,
        ..Limits::default()
    };
    let server = Server::start(router(), limits).await;
    let mut first = server.connect().await;
    let mut second = server.connect().await;
    for client in [&mut first, &mut second] {
        client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
        client.read_until("here").await;
    }
    let mut third = server.connect().await;
    third.send(GET).await;
    let answer = third.read_to_end();
    tokio::pin!(answer);
    tokio::select! {
        biased;
        answer = &mut answer => panic!("a third connection is served: {answer}"),
        () = sleep(SHORT) => {}
    }
    drop(first);
    assert!(answer.await.ends_with("here"));
}

/// The rest of the body would be read as the next request.
#[tokio::test]
async fn a_body_that_is_not_read_is_the_end_of_its_connection() {
    let limits = Limits {
        body: 100,
        body_read: SHORT,
        ..Limits::default()
    };
    let server = Server::start(router(), limits).await;
    let kept = |request: String| request.replace("Connection: close\r\n", "");
    for (request, status) in [
        (kept(post_of(101)), 413),
        (kept(post_of(50).replace("h: 50", "h: 51")), 408),
        (kept(chunked(&[5]).replace("5\r\nx", "zz\r\nx")), 400),
        (kept(post_of(5).replace("/length", "/json")), 415),
    ] {
        let answer = server.ask(&request).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{answer}"
        );
        assert!(answer.contains("\r\nconnection: close\r\n"), "{answer}");
    }
}

/// The limits are those of a client, and not those of a handler.
#[tokio::test]
async fn a_handler_may_take_longer_than_a_client() {
    let server = server_for_one().await;
    let answer = server.ask(&GET.replace("/ ", "/long ")).await;
    assert!(answer.ends_with("long"), "{answer}");
}

#[tokio::test]
async fn a_body_that_panics_gives_its_connection_back() {
    let server = server_for_one().await;
    let answer = server.ask(&GET.replace("/ ", "/bursts ")).await;
    assert!(!answer.ends_with("0\r\n\r\n"), "{answer}");
    goes_on(&server).await;
}
