//! The proxy, over real sockets and with a real HTTP client, in front of a service that says
//! what it was asked.

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use response_cache::web::{HttpUpstream, router};
use response_cache::{Cache, Lifespan, Limits};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use web::serve;

/// What the service saw, and what it answers.
#[derive(Default)]
pub(crate) struct Service {
    calls: AtomicU64,
    answer: Mutex<(StatusCode, HeaderMap, usize)>,
    seen: Mutex<HeaderMap>,
    /// A call for a path with `slow` in it waits for this.
    pub(crate) go_on: Notify,
}

impl Service {
    pub(crate) fn answers(
        &self,
        status: u16,
        headers: &[(&'static str, &'static str)],
        length: usize,
    ) {
        let headers = headers.iter().map(|(name, value)| {
            let name = HeaderName::from_static(name);
            (name, HeaderValue::from_static(value))
        });
        let status = StatusCode::from_u16(status).unwrap();
        *self.answer.lock().unwrap() = (status, headers.collect(), length);
    }

    pub(crate) fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }
}

async fn respond(State(service): State<Arc<Service>>, request: Request) -> Response<Body> {
    let call = 1 + service.calls.fetch_add(1, Ordering::Relaxed);
    *service.seen.lock().unwrap() = request.headers().clone();
    if request.uri().path().contains("slow") {
        service.go_on.notified().await;
    }
    let (status, headers, length) = service.answer.lock().unwrap().clone();
    let mut body = format!("{call} {} {}", request.method(), request.uri()).into_bytes();
    body.resize(body.len().max(length), b' ');
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

pub(crate) struct Proxy {
    pub(crate) service: Arc<Service>,
    pub(crate) cache: Arc<Cache<HttpUpstream>>,
    pub(crate) root: String,
    client: Client,
    _tasks: JoinSet<()>,
}

pub(crate) const LIMITS: Limits = Limits {
    bytes: 100_000,
    body: 10_000,
    flights: 8,
    patience: crate::service::seconds(60),
    bypass: crate::service::seconds(60),
};

pub(crate) async fn start() -> Proxy {
    start_with(LIMITS).await
}

pub(crate) async fn start_with(limits: Limits) -> Proxy {
    let service = Arc::new(Service::default());
    service.answers(200, &[("cache-control", "max-age=600")], 0);
    let mut tasks = JoinSet::new();
    let upstream = Router::new()
        .fallback(respond)
        .with_state(Arc::clone(&service));
    let upstream = run(&mut tasks, upstream).await;
    let upstream = HttpUpstream::new(upstream.parse().unwrap(), Lifespan::default());
    let cache = Cache::new(upstream, limits);
    let root = run(&mut tasks, router(Arc::clone(&cache), limits)).await;
    Proxy {
        service,
        cache,
        root: format!("http://{root}"),
        client: Client::new(),
        _tasks: tasks,
    }
}

/// Serves until the test ends. The address.
async fn run(tasks: &mut JoinSet<()>, router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let serving = serve(
        listener,
        router,
        web::Limits::default(),
        std::future::pending(),
    );
    tasks.spawn(async move {
        serving.await;
    });
    address
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn cache_status(&self) -> &str {
        self.headers["cache-status"].to_str().unwrap()
    }

    pub(crate) fn problem(&self) -> (u16, Value) {
        assert_eq!(self.headers["content-type"], "application/problem+json");
        let body: Value = serde_json::from_str(&self.body).unwrap();
        (self.status.as_u16(), body["code"].clone())
    }
}

pub(crate) async fn answer(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    Answer {
        status: response.status(),
        headers: response.headers().clone(),
        body: response.text().await.unwrap().trim_end().to_owned(),
    }
}

impl Proxy {
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.root))
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        answer(self.request(Method::GET, path)).await
    }
}

