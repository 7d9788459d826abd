//! Random histories on each map, beside a model that has no map, no ledger and no word.

use readmostly::SyncMap;
use readmostly::primitives::{HybridMap, ShardedMap};
use sessions::{Lifetime, Reason, SessionId, SessionMap, Sessions};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::advance;

const USERS: [&str; 3] = ["ann", "bob", "cid"];
const LIMIT: usize = 6;

type Audit = Arc<Mutex<Vec<(u64, Reason)>>>;

struct Modelled {
    id: SessionId,
    user: &'static str,
    last: Duration,
    deadline: Duration,
}

/// What must be so, by number.
#[derive(Default)]
struct Model {
    alive: BTreeMap<u64, Modelled>,
    ended: Vec<(u64, Reason)>,
}

impl Model {
    fn end(&mut self, number: u64, reason: Reason) -> bool {
        let ended = self.alive.remove(&number).is_some();
        if ended {
            self.ended.push((number, reason));
        }
        ended
    }

    fn of_user(&self, user: &str) -> Vec<u64> {
        let own = self
            .alive
            .iter()
            .filter(|(_, session)| session.user == user);
        own.map(|(number, _)| *number).collect()
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_on_a_sharded_map_is_as_the_model() {
    for seed in 0..150 {
        history(ShardedMap::new(), seed).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_on_a_sync_map_is_as_the_model() {
    for seed in 0..150 {
        history(SyncMap::new(), seed).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_on_a_hybrid_map_is_as_the_model() {
    for seed in 0..150 {
        history(HybridMap::new(), seed).await;
    }
}

async fn history<M: SessionMap<u64>>(map: M, seed: u64) {
    let mut random = fastrand::Rng::with_seed(seed);
    let lifetime = Lifetime {
        absolute: Duration::from_secs(20),
        idle: random.bool().then_some(Duration::from_secs(7)),
        tick: Duration::from_secs(1),
    };
    let audit = Audit::default();
    let log = Arc::clone(&audit);
    let sessions = Sessions::with_map(map, lifetime, LIMIT).on_end(move |ended| {
        let entry = (ended.session.number(), ended.reason);
        log.lock().unwrap().push(entry);
    });
    let mut model = Model::default();
    // Each that was ever begun, ended or not.
    let mut begun: Vec<(u64, SessionId, &str)> = Vec::new();
    for _ in 0..200 {
        step(&sessions, &mut model, &mut begun, &mut random).await;
        compare(&sessions, &model, &begun);
        // In any order: each number ends once.
        let mut log = audit.lock().unwrap().clone();
        log.sort_by_key(|(number, _)| *number);
        model.ended.sort_by_key(|(number, _)| *number);
        assert_eq!(log, model.ended, "seed {seed}");
    }
}

async fn step<M: SessionMap<u64>>(
    sessions: &Sessions<u64, M>,
    model: &mut Model,
    begun: &mut Vec<(u64, SessionId, &'static str)>,
    random: &mut fastrand::Rng,
) {
    let (user, now) = (USERS[random.usize(..3)], sessions.now());
    let lifetime = *sessions.lifetime();
    let deadline = |last: Duration| lifetime.idle.map_or(last, |idle| last.min(now + idle));
    let one = begun.get(random.usize(..=begun.len())).copied();
    match (random.u8(..8), one) {
        (0..3, _) => {
            let begins = model.alive.len() < LIMIT;
            let Ok(session) = sessions.begin(user, random.u64(..)) else {
                assert!(!begins, "refused, although there is room");
                return;
            };
            assert!(begins, "accepted, although the store is full");
            begun.push((session.number(), session.id(), user));
            let last = now + lifetime.absolute;
            let (id, deadline) = (session.id(), deadline(last));
            let modelled = Modelled {
                id,
                user,
                last,
                deadline,
            };
            assert!(model.alive.insert(session.number(), modelled).is_none());
        }
        (3, Some((number, id, _))) => {
            let ended = sessions.end(&id).is_some();
            assert_eq!(ended, model.end(number, Reason::LoggedOut));
        }
        (4, Some((number, _, owner))) => {
            let ended = sessions.revoke(user, number).is_some();
            assert_eq!(ended, user == owner && model.end(number, Reason::Revoked));
        }
        (5, Some((number, id, _))) => {
            let modelled = model.alive.get_mut(&number);
            assert_eq!(sessions.renew(&id), modelled.is_some());
            if let Some(session) = modelled {
                session.deadline = deadline(session.last);
            }
        }
        (6, _) if random.u8(..10) == 0 => {
            let own = model.of_user(user);
            assert_eq!(sessions.revoke_all(user).len(), own.len());
            own.iter()
                .for_each(|number| assert!(model.end(*number, Reason::Revoked)));
        }
        _ => {
            advance(Duration::from_millis(random.u64(..4_000))).await;
            if random.bool() {
                sweep(sessions, model);
            }
        }
    }
}

fn sweep<M: SessionMap<u64>>(sessions: &Sessions<u64, M>, model: &mut Model) {
    while sessions.sweep() > 0 {}
    let now = sessions.now();
    let due = |number: &u64| model.alive[number].deadline <= now;
    let due: Vec<u64> = model.alive.keys().copied().filter(due).collect();
    for number in due {
        assert!(model.end(number, Reason::Expired));
    }
}

fn compare<M: SessionMap<u64>>(
    sessions: &Sessions<u64, M>,
    model: &Model,
    begun: &[(u64, SessionId, &str)],
) {
    for (number, id, _) in begun {
        let (found, expected) = (sessions.get(id), model.alive.get(number));
        let found = found.map(|session| (session.number(), session.id(), session.deadline()));
        let expected = expected.map(|session| (*number, session.id, Some(session.deadline)));
        assert_eq!(found, expected);
    }
    for user in USERS {
        let listed = sessions.of_user(user);
        let numbers = listed.iter().map(|session| session.number());
        assert_eq!(Vec::from_iter(numbers), model.of_user(user));
    }
    let users: Vec<_> = USERS
        .iter()
        .map(|user| (Arc::from(*user), model.of_user(user).len()))
        .filter(|(_, count)| *count > 0)
        .collect();
    assert_eq!(sessions.users(), users);
    let alive = model.alive.len();
    assert_eq!((sessions.len(), sessions.waiting()), (alive, alive));
}
