//! The bucket: its stream, and how the two are named.

use super::{Options, Registry, Trouble};
use async_nats::jetstream::context::GetStreamErrorKind;
use async_nats::jetstream::stream::{self, Info, Stream};
use std::fmt;

/// The name cannot be that of a bucket.
#[derive(Debug)]
pub(super) struct InvalidBucket(String);

impl fmt::Display for InvalidBucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a bucket's name has letters, digits, `-` and `_` alone, not as {:?}",
            self.0
        )
    }
}

impl std::error::Error for InvalidBucket {}

pub(super) fn check_name(name: &str) -> Result<(), InvalidBucket> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || !name.chars().all(fits) {
        return Err(InvalidBucket(name.to_owned()));
    }
    Ok(())
}

impl Options {
    pub(super) fn stream(&self) -> String {
        format!("KV_{}", self.bucket)
    }

    /// The subject of a key, less the key.
    pub(super) fn prefix(&self) -> String {
        format!("$KV.{}.", self.bucket)
    }
}

impl Registry {
    /// The bucket's stream. It is created if it must be there and is not.
    pub(super) async fn bucket(&self, create: bool) -> Result<Stream<Info>, Trouble> {
        match self.jetstream.get_stream(self.options.stream()).await {
            Ok(stream) => Ok(stream),
            Err(absent) if is_absent(&absent) && create => {
                self.create_bucket().await?;
                Ok(self
                    .jetstream
                    .get_stream(self.options.stream())
                    .await
                    .map_err(Trouble::asking)?)
            }
            Err(absent) if is_absent(&absent) => Err(Trouble::NoBucket),
            Err(problem) => Err(Trouble::asking(problem)),
        }
    }

    /// `create_key_value` of `async-nats` asks for the account first, and does not understand
    /// the answer of a server 2.9. So the stream is created with the settings of a bucket.
    async fn create_bucket(&self) -> Result<(), Trouble> {
        let config = stream::Config {
            name: self.options.stream(),
            subjects: vec![format!("{}>", self.options.prefix())],
            max_messages_per_subject: 1,
            discard: stream::DiscardPolicy::New,
            allow_rollup: true,
            deny_delete: true,
            allow_direct: true,
            num_replicas: 1,
            ..stream::Config::default()
        };
        // Another process may create it at the same time, with the same settings.
        let created = self.jetstream.create_stream(config).await;
        created.map(drop).map_err(Trouble::asking)
    }
}

fn is_absent(problem: &async_nats::jetstream::context::GetStreamError) -> bool {
    matches!(problem.kind(), GetStreamErrorKind::JetStream(error)
        if error.error_code() == async_nats::jetstream::ErrorCode::STREAM_NOT_FOUND)
}
