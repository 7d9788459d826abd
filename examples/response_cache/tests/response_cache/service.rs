//! An upstream service that does what a test tells it.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use response_cache::{Answer, Cache, Failure, Fetched, Lifespan, Limits, Served, Source, Upstream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::sleep;

pub(crate) const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Fresh for 10 seconds, then stale while revalidate for 20, and if there is an error for 60.
pub(crate) const LIFESPAN: Lifespan = Lifespan {
    fresh: seconds(10),
    while_revalidate: seconds(20),
    if_error: seconds(60),
};

/// What the service does with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Does {
    Keep(Lifespan),
    /// As `Keep`, so old when it arrives.
    KeepAged(Lifespan, Duration),
    Share(StatusCode),
    Bypass,
    Fail,
    Panic,
    Hang,
}

/// A service that takes one second for each call. The body says which call it was.
pub(crate) struct Service {
    pub(crate) does: Mutex<Does>,
    pub(crate) calls: AtomicU64,
    pub(crate) body: usize,
}

pub(crate) const TAKES: Duration = seconds(1);

pub(crate) fn service(does: Does) -> Service {
    Service {
        does: Mutex::new(does),
        calls: AtomicU64::new(0),
        body: 0,
    }
}

impl Service {
    pub(crate) fn now(&self, does: Does) {
        *self.does.lock().unwrap() = does;
    }

    pub(crate) fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }
}

impl Upstream for Service {
    async fn fetch(&self, _key: &str, _largest: usize) -> Result<Fetched, Failure> {
        let call = 1 + self.calls.fetch_add(1, Ordering::Relaxed);
        let does = *self.does.lock().unwrap();
        sleep(TAKES).await;
        let answer = |status| {
            let mut body = call.to_string().into_bytes();
            body.resize(body.len().max(self.body), b' ');
            Arc::new(Answer {
                status,
                headers: HeaderMap::new(),
                body: Bytes::from(body),
            })
        };
        match does {
            Does::Keep(lifespan) => Ok(Fetched::Keep {
                answer: answer(StatusCode::OK),
                age: Duration::ZERO,
                lifespan,
            }),
            Does::KeepAged(lifespan, age) => Ok(Fetched::Keep {
                answer: answer(StatusCode::OK),
                age,
                lifespan,
            }),
            Does::Share(status) => Ok(Fetched::Share(answer(status))),
            Does::Bypass => Ok(Fetched::Bypass),
            Does::Fail => Err(Failure::Unreachable(format!("call {call}"))),
            Does::Panic => panic!("a planned panic"),
            Does::Hang => std::future::pending().await,
        }
    }
}

pub(crate) fn cache(does: Does) -> Arc<Cache<Service>> {
    Cache::new(service(does), Limits::default())
}

/// Which call the answer is from, and where the request had it from.
pub(crate) fn call_of(served: &Served) -> Option<(u64, Source)> {
    match served {
        Served::Answer { answer, source, .. } => {
            let body = std::str::from_utf8(&answer.body).unwrap();
            Some((body.trim_end().parse().unwrap(), *source))
        }
        _ => None,
    }
}
