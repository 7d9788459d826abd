//! A session ends once: who gets it, who is told, and what is freed.

use crate::store::{HOUR, audited, seconds, without_deadlock};
use sessions::{Lifetime, Reason, Sessions};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::Duration;
use tokio::time::advance;

#[test]
fn the_call_that_ends_a_session_gets_it_and_the_next_call_does_not() {
    let sessions = Sessions::new(Lifetime::absolute(HOUR), 10);
    let id = sessions.begin("ann", "cart").unwrap().id();
    let ended = sessions.end(&id).unwrap();
    assert_eq!(
        (ended.session.data, ended.reason),
        ("cart", Reason::LoggedOut)
    );
    assert!(sessions.end(&id).is_none());
    assert!(sessions.revoke("ann", ended.session.number()).is_none());
    assert!(sessions.revoke_all("ann").is_empty());
    assert!(sessions.get(&id).is_none() && !ended.session.is_alive());
}

#[tokio::test(start_paused = true)]
async fn the_audit_learns_each_end_once_with_its_reason() {
    let log = Arc::new(Mutex::new(Vec::new()));
    let audit = Arc::clone(&log);
    let sessions = Sessions::new(Lifetime::absolute(seconds(10)), 10).on_end(move |ended| {
        let entry = (ended.session.data, ended.reason);
        audit.lock().unwrap().push(entry);
    });
    let [one, two, _three] = [1, 2, 3].map(|n| sessions.begin("ann", n).unwrap());
    sessions.end(&one.id());
    assert_eq!(
        sessions.revoke("ann", two.number()).unwrap().reason,
        Reason::Revoked
    );
    advance(seconds(10)).await;
    while sessions.sweep() > 0 {}
    let expected = [
        (1, Reason::LoggedOut),
        (2, Reason::Revoked),
        (3, Reason::Expired),
    ];
    assert_eq!(*log.lock().unwrap(), expected);
}

#[test]
fn the_audit_may_use_the_store() {
    without_deadlock(|| {
        let left = Arc::new(Mutex::new(Vec::new()));
        let sessions = Arc::new_cyclic(|store: &Weak<Sessions<()>>| {
            let (left, store) = (Arc::clone(&left), store.clone());
            Sessions::new(Lifetime::absolute(Duration::ZERO), 10).on_end(move |ended| {
                let store = store.upgrade().unwrap();
                assert!(store.get(&ended.session.id()).is_none());
                let listed = store.of_user("ann").len();
                left.lock().unwrap().push((store.len(), listed));
            })
        });
        let [one, two, _three] = [1, 2, 3].map(|_| sessions.begin("ann", ()).unwrap());
        sessions.end(&one.id()).unwrap();
        sessions.revoke("ann", two.number()).unwrap();
        assert_eq!(sessions.sweep(), 1);
        assert_eq!(*left.lock().unwrap(), [(2, 2), (1, 1), (0, 0)]);
    });
}

#[test]
fn an_ended_session_leaves_nothing_behind() {
    let sessions = Sessions::new(Lifetime::absolute(HOUR), 10);
    let data = Arc::new(());
    let id = sessions.begin("ann", Arc::clone(&data)).unwrap().id();
    assert_eq!((sessions.waiting(), Arc::strong_count(&data)), (1, 2));
    drop(sessions.end(&id));
    // Not at the deadline: at once.
    assert_eq!(Arc::strong_count(&data), 1);
    assert_eq!((sessions.waiting(), sessions.users()), (0, vec![]));
}

/// Uses the store when it is dropped.
struct Nosy(Arc<OnceLock<Weak<Sessions<Nosy>>>>, Arc<AtomicUsize>);

impl Drop for Nosy {
    fn drop(&mut self) {
        let sessions = self.0.get().and_then(Weak::upgrade);
        let seen = sessions.map_or(0, |sessions| sessions.users().len() + sessions.len());
        self.1.fetch_add(1 + seen, Ordering::Relaxed);
    }
}

