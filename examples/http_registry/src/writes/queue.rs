//! [`Queue`]: where writes wait for the writer.

use super::{Condition, Done, Refused, Request, What};
use crate::flags::Name;
use tokio::sync::{mpsc, oneshot};

/// How many writes may wait. Further requests wait before they are in the queue.
const ROOM: usize = 1_024;

/// What the writer is told.
#[derive(Debug)]
pub(super) enum Message {
    Write(Request),
    /// A compaction can be finished.
    Compacted,
    /// Nothing comes after this one.
    End,
}

/// Where writes wait for the writer.
#[derive(Clone, Debug)]
pub struct Queue(mpsc::Sender<Message>);

impl Queue {
    pub(super) fn new() -> (Self, mpsc::Receiver<Message>) {
        let (sender, receiver) = mpsc::channel(ROOM);
        (Self(sender), receiver)
    }

    /// Writes, and waits for the answer. The write is made even if the future is dropped
    /// after the request is in the queue.
    ///
    /// # Errors
    ///
    /// If the write was not made, or not for certain.
    pub async fn write(
        &self,
        name: Name,
        what: What,
        condition: Condition,
        durable: bool,
    ) -> Result<Done, Refused> {
        let (answer, answered) = oneshot::channel();
        let request = Request {
            name,
            what,
            condition,
            durable,
            answer,
        };
        let ended = || Refused::Journal(String::from("the writer has ended"));
        let sent = self.0.send(Message::Write(request)).await;
        sent.map_err(|_| ended())?;
        answered.await.map_err(|_| ended())?
    }

    /// Tells the writer to end after the writes that are in the queue.
    pub(super) fn end(&self) {
        // If the writer has ended already, there is nobody to tell.
        let _ = self.0.blocking_send(Message::End);
    }

    /// Tells the writer that a compaction can be finished.
    pub(super) fn compacted(&self) {
        // If the writer has ended, the compaction was stopped.
        let _ = self.0.blocking_send(Message::Compacted);
    }
}