#[tokio::test]
async fn the_second_request_is_a_hit_with_its_age() {
    let proxy = start().await;
    let headers = [
        ("cache-control", "max-age=600"),
        ("age", "100"),
        ("content-type", "text/x"),
    ];
    proxy.service.answers(200, &headers, 0);
    let first = proxy.get("/a?b=c").await;
    assert_eq!(first.body, "1 GET /a?b=c");
    assert_eq!(first.cache_status(), "response_cache; fwd=miss");
    let second = proxy.get("/a?b=c").await;
    assert_eq!((second.status, &second.body), (StatusCode::OK, &first.body));
    let age: i64 = second.headers["age"].to_str().unwrap().parse().unwrap();
    // The clock is the real one.
    assert!((100..160).contains(&age), "{age}");
    let status = second.cache_status();
    let ttl = status.strip_prefix("response_cache; hit; ttl=").unwrap();
    assert!((440..=500).contains(&ttl.parse().unwrap()), "{ttl}");
    assert_eq!(second.headers["content-type"], "text/x");
    assert_eq!(
        second.headers["content-length"],
        second.body.len().to_string()
    );
    assert_eq!(second.headers.get_all("age").iter().count(), 1);
    // Another query is another key.
    assert_eq!(proxy.get("/a?b=d").await.body, "2 GET /a?b=d");
}

#[tokio::test]
async fn many_clients_make_one_upstream_call() {
    let proxy = Arc::new(start().await);
    let mut clients = JoinSet::new();
    for _ in 0..100 {
        let proxy = Arc::clone(&proxy);
        clients.spawn(async move { proxy.get("/slow").await });
    }
    while proxy.service.calls() == 0 || proxy.cache.under_way() == 0 {
        tokio::task::yield_now().await;
    }
    proxy.service.go_on.notify_one();
    let answers = clients.join_all().await;
    assert!(answers.iter().all(|answer| answer.body == "1 GET /slow"));
    assert_eq!((proxy.service.calls(), proxy.cache.calls()), (1, 1));
}

#[tokio::test]
async fn a_call_for_everybody_has_nothing_of_a_client_in_it() {
    let proxy = start().await;
    let request = proxy
        .request(Method::GET, "/")
        .header("accept-language", "de");
    answer(request.header("x-user", "ann").header("accept", "x/y")).await;
    let seen = proxy.service.seen.lock().unwrap().clone();
    let mut names: Vec<_> = seen.keys().map(|name| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["accept", "accept-encoding", "host"]);
    assert_eq!(seen["accept"], "*/*");
    assert_eq!(seen["accept-encoding"], "identity");
}

#[tokio::test]
async fn a_request_of_its_own_goes_through_with_its_headers() {
    let proxy = start().await;
    proxy.get("/").await;
    for (name, value) in [
        ("authorization", "Basic eDp5"),
        ("cookie", "a=b"),
        ("range", "bytes=0-1"),
        ("cache-control", "No-Cache"),
        ("cache-control", "max-age=1, no-store"),
        // Nobody knows what this asks for.
        ("cache-control", "\u{e9}"),
    ] {
        let before = proxy.service.calls();
        let answer = answer(proxy.request(Method::GET, "/").header(name, value)).await;
        assert_eq!(
            answer.cache_status(),
            "response_cache; fwd=request",
            "{name}"
        );
        assert_eq!(proxy.service.calls(), before + 1);
        assert_eq!(proxy.service.seen.lock().unwrap()[name], value);
    }
    let body = answer(proxy.request(Method::GET, "/").body("x")).await;
    assert_eq!(body.cache_status(), "response_cache; fwd=request");
    assert_eq!(proxy.get("/").await.body, "1 GET /");
}

#[tokio::test]
async fn headers_of_a_connection_go_no_further() {
    let proxy = start().await;
    let answers = [
        ("cache-control", "private"),
        ("connection", "x-mine"),
        ("connection", "close, x-second"),
        ("x-mine", "1"),
        ("x-second", "1"),
        ("keep-alive", "timeout=9"),
        ("proxy-connection", "keep-alive"),
    ];
    proxy.service.answers(200, &answers, 0);
    let request = proxy
        .request(Method::POST, "/")
        .header("connection", "x-own, close")
        .header("connection", "x-second")
        .header("keep-alive", "timeout=9")
        .header("proxy-connection", "keep-alive")
        .header("host", "another.example");
    let request = request.header("x-own", "1").header("te", "trailers");
    let answer = answer(request.header("x-second", "1").header("x-other", "2")).await;
    let seen = proxy.service.seen.lock().unwrap().clone();
    for name in [
        "x-mine",
        "x-own",
        "x-second",
        "te",
        "keep-alive",
        "proxy-connection",
    ] {
        assert!(!answer.headers.contains_key(name), "{name}");
        assert!(!seen.contains_key(name), "{name}");
    }
    assert_eq!(seen["x-other"], "2");
    // Not the host that the client names: the service would make links of it.
    assert_ne!(seen["host"], "another.example");
}