/// A destructor that runs under the mutex of the ledger would wait for ever.
#[test]
fn the_destructor_of_data_may_use_the_store() {
    without_deadlock(|| {
        let (store, seen) = (Arc::default(), Arc::default());
        let nosy = || Nosy(Arc::clone(&store), Arc::clone(&seen));
        let sessions = Arc::new(Sessions::new(Lifetime::absolute(Duration::ZERO), 3));
        store.set(Arc::downgrade(&sessions)).unwrap();
        let id = sessions.begin("ann", nosy()).unwrap().id();
        let two = sessions.begin("ann", nosy()).unwrap().number();
        sessions.begin("ann", nosy()).unwrap();
        drop(sessions.begin("ann", nosy()).unwrap_err());
        drop(sessions.end(&id));
        drop(sessions.revoke("ann", two));
        assert_eq!(sessions.sweep(), 1);
        // Refused: one user, three sessions. Then two and one are left, and then none.
        assert_eq!(seen.load(Ordering::Relaxed), 5 + 4 + 3 + 1);
    });
}

#[tokio::test(start_paused = true)]
async fn a_panic_of_the_audit_loses_no_session() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let sessions = Sessions::new(Lifetime::absolute(seconds(1)), 10).on_end(move |_| {
        let call = counted.fetch_add(1, Ordering::Relaxed);
        assert_ne!(call, 1, "the second call panics");
    });
    let all = [1, 2, 3, 4].map(|_| sessions.begin("ann", ()).unwrap());
    advance(seconds(1)).await;
    assert!(catch_unwind(AssertUnwindSafe(|| sessions.sweep())).is_err());
    assert_eq!(
        all.each_ref().map(|session| session.is_alive()),
        [false, false, true, true]
    );
    assert_eq!((sessions.len(), sessions.waiting()), (2, 2));
    assert_eq!(sessions.sweep(), 2);
    assert_eq!((sessions.len(), calls.load(Ordering::Relaxed)), (0, 4));
}

#[test]
fn the_store_refuses_a_session_too_many_and_gives_its_data_back() {
    let sessions = Sessions::new(Lifetime::absolute(HOUR), 2);
    let one = sessions.begin("ann", 1).unwrap().id();
    sessions.begin("bob", 2).unwrap();
    assert_eq!(sessions.begin("cid", 3).unwrap_err().0, 3);
    assert_eq!(sessions.len(), 2);
    sessions.end(&one).unwrap();
    sessions.begin("cid", 3).unwrap();
    assert_eq!(sessions.begin("dan", 4).unwrap_err().0, 4);
}

#[test]
fn a_look_writes_nothing_that_belongs_to_the_session() {
    let (sessions, _) = audited(Lifetime::absolute(HOUR));
    let session = sessions.begin("ann", ()).unwrap();
    let before = Arc::strong_count(&session);
    let within = sessions.with(&session.id(), |_| Arc::strong_count(&session));
    assert_eq!(within, Some(before));
}

/// What is put back after a panic is what is left: not what the audit has ended itself.
#[test]
fn a_session_that_the_audit_ends_before_it_panics_leaves_nothing_behind() {
    without_deadlock(|| {
        let sessions = Arc::new_cyclic(|store: &Weak<Sessions<()>>| {
            let store = store.clone();
            Sessions::new(Lifetime::absolute(Duration::ZERO), 10).on_end(move |ended| {
                if ended.session.number() == 1 {
                    store.upgrade().unwrap().revoke("ann", 2).unwrap();
                    panic!("a planned panic");
                }
            })
        });
        for _ in 0..3 {
            sessions.begin("ann", ()).unwrap();
        }
        assert!(catch_unwind(AssertUnwindSafe(|| sessions.sweep())).is_err());
        assert_eq!((sessions.len(), sessions.waiting()), (1, 1));
        assert_eq!((sessions.sweep(), sessions.len()), (1, 0));
    });
}
