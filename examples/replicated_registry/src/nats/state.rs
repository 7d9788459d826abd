//! The state of the stream, as an answer to a question of the replica.

use super::Trouble;
use crate::replica::{Answer, Identity, Revision};
use async_nats::jetstream::stream::Info;

/// What the stream's state says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct State {
    pub(super) identity: Identity,
    pub(super) last: Revision,
    first: Revision,
    messages: u64,
    subjects: u64,
}

impl State {
    pub(super) fn of(info: &Info) -> Self {
        Self {
            identity: Identity(info.created.unix_timestamp_nanos()),
            last: info.state.last_sequence,
            first: info.state.first_sequence,
            messages: info.state.messages,
            subjects: info.state.subjects_count,
        }
    }

    pub(super) fn answer(&self) -> Answer {
        Answer {
            identity: self.identity,
            last: self.last,
            oldest: Some(self.first),
        }
    }

    /// Between two writes, nothing else may change.
    pub(super) fn follows(&self, then: &Self) -> Result<(), Trouble> {
        if self.identity == then.identity && self.last == then.last && self != then {
            return Err(Trouble::ChangedSilently);
        }
        Ok(())
    }
}
