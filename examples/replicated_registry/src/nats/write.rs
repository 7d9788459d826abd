//! Writes: to the bucket, on a condition, and back by the watch.

use super::deletion::is_deletion;
use super::{Key, Registry};
use crate::replica::{Replaced, Revision};
use async_nats::HeaderMap;
use async_nats::jetstream::context::{PublishError, PublishErrorKind};
use bytes::Bytes;
use std::error::Error;
use std::fmt;
use tokio::time::timeout;

/// How often a write is tried while other writers are faster.
const TRIES: u32 = 8;

/// What must be so, for the write to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Nothing.
    Any,
    /// The key is absent.
    Absent,
    /// The key is present, and this is the revision of its value.
    Revision(Revision),
}

/// A write that the bucket has.
#[derive(Debug)]
pub struct Written {
    /// Its revision.
    pub revision: Revision,
    /// Whether the replica of this process shows it.
    pub seen: Result<(), NotSeen>,
}

/// The write is in the bucket, but this process has not seen it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotSeen {
    /// Not in time. It will be seen when the replica has caught up.
    Late,
    /// The bucket was replaced meanwhile. The write may be gone with the old one.
    Replaced,
}

/// The write was not made, or nobody knows.
#[derive(Debug)]
pub enum WriteError {
    /// The condition does not hold. Nothing was written.
    Mismatch {
        /// The revision of the value that the bucket has, if there is one and it was found.
        current: Option<Revision>,
    },
    /// The server is away, or has no such bucket. Nothing was written.
    Unavailable(&'static str),
    /// The server refused the write. Nothing was written.
    Refused(Box<dyn Error + Send + Sync>),
    /// The write was sent, and no answer came. It may have been made, or may be made yet.
    /// With a condition, it is safe to read the key again and to try once more.
    Unknown(Box<dyn Error + Send + Sync>),
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mismatch { current: Some(n) } => write!(f, "the key is at revision {n}"),
            Self::Mismatch { current: None } => f.write_str("the key is absent"),
            Self::Unavailable(why) => write!(f, "nothing was written: {why}"),
            Self::Refused(problem) => write!(f, "the server refused the write: {problem}"),
            Self::Unknown(problem) => {
                write!(f, "it is not known whether it was written: {problem}")
            }
        }
    }
}

impl Error for WriteError {}

impl Registry {
    /// Writes a value, and waits until this process has seen it.
    ///
    /// # Errors
    ///
    /// If nothing was written, or if it is not known: see [`WriteError`].
    pub async fn put(
        &self,
        key: &Key,
        value: Bytes,
        condition: Condition,
    ) -> Result<Written, WriteError> {
        self.write(key, HeaderMap::new(), value, condition).await
    }

    /// Deletes a key, and waits until this process has seen it. The bucket keeps a marker.
    ///
    /// # Errors
    ///
    /// As for [`put`](Registry::put). A key that is absent in the bucket is a mismatch, so
    /// that no marker is written for a key that never was.
    pub async fn delete(&self, key: &Key, condition: Condition) -> Result<Written, WriteError> {
        let mut headers = HeaderMap::new();
        headers.insert("KV-Operation", "DEL");
        if condition != Condition::Any {
            return self.write(key, headers, Bytes::new(), condition).await;
        }
        let mut tries = TRIES;
        loop {
            let Newest::Put(current) = self.newest(key).await? else {
                return Err(WriteError::Mismatch { current: None });
            };
            let condition = Condition::Revision(current);
            let done = self
                .write(key, headers.clone(), Bytes::new(), condition)
                .await;
            tries -= 1;
            match done {
                // Another writer was faster.
                Err(WriteError::Mismatch { .. }) if tries > 0 => {}
                done => return done,
            }
        }
    }

    async fn write(
        &self,
        key: &Key,
        headers: HeaderMap,
        value: Bytes,
        condition: Condition,
    ) -> Result<Written, WriteError> {
        if !self.is_connected() {
            return Err(WriteError::Unavailable(
                "there is no connection to the server",
            ));
        }
        let standing = self.replica.standing();
        if standing.epoch == 0 {
            return Err(WriteError::Unavailable("the bucket was not found yet"));
        }
        let ticket = self.replica.ticket();
        let revision = self.publish(key, headers, value, condition).await?;
        let seen = timeout(self.options.seen, self.replica.wait_for(ticket, revision)).await;
        let seen = match seen {
            Ok(Ok(())) => Ok(()),
            Ok(Err(Replaced)) => Err(NotSeen::Replaced),
            Err(_) => Err(NotSeen::Late),
        };
        Ok(Written { revision, seen })
    }

