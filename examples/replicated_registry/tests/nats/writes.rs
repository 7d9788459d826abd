//! Writes: conditions, own writes, and what other replicas see.

use crate::bucket::Other;
use crate::yard::{contents, current, key, options, pairs, registry, server, until, value};
use replicated_registry::nats::{Condition, Registry, WriteError};

#[tokio::test]
async fn a_write_returns_when_this_process_has_seen_it() {
    let Some(server) = server("own-writes") else {
        return;
    };
    let following = registry(&server.address()).await;
    let registry = following.registry();
    for n in 0..200 {
        let text = n.to_string();
        let written = registry
            .put(&key("n"), text.clone().into(), Condition::Any)
            .await
            .unwrap();
        assert_eq!(written.seen, Ok(()));
        assert_eq!(value(registry, "n").unwrap(), text);
        let revision = registry.replica().map().get("n").unwrap().revision();
        assert_eq!(revision, written.revision);
    }
    registry.delete(&key("n"), Condition::Any).await.unwrap();
    assert_eq!(value(registry, "n"), None);
}

#[tokio::test]
async fn a_condition_holds_or_nothing_is_written() {
    let Some(server) = server("conditions") else {
        return;
    };
    let following = registry(&server.address()).await;
    let registry = following.registry();
    let name = key("dark-mode");
    let put = |text: &'static str, condition| registry.put(&name, text.into(), condition);
    let first = put("1", Condition::Absent).await.unwrap().revision;
    for condition in [Condition::Absent, Condition::Revision(first + 1)] {
        let refused = put("2", condition).await.unwrap_err();
        assert!(matches!(refused, WriteError::Mismatch { current } if current == Some(first)));
    }
    let second = put("3", Condition::Revision(first)).await.unwrap().revision;
    assert!(second > first);
    let refused = registry
        .delete(&name, Condition::Revision(first))
        .await
        .unwrap_err();
    assert!(matches!(refused, WriteError::Mismatch { current } if current == Some(second)));
    assert_eq!(value(registry, "dark-mode").unwrap(), "3");
    registry
        .delete(&name, Condition::Revision(second))
        .await
        .unwrap();
    // A key with the marker of a deletion is absent.
    let refused = put("4", Condition::Revision(second)).await.unwrap_err();
    assert!(matches!(refused, WriteError::Mismatch { current: None }));
    let refused = registry.delete(&name, Condition::Any).await.unwrap_err();
    assert!(matches!(refused, WriteError::Mismatch { current: None }));
    put("5", Condition::Absent).await.unwrap();
    assert_eq!(value(registry, "dark-mode").unwrap(), "5");
}

#[tokio::test]
async fn the_revision_of_a_deletion_is_no_revision_of_a_value() {
    let Some(server) = server("deletion-revision") else {
        return;
    };
    let following = registry(&server.address()).await;
    let registry = following.registry();
    let name = key("a");
    let any = Condition::Any;
    registry.put(&name, "1".into(), any).await.unwrap();
    let deleted = Condition::Revision(registry.delete(&name, any).await.unwrap().revision);
    let refused = registry.put(&name, "2".into(), deleted).await.unwrap_err();
    assert!(matches!(refused, WriteError::Mismatch { current: None }));
    let refused = registry.delete(&name, deleted).await.unwrap_err();
    assert!(matches!(refused, WriteError::Mismatch { current: None }));
    assert_eq!(value(registry, "a"), None);
}

#[tokio::test]
async fn writes_and_reads_agree_on_what_a_deletion_is() {
    let Some(server) = server("operations") else {
        return;
    };
    let following = registry(&server.address()).await;
    let registry = following.registry();
    let other = Other::connect(&server.address()).await;
    // Other clients may name the operation of a value, too.
    let put = other.send("put", &[("KV-Operation", "PUT")], "1").await;
    other.put("expired", "1").await;
    let marker = [("Nats-Marker-Reason", "MaxAge")];
    other.send("expired", &marker, "").await;
    current(registry).await;
    assert_eq!(contents(registry), pairs([("put", "1")]));
    let absent = Condition::Absent;
    let refused = registry.put(&key("put"), "2".into(), absent).await;
    let refused = refused.unwrap_err();
    assert!(matches!(refused, WriteError::Mismatch { current } if current == Some(put)));
    let deleted = registry.delete(&key("expired"), Condition::Any).await;
    let refused = deleted.unwrap_err();
    assert!(matches!(refused, WriteError::Mismatch { current: None }));
    let created = registry.put(&key("expired"), "2".into(), absent).await;
    assert_eq!(created.unwrap().seen, Ok(()));
}

