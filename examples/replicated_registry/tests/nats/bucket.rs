//! The bucket, as another client sees it and changes it.

use async_nats::jetstream::{self, Context, stream};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::time::Duration;

pub(crate) const STREAM: &str = "KV_registry";

/// Another client of the server.
pub(crate) struct Other {
    pub(crate) jetstream: Context,
}

impl Other {
    pub(crate) async fn connect(address: &str) -> Self {
        let client = async_nats::connect(address).await.unwrap();
        Self {
            jetstream: jetstream::new(client),
        }
    }

    pub(crate) async fn stream(&self) -> stream::Stream {
        self.jetstream.get_stream(STREAM).await.unwrap()
    }

    pub(crate) async fn create(&self, history: i64, max_age: Duration) {
        let config = stream::Config {
            name: STREAM.to_owned(),
            subjects: vec!["$KV.registry.>".to_owned()],
            max_messages_per_subject: history,
            discard: stream::DiscardPolicy::New,
            allow_rollup: true,
            allow_direct: true,
            max_age,
            ..stream::Config::default()
        };
        self.jetstream.create_stream(config).await.unwrap();
    }

    pub(crate) async fn put(&self, key: &str, value: &str) -> u64 {
        self.send(key, &[], value).await
    }

    pub(crate) async fn delete(&self, key: &str) -> u64 {
        self.send(key, &[("KV-Operation", "DEL")], "").await
    }

    /// Purges a key, as a bucket does: the marker takes the place of all that was before.
    pub(crate) async fn purge_key(&self, key: &str) -> u64 {
        self.send(
            key,
            &[("KV-Operation", "PURGE"), ("Nats-Rollup", "sub")],
            "",
        )
        .await
    }

    pub(crate) async fn send(&self, key: &str, headers: &[(&str, &str)], value: &str) -> u64 {
        let mut map = async_nats::HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, *value);
        }
        let subject = format!("$KV.registry.{key}");
        let value = Bytes::copy_from_slice(value.as_bytes());
        let sent = self
            .jetstream
            .publish_with_headers(subject, map, value)
            .await
            .unwrap();
        sent.await.unwrap().sequence
    }

    /// What the bucket has of these keys, read one by one.
    pub(crate) async fn contents(
        &self,
        keys: impl Iterator<Item = String>,
    ) -> BTreeMap<String, (u64, Bytes)> {
        use stream::LastRawMessageErrorKind::NoMessageFound;
        let stream = self.stream().await;
        let mut contents = BTreeMap::new();
        for key in keys {
            let subject = format!("$KV.registry.{key}");
            match stream.get_last_raw_message_by_subject(&subject).await {
                Ok(message) if message.headers.get("KV-Operation").is_some() => {}
                Ok(message) => {
                    contents.insert(key, (message.sequence, message.payload));
                }
                Err(absent) if absent.kind() == NoMessageFound => {}
                Err(problem) => panic!("{problem}"),
            }
        }
        contents
    }
}
