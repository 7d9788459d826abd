//! What the HTTP API shows of an age, of a foreign value, and of a write that is not yet seen.

use crate::bucket::Other;
use crate::yard::{current, options, server, until, value};
use replicated_registry::api;
use replicated_registry::nats::{Following, Options, Registry};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use std::future::pending;
use std::time::Duration;
use tokio::net::TcpListener;

/// The API of a registry in this process, and its address.
async fn served(options: Options) -> (Following, String) {
    let following = Registry::start(options).await.unwrap();
    current(following.registry()).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/v1/entries", listener.local_addr().unwrap());
    let limits = web::Limits::default();
    let max_age = Duration::from_secs(2);
    let router = api::router(following.registry().clone(), max_age, &limits);
    tokio::spawn(web::serve(listener, router, limits, pending()));
    (following, address)
}

#[tokio::test]
async fn a_write_that_this_process_does_not_show_is_accepted() {
    let Some(server) = server("shown-late") else {
        return;
    };
    let options = Options {
        seen: Duration::ZERO,
        ..options(&server.address())
    };
    let (following, address) = served(options).await;
    // From now on, nobody follows the bucket.
    drop(following);
    let client = Client::new();
    let url = format!("{address}/a");
    let put = client.put(&url).json(&1).send().await.unwrap();
    assert_eq!(put.status(), StatusCode::ACCEPTED);
    assert_eq!(put.headers()["etag"], "\"1\"");
    let body: Value = put.json().await.unwrap();
    assert_eq!(
        (&body["seen"], &body["revision"]),
        (&json!(false), &json!(1))
    );
    let deleted = client.delete(&url).send().await.unwrap();
    assert_eq!(deleted.status(), StatusCode::ACCEPTED);
}

#[tokio::test]
async fn a_foreign_value_that_is_not_json_is_shown_as_a_string() {
    let Some(server) = server("shown-foreign") else {
        return;
    };
    let (following, address) = served(options(&server.address())).await;
    let other = Other::connect(&server.address()).await;
    other.put("a", "plain \"text\"").await;
    let registry = following.registry();
    until("the entry is there", || value(registry, "a").is_some()).await;
    let client = Client::new();
    let read = client.get(format!("{address}/a")).send().await.unwrap();
    let read: Value = read.json().await.unwrap();
    assert_eq!(read["value"], json!("plain \"text\""));
}

#[tokio::test]
async fn an_absence_is_not_said_to_have_lasted() {
    let Some(server) = server("shown-absent") else {
        return;
    };
    let (following, address) = served(options(&server.address())).await;
    let other = Other::connect(&server.address()).await;
    other.put("a", "1").await;
    let registry = following.registry();
    until("the entry is there", || value(registry, "a").is_some()).await;
    other.delete("a").await;
    until("the entry is gone", || value(registry, "a").is_none()).await;
    let read = reqwest::get(format!("{address}/a")).await.unwrap();
    let read: Value = read.json().await.unwrap();
    let age = &read["age_ms"];
    let expected = format!(
        "This process shows no entry \"a\". That was so at the bucket {age} ms ago, or later."
    );
    assert_eq!(read["detail"], json!(expected));
}

#[tokio::test]
async fn an_age_is_rounded_up() {
    let Some(server) = server("shown-age") else {
        return;
    };
    let options = Options {
        ask_every: Duration::from_millis(1),
        ..options(&server.address())
    };
    let (_following, address) = served(options).await;
    let client = Client::new();
    for _ in 0..500 {
        let read = client.get(&address).send().await.unwrap();
        assert_ne!(read.headers()["registry-age-ms"], "0");
    }
}