#[tokio::test]
async fn of_many_writers_with_one_revision_one_wins() {
    let Some(server) = server("race") else { return };
    let following = registry(&server.address()).await;
    let registry = following.registry();
    let name = key("counter");
    let mut at = registry
        .put(&name, "0".into(), Condition::Any)
        .await
        .unwrap()
        .revision;
    for _ in 0..20 {
        let writers =
            (0..8).map(|n: u32| registry.put(&name, n.to_string().into(), Condition::Revision(at)));
        let done = futures_util::future::join_all(writers).await;
        let won: Vec<_> = done.into_iter().flatten().collect();
        assert_eq!(won.len(), 1);
        at = won[0].revision;
    }
}

#[tokio::test]
async fn of_many_creators_of_a_deleted_key_one_wins_and_the_others_see_it() {
    let Some(server) = server("creators") else {
        return;
    };
    let following = registry(&server.address()).await;
    let registry = following.registry();
    let name = key("a");
    for _ in 0..10 {
        registry
            .put(&name, "0".into(), Condition::Any)
            .await
            .unwrap();
        registry.delete(&name, Condition::Any).await.unwrap();
        let creators =
            (0..8).map(|n: u32| registry.put(&name, n.to_string().into(), Condition::Absent));
        let done = futures_util::future::join_all(creators).await;
        let shown = registry.replica().map().get("a").unwrap().revision();
        for one in done {
            match one {
                Ok(written) => assert_eq!(written.revision, shown),
                Err(WriteError::Mismatch { current }) => assert_eq!(current, Some(shown)),
                Err(problem) => panic!("{problem}"),
            }
        }
    }
}

#[tokio::test]
async fn other_replicas_see_each_change() {
    let Some(server) = server("others") else {
        return;
    };
    let address = server.address();
    let (one, two) = (registry(&address).await, registry(&address).await);
    let (one, two) = (one.registry(), two.registry());
    for name in ["a", "b", "c"] {
        one.put(&key(name), name.into(), Condition::Any)
            .await
            .unwrap();
    }
    one.delete(&key("b"), Condition::Any).await.unwrap();
    let other = Other::connect(&address).await;
    other.purge_key("c").await;
    let expected = pairs([("a", "a")]);
    until("the second replica shows it", || contents(two) == expected).await;
    current(one).await;
    assert_eq!(contents(one), expected);
}

#[tokio::test]
async fn without_a_server_nothing_is_written_and_that_is_said() {
    let Some(mut server) = server("away") else {
        return;
    };
    let following = registry(&server.address()).await;
    let registry = following.registry();
    registry
        .put(&key("a"), "1".into(), Condition::Any)
        .await
        .unwrap();
    server.kill();
    until("the connection is lost", || !registry.is_connected()).await;
    let refused = registry
        .put(&key("a"), "2".into(), Condition::Any)
        .await
        .unwrap_err();
    assert!(matches!(refused, WriteError::Unavailable(_)), "{refused}");
    assert_eq!(value(registry, "a").unwrap(), "1");
    server.restart().unwrap();
    current(registry).await;
    assert_eq!(value(registry, "a").unwrap(), "1");
}

#[tokio::test]
async fn a_replica_starts_before_its_server() {
    let Some(mut server) = server("early") else {
        return;
    };
    server.kill();
    let following = Registry::start(options(&server.address())).await.unwrap();
    assert_eq!(following.registry().replica().age(), None);
    server.restart().unwrap();
    current(following.registry()).await;
}
