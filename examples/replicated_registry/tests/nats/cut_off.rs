//! A replica that is cut off from the server, and comes back.

use crate::bucket::Other;
use crate::proxy::Proxy;
use crate::yard::{contents, current, pairs, registry, server, until, value};
use std::time::Duration;

#[tokio::test]
async fn a_deletion_made_while_a_replica_was_cut_off_is_seen() {
    let Some(server) = server("deleted-meanwhile") else {
        return;
    };
    let proxy = Proxy::to(&server.address()).await;
    let following = registry(&proxy.address).await;
    let registry = following.registry();
    let other = Other::connect(&server.address()).await;
    for name in ["deleted", "purged", "forgotten", "changed", "kept"] {
        other.put(name, "1").await;
    }
    until("all are there", || contents(registry).len() == 5).await;
    proxy.cut();
    until("the connection is lost", || !registry.is_connected()).await;
    other.delete("deleted").await;
    other.purge_key("purged").await;
    // The marker goes, too: nothing in the bucket says that the key ever was.
    other.delete("forgotten").await;
    other
        .stream()
        .await
        .purge()
        .filter("$KV.registry.forgotten")
        .await
        .unwrap();
    other.put("changed", "2").await;
    other.put("new", "2").await;
    assert_eq!(
        contents(registry).len(),
        5,
        "a cut-off replica keeps what it has"
    );
    proxy.mend();
    current(registry).await;
    assert_eq!(
        contents(registry),
        pairs([("changed", "2"), ("kept", "1"), ("new", "2")])
    );
    assert_eq!(
        registry.replica().standing().epoch,
        1,
        "it is the same bucket"
    );
}

#[tokio::test]
async fn reads_go_on_while_the_server_is_away_and_their_age_grows() {
    let Some(server) = server("age") else { return };
    let proxy = Proxy::to(&server.address()).await;
    let following = registry(&proxy.address).await;
    let registry = following.registry();
    let other = Other::connect(&server.address()).await;
    other.put("a", "1").await;
    until("the entry is there", || value(registry, "a").is_some()).await;
    proxy.cut();
    until("the connection is lost", || !registry.is_connected()).await;
    let as_of = registry.replica().standing().current_as_of;
    other.put("a", "2").await;
    let written = std::time::Instant::now();
    for _ in 0..20 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let since = written.elapsed();
        assert!(
            registry.replica().age().unwrap() >= since,
            "the age is too small"
        );
        assert_eq!(value(registry, "a").unwrap(), "1");
    }
    assert_eq!(registry.replica().standing().current_as_of, as_of);
    proxy.mend();
    current(registry).await;
    assert_eq!(value(registry, "a").unwrap(), "2");
}

#[tokio::test]
async fn a_connection_that_breaks_again_and_again_loses_nothing() {
    let Some(server) = server("flapping") else {
        return;
    };
    let proxy = Proxy::to(&server.address()).await;
    let following = registry(&proxy.address).await;
    let registry = following.registry();
    let other = Other::connect(&server.address()).await;
    for n in 0..200_u32 {
        match n % 20 {
            5 => proxy.cut(),
            10 => proxy.mend(),
            _ => {}
        }
        let name = format!("k{}", n * 7 % 16);
        if n % 3 == 0 {
            other.delete(&name).await;
        } else {
            other.put(&name, &n.to_string()).await;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    proxy.mend();
    current(registry).await;
    let truth = other.contents((0..16).map(|n| format!("k{n}"))).await;
    let truth: std::collections::BTreeMap<_, _> = truth
        .into_iter()
        .map(|(name, (_, value))| (name, value))
        .collect();
    assert_eq!(contents(registry), truth);
}
