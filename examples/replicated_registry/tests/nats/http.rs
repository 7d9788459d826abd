//! The HTTP API, over a real socket.

use crate::bucket::Other;
use crate::process::Process;
use crate::yard::{PATIENCE, server};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

struct Api {
    client: Client,
    process: Process,
}

struct Answer {
    status: StatusCode,
    etag: Option<String>,
    age: Option<u64>,
    body: Value,
}

impl Api {
    async fn start(address: &str) -> Self {
        let api = Self {
            client: Client::new(),
            process: Process::start(address),
        };
        api.until("/healthz", StatusCode::OK).await;
        api
    }

    async fn until(&self, path: &str, status: StatusCode) {
        let began = Instant::now();
        while self.get(path).await.status != status {
            assert!(
                began.elapsed() < PATIENCE,
                "{path} does not answer {status}"
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], "").await
    }

    async fn put(&self, name: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let json = [("Content-Type", "application/json")];
        let path = format!("/v1/entries/{name}");
        self.send(Method::PUT, &path, &[&json, headers].concat(), body)
            .await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.process.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.body(body.to_owned()).send().await.unwrap();
        let header = |name| {
            answer
                .headers()
                .get(name)
                .map(|v| v.to_str().unwrap().to_owned())
        };
        let (etag, age) = (header("etag"), header("registry-age-ms"));
        let status = answer.status();
        let text = answer.text().await.unwrap();
        Answer {
            status,
            etag,
            age: age.map(|age| age.parse().unwrap()),
            body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
        }
    }
}

fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!(
        (answer.status.as_u16(), &answer.body["code"]),
        (status, &json!(code))
    );
}

