//! Ends and expiries that race, on threads and on the real clock.

use crate::store::{HOUR, audited};
use readmostly::primitives::{ConcurrentMap, ShardedMap};
use sessions::{DefaultMap, Lifetime, Session, SessionId, SessionMap, Sessions};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::thread;
use std::time::Duration;

#[test]
fn one_of_many_ends_gets_the_session() {
    const ROUNDS: usize = 300;
    for round in 0..ROUNDS {
        // Due at once, so that the sweeps race with the rest.
        let (sessions, audited) = audited(Lifetime::absolute(Duration::ZERO));
        let ids: Vec<SessionId> = (0..20)
            .map(|_| sessions.begin("ann", ()).unwrap().id())
            .collect();
        let (won, start) = (AtomicUsize::new(0), Barrier::new(4));
        let race = |part: &dyn Fn() -> usize| {
            start.wait();
            won.fetch_add(part(), Ordering::Relaxed);
        };
        let end_all = || {
            let ends = ids.iter().map(|id| {
                let won = sessions.end(id).is_some();
                assert!(sessions.get(id).is_none(), "ended, and still served");
                usize::from(won)
            });
            ends.sum()
        };
        thread::scope(|scope| {
            scope.spawn(|| race(&end_all));
            scope.spawn(|| race(&end_all));
            scope.spawn(|| race(&|| sessions.revoke_all("ann").len()));
            scope.spawn(|| {
                start.wait();
                sessions.sweep();
            });
        });
        let mut numbers = std::mem::take(&mut *audited.lock().unwrap());
        numbers.sort_unstable();
        assert_eq!(numbers, Vec::from_iter(1..=20), "round {round}");
        assert!(won.into_inner() <= 20, "round {round}");
        assert_eq!((sessions.len(), sessions.waiting()), (0, 0));
        assert_eq!(sessions.users(), []);
    }
}

/// A map in which a removal waits until the test says so.
struct Halting {
    map: DefaultMap<()>,
    reached: mpsc::SyncSender<()>,
    go_on: Mutex<mpsc::Receiver<()>>,
}

impl SessionMap<()> for Halting {
    fn find<R>(&self, id: &SessionId, f: impl FnOnce(&Arc<Session<()>>) -> R) -> Option<R> {
        self.map.get_with(id, f)
    }

    fn put(&self, session: Arc<Session<()>>) {
        self.map.insert(session.id(), session);
    }

    fn take_out(&self, id: &SessionId) {
        self.reached.send(()).unwrap();
        let go_on = self.go_on.lock().unwrap();
        go_on.recv_timeout(Duration::from_secs(60)).unwrap();
        self.map.remove(id);
    }

    fn count(&self) -> usize {
        self.map.len()
    }
}

/// Thread 1 ends the session, and has not yet removed it from the map. Thread 2 ends it too,
/// is told that it has ended, and must not find it afterwards.
#[test]
fn an_end_that_has_returned_is_final_although_another_call_is_still_at_it() {
    let (reached, has_reached) = mpsc::sync_channel(1);
    let (go, go_on) = mpsc::sync_channel(1);
    let map = Halting {
        map: ShardedMap::new(),
        reached,
        go_on: go_on.into(),
    };
    let sessions = Sessions::with_map(map, Lifetime::absolute(HOUR), 10);
    let session = sessions.begin("ann", ()).unwrap();
    let id = session.id();
    thread::scope(|scope| {
        let first = scope.spawn(|| sessions.end(&id).is_some());
        has_reached.recv_timeout(Duration::from_secs(60)).unwrap();
        assert!(sessions.map_has(&id), "the race that is meant");
        assert!(sessions.end(&id).is_none());
        assert!(sessions.get(&id).is_none());
        assert!(sessions.with(&id, |_| ()).is_none());
        assert!(sessions.of_user("ann").is_empty());
        assert!(!sessions.renew(&id));
        go.send(()).unwrap();
        assert!(first.join().unwrap());
    });
    assert_eq!((sessions.len(), sessions.waiting()), (0, 0));
}

/// What the map alone says.
trait MapHas {
    fn map_has(&self, id: &SessionId) -> bool;
}

impl MapHas for Sessions<(), Halting> {
    fn map_has(&self, _: &SessionId) -> bool {
        self.len() == 1
    }
}

#[test]
fn threads_together_begin_no_more_sessions_than_the_limit() {
    let sessions = Sessions::new(Lifetime::absolute(HOUR), 100);
    let begun = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let all = (0..50).filter(|_| sessions.begin("ann", ()).is_ok());
                begun.fetch_add(all.count(), Ordering::Relaxed);
            });
        }
    });
    assert_eq!((begun.into_inner(), sessions.len()), (100, 100));
}
