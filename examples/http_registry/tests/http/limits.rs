//! Sizes at and over each limit, and names of all kinds.

use crate::MAPS;
use crate::api::path_of;
use crate::server::Server;
use crate::sse::Events;

#[tokio::test]
async fn every_name_within_the_rules_can_be_put_read_listed_and_deleted() {
    let longest = "x".repeat(128);
    // 128 bytes, in 64 characters.
    let longest_of_two_bytes = "ä".repeat(64);
    let names = [
        "x",
        "dark-mode",
        "<script>alert(1)</script>",
        "a/b",
        "a b",
        " ",
        "?x=1#y",
        "100%",
        "%2F",
        "\"quoted\\",
        "…",
        ".a",
        "...",
        "日本語",
        "👩‍🚀",
        &longest,
        &longest_of_two_bytes,
    ];
    for map in MAPS {
        let server = Server::with(map);
        let api = &server.api;
        for name in names {
            let put = api.put(name, "true").await.expect(201);
            assert_eq!(put.json()["name"], name, "{map}");
            assert_eq!(api.get(&path_of(name)).await.expect(200).text, put.text);
        }
        let list = api.get("/v1/flags").await.expect(200).json();
        let listed = list["flags"].as_array().expect("an array").iter();
        let listed: Vec<_> = listed
            .map(|flag| flag["name"].as_str().expect("a name"))
            .collect();
        let mut sorted = names.to_vec();
        sorted.sort_unstable();
        assert_eq!(listed, sorted);
        for name in names {
            api.delete(name).await.expect(204);
            api.get(&path_of(name))
                .await
                .expect_problem(404, "flag-not-found");
        }
    }
}

#[tokio::test]
async fn every_other_name_is_refused_by_every_method() {
    let too_long = path_of(&"x".repeat(129));
    let too_many_bytes = path_of(&format!("{}x", "ä".repeat(64)));
    let server = Server::start(&[]);
    for path in [
        "/v1/flags/",
        "/v1/flags/%00",
        "/v1/flags/a%0Ab",
        "/v1/flags/%7F",
        "/v1/flags/%C2%85",
        "/v1/flags/%FF",
        "/v1/flags/%C3",
        &too_long,
        &too_many_bytes,
    ] {
        server
            .api
            .get(path)
            .await
            .expect_problem(400, "invalid-name");
        server
            .api
            .put_with(path, "1", &[])
            .await
            .expect_problem(400, "invalid-name");
        server
            .api
            .send("DELETE", path, &[])
            .await
            .expect_problem(400, "invalid-name");
    }
    // A client would remove these from the path, so they come without one.
    for name in [".", "..", "%2E", "%2e%2E"] {
        let mut raw = crate::raw::Raw::open(&server).await;
        let head = "HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
        raw.send(&format!("GET /v1/flags/{name} {head}")).await;
        let answer = raw.read_to_end().await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{name}: {answer}");
        assert!(answer.contains("\"invalid-name\""), "{name}: {answer}");
    }
    server.api.is_well().await;
}

#[tokio::test]
async fn a_value_has_4096_bytes_at_most_as_it_was_sent() {
    for map in MAPS {
        let server = Server::with(map);
        let value = |bytes: usize| format!("\"{}\"", "x".repeat(bytes - 2));
        server.api.put("flag", &value(4_096)).await.expect(201);
        let refused = server.api.put("flag", &value(4_097)).await;
        assert_eq!(
            refused.expect_problem(413, "value-too-large")["limit"],
            4_096
        );
        let of_blanks = format!("[{}]", " ".repeat(4_095));
        server
            .api
            .put("flag", &of_blanks)
            .await
            .expect_problem(413, "value-too-large");
        let got = server.api.get(&path_of("flag")).await.expect(200).json();
        assert_eq!(got["value"].as_str().map(str::len), Some(4_094), "{map}");
    }
}

#[tokio::test]
async fn a_body_has_65536_bytes_at_most() {
    let server = Server::start(&[]);
    let body = |bytes: usize| format!("\"{}\"", "x".repeat(bytes - 2));
    let at = server.api.put("flag", &body(65_536)).await;
    at.expect_problem(413, "value-too-large");
    let over = server.api.put("flag", &body(65_537)).await;
    over.expect_problem(413, "body-too-large");
    // Blanks around the value count for the body, and not for the value.
    server
        .api
        .put("flag", &format!("{}1", " ".repeat(65_535)))
        .await
        .expect(201);
    server.api.is_well().await;
}

#[tokio::test]
async fn a_value_is_nested_100_deep_at_most_and_lists_of_it_can_be_read() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    for map in MAPS {
        let server = Server::with(map);
        server.api.put("flag", &nested(100)).await.expect(201);
        server
            .api
            .put("flag", &nested(101))
            .await
            .expect_problem(400, "invalid-json");
        let objects = "{\"a\":".repeat(101) + "1" + &"}".repeat(101);
        server
            .api
            .put("flag", &objects)
            .await
            .expect_problem(400, "invalid-json");
        server
            .api
            .put("flag", &nested(2_000))
            .await
            .expect_problem(400, "invalid-json");
        let list = server.api.get("/v1/flags").await.expect(200).json();
        assert_eq!(list["flags"][0]["name"], "flag");
        let data = server.stop().await.data;
        let server = Server::start_in(data, &["--map", map]);
        server.api.get(&path_of("flag")).await.expect(200);
    }
}

