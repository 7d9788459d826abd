//! The web service, over a real socket and with a real HTTP client.

use crate::store::{HOUR, seconds};
use reqwest::header::{COOKIE, HeaderMap, SET_COOKIE};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use sessions::web::{Service, Visitor, router};
use sessions::{Lifetime, Sessions};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::sleep;
use web::{Ended, Limits, serve};

struct Running {
    sessions: Arc<Sessions<Visitor>>,
    root: String,
    client: Client,
    end: oneshot::Sender<()>,
    served: JoinHandle<Ended>,
}

async fn start(lifetime: Lifetime, limit: usize) -> Running {
    let sessions = Arc::new(Sessions::new(lifetime, limit));
    let service = Arc::new(Service {
        sessions: Arc::clone(&sessions),
        code: String::from("right"),
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let root = format!("http://{}", listener.local_addr().unwrap());
    let (end, ended) = oneshot::channel();
    let limits = Limits::default();
    let served = tokio::spawn(async move {
        let router = router(service, &limits);
        serve(listener, router, limits, async { drop(ended.await) }).await
    });
    let client = Client::new();
    Running {
        sessions,
        root,
        client,
        end,
        served,
    }
}

/// What a request was answered with.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

impl Answer {
    /// The problem's code.
    fn problem(&self) -> (u16, &str) {
        assert_eq!(self.headers["content-type"], "application/problem+json");
        (self.status.as_u16(), self.body["code"].as_str().unwrap())
    }

    /// The cookie as the client sends it back.
    fn cookie(&self) -> String {
        let set = self.headers[SET_COOKIE].to_str().unwrap();
        set.split(';').next().unwrap().to_owned()
    }
}

impl Running {
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.root))
    }

    async fn ask(&self, method: Method, path: &str, cookie: &str) -> Answer {
        answer(self.request(method, path).header(COOKIE, cookie)).await
    }

    async fn log_in(&self, user: &str) -> Answer {
        let login = json!({"user": user, "code": "right"});
        answer(self.request(Method::POST, "/login").json(&login)).await
    }

    async fn finish(self) {
        self.end.send(()).unwrap();
        // The client keeps its connections, which the service closes.
        assert_eq!(self.served.await.unwrap(), Ended::Finished);
    }
}

async fn answer(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let body = response.bytes().await.unwrap();
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    assert_eq!(headers["x-content-type-options"], "nosniff");
    Answer {
        status,
        headers,
        body,
    }
}

#[tokio::test]
async fn a_user_logs_in_is_known_and_logs_out() {
    let service = start(Lifetime::absolute(HOUR), 10).await;
    let login = service.log_in("ann").await;
    assert_eq!(login.status, StatusCode::CREATED);
    assert_eq!(login.headers["cache-control"], "no-store");
    let cookie = login.cookie();
    for requests in 1..4 {
        let me = service.ask(Method::GET, "/me", &cookie).await;
        assert_eq!(me.status, StatusCode::OK);
        assert_eq!(
            (&me.body["user"], &me.body["requests"]),
            (&json!("ann"), &json!(requests))
        );
    }
    let out = service.ask(Method::POST, "/logout", &cookie).await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    let deleted = out.headers[SET_COOKIE].to_str().unwrap();
    assert!(deleted.starts_with("__Host-session=;") && deleted.contains("Max-Age=0"));
    // A browser refuses a cookie of this prefix without these, and keeps the old one.
    assert!(deleted.contains("Secure") && deleted.contains("Path=/"));
    let me = service.ask(Method::GET, "/me", &cookie).await;
    assert_eq!(me.problem(), (401, "not-logged-in"));
    let again = service.ask(Method::POST, "/logout", &cookie).await;
    assert_eq!(again.status, StatusCode::NO_CONTENT);
    service.finish().await;
}

#[tokio::test]
async fn the_cookie_is_for_this_site_over_tls_and_not_for_scripts() {
    let service = start(Lifetime::absolute(HOUR), 10).await;
    let login = service.log_in("ann").await;
    let set = login.headers[SET_COOKIE].to_str().unwrap();
    let mut parts: Vec<&str> = set.split("; ").skip(1).collect();
    parts.sort_unstable();
    let expected = [
        "HttpOnly",
        "Max-Age=3600",
        "Path=/",
        "SameSite=Strict",
        "Secure",
    ];
    assert_eq!(parts, expected);
    let id = login.cookie().split_once('=').unwrap().1.to_owned();
    // No answer has the id in it but the cookie.
    let list = service.ask(Method::GET, "/sessions", &login.cookie()).await;
    assert!(!login.body.to_string().contains(&id) && !list.body.to_string().contains(&id));
    service.finish().await;
}

