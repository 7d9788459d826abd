//! What a request through the proxy ends, whatever becomes of its client, and what it leaves.

use crate::proxy::{LIMITS, Proxy, answer, start, start_with};
use crate::service::seconds;
use reqwest::Method;
use response_cache::{Fetched, Limits, Upstream};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::yield_now;
use tokio::time::timeout;

/// Waits until the cache has nothing.
async fn is_empty(proxy: &Proxy) {
    let empty = async {
        while !proxy.cache.store().is_empty() {
            yield_now().await;
        }
    };
    timeout(seconds(60), empty)
        .await
        .expect("a cache that forgets");
}

/// The service may have done what it was asked, although nobody hears so.
#[tokio::test]
async fn a_post_whose_client_goes_away_ends_what_is_kept() {
    let proxy = Arc::new(start().await);
    proxy.service.go_on.notify_one();
    assert_eq!(proxy.get("/slow").await.body, "1 GET /slow");
    let post = tokio::spawn({
        let proxy = Arc::clone(&proxy);
        async move { answer(proxy.request(Method::POST, "/slow")).await }
    });
    while proxy.service.calls() < 2 {
        yield_now().await;
    }
    assert_eq!(proxy.cache.store().len(), 1);
    post.abort();
    is_empty(&proxy).await;
}

#[tokio::test]
async fn a_post_that_takes_too_long_ends_what_is_kept() {
    let limits = Limits {
        patience: seconds(1),
        ..LIMITS
    };
    let proxy = start_with(limits).await;
    while proxy.cache.store().is_empty() {
        proxy.service.go_on.notify_one();
        proxy.get("/slow").await;
    }
    // A permit that is left would let the service answer.
    let post = loop {
        let post = answer(proxy.request(Method::POST, "/slow")).await;
        if post.status == 504 {
            break post;
        }
    };
    assert_eq!(post.problem().0, 504);
    assert!(proxy.cache.store().is_empty());
}

#[tokio::test]
async fn a_post_that_is_redirected_ends_what_is_kept() {
    let proxy = start().await;
    assert_eq!(proxy.get("/a").await.body, "1 GET /a");
    proxy.service.answers(303, &[], 0);
    answer(proxy.request(Method::POST, "/a")).await;
    assert!(proxy.cache.store().is_empty());
}

/// A slice of a read buffer would keep the whole buffer, which the bound does not count.
#[tokio::test]
async fn a_kept_body_has_memory_of_its_own() {
    let proxy = start().await;
    let fetched = proxy.cache.upstream().fetch("/", LIMITS.body).await;
    let Ok(Fetched::Keep { answer, .. }) = fetched else {
        panic!("{fetched:?}");
    };
    let body = Arc::into_inner(answer).unwrap().body;
    let length = body.len();
    let body = body.try_into_mut().expect("memory of its own");
    assert_eq!(body.capacity(), length);
}

/// `http://x?a` and `/?a` are one resource.
#[tokio::test]
async fn a_post_to_a_whole_address_without_a_path_ends_what_is_kept() {
    let proxy = start().await;
    assert_eq!(proxy.get("/?a").await.body, "1 GET /?a");
    let address = proxy.root.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.unwrap();
    let post =
        b"POST http://x?a HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    stream.write_all(post).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("2 POST /?a"), "{answer}");
    assert!(proxy.cache.store().is_empty());
}
