//! The numbers: `/v1/inside`, `/metrics` and `/healthz`.

use crate::MAPS;
use crate::api::path_of;
use crate::server::Server;
use crate::sse::Events;
use serde_json::{Value, json};

#[tokio::test]
async fn the_inside_shows_what_the_map_has_and_null_for_the_rest() {
    for map in MAPS {
        let server = Server::with(map);
        let api = &server.api;
        let _stream = Events::open(api, None).await;
        for name in ["a", "b", "c"] {
            api.put(name, "1").await.expect(201);
            api.get(&path_of(name)).await.expect(200);
        }
        api.delete("c").await.expect(204);
        let inside = api.get("/v1/inside").await.expect(200).json();
        let common = ["map", "flags", "version", "streams"].map(|name| &inside[name]);
        assert_eq!(common, [&json!(map), &json!(2), &json!(4), &json!(1)]);
        let journal = std::fs::metadata(server.journal())
            .expect("the journal")
            .len();
        assert_eq!(inside["journal_bytes"], journal);
        let own = [
            "read",
            "dirty",
            "tombstones",
            "misses",
            "promotions",
            "rebuilds",
        ];
        for name in own {
            assert_eq!(
                inside[name].is_u64(),
                map == "sync",
                "{map}, {name}: {inside}"
            );
        }
        let taken = inside["contention"]["acquisitions"].as_u64();
        match map {
            "dashmap" => assert_eq!(inside["contention"], Value::Null),
            _ => assert!(taken.is_some_and(|taken| taken > 0), "{inside}"),
        }
    }
}

#[tokio::test]
async fn known_flags_are_read_without_the_lock_of_a_sync_map_alone() {
    for map in MAPS {
        let server = Server::with(map);
        let api = &server.api;
        api.put("a", "1").await.expect(201);
        for _ in 0..5 {
            api.get(&path_of("a")).await.expect(200);
        }
        let before = api.get("/v1/inside").await.json();
        for _ in 0..20 {
            api.get(&path_of("a")).await.expect(200);
        }
        api.put("a", "2").await.expect(200);
        let after = api.get("/v1/inside").await.json();
        let taken = |inside: &Value| inside["contention"]["acquisitions"].as_u64();
        match map {
            "sync" => assert_eq!(taken(&after), taken(&before)),
            "rwlock" => assert!(taken(&after) >= taken(&before).map(|taken| taken + 21)),
            _ => assert_eq!(taken(&after), None),
        }
    }
}

#[tokio::test]
async fn the_metrics_count_what_was_done() {
    for map in MAPS {
        let server = Server::with(map);
        let api = &server.api;
        let mut stream = Events::open(api, None).await;
        api.put("a", "1").await.expect(201);
        api.put_with("/v1/flags/a?durable=true", "2", &[])
            .await
            .expect(200);
        api.delete("a").await.expect(204);
        api.put("b", "1").await.expect(201);
        api.get("/v1/flags/none").await.expect(404);
        stream.take(4).await;
        for (name, value) in [
            ("http_registry_writes_total{kind=\"put\"}", 3.0),
            ("http_registry_writes_total{kind=\"delete\"}", 1.0),
            ("http_registry_requests_total{status=\"4xx\"}", 1.0),
            ("http_registry_requests_total{status=\"5xx\"}", 0.0),
            ("http_registry_events_total", 4.0),
            ("http_registry_streams", 1.0),
            ("http_registry_fsyncs_total", 1.0),
            ("http_registry_flags", 1.0),
            ("http_registry_version", 4.0),
            ("http_registry_dropped_streams_total", 0.0),
        ] {
            assert_eq!(api.metric(name).await, value, "{map}, {name}");
        }
        let before = api
            .metric("http_registry_requests_total{status=\"2xx\"}")
            .await;
        let after = api
            .metric("http_registry_requests_total{status=\"2xx\"}")
            .await;
        assert_eq!(
            after,
            before + 1.0,
            "a scrape counts, too, and nothing counts twice"
        );
        let journal = std::fs::metadata(server.journal())
            .expect("the journal")
            .len();
        assert_eq!(
            api.metric("http_registry_journal_bytes").await,
            journal as f64
        );
        if map != "dashmap" {
            assert_eq!(api.metric("readmostly_keys{map=\"flags\"}").await, 1.0);
        }
        let answer = api.get("/metrics").await;
        assert!(
            answer
                .header("content-type")
                .is_some_and(|kind| kind.starts_with("text/plain"))
        );
        let healthy = api.get("/healthz").await.expect(200).json();
        assert_eq!(healthy, json!({"status": "ok", "flags": 1, "version": 4}));
    }
}

#[tokio::test]
async fn every_answer_has_the_headers_that_browsers_heed() {
    let server = Server::start(&[]);
    let api = &server.api;
    for path in [
        "/v1/flags",
        "/v1/flags/none",
        "/v1/inside",
        "/metrics",
        "/nothing",
    ] {
        let answer = api.get(path).await;
        assert_eq!(
            answer.header("x-content-type-options"),
            Some("nosniff"),
            "{path}"
        );
        assert_eq!(
            answer.header("referrer-policy"),
            Some("no-referrer"),
            "{path}"
        );
        assert!(answer.header("content-security-policy").is_some(), "{path}");
    }
    let answer = api.send("POST", "/v1/flags/a", &[]).await;
    answer.expect_problem(405, "method-not-allowed");
    let allowed = answer.header("allow").expect("the methods");
    for method in ["GET", "PUT", "DELETE"] {
        assert!(allowed.contains(method), "{allowed}");
    }
}
