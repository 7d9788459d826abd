//! Sessions counted and listed by user.

use crate::store::HOUR;
use sessions::{Lifetime, Sessions};

#[test]
fn a_user_sees_their_own_sessions_in_order() {
    let sessions = Sessions::new(Lifetime::absolute(HOUR), 10);
    let ann: Vec<u64> = ["phone", "laptop", "car"]
        .map(|device| sessions.begin("ann", device).unwrap().number())
        .into();
    let bob = sessions.begin("bob", "phone").unwrap();
    let listed = sessions.of_user("ann");
    assert_eq!(
        Vec::from_iter(listed.iter().map(|session| session.number())),
        ann
    );
    assert_eq!(
        Vec::from_iter(listed.iter().map(|session| session.data)),
        ["phone", "laptop", "car"]
    );
    assert!(listed.iter().all(|session| &**session.user() == "ann"));
    assert_eq!(sessions.users(), [("ann".into(), 3), ("bob".into(), 1)]);
    assert!(sessions.of_user("cid").is_empty());
    assert_eq!(sessions.len(), 4);
    assert!(bob.is_alive());
}

#[test]
fn a_user_revokes_only_their_own_sessions() {
    let sessions = Sessions::new(Lifetime::absolute(HOUR), 10);
    let [one, two] = [1, 2].map(|data| sessions.begin("ann", data).unwrap());
    let bob = sessions.begin("bob", 3).unwrap();
    assert!(sessions.revoke("ann", bob.number()).is_none());
    assert!(bob.is_alive());
    assert_eq!(
        sessions.revoke("ann", one.number()).unwrap().session.data,
        1
    );
    assert!(!one.is_alive() && two.is_alive());
    let all = sessions.revoke_all("ann");
    assert_eq!(
        Vec::from_iter(all.iter().map(|ended| ended.session.data)),
        [2]
    );
    assert_eq!(sessions.users(), [("bob".into(), 1)]);
    assert!(sessions.get(&two.id()).is_none() && sessions.get(&bob.id()).is_some());
}
