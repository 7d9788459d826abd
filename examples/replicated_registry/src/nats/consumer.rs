//! A consumer of the bucket's stream: its raw messages, read one by one.

use super::deletion::is_deletion;
use super::{Registry, Trouble};
use crate::replica::{Message, Revision};
use async_nats::header::{HeaderName, NATS_LAST_CONSUMER};
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, ReplayPolicy, push};
use async_nats::{StatusCode, Subject, Subscriber, jetstream};
use bytes::Bytes;
use futures_util::StreamExt;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// How often the server says that it has nothing to send.
pub(super) const HEARTBEAT: Duration = Duration::from_millis(250);

/// The server waits for an answer to its flow control, at this subject.
const STALLED: HeaderName = HeaderName::from_static("Nats-Consumer-Stalled");

/// An ephemeral push consumer.
#[derive(Debug)]
pub(super) struct Consumer {
    messages: Subscriber,
    /// How many messages have come. The server numbers them from one.
    count: u64,
    /// The stream's sequence of the last one.
    last: Revision,
    /// When the server was last heard.
    heard: Instant,
}

/// What a consumer reads.
#[derive(Debug)]
pub(super) enum Event {
    /// A change, and whether the stream's numbers have a hole before it.
    Change {
        message: Message<Bytes>,
        revision: Revision,
        skipped: bool,
    },
    /// The server had nothing left to send.
    Idle,
    /// A message that only keeps the line alive.
    Alive,
}

impl Registry {
    /// Subscribes first: the consumer's first messages must find somebody.
    pub(super) async fn consumer(&self) -> Result<Consumer, Trouble> {
        let inbox = self.client.new_inbox();
        let messages = self
            .client
            .subscribe(inbox.clone())
            .await
            .map_err(Trouble::asking)?;
        let config = push::Config {
            deliver_subject: inbox,
            // The contents, without the history of each key.
            deliver_policy: DeliverPolicy::LastPerSubject,
            ack_policy: AckPolicy::None,
            replay_policy: ReplayPolicy::Instant,
            filter_subject: format!("{}>", self.options.prefix()),
            flow_control: true,
            idle_heartbeat: HEARTBEAT,
            memory_storage: true,
            num_replicas: 1,
            ..push::Config::default()
        };
        let stream = self.options.stream();
        let made = self
            .jetstream
            .create_consumer_on_stream(config, stream)
            .await;
        made.map_err(Trouble::asking)?;
        Ok(Consumer {
            messages,
            count: 0,
            last: 0,
            heard: Instant::now(),
        })
    }

    /// Waits for the next message of the consumer. May be dropped and called again.
    pub(super) async fn next(&self, consumer: &mut Consumer) -> Result<Event, Trouble> {
        let silent = consumer.heard + 3 * HEARTBEAT;
        let message = timeout_at(silent, consumer.messages.next()).await;
        let message = message
            .map_err(|_| Trouble::Silent)?
            .ok_or(Trouble::Disconnected)?;
        consumer.heard = Instant::now();
        match message.status {
            None => self.change(consumer, message),
            Some(StatusCode::IDLE_HEARTBEAT) => {
                let (event, ask) = consumer.heartbeat(message)?;
                if let Some(reply) = ask {
                    self.client
                        .publish(reply, Bytes::new())
                        .await
                        .map_err(Trouble::asking)?;
                }
                Ok(event)
            }
            Some(_) => Ok(Event::Alive),
        }
    }

    fn change(
        &self,
        consumer: &mut Consumer,
        message: async_nats::Message,
    ) -> Result<Event, Trouble> {
        let malformed = |what: &dyn ToString| Trouble::Malformed(what.to_string());
        let prefix = self.options.prefix();
        let key = message
            .subject
            .strip_prefix(&prefix)
            .ok_or_else(|| malformed(&message.subject))?;
        let key = key.to_owned();
        let message = jetstream::Message {
            message,
            context: self.jetstream.clone(),
        };
        let info = message.info().map_err(|problem| malformed(&problem))?;
        let (number, revision) = (info.consumer_sequence, info.stream_sequence);
        if number != consumer.count + 1 {
            return Err(Trouble::Gap);
        }
        let skipped = revision != consumer.last + 1;
        consumer.count = number;
        consumer.last = revision;
        Ok(Event::Change {
            message: operation(key, revision, message.message),
            revision,
            skipped,
        })
    }
}

impl Consumer {
    /// What a heartbeat says, and where the server waits for an answer, if it asks whether we
    /// keep up. It asks by a message with a reply subject, and again in each heartbeat while
    /// it waits.
    fn heartbeat(&self, message: async_nats::Message) -> Result<(Event, Option<Subject>), Trouble> {
        if message.reply.is_some() {
            return Ok((Event::Alive, message.reply));
        }
        let header = |name| {
            message
                .headers
                .as_ref()
                .and_then(|headers| headers.get_last(name))
        };
        let sent = header(NATS_LAST_CONSUMER).and_then(|sent| sent.as_str().parse::<u64>().ok());
        // The server has sent so many messages: all of them must have come.
        if sent.is_some_and(|sent| sent != self.count) {
            return Err(Trouble::Gap);
        }
        let stalled = header(STALLED).map(|reply| Subject::from(reply.as_str()));
        match (sent, &stalled) {
            (Some(_), None) => Ok((Event::Idle, None)),
            _ => Ok((Event::Alive, stalled)),
        }
    }
}

fn operation(key: String, revision: Revision, message: async_nats::Message) -> Message<Bytes> {
    if message.headers.as_ref().is_some_and(is_deletion) {
        return Message::Delete { key, revision };
    }
    Message::Put {
        key,
        revision,
        value: message.payload,
    }
}
