//! When sessions expire, on tokio's paused clock.

use crate::store::{HOUR, audited, idle, seconds};
use sessions::{Lifetime, Reason, Sessions, expire};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::{advance, sleep, timeout};

#[tokio::test(start_paused = true)]
async fn a_session_ends_at_its_deadline_or_at_most_one_tick_later() {
    let mut random = fastrand::Rng::with_seed(1);
    for _ in 0..50 {
        let lifetime = Lifetime {
            absolute: Duration::from_millis(random.u64(1..100_000)),
            idle: None,
            tick: Duration::from_millis(random.u64(1..10_000)),
        };
        let ends = Arc::new(Mutex::new(Vec::new()));
        let sessions = Arc::new_cyclic(|store: &std::sync::Weak<Sessions<()>>| {
            let (ends, store) = (Arc::clone(&ends), store.clone());
            Sessions::new(lifetime, usize::MAX).on_end(move |ended| {
                assert_eq!(ended.reason, Reason::Expired);
                let now = store.upgrade().unwrap().now();
                ends.lock().unwrap().push((ended.session.started(), now));
            })
        });
        // The task begins at a time that no deadline knows of.
        sleep(Duration::from_millis(random.u64(..10_000))).await;
        let task = tokio::spawn(expire(Arc::downgrade(&sessions)));
        for _ in 0..10 {
            sleep(Duration::from_millis(random.u64(..20_000))).await;
            sessions.begin("ann", ()).unwrap();
        }
        sleep(lifetime.absolute + 2 * lifetime.tick).await;
        let ends = ends.lock().unwrap();
        assert_eq!(ends.len(), 10);
        for &(started, ended) in &*ends {
            let due = started + lifetime.absolute;
            // tokio's timer has a grain of a millisecond.
            let last = due + lifetime.tick + Duration::from_millis(1);
            assert!(
                due <= ended && ended <= last,
                "{lifetime:?}: {due:?}, {ended:?}"
            );
        }
        task.abort();
    }
}

/// A request compares no clock. Who wants it otherwise compares `deadline` with `now`.
#[tokio::test(start_paused = true)]
async fn a_due_session_is_served_until_a_sweep_comes_by() {
    let (sessions, ended) = audited(Lifetime::absolute(seconds(10)));
    let id = sessions.begin("ann", ()).unwrap().id();
    advance(seconds(1_000)).await;
    assert!(sessions.get(&id).is_some() && sessions.with(&id, |_| ()).is_some());
    assert!(sessions.get(&id).unwrap().deadline().unwrap() < sessions.now());
    assert_eq!((sessions.len(), sessions.of_user("ann").len()), (1, 1));
    assert_eq!(sessions.sweep(), 1);
    assert!(sessions.get(&id).is_none() && sessions.with(&id, |_| ()).is_none());
    assert_eq!((sessions.len(), sessions.of_user("ann").len()), (0, 0));
    assert_eq!(*ended.lock().unwrap(), [1]);
}

