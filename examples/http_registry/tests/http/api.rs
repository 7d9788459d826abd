//! A client of the registry.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, ClientBuilder, Method, RequestBuilder};
use serde_json::Value;
use std::str::FromStr;

/// A client of the registry.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    client: Client,
    base: String,
}

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) async fn of(response: reqwest::Response) -> reqwest::Result<Self> {
        Ok(Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            text: response.text().await?,
        })
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|why| panic!("{why}: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .get(name)
            .map(|value| value.to_str().expect("it is text"))
    }

    /// The version in the header `ETag`.
    pub(crate) fn version(&self) -> u64 {
        let etag = self
            .header("etag")
            .unwrap_or_else(|| panic!("no tag: {self:?}"));
        etag.trim_matches('"')
            .parse()
            .expect("the tag is a version")
    }

    /// Checks that the answer is a problem with this status and code, and whole.
    pub(crate) fn expect_problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json")
        );
        let json = self.json();
        assert_eq!(
            (&json["code"], &json["status"]),
            (&code.into(), &status.into())
        );
        assert_eq!(json["type"], "about:blank");
        for member in ["title", "detail"] {
            assert!(
                json[member].as_str().is_some_and(|text| !text.is_empty()),
                "{json}"
            );
        }
        json
    }

    /// Checks that the status is this one.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }
}

impl Api {
    pub(crate) fn new(base: String) -> Self {
        Self::with(base, Client::builder())
    }

    /// A client with a connection for each request. A server with little patience may close
    /// an idle one in the moment in which it is used again.
    pub(crate) fn without_idle_connections(base: String) -> Self {
        Self::with(base, Client::builder().pool_max_idle_per_host(0))
    }

    fn with(base: String, client: ClientBuilder) -> Self {
        let client = client.no_proxy().timeout(crate::server::PATIENCE);
        Self {
            client: client.build().expect("a client"),
            base,
        }
    }

    /// A request to this path with these headers.
    pub(crate) fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> RequestBuilder {
        let method = Method::from_str(method).expect("a method");
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        for (name, value) in headers {
            let name = HeaderName::from_str(name).expect("a name of a header");
            request = request.header(name, HeaderValue::from_str(value).expect("a header"));
        }
        request
    }

    pub(crate) async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        let response = self.request(method, path, headers).send().await;
        Answer::of(response.expect("an answer"))
            .await
            .expect("a whole answer")
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[]).await
    }

    /// Puts JSON to a path, with further headers.
    pub(crate) async fn put_with(
        &self,
        path: &str,
        json: &str,
        headers: &[(&str, &str)],
    ) -> Answer {
        let request = self.request("PUT", path, headers);
        let request = request
            .header("content-type", "application/json")
            .body(json.to_owned());
        Answer::of(request.send().await.expect("an answer"))
            .await
            .expect("a whole answer")
    }

    /// Puts the value of the flag with this name.
    pub(crate) async fn put(&self, name: &str, json: &str) -> Answer {
        self.put_with(&path_of(name), json, &[]).await
    }

    pub(crate) async fn delete(&self, name: &str) -> Answer {
        self.send("DELETE", &path_of(name), &[]).await
    }

    /// Checks that the service goes on: it answers a read and a write.
    pub(crate) async fn is_well(&self) {
        let put = self.put("is it well", "\"yes\"").await;
        assert!([200, 201].contains(&put.status), "{put:?}");
        let got = self.get(&path_of("is it well")).await.expect(200);
        assert_eq!(got.json()["value"], "yes");
        self.get("/healthz").await.expect(200);
    }

    /// A number of `/metrics`.
    pub(crate) async fn metric(&self, name: &str) -> f64 {
        let text = self.get("/metrics").await.expect(200).text;
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {name} in {text}"))
            .parse()
            .expect("a number")
    }
}

/// The path of the flag with this name.
pub(crate) fn path_of(name: &str) -> String {
    let mut path = String::from("/v1/flags/");
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => path.push(byte.into()),
            _ => path.push_str(&format!("%{byte:02X}")),
        }
    }
    path
}