#[tokio::test]
async fn an_answer_for_one_client_is_fetched_by_each() {
    for header in [
        ("cache-control", "no-store"),
        ("cache-control", "private"),
        ("set-cookie", "a=b"),
        ("vary", "accept-language"),
    ] {
        let proxy = start().await;
        proxy.service.answers(200, &[header], 0);
        let mut bodies = Vec::new();
        for _ in 0..3 {
            let answer = proxy.get("/").await;
            assert_eq!(answer.cache_status(), "response_cache; fwd=bypass");
            bodies.push(answer.body);
        }
        // Call 1 has found out. Each client has a call of its own.
        assert_eq!(bodies, ["2 GET /", "3 GET /", "4 GET /"], "{header:?}");
    }
}

#[tokio::test]
async fn an_answer_larger_than_the_limit_goes_through() {
    let proxy = start().await;
    proxy
        .service
        .answers(200, &[("cache-control", "max-age=600")], LIMITS.body);
    proxy.get("/most").await;
    assert!(proxy.get("/most").await.cache_status().contains("hit"));
    proxy
        .service
        .answers(200, &[("cache-control", "max-age=600")], LIMITS.body + 1);
    for _ in 0..2 {
        let large = proxy.request(Method::GET, "/large").send().await.unwrap();
        assert_eq!(
            large.headers()["cache-status"],
            "response_cache; fwd=bypass"
        );
        assert_eq!(large.bytes().await.unwrap().len(), LIMITS.body + 1);
    }
    let kept = proxy.cache.store().bytes();
    assert!(kept > LIMITS.body && kept < LIMITS.body + 2_000, "{kept}");
}

#[tokio::test]
async fn another_method_goes_through_and_ends_what_is_kept() {
    let proxy = start().await;
    proxy.get("/a").await;
    for method in [Method::HEAD, Method::OPTIONS] {
        let through = answer(proxy.request(method, "/a")).await;
        assert_eq!(through.cache_status(), "response_cache; fwd=method");
    }
    assert_eq!(proxy.get("/a").await.body, "1 GET /a");
    proxy.service.answers(404, &[], 0);
    answer(proxy.request(Method::DELETE, "/a")).await;
    assert_eq!(proxy.get("/a").await.body, "1 GET /a");
    proxy
        .service
        .answers(200, &[("cache-control", "max-age=600")], 0);
    let post = answer(proxy.request(Method::POST, "/a").body("x")).await;
    assert_eq!(post.body, "5 POST /a");
    assert_eq!(proxy.get("/a").await.body, "6 GET /a");
}

#[tokio::test]
async fn an_error_of_the_service_is_for_everybody_who_waited_and_not_kept() {
    let proxy = start().await;
    proxy.service.answers(
        503,
        &[("cache-control", "no-store"), ("set-cookie", "a=b")],
        0,
    );
    for call in ["1 GET /", "2 GET /"] {
        let answer = proxy.get("/").await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (503, call));
        assert!(!answer.headers.contains_key("set-cookie"));
    }
    assert!(proxy.cache.store().is_empty());
}

#[tokio::test]
async fn a_service_that_is_away_or_too_slow_is_a_problem() {
    let limits = Limits {
        patience: crate::service::seconds(1) / 10,
        ..LIMITS
    };
    let proxy = start_with(limits).await;
    for method in [Method::GET, Method::PUT] {
        let slow = answer(proxy.request(method, "/slow")).await;
        assert_eq!(slow.problem(), (504, json!("upstream-too-slow")));
    }
    // A port that was free a moment ago.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let upstream = HttpUpstream::new(address.parse().unwrap(), Lifespan::default());
    let mut tasks = JoinSet::new();
    let root = run(&mut tasks, router(Cache::new(upstream, LIMITS), LIMITS)).await;
    for method in [Method::GET, Method::PUT] {
        let away = answer(proxy.client.request(method, format!("http://{root}/"))).await;
        assert_eq!(away.problem(), (502, json!("upstream-unreachable")));
    }
}

#[tokio::test]
async fn the_inside_is_shown() {
    let proxy = start().await;
    proxy.get("/a").await;
    proxy.get("/a").await;
    let inside: Value = serde_json::from_str(&proxy.get("/-/cache").await.body).unwrap();
    let bytes = proxy.cache.store().bytes();
    let expected = json!({
        "keys": 1, "bytes": bytes, "bound": 100_000, "upstream_calls": 1, "under_way": 0,
    });
    assert_eq!(inside, expected);
}