#[tokio::test]
async fn a_value_keeps_its_digits_and_blanks_and_members() {
    let server = Server::start(&[]);
    for value in [
        "12345678901234567890123456789.00",
        "{\"b\": 1,  \"a\": 2, \"b\": 3}",
        "\"\\u0041\\n\"",
        "-0.0",
        "1e3",
        "null",
        "\"\\u2028<&>\"",
        // The parser uses this name for itself.
        "{\"$serde_json::private::RawValue\": 1}",
        "{\"$serde_json::private::RawValue\": \"{\"}",
    ] {
        let answer = server.api.put("flag", value).await;
        assert!(
            answer.text.contains(&format!("\"value\":{value},")),
            "{answer:?}"
        );
    }
    let lines = server.api.put("flag", "[1,\r\n2]").await;
    assert!(lines.text.contains("\"value\":[1,  2],"), "{lines:?}");
    for invalid in [
        "",
        "{",
        "1 2",
        "nul",
        "'a'",
        "1e999",
        "\"\\ud800\"",
        "{\"\\ud800\": 1}",
        "[1,]",
        "\u{feff}1",
    ] {
        let answer = server.api.put("flag", invalid).await;
        answer.expect_problem(400, "invalid-json");
    }
    let json = [("content-type", "application/json")];
    let request = server
        .api
        .request("PUT", "/v1/flags/flag", &json)
        .body(vec![b'"', 0xFF, b'"']);
    let answer = crate::api::Answer::of(request.send().await.expect("an answer")).await;
    answer
        .expect("a whole answer")
        .expect_problem(400, "invalid-json");
}

#[tokio::test]
async fn the_number_of_flags_is_bounded() {
    for map in MAPS {
        let server = Server::start(&["--map", map, "--max-flags", "3"]);
        let api = &server.api;
        for name in ["a", "b", "c"] {
            api.put(name, "1").await.expect(201);
        }
        assert_eq!(
            api.put("d", "1")
                .await
                .expect_problem(507, "too-many-flags")["limit"],
            3
        );
        // What is there can be replaced, and a deletion makes room.
        api.put("a", "2").await.expect(200);
        api.delete("b").await.expect(204);
        api.put("d", "1").await.expect(201);
        api.put("e", "1")
            .await
            .expect_problem(507, "too-many-flags");
        assert_eq!(api.get("/v1/inside").await.json()["flags"], 3);
    }
}

#[tokio::test]
async fn the_number_of_streams_is_bounded_and_a_closed_one_makes_room() {
    let server = Server::start(&["--max-streams", "2"]);
    let api = &server.api;
    let first = Events::open(api, None).await;
    let _second = Events::open(api, None).await;
    let refused = Events::try_open(api, None)
        .await
        .expect_err("no third stream");
    assert_eq!(refused.expect_problem(503, "too-many-streams")["limit"], 2);
    assert_eq!(refused.header("retry-after"), Some("5"));
    assert_eq!(api.get("/v1/inside").await.json()["streams"], 2);
    drop(first);
    let room = async || (api.metric("http_registry_streams").await == 1.0).then_some(());
    crate::server::wait_for("the stream to be closed", room).await;
    let _third = Events::open(api, None).await;
    api.is_well().await;
}

#[tokio::test]
async fn a_stream_that_is_refused_takes_no_room() {
    let server = Server::start(&["--max-streams", "1", "--history", "1"]);
    let api = &server.api;
    api.put("flag", "1").await.expect(201);
    api.put("flag", "2").await.expect(200);
    for (id, status) in [(0, 410), (3, 400)] {
        let refused = Events::try_open(api, Some(id)).await;
        refused.expect_err("no stream").expect(status);
    }
    let _open = Events::open(api, Some(1)).await;
}

#[tokio::test]
async fn the_parameters_of_a_request_are_checked() {
    let server = Server::start(&[]);
    let api = &server.api;
    for query in [
        "limit=1",
        "limit=1000",
        "prefix=&after=&limit=5",
        "",
        "prefix=%FF",
    ] {
        api.get(&format!("/v1/flags?{query}")).await.expect(200);
    }
    for query in [
        "limit=0",
        "limit=1001",
        "limit=-1",
        "limit=x",
        "limit=",
        "page=2",
        "limit=1&limit=2",
    ] {
        let answer = api.get(&format!("/v1/flags?{query}")).await;
        answer.expect_problem(400, "invalid-query");
    }
    for query in ["durable=yes", "durable=", "durable", "wait=true"] {
        let path = format!("/v1/flags/flag?{query}");
        api.put_with(&path, "1", &[])
            .await
            .expect_problem(400, "invalid-query");
        api.send("DELETE", &path, &[])
            .await
            .expect_problem(400, "invalid-query");
    }
    api.get("/v1/events?since=1")
        .await
        .expect_problem(400, "invalid-query");
    api.get("/v1/flags/flag")
        .await
        .expect_problem(404, "flag-not-found");
}
