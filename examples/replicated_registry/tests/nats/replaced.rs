//! Buckets that are purged, created again, older than the replica, or have lost their memory.

use crate::bucket::{Other, STREAM};
use crate::yard::{
    PATIENCE, contents, current, folder, key, options, pairs, registry, server, until, value,
};
use replicated_registry::nats::{Condition, Options, Registry};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

#[tokio::test]
async fn a_purged_bucket_is_empty_here_too() {
    let Some(server) = server("purged") else {
        return;
    };
    let following = registry(&server.address()).await;
    let registry = following.registry();
    let other = Other::connect(&server.address()).await;
    for n in 0..50 {
        other.put(&format!("k{n}"), "1").await;
    }
    until("all are there", || contents(registry).len() == 50).await;
    other.stream().await.purge().await.unwrap();
    // A write directly after it does not hide it.
    other.put("after", "2").await;
    until("the rest is gone", || {
        contents(registry) == pairs([("after", "2")])
    })
    .await;
    let troubles = registry.troubles();
    assert!(
        troubles.counts.contains_key("removed-silently"),
        "{troubles:?}"
    );
}

#[tokio::test]
async fn a_hole_in_the_middle_is_found_while_nobody_writes() {
    let Some(server) = server("hole") else { return };
    let following = registry(&server.address()).await;
    let registry = following.registry();
    let other = Other::connect(&server.address()).await;
    for name in ["a", "b", "c"] {
        other.put(name, "1").await;
    }
    current(registry).await;
    other
        .stream()
        .await
        .purge()
        .filter("$KV.registry.b")
        .await
        .unwrap();
    until("it is found", || {
        contents(registry) == pairs([("a", "1"), ("c", "1")])
    })
    .await;
}