#[tokio::test]
async fn entries_are_written_read_listed_and_deleted() {
    let Some(server) = server("http") else { return };
    let api = Api::start(&server.address()).await;
    let written = api.put("a%2Fb", &[], r#"{"on": true}"#).await;
    assert_eq!(
        (written.status, written.etag.as_deref()),
        (StatusCode::OK, Some("\"1\""))
    );
    assert_eq!(written.body, json!({"revision": 1, "seen": true}));
    let read = api.get("/v1/entries/a%2Fb").await;
    assert_eq!(
        read.body,
        json!({"name": "a/b", "value": {"on": true}, "revision": 1})
    );
    assert!(read.etag.as_deref() == Some("\"1\"") && read.age.is_some());
    for name in ["c", "d", "e"] {
        api.put(name, &[], "1").await;
    }
    let page = api.get("/v1/entries?after=a/b&limit=2").await.body;
    assert_eq!(
        (&page["entries"][0]["name"], &page["next"]),
        (&json!("c"), &json!("d"))
    );
    let page = api.get("/v1/entries?prefix=e").await.body;
    assert_eq!(
        (page["entries"].as_array().unwrap().len(), &page["next"]),
        (1, &Value::Null)
    );
    let gone = api
        .send(
            Method::DELETE,
            "/v1/entries/c",
            &[("If-Match", "\"2\"")],
            "",
        )
        .await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    refused(&api.get("/v1/entries/c").await, 404, "entry-not-found");
    let metrics = api.get("/metrics").await.body;
    for line in [
        "replica_entries 3",
        "replica_lag_revisions 0",
        "replica_age_seconds 0.",
    ] {
        assert!(
            metrics.as_str().unwrap().contains(line),
            "{line} is not in {metrics}"
        );
    }
}

#[tokio::test]
async fn each_bad_request_has_its_code() {
    let Some(server) = server("http-errors") else {
        return;
    };
    let api = Api::start(&server.address()).await;
    api.put("a", &[], "1").await;
    refused(&api.put("a..b", &[], "1").await, 400, "invalid-name");
    refused(&api.put("<script>", &[], "1").await, 400, "invalid-name");
    refused(&api.put("a", &[], "{").await, 400, "invalid-json");
    refused(
        &api.put("a", &[], &format!("\"{}\"", "x".repeat(4_095)))
            .await,
        413,
        "value-too-large",
    );
    let largest = api
        .put("large", &[], &format!("\"{}\"", "x".repeat(4_094)))
        .await;
    assert_eq!(largest.status, StatusCode::OK);
    for etag in [
        "1",
        "W/\"1\"",
        "\"0\"",
        "\"01\"",
        "\"+1\"",
        "\"1\", \"2\"",
        "*",
    ] {
        let answer = api.put("a", &[("If-Match", etag)], "2").await;
        refused(&answer, 400, "invalid-precondition");
    }
    let two = [("If-Match", "\"1\""), ("If-Match", "\"2\"")];
    refused(&api.put("a", &two, "2").await, 400, "invalid-precondition");
    let both = [("If-Match", "\"1\""), ("If-None-Match", "*")];
    refused(&api.put("a", &both, "2").await, 400, "invalid-precondition");
    let mismatch = api.put("a", &[("If-None-Match", "*")], "2").await;
    refused(&mismatch, 412, "revision-mismatch");
    assert_eq!(mismatch.body["current"], json!(1));
    let mismatch = api.put("absent", &[("If-Match", "\"1\"")], "2").await;
    assert_eq!(mismatch.body["current"], Value::Null);
    let absent = api
        .send(Method::DELETE, "/v1/entries/absent", &[], "")
        .await;
    refused(&absent, 404, "entry-not-found");
    let none = [("If-None-Match", "*")];
    let senseless = api.send(Method::DELETE, "/v1/entries/a", &none, "").await;
    refused(&senseless, 400, "invalid-precondition");
    for limit in ["0", "1001", "x"] {
        refused(
            &api.get(&format!("/v1/entries?limit={limit}")).await,
            400,
            "invalid-query",
        );
    }
    refused(&api.get("/v2").await, 404, "no-such-resource");
    assert_eq!(api.get("/v1/entries/a").await.body["value"], json!(1));
}

#[tokio::test]
async fn a_write_that_the_server_refuses_is_not_made() {
    let Some(server) = server("http-refused") else {
        return;
    };
    let api = Api::start(&server.address()).await;
    api.put("a", &[], "1").await;
    let other = Other::connect(&server.address()).await;
    let mut config = other.stream().await.cached_info().config.clone();
    config.max_messages = 1;
    other.jetstream.update_stream(config).await.unwrap();
    refused(&api.put("b", &[], "2").await, 502, "write-refused");
    refused(&api.get("/v1/entries/b").await, 404, "entry-not-found");
}

#[tokio::test]
async fn a_replica_without_its_server_is_degraded_and_still_answers() {
    let Some(mut server) = server("http-degraded") else {
        return;
    };
    let api = Api::start(&server.address()).await;
    api.put("a", &[], "1").await;
    server.kill();
    api.until("/healthz", StatusCode::SERVICE_UNAVAILABLE).await;
    refused(&api.get("/healthz").await, 503, "degraded");
    let read = api.get("/v1/entries/a").await;
    assert_eq!(read.body["value"], json!(1));
    assert!(
        read.age.unwrap() > 2_000,
        "a degraded replica says how old it is"
    );
    refused(&api.put("a", &[], "2").await, 503, "source-unavailable");
    server.restart().unwrap();
    api.until("/healthz", StatusCode::OK).await;
}

#[tokio::test]
async fn a_replica_that_never_read_the_bucket_does_not_say_that_a_key_is_absent() {
    let Some(mut server) = server("http-early") else {
        return;
    };
    server.kill();
    let api = Api {
        client: Client::new(),
        process: Process::start(&server.address()),
    };
    refused(&api.get("/v1/entries/a").await, 503, "not-ready");
    refused(&api.get("/v1/entries").await, 503, "not-ready");
    refused(&api.get("/healthz").await, 503, "degraded");
    server.restart().unwrap();
    api.until("/v1/entries/a", StatusCode::NOT_FOUND).await;
}

#[tokio::test]
async fn a_write_without_an_answer_is_reported_as_unknown() {
    let Some(server) = server("http-unknown") else {
        return;
    };
    let api = Api::start(&server.address()).await;
    crate::process::signal(server.id(), "STOP");
    let answer = api.put("a", &[], "1").await;
    crate::process::signal(server.id(), "CONT");
    refused(&answer, 504, "outcome-unknown");
    api.until("/v1/entries/a", StatusCode::OK).await;
}
