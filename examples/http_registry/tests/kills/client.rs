//! A client of the interface.

use crate::model::State;
use http_registry::journal::Flag;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    url: String,
}

/// What a write is to do.
#[derive(Clone, Debug)]
pub(crate) struct Write {
    pub(crate) name: String,
    /// The value to put. `None`: delete.
    pub(crate) value: Option<String>,
    /// A header and its value.
    pub(crate) condition: Option<(&'static str, String)>,
    pub(crate) durable: bool,
}

/// What the program has answered to a write.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// The version in `ETag`.
    pub(crate) version: Option<u64>,
    pub(crate) body: String,
}

#[derive(Deserialize)]
struct Page {
    flags: Vec<Flag>,
    next: Option<String>,
    version: u64,
}

impl Client {
    pub(crate) fn new(url: &str) -> Self {
        Self {
            http: reqwest::Client::new(),
            url: url.to_owned(),
        }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url))
    }

    /// Writes. An error: nobody knows whether the write was made.
    pub(crate) async fn write(&self, write: &Write) -> reqwest::Result<Answer> {
        let method = if write.value.is_some() {
            Method::PUT
        } else {
            Method::DELETE
        };
        let path = format!("/v1/flags/{}?durable={}", write.name, write.durable);
        let mut request = self.request(method, &path);
        if let Some(value) = &write.value {
            request = request
                .header("content-type", "application/json")
                .body(value.clone());
        }
        if let Some((header, value)) = &write.condition {
            request = request.header(*header, value);
        }
        let response = request.send().await?;
        let status = response.status();
        let tag = response
            .headers()
            .get("etag")
            .map(|tag| tag.to_str().expect("text"));
        let version = tag.map(|tag| tag.trim_matches('"').parse().expect("a version"));
        Ok(Answer {
            status,
            version,
            body: response.text().await?,
        })
    }

    /// All flags, page by page. Nobody writes meanwhile.
    pub(crate) async fn state(&self) -> State {
        let mut flags = BTreeMap::new();
        let mut after = String::new();
        loop {
            let path = format!("/v1/flags?limit=7{after}");
            let response = self
                .request(Method::GET, &path)
                .send()
                .await
                .expect("an answer");
            let page: Page = serde_json::from_str(&response.text().await.expect("a page"))
                .expect("a page of flags");
            flags.extend(page.flags.into_iter().map(|flag| (flag.name.clone(), flag)));
            match page.next {
                Some(next) => after = format!("&after={next}"),
                None => {
                    return State {
                        flags,
                        version: page.version,
                    };
                }
            }
        }
    }

    /// Each flag has its version as its tag, and the tag is recognised.
    pub(crate) async fn check_tags(&self, state: &State) {
        for flag in state.flags.values() {
            let path = format!("/v1/flags/{}", flag.name);
            let get = || self.request(Method::GET, &path);
            let tag = format!("\"{}\"", flag.version);
            let response = get().send().await.expect("an answer");
            assert_eq!(response.headers()["etag"], tag.as_str());
            let same = get()
                .header("if-none-match", tag)
                .send()
                .await
                .expect("an answer");
            assert_eq!(same.status(), StatusCode::NOT_MODIFIED);
        }
    }
}