#[tokio::test]
async fn a_login_that_is_not_right_is_refused() {
    let service = start(Lifetime::absolute(HOUR), 10).await;
    let long = "a".repeat(65);
    let logins = [
        (json!({"user": "ann", "code": "wrong"}), (401, "wrong-code")),
        (json!({"user": "ann", "code": ""}), (401, "wrong-code")),
        (json!({"user": "ann", "code": "righ"}), (401, "wrong-code")),
        (
            json!({"user": "ann", "code": "rightly"}),
            (401, "wrong-code"),
        ),
        (json!({"user": "", "code": "right"}), (400, "invalid-user")),
        (
            json!({"user": long, "code": "right"}),
            (400, "invalid-user"),
        ),
        (
            json!({"user": "a\nb", "code": "right"}),
            (400, "invalid-user"),
        ),
        (json!({"user": "ann"}), (400, "unexpected-json")),
    ];
    for (login, expected) in logins {
        let answer = answer(service.request(Method::POST, "/login").json(&login)).await;
        assert_eq!(answer.problem(), expected, "{login}");
        assert!(!answer.headers.contains_key(SET_COOKIE));
    }
    // A form of another site can send this, but no JSON.
    let form = service
        .request(Method::POST, "/login")
        .body("user=ann&code=right");
    assert_eq!(
        answer(form).await.problem(),
        (415, "unsupported-media-type")
    );
    assert!(service.sessions.is_empty());
    assert_eq!(
        service.log_in(&"é".repeat(64)).await.status,
        StatusCode::CREATED
    );
    service.finish().await;
}

#[tokio::test]
async fn a_login_ends_the_session_that_the_client_had() {
    let service = start(Lifetime::absolute(HOUR), 10).await;
    let first = service.log_in("ann").await.cookie();
    let login = service
        .request(Method::POST, "/login")
        .header(COOKIE, &first);
    let login = login.json(&json!({"user": "ann", "code": "right"}));
    let second = answer(login).await.cookie();
    assert_ne!(first, second);
    let me = service.ask(Method::GET, "/me", &first).await;
    assert_eq!(me.problem(), (401, "not-logged-in"));
    assert_eq!(
        service.ask(Method::GET, "/me", &second).await.status,
        StatusCode::OK
    );
    assert_eq!(service.sessions.len(), 1);
    service.finish().await;
}

#[tokio::test]
async fn a_user_lists_and_ends_their_own_sessions_alone() {
    let service = start(Lifetime::absolute(HOUR), 10).await;
    let [phone, laptop, bob] = [
        service.log_in("ann").await,
        service.log_in("ann").await,
        service.log_in("bob").await,
    ];
    let list = service
        .ask(Method::GET, "/sessions", &laptop.cookie())
        .await;
    let these: Vec<_> = list
        .body
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["this"])
        .collect();
    assert_eq!(these, [&json!(false), &json!(true)]);
    let count = service.ask(Method::GET, "/count", "").await.body;
    assert_eq!(count, json!({"sessions": 3, "users": 2}));
    let end = async |number: &Value| {
        let path = format!("/sessions/{number}");
        service.ask(Method::DELETE, &path, &laptop.cookie()).await
    };
    assert_eq!(
        end(&bob.body["number"]).await.problem(),
        (404, "no-such-session")
    );
    assert_eq!(end(&json!("x")).await.problem(), (400, "invalid-path"));
    assert_eq!(
        end(&phone.body["number"]).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        end(&phone.body["number"]).await.problem(),
        (404, "no-such-session")
    );
    service.log_in("ann").await;
    let all = service
        .ask(Method::DELETE, "/sessions", &laptop.cookie())
        .await;
    assert_eq!(all.body, json!({"ended": 2}));
    let me = service.ask(Method::GET, "/me", &laptop.cookie()).await;
    assert_eq!(me.problem(), (401, "not-logged-in"));
    assert_eq!(
        service.ask(Method::GET, "/me", &bob.cookie()).await.status,
        StatusCode::OK
    );
    service.finish().await;
}

