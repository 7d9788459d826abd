//! What is forgotten while requests and flights are under way.

use crate::service::{Does, LIFESPAN, call_of, seconds, service};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use readmostly::primitives::{ConcurrentMap, ShardedMap};
use response_cache::{
    Answer, Cache, DefaultMap, Failure, Fetched, Kept, Limits, Slot, StoreMap, Upstream,
};
use std::future::ready;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;
use tokio::task::spawn_blocking;

/// A look-up that waits when it has its result, by its number.
struct Halt {
    at: usize,
    reached: Sender<()>,
    go_on: Mutex<Receiver<()>>,
}

/// What the test has of a `Halt`.
struct Halted {
    reached: Receiver<()>,
    go: Sender<()>,
}

impl Halted {
    async fn reached(self) -> Sender<()> {
        let reached = spawn_blocking(move || self.reached.recv_timeout(seconds(60)));
        reached.await.unwrap().unwrap();
        self.go
    }
}

fn halt(at: usize) -> (Halt, Halted) {
    let (tell, reached) = channel();
    let (go, wait) = channel();
    let halt = Halt {
        at,
        reached: tell,
        go_on: wait.into(),
    };
    (halt, Halted { reached, go })
}

struct Halting {
    map: DefaultMap<Kept>,
    looks: AtomicUsize,
    halts: [Halt; 3],
}

impl StoreMap<Kept> for Halting {
    fn find<R>(&self, key: &str, f: impl FnOnce(&Arc<Slot<Kept>>) -> R) -> Option<R> {
        let found = self.map.get_with(key, f);
        let look = 1 + self.looks.fetch_add(1, Ordering::Relaxed);
        if let Some(halt) = self.halts.iter().find(|halt| halt.at == look) {
            halt.reached.send(()).unwrap();
            let go_on = halt.go_on.lock().unwrap();
            go_on.recv_timeout(seconds(60)).unwrap();
        }
        found
    }

    fn put(&self, key: Arc<str>, slot: Arc<Slot<Kept>>) {
        self.map.insert(key, slot);
    }

    fn take_out(&self, key: &str) {
        self.map.remove(key);
    }

    fn count(&self) -> usize {
        self.map.len()
    }
}

/// A flight boards during `forget`, and sees the answer that is removed then. A request that
/// begins after `forget` must not get this answer from the flight.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_request_after_forget_does_not_join_a_flight_that_saw_the_old_answer() {
    // Look 1: of the first request. Looks 2 to 4: of a request, of its flight, and of the
    // change that keeps its answer. Look 5: of the removal. Look 6: of the first request's flight.
    let ((first, first_looks), (removal, removes), (flight, flies)) = (halt(1), halt(5), halt(6));
    let map = Halting {
        map: ShardedMap::new(),
        looks: AtomicUsize::new(0),
        halts: [first, removal, flight],
    };
    let cache = Cache::with_map(service(Does::Keep(LIFESPAN)), map, Limits::default());
    let early = tokio::spawn({
        let cache = Arc::clone(&cache);
        async move { cache.get("/").await }
    });
    let go_early = first_looks.reached().await;
    assert_eq!(call_of(&cache.get("/").await).unwrap().0, 1);
    let forgets = spawn_blocking({
        let cache = Arc::clone(&cache);
        move || cache.forget("/")
    });
    let go_removal = removes.reached().await;
    go_early.send(()).unwrap();
    let go_flight = flies.reached().await;
    go_removal.send(()).unwrap();
    forgets.await.unwrap();
    let mut late = pin!(cache.get("/"));
    // One poll: the request boards.
    tokio::select! {
        biased;
        _ = &mut late => panic!("there is nothing to serve"),
        () = ready(()) => {}
    }
    go_flight.send(()).unwrap();
    assert_eq!(call_of(&late.await).unwrap().0, 2);
    assert_eq!(call_of(&early.await.unwrap()).unwrap().0, 1);
}

/// The first answer comes when the test says so, and may not be kept. The others may.
#[derive(Default)]
struct FirstIsLate {
    calls: AtomicUsize,
    go_on: Notify,
}

impl Upstream for FirstIsLate {
    async fn fetch(&self, _: &str, _: usize) -> Result<Fetched, Failure> {
        let answer = Arc::new(Answer {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: Bytes::new(),
        });
        if self.calls.fetch_add(1, Ordering::Relaxed) == 0 {
            self.go_on.notified().await;
            return Ok(Fetched::Share(answer));
        }
        Ok(Fetched::Keep {
            answer,
            age: seconds(0),
            lifespan: LIFESPAN,
        })
    }
}

#[tokio::test]
async fn an_outdated_flight_that_lands_late_removes_nothing_newer() {
    let cache = Cache::new(FirstIsLate::default(), Limits::default());
    let early = tokio::spawn({
        let cache = Arc::clone(&cache);
        async move { cache.get("/").await }
    });
    while cache.upstream().calls.load(Ordering::Relaxed) == 0 {
        tokio::task::yield_now().await;
    }
    cache.forget("/");
    cache.get("/").await;
    assert_eq!(cache.store().len(), 1);
    cache.upstream().go_on.notify_one();
    early.await.unwrap();
    assert_eq!(cache.store().len(), 1);
}