#[tokio::test]
async fn an_entry_that_was_removed_silently_is_not_shown_as_current() {
    let Some(server) = server("removed-age") else {
        return;
    };
    let following = registry(&server.address()).await;
    let registry = following.registry();
    let other = Other::connect(&server.address()).await;
    for round in 0..20 {
        for name in ["first", "middle", "last"] {
            other.put(name, "1").await;
        }
        current(registry).await;
        let middle = other.stream().await;
        middle.purge().filter("$KV.registry.middle").await.unwrap();
        let purged = Instant::now();
        loop {
            // The age before the value: the value may be newer, and not older.
            let (since, age) = (purged.elapsed(), registry.replica().age().unwrap());
            if value(registry, "middle").is_none() {
                break;
            }
            assert!(age >= since, "round {round}: {age:?} after {since:?}");
            assert!(since < PATIENCE, "the entry is still there");
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn the_contents_are_read_again_now_and_then() {
    let Some(server) = server("audit") else {
        return;
    };
    let options = Options {
        audit_every: Duration::from_millis(200),
        ..options(&server.address())
    };
    let following = Registry::start(options).await.unwrap();
    let registry = following.registry();
    let audits = || {
        registry
            .troubles()
            .counts
            .get("audit")
            .copied()
            .unwrap_or(0)
    };
    until("two audits", || audits() >= 2).await;
    assert_eq!(registry.replica().standing().epoch, 1);
}

#[tokio::test]
async fn entries_that_expire_are_removed() {
    let Some(server) = server("expired") else {
        return;
    };
    let other = Other::connect(&server.address()).await;
    other.create(1, Duration::from_secs(2)).await;
    let following = registry(&server.address()).await;
    let registry = following.registry();
    other.put("a", "1").await;
    until("the entry is there", || value(registry, "a").is_some()).await;
    until("the entry is gone", || value(registry, "a").is_none()).await;
}

#[tokio::test]
async fn a_bucket_that_was_created_again_is_followed_from_its_start() {
    let Some(server) = server("created-again") else {
        return;
    };
    let following = registry(&server.address()).await;
    let registry = following.registry();
    let other = Other::connect(&server.address()).await;
    for name in ["a", "b", "c", "d"] {
        other.put(name, "old").await;
    }
    until("all are there", || contents(registry).len() == 4).await;
    other.jetstream.delete_stream(STREAM).await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(
        contents(registry).len(),
        4,
        "without a bucket the replica keeps what it has"
    );
    other.create(1, Duration::ZERO).await;
    // Their revisions are those of the old entries.
    other.put("a", "new").await;
    other.put("b", "new").await;
    until("it is followed", || {
        contents(registry) == pairs([("a", "new"), ("b", "new")])
    })
    .await;
    assert!(registry.replica().standing().epoch > 1);
    let written = registry
        .put(&key("a"), "newer".into(), Condition::Any)
        .await
        .unwrap();
    assert_eq!((written.revision, written.seen), (3, Ok(())));
    assert_eq!(value(registry, "a").unwrap(), "newer");
}

#[tokio::test]
async fn a_bucket_that_was_created_again_and_has_grown_is_another_one() {
    let Some(server) = server("grown") else {
        return;
    };
    let following = registry(&server.address()).await;
    let registry = following.registry();
    let other = Other::connect(&server.address()).await;
    other.put("a", "old").await;
    current(registry).await;
    other.jetstream.delete_stream(STREAM).await.unwrap();
    other.create(1, Duration::ZERO).await;
    // What is left has a greater revision than all of the old bucket, and contradicts nothing.
    for _ in 0..3 {
        other.put("b", "new").await;
    }
    let expected = pairs([("b", "new")]);
    until("it is followed", || contents(registry) == expected).await;
    assert!(registry.replica().standing().epoch > 1);
}

#[tokio::test]
async fn a_watch_that_starts_in_the_middle_sees_the_contents_and_no_history() {
    let Some(server) = server("middle") else {
        return;
    };
    let other = Other::connect(&server.address()).await;
    other.create(5, Duration::ZERO).await;
    for n in 0..20 {
        other.put("a", &n.to_string()).await;
        other.put(&format!("k{n}"), "1").await;
    }
    other.put("deleted", "1").await;
    other.delete("deleted").await;
    other.put("purged", "1").await;
    other.purge_key("purged").await;
    for n in 1..20 {
        other.delete(&format!("k{n}")).await;
    }
    // The stream now begins in the middle, and its last change has no message any more.
    other.put("last", "1").await;
    let stream = other.stream().await;
    stream.purge().sequence(39).await.unwrap();
    stream.purge().filter("$KV.registry.last").await.unwrap();
    let following = registry(&server.address()).await;
    let registry = following.registry();
    let expected = pairs([("a", "19")]);
    assert_eq!(contents(registry), expected);
    other.put("k3", "2").await;
    until("it goes on", || {
        contents(registry) == pairs([("a", "19"), ("k3", "2")])
    })
    .await;
}

#[tokio::test]
async fn a_bucket_of_some_megabytes_is_read_under_flow_control() {
    let Some(server) = server("large") else {
        return;
    };
    let other = Other::connect(&server.address()).await;
    other.create(1, Duration::ZERO).await;
    let value = "x".repeat(2_000);
    for n in 0..5_000 {
        let subject = format!("$KV.registry.k{n}");
        let sent = other.jetstream.publish(subject, value.clone().into()).await;
        if n % 100 == 99 {
            sent.unwrap().await.unwrap();
        }
    }
    let following = registry(&server.address()).await;
    assert_eq!(contents(following.registry()).len(), 5_000);
    assert!(
        following
            .registry()
            .troubles()
            .counts
            .keys()
            .all(|why| *why == "disconnected")
    );
}

#[tokio::test]
async fn a_server_that_lost_its_memory_is_believed_again() {
    let Some(mut server) = server("memory") else {
        return;
    };
    let data = Path::new(env!("CARGO_TARGET_TMPDIR")).join("nats-memory/jetstream");
    let saved = folder("memory-saved").join("jetstream");
    let following = registry(&server.address()).await;
    let registry = following.registry();
    let put = |name: &'static str, text: &'static str| async move {
        let name = key(name);
        registry
            .put(&name, text.into(), Condition::Any)
            .await
            .unwrap()
            .revision
    };
    put("kept", "1").await;
    put("changed", "1").await;
    server.kill();
    copy(&data, &saved);
    server.restart().unwrap();
    current(registry).await;
    put("changed", "lost").await;
    put("lost", "lost").await;
    server.kill();
    std::fs::remove_dir_all(&data).unwrap();
    copy(&saved, &data);
    server.restart().unwrap();
    let expected = pairs([("changed", "1"), ("kept", "1")]);
    until("the loss is found", || contents(registry) == expected).await;
    assert_eq!(registry.replica().standing().epoch, 2);
    // The revision of a lost write is given out again.
    current(registry).await;
    assert_eq!(put("changed", "2").await, 3);
    assert_eq!(contents(registry), pairs([("changed", "2"), ("kept", "1")]));
}

fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp")
        .arg("-r")
        .arg(from)
        .arg(to)
        .status()
        .unwrap();
    assert!(copied.success());
}