    async fn publish(
        &self,
        key: &Key,
        headers: HeaderMap,
        value: Bytes,
        condition: Condition,
    ) -> Result<Revision, WriteError> {
        let mut expected = match condition {
            Condition::Any => return self.send(key, headers, value, None).await,
            Condition::Absent => Some(0),
            // The server compares with the revision of a deletion, too. So it must be known
            // that the revision is that of a value.
            Condition::Revision(asked) => self.shows(key, asked).then_some(asked),
        };
        for _ in 0..TRIES {
            if let Some(expected) = expected {
                let sent = self.send(key, headers.clone(), value.clone(), Some(expected));
                match sent.await {
                    Err(WriteError::Mismatch { .. }) => {}
                    done => return done,
                }
            }
            expected = Some(condition.expects(self.newest(key).await?)?);
        }
        Err(WriteError::Mismatch { current: None })
    }

    fn shows(&self, key: &Key, revision: Revision) -> bool {
        let map = self.replica.map();
        map.get_with(key.as_str(), |entry| entry.revision()) == Some(revision)
    }

    async fn send(
        &self,
        key: &Key,
        mut headers: HeaderMap,
        value: Bytes,
        expected: Option<Revision>,
    ) -> Result<Revision, WriteError> {
        if let Some(expected) = expected {
            headers.insert("Nats-Expected-Last-Subject-Sequence", expected.to_string());
        }
        headers.insert("Nats-Expected-Stream", self.options.stream());
        let subject = self.options.prefix() + key.as_str();
        let sent = self
            .jetstream
            .publish_with_headers(subject, headers, value)
            .await;
        let acknowledged = sent
            .map_err(|problem| WriteError::Unknown(Box::new(problem)))?
            .await;
        acknowledged.map(|ack| ack.sequence).map_err(failed)
    }

    async fn newest(&self, key: &Key) -> Result<Newest, WriteError> {
        use async_nats::jetstream::stream::LastRawMessageErrorKind::NoMessageFound;
        let unavailable = |_| WriteError::Unavailable("the server did not say what the key has");
        let stream = self
            .jetstream
            .get_stream_no_info(self.options.stream())
            .await;
        let subject = self.options.prefix() + key.as_str();
        let stream = stream.map_err(|_| WriteError::Unavailable("there is no bucket"))?;
        match stream.get_last_raw_message_by_subject(&subject).await {
            Ok(message) if is_deletion(&message.headers) => Ok(Newest::Deleted(message.sequence)),
            Ok(message) => Ok(Newest::Put(message.sequence)),
            Err(absent) if absent.kind() == NoMessageFound => Ok(Newest::Nothing),
            Err(problem) => Err(unavailable(problem)),
        }
    }
}

/// The last change of a key in the bucket.
#[derive(Clone, Copy)]
enum Newest {
    Put(Revision),
    Deleted(Revision),
    Nothing,
}

impl Condition {
    /// The revision that the server must have, so that the condition holds.
    fn expects(self, newest: Newest) -> Result<Revision, WriteError> {
        match (self, newest) {
            // The marker of a deletion is the last change of the key: it is absent.
            (Self::Absent, Newest::Deleted(marker)) => Ok(marker),
            (Self::Absent, Newest::Nothing) => Ok(0),
            (Self::Revision(asked), Newest::Put(current)) if asked == current => Ok(asked),
            (_, Newest::Put(current)) => Err(WriteError::Mismatch {
                current: Some(current),
            }),
            (_, Newest::Deleted(_) | Newest::Nothing) => {
                Err(WriteError::Mismatch { current: None })
            }
        }
    }
}

fn failed(problem: PublishError) -> WriteError {
    match problem.kind() {
        PublishErrorKind::WrongLastSequence => WriteError::Mismatch { current: None },
        PublishErrorKind::StreamNotFound => WriteError::Unavailable("there is no bucket"),
        PublishErrorKind::TimedOut | PublishErrorKind::BrokenPipe => {
            WriteError::Unknown(Box::new(problem))
        }
        _ if problem.source().is_some() => WriteError::Refused(Box::new(problem)),
        _ => WriteError::Unknown(Box::new(problem)),
    }
}
