//! What the tests share: a server, registries, and waiting.

use bytes::Bytes;
use replicated_registry::nats::{Following, Key, Options, Registry};
use replicated_registry::server::{Server, StartError};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A hang becomes a failure after this time.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("nats-{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// A server with empty data, or `None` if the test is skipped.
pub(crate) fn server(name: &str) -> Option<Server> {
    match Server::start(&folder(name)) {
        Ok(server) => Some(server),
        Err(StartError::NotInstalled) if std::env::var("CI").as_deref() != Ok("true") => {
            eprintln!("{name}: skipped. {}", StartError::NotInstalled);
            None
        }
        Err(problem) => panic!("{problem}"),
    }
}

pub(crate) fn options(address: &str) -> Options {
    Options {
        servers: address.to_owned(),
        ..Options::default()
    }
}

/// A registry that has read the bucket's contents.
pub(crate) async fn registry(address: &str) -> Following {
    let following = Registry::start(options(address)).await.unwrap();
    current(following.registry()).await;
    following
}

/// Waits until the replica is as of now.
pub(crate) async fn current(registry: &Registry) {
    let (began, replica) = (Instant::now(), registry.replica());
    while replica.age().is_none_or(|age| age >= began.elapsed()) {
        assert!(
            began.elapsed() < PATIENCE,
            "not current: {replica:?}, {:?}",
            registry.troubles()
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

pub(crate) async fn until(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "not in a minute: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

pub(crate) fn key(name: &str) -> Key {
    Key::new(name).unwrap()
}

pub(crate) fn value(registry: &Registry, name: &str) -> Option<Bytes> {
    registry
        .replica()
        .map()
        .get_with(name, |entry| entry.value().clone())
}

pub(crate) fn contents(registry: &Registry) -> BTreeMap<String, Bytes> {
    let pinned = registry.replica().map().pin();
    pinned
        .iter()
        .map(|(name, entry)| (name.clone(), entry.value().clone()))
        .collect()
}

pub(crate) fn pairs<const N: usize>(pairs: [(&str, &str); N]) -> BTreeMap<String, Bytes> {
    let pair =
        |(name, value): (&str, &str)| (name.to_owned(), Bytes::copy_from_slice(value.as_bytes()));
    pairs.map(pair).into()
}
