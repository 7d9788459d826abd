//! [`HttpUpstream`]: an upstream service that is asked over HTTP.

use crate::control::age;
use crate::{Answer, Failure, Fetched, Lifespan, Upstream, Verdict, verdict};
use axum::body::Body;
use axum::http::header::{
    ACCEPT, ACCEPT_ENCODING, AGE, CONNECTION, CONTENT_LENGTH, HOST, PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION, SET_COOKIE, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use axum::http::uri::{Authority, Scheme};
use axum::http::{HeaderMap, HeaderName, Request, Response, Uri};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::error::Error;
use std::sync::Arc;

/// Headers of a connection, which go no further.
const HOP_BY_HOP: [HeaderName; 9] = [
    CONNECTION,
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
];

/// An upstream service that is asked over HTTP.
#[derive(Clone, Debug)]
pub struct HttpUpstream {
    client: Client<HttpConnector, Body>,
    authority: Authority,
    /// For answers that say nothing about their lifetime.
    default: Lifespan,
}

impl HttpUpstream {
    /// Creates a client of the service at `authority`, which is `HOST:PORT`.
    pub fn new(authority: Authority, default: Lifespan) -> Self {
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self {
            client,
            authority,
            default,
        }
    }

    /// Sends a request of a client on, with the headers of the client.
    pub(super) async fn send(&self, mut request: Request<Body>) -> Result<Response<Body>, Failure> {
        let path = request
            .uri()
            .path_and_query()
            .map_or("/", |path| path.as_str());
        *request.uri_mut() = self.uri(path)?;
        end_to_end(request.headers_mut());
        request.headers_mut().remove(HOST);
        self.answered(request).await
    }

    async fn answered(&self, request: Request<Body>) -> Result<Response<Body>, Failure> {
        let response = self.client.request(request).await;
        let response = response.map_err(|why| Failure::Unreachable(with_sources(&why)))?;
        let mut response = response.map(Body::new);
        end_to_end(response.headers_mut());
        Ok(response)
    }

    fn uri(&self, path: &str) -> Result<Uri, Failure> {
        let uri = Uri::builder().scheme(Scheme::HTTP);
        let uri = uri.authority(self.authority.clone()).path_and_query(path);
        uri.build()
            .map_err(|why| Failure::Unreachable(why.to_string()))
    }
}

impl Upstream for HttpUpstream {
    async fn fetch(&self, key: &str, largest: usize) -> Result<Fetched, Failure> {
        let request = Request::get(self.uri(key)?)
            .header(ACCEPT, "*/*")
            .header(ACCEPT_ENCODING, "identity")
            .body(Body::empty())
            .map_err(|why| Failure::Unreachable(why.to_string()))?;
        let response = self.answered(request).await?;
        let (mut head, body) = response.into_parts();
        let verdict = verdict(head.status, &head.headers, self.default);
        // An error is nobody's own: services mark errors `no-store`, and mean the rest of it.
        if verdict == Verdict::Bypass && !head.status.is_server_error() {
            return Ok(Fetched::Bypass);
        }
        let Some(body) = whole(body, largest).await? else {
            return Ok(Fetched::Bypass);
        };
        let age = age(&head.headers);
        for name in [AGE, CONTENT_LENGTH, SET_COOKIE] {
            head.headers.remove(name);
        }
        let answer = Arc::new(Answer {
            status: head.status,
            headers: head.headers,
            body,
        });
        Ok(match verdict {
            Verdict::Keep(lifespan) => Fetched::Keep {
                answer,
                age,
                lifespan,
            },
            Verdict::Share | Verdict::Bypass => Fetched::Share(answer),
        })
    }
}

/// The whole body, in memory of its own. `None`: it is larger than `largest`.
async fn whole(body: Body, largest: usize) -> Result<Option<Bytes>, Failure> {
    match Limited::new(body, largest).collect().await {
        Ok(body) => Ok(Some(Bytes::copy_from_slice(&body.to_bytes()))),
        Err(why) if why.is::<LengthLimitError>() => Ok(None),
        Err(why) => Err(Failure::Unreachable(with_sources(why.as_ref()))),
    }
}

/// Removes the headers of the connection, and those that `Connection` names.
fn end_to_end(headers: &mut HeaderMap) {
    let lines = headers.get_all(CONNECTION).iter();
    let lines: Vec<String> = lines
        .filter_map(|line| line.to_str().ok().map(str::to_owned))
        .collect();
    let named = lines.iter().flat_map(|line| line.split(','));
    for name in named.filter_map(|name| name.trim().parse::<HeaderName>().ok()) {
        headers.remove(name);
    }
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
}

fn with_sources(why: &dyn Error) -> String {
    let mut text = why.to_string();
    let mut source = why.source();
    while let Some(why) = source {
        text += &format!(": {why}");
        source = why.source();
    }
    text
}
