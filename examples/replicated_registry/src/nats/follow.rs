//! The driver: it opens sessions, hands messages over, and asks how far the source is.

use super::consumer::{Consumer, Event};
use super::state::State;
use super::{Registry, Trouble};
use crate::replica::{Message, Question, Revision, Session};
use async_nats::jetstream::stream::{Info, InfoError, Stream};
use bytes::Bytes;
use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::PoisonError;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

/// Answers in a row that the session does not reach, although the source is idle.
const STUCK: u32 = 10;

type Asked<'a> = Pin<Box<dyn Future<Output = (Question, Result<Info, InfoError>)> + Send + 'a>>;

/// A session, with what the driver knows of it.
struct Driven<'r> {
    session: Session<'r, Bytes>,
    consumer: Consumer,
    stream: Stream<Info>,
    /// The connection that it began on.
    connection: u64,
    state: State,
    /// The source's last revision when the session was opened.
    began_at: Revision,
    began: Instant,
    /// Answers since the source was last known to be reached.
    unreached: u32,
    through: Revision,
}

impl Registry {
    /// Opens one session after the other, for ever.
    pub(super) async fn follow(&self) {
        let mut create = self.options.create;
        let mut failures = 0;
        loop {
            let before = self.replica.standing().current_as_of;
            let trouble = match self.open(create).await {
                Ok(mut driven) => {
                    create = false;
                    let trouble = self.drive(&mut driven).await;
                    driven.session.end();
                    trouble
                }
                Err(trouble) => trouble,
            };
            let useful = self.replica.standing().current_as_of > before;
            failures = if useful { 0 } else { failures + 1 };
            self.note(&trouble);
            // A server that is away must not be asked all the time.
            sleep(Duration::from_millis(25) * failures.min(20)).await;
        }
    }

    fn note(&self, trouble: &Trouble) {
        let mut troubles = self.troubles.lock().unwrap_or_else(PoisonError::into_inner);
        *troubles.counts.entry(trouble.code()).or_default() += 1;
        troubles.last = Some(trouble.to_string());
    }

    fn connection(&self) -> Result<u64, Trouble> {
        if !self.is_connected() {
            return Err(Trouble::Disconnected);
        }
        Ok(self.client.statistics().connects.load(SeqCst))
    }

    /// The state is read before and after the consumer is made. If the identity is the same,
    /// the consumer belongs to it.
    async fn open(&self, create: bool) -> Result<Driven<'_>, Trouble> {
        let connection = self.connection()?;
        let stream = self.bucket(create).await?;
        let state = State::of(stream.cached_info());
        let consumer = self.consumer().await?;
        let after = State::of(&stream.get_info().await.map_err(Trouble::asking)?);
        if after.identity != state.identity {
            return Err(Trouble::Moved);
        }
        if self.connection()? != connection {
            return Err(Trouble::Disconnected);
        }
        Ok(Driven {
            session: self.replica.begin(state.identity, state.last),
            consumer,
            stream,
            connection,
            state,
            began_at: state.last,
            began: Instant::now(),
            unreached: 0,
            through: 0,
        })
    }

    /// Works on a session until it is lost. Returns why.
    async fn drive(&self, driven: &mut Driven<'_>) -> Trouble {
        let mut ticks = interval(self.options.ask_every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let stream = driven.stream.clone();
        let mut asked: Option<Asked<'_>> = None;
        loop {
            let done = tokio::select! {
                event = self.next(&mut driven.consumer) => match event {
                    Ok(event) => driven.hand_over(event),
                    Err(trouble) => Err(trouble),
                },
                (question, info) = answered(&mut asked) => {
                    asked = None;
                    self.take(driven, &question, info)
                }
                _ = ticks.tick(), if asked.is_none() => driven.ask(&stream, &mut asked),
                () = self.replica.wanted(), if asked.is_none() => driven.ask(&stream, &mut asked),
            };
            let done = done.and_then(|()| self.go_on(driven));
            if let Err(trouble) = done {
                return trouble;
            }
        }
    }

    fn take(
        &self,
        driven: &mut Driven<'_>,
        question: &Question,
        info: Result<Info, InfoError>,
    ) -> Result<(), Trouble> {
        let state = State::of(&info.map_err(Trouble::asking)?);
        // S5: the answer came over the connection of the session.
        if self.connection()? != driven.connection {
            return Err(Trouble::Disconnected);
        }
        let before = self.replica.standing().current_as_of;
        // First: the answer makes the map current, and a silent change says that it is not.
        state.follows(&driven.state)?;
        driven.session.answer(question, state.answer())?;
        driven.state = state;
        let reached = self.replica.standing().current_as_of > before;
        driven.unreached = if reached { 0 } else { driven.unreached + 1 };
        if reached {
            self.troubles
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .last = None;
        }
        Ok(())
    }

    fn go_on(&self, driven: &Driven<'_>) -> Result<(), Trouble> {
        if self.connection()? != driven.connection {
            return Err(Trouble::Disconnected);
        }
        if driven.began.elapsed() >= self.options.audit_every {
            return Err(Trouble::Audit);
        }
        Ok(())
    }
}

impl Driven<'_> {
    fn hand_over(&mut self, event: Event) -> Result<(), Trouble> {
        match event {
            Event::Change {
                message,
                revision,
                skipped,
            } => {
                self.session.apply(message)?;
                self.session.apply(Message::Through { revision, skipped })?;
                self.through = revision;
            }
            Event::Idle => {
                // The server's last revision is not in the heartbeat.
                let revision = self.through.max(self.began_at);
                self.session.apply(Message::Drained { revision })?;
                if self.unreached >= STUCK {
                    return Err(Trouble::Stuck);
                }
            }
            Event::Alive => {}
        }
        Ok(())
    }

    fn ask<'a>(
        &mut self,
        stream: &'a Stream<Info>,
        asked: &mut Option<Asked<'a>>,
    ) -> Result<(), Trouble> {
        let question = self.session.ask()?;
        *asked = Some(Box::pin(async move { (question, stream.get_info().await) }));
        Ok(())
    }
}

/// Never ready while there is no question.
async fn answered(asked: &mut Option<Asked<'_>>) -> (Question, Result<Info, InfoError>) {
    match asked {
        Some(asked) => asked.await,
        None => pending().await,
    }
}
