//! A flight that lands between the look of a request into the store and its boarding.

use crate::service::{Does, LIFESPAN, call_of, seconds, service};
use readmostly::primitives::{ConcurrentMap, ShardedMap};
use response_cache::{Cache, DefaultMap, Kept, Limits, Slot, Source, StoreMap};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

/// A map whose first look-up finds nothing, and then waits until the test says so.
struct Late {
    map: DefaultMap<Kept>,
    first: AtomicBool,
    looked: Sender<()>,
    go_on: Mutex<Receiver<()>>,
}

impl StoreMap<Kept> for Late {
    fn find<R>(&self, key: &str, f: impl FnOnce(&Arc<Slot<Kept>>) -> R) -> Option<R> {
        let found = self.map.get_with(key, f);
        if self.first.swap(false, Ordering::Relaxed) {
            self.looked.send(()).unwrap();
            let go_on = self.go_on.lock().unwrap();
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

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_flight_that_landed_meanwhile_is_not_flown_again() {
    let (looked, has_looked) = channel();
    let (go, go_on) = channel();
    let map = Late {
        map: ShardedMap::new(),
        first: AtomicBool::new(true),
        looked,
        go_on: go_on.into(),
    };
    let cache = Cache::with_map(service(Does::Keep(LIFESPAN)), map, Limits::default());
    let late = tokio::spawn({
        let cache = Arc::clone(&cache);
        async move { cache.get("/").await }
    });
    let has_looked = tokio::task::spawn_blocking(move || has_looked.recv_timeout(seconds(60)));
    has_looked.await.unwrap().unwrap();
    assert_eq!(call_of(&cache.get("/").await), Some((1, Source::Fetched)));
    go.send(()).unwrap();
    assert_eq!(call_of(&late.await.unwrap()).unwrap().0, 1);
    assert_eq!((cache.upstream().calls(), cache.calls()), (1, 1));
}