#[tokio::test]
async fn a_request_without_a_session_is_told_to_log_in() {
    let service = start(Lifetime::absolute(HOUR), 10).await;
    let unknown = format!("__Host-session={}", "0".repeat(32));
    for cookie in [
        "",
        "__Host-session=",
        "__Host-session=zz",
        "a=b",
        "; ;=;",
        &unknown,
    ] {
        for (method, path) in [
            (Method::GET, "/me"),
            (Method::GET, "/sessions"),
            (Method::DELETE, "/sessions"),
            (Method::DELETE, "/sessions/1"),
        ] {
            let answer = service.ask(method, path, cookie).await;
            assert_eq!(
                answer.problem(),
                (401, "not-logged-in"),
                "{cookie:?}, {path}"
            );
        }
    }
    let other = service.ask(Method::GET, "/login", "").await;
    assert_eq!(other.problem(), (405, "method-not-allowed"));
    assert_eq!(
        service.ask(Method::GET, "/x", "").await.problem(),
        (404, "no-such-resource")
    );
    service.finish().await;
}

#[tokio::test]
async fn a_full_service_says_when_to_come_back() {
    let service = start(Lifetime::absolute(HOUR), 1).await;
    let first = service.log_in("ann").await.cookie();
    let refused = service.log_in("bob").await;
    assert_eq!(refused.problem(), (503, "too-many-sessions"));
    assert_eq!(refused.headers["retry-after"], "60");
    service.ask(Method::POST, "/logout", &first).await;
    assert_eq!(service.log_in("bob").await.status, StatusCode::CREATED);
    service.finish().await;
}

#[tokio::test]
async fn a_request_renews_its_session_when_a_tenth_of_the_idle_limit_is_over() {
    let lifetime = crate::store::idle(HOUR, seconds(2));
    let service = start(lifetime, 10).await;
    let cookie = service.log_in("ann").await.cookie();
    let session = service.sessions.of_user("ann").remove(0);
    let begun = session.deadline().unwrap();
    sleep(seconds(2) / 4).await;
    assert_eq!(
        service.ask(Method::GET, "/me", &cookie).await.status,
        StatusCode::OK
    );
    let renewed = session.deadline().unwrap();
    assert!(begun + seconds(2) / 4 <= renewed, "{begun:?}, {renewed:?}");
    service.finish().await;
}

#[tokio::test]
async fn without_an_idle_limit_no_request_renews() {
    let service = start(Lifetime::absolute(HOUR), 10).await;
    let cookie = service.log_in("ann").await.cookie();
    let session = service.sessions.of_user("ann").remove(0);
    let begun = session.deadline();
    service.ask(Method::GET, "/me", &cookie).await;
    assert_eq!(session.deadline(), begun);
    service.finish().await;
}

#[tokio::test]
async fn a_session_is_found_among_other_cookies() {
    let service = start(Lifetime::absolute(HOUR), 10).await;
    let cookie = service.log_in("ann").await.cookie();
    let me = service.request(Method::GET, "/me").header(COOKIE, "a=b");
    let me = answer(me.header(COOKIE, &cookie)).await;
    assert_eq!(me.status, StatusCode::OK);
    let both = format!("c=d; __Host-session=zz; {cookie}; e=f");
    let me = service.ask(Method::GET, "/me", &both).await;
    assert_eq!(me.status, StatusCode::OK);
    service.finish().await;
}

#[tokio::test]
async fn a_login_that_is_refused_ends_nothing() {
    let service = start(Lifetime::absolute(HOUR), 1).await;
    let cookie = service.log_in("ann").await.cookie();
    for (code, status) in [("wrong", 401), ("right", 503)] {
        let login = service.request(Method::POST, "/login");
        let login = login.json(&json!({"user": "bob", "code": code}));
        let refused = answer(login.header(COOKIE, &cookie)).await;
        assert_eq!(refused.status, status);
        let me = service.ask(Method::GET, "/me", &cookie).await;
        assert_eq!(me.status, StatusCode::OK, "{code}");
    }
    service.finish().await;
}

#[tokio::test]
async fn a_login_keeps_no_more_of_the_agent_than_is_shown() {
    let service = start(Lifetime::absolute(HOUR), 10).await;
    let login = json!({"user": "ann", "code": "right"});
    let login = service.request(Method::POST, "/login").json(&login);
    let shown = answer(login.header("user-agent", "x".repeat(5_000)))
        .await
        .body;
    assert_eq!(shown["agent"], "x".repeat(64));
    let session = service.sessions.of_user("ann").remove(0);
    assert_eq!(session.data.agent.len(), 64);
    service.finish().await;
}

#[tokio::test]
async fn before_a_tenth_of_the_idle_limit_no_request_renews() {
    let service = start(crate::store::idle(24 * HOUR, HOUR), 10).await;
    let cookie = service.log_in("ann").await.cookie();
    let session = service.sessions.of_user("ann").remove(0);
    let begun = session.deadline();
    for _ in 0..3 {
        service.ask(Method::GET, "/me", &cookie).await;
    }
    assert_eq!(session.deadline(), begun);
    service.finish().await;
}