#[tokio::test(start_paused = true)]
async fn a_sweep_ends_no_session_early() {
    let (sessions, ended) = audited(Lifetime::absolute(seconds(10)));
    let first = sessions.begin("ann", ()).unwrap();
    advance(Duration::from_nanos(1)).await;
    let second = sessions.begin("ann", ()).unwrap();
    advance(seconds(10) - Duration::from_nanos(2)).await;
    assert_eq!(sessions.sweep(), 0);
    advance(Duration::from_nanos(1)).await;
    assert_eq!((sessions.sweep(), sessions.sweep()), (1, 0));
    assert!(!first.is_alive() && second.is_alive());
    advance(Duration::from_nanos(1)).await;
    assert_eq!((sessions.sweep(), sessions.sweep()), (1, 0));
    assert_eq!(*ended.lock().unwrap(), [1, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_renewed_session_lasts_until_its_last_renewal_is_idle_long_enough() {
    let (sessions, _) = audited(idle(HOUR, seconds(10)));
    let id = sessions.begin("ann", ()).unwrap().id();
    for _ in 0..20 {
        advance(seconds(9)).await;
        assert!(sessions.renew(&id));
        sessions.sweep();
        assert!(sessions.get(&id).is_some());
    }
    // What only looks does not renew.
    advance(seconds(10)).await;
    assert!(sessions.get(&id).is_some());
    sessions.sweep();
    assert!(sessions.get(&id).is_none());
    assert!(!sessions.renew(&id));
}

#[tokio::test(start_paused = true)]
async fn a_renewal_does_not_reach_beyond_the_absolute_lifetime() {
    let (sessions, _) = audited(idle(seconds(25), seconds(10)));
    let session = sessions.begin("ann", ()).unwrap();
    for _ in 0..3 {
        advance(seconds(8)).await;
        assert!(sessions.renew(&session.id()));
    }
    assert_eq!(session.deadline(), Some(session.started() + seconds(25)));
    advance(seconds(1)).await;
    while sessions.sweep() > 0 {}
    assert!(!session.is_alive());
}

#[tokio::test(start_paused = true)]
async fn a_due_session_that_is_renewed_before_the_sweep_goes_on() {
    let (sessions, ended) = audited(idle(HOUR, seconds(10)));
    let session = sessions.begin("ann", ()).unwrap();
    advance(seconds(11)).await;
    assert!(sessions.renew(&session.id()));
    assert_eq!(sessions.sweep(), 1);
    assert!(session.is_alive() && sessions.waiting() == 1);
    advance(seconds(10)).await;
    assert_eq!(sessions.sweep(), 1);
    assert!(!session.is_alive() && sessions.waiting() == 0);
    assert_eq!(*ended.lock().unwrap(), [1]);
}

#[tokio::test(start_paused = true)]
async fn other_tasks_run_while_many_sessions_expire_together() {
    let (sessions, ended) = audited(Lifetime::absolute(seconds(10)));
    let sessions = Arc::new(sessions);
    for _ in 0..2_000 {
        sessions.begin("ann", ()).unwrap();
    }
    tokio::spawn(expire(Arc::downgrade(&sessions)));
    sleep(seconds(1)).await;
    advance(seconds(10)).await;
    let mut seen = Vec::new();
    // The runtime takes turns: so many turns are more than the task needs.
    for _ in 0..10_000 {
        if sessions.is_empty() {
            break;
        }
        seen.push(sessions.len());
        tokio::task::yield_now().await;
    }
    assert!(sessions.is_empty());
    assert!(seen.iter().any(|left| (1..2_000).contains(left)));
    assert_eq!(ended.lock().unwrap().len(), 2_000);
}

#[tokio::test(start_paused = true)]
async fn the_task_goes_on_after_a_panic_of_the_audit() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let tell = Arc::clone(&told);
    let sessions = Sessions::new(Lifetime::absolute(seconds(10)), 10).on_end(move |ended| {
        let number = ended.session.number();
        tell.lock().unwrap().push(number);
        assert_ne!(number, 1, "a planned panic");
    });
    let sessions = Arc::new(sessions);
    let task = tokio::spawn(expire(Arc::downgrade(&sessions)));
    for _ in 0..3 {
        sessions.begin("ann", ()).unwrap();
        sleep(seconds(1) / 2).await;
    }
    sleep(seconds(12)).await;
    assert_eq!(*told.lock().unwrap(), [1, 2, 3]);
    assert!(sessions.is_empty() && !task.is_finished());
}

#[tokio::test(start_paused = true)]
async fn the_task_ends_when_the_store_is_dropped() {
    let (sessions, _) = audited(Lifetime::absolute(HOUR));
    let sessions = Arc::new(sessions);
    let task = tokio::spawn(expire(Arc::downgrade(&sessions)));
    sleep(seconds(5)).await;
    assert!(!task.is_finished());
    drop(sessions);
    timeout(seconds(60), task).await.unwrap().unwrap();
}
