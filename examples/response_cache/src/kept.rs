//! [`Kept`]: what the cache has for a key, and for how long.

use crate::{Answer, Lifespan};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// What the cache has for a key.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The answer, or that there is none for everybody.
    pub content: Content,
    arrived: Instant,
    /// How old it was when it arrived.
    initial_age: Duration,
    lifespan: Lifespan,
}

/// What the cache knows about a key.
#[derive(Clone, Debug)]
pub enum Content {
    /// The answer for everybody.
    Answer(Arc<Answer>),
    /// The answers are for one client each, or too large. Each request asks by itself, and does
    /// not first wait for a flight that would come back with nothing for it.
    Bypass,
}

/// Where in its life something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It is served.
    Fresh,
    /// It is served, and refreshed.
    Revalidate,
    /// It is served if the upstream service fails.
    IfError,
    /// It is not served any more.
    Over,
}

impl Kept {
    pub(crate) fn new(content: Content, initial_age: Duration, lifespan: Lifespan) -> Self {
        Self {
            content,
            arrived: Instant::now(),
            initial_age,
            lifespan,
        }
    }

    /// Returns the age, which the header `Age` says.
    pub fn age(&self) -> Duration {
        self.arrived.elapsed().saturating_add(self.initial_age)
    }

    /// Returns the time to live, in whole seconds. Below zero: how long it has been stale.
    pub fn time_to_live(&self) -> i64 {
        let signed = |time: Duration| i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        signed(self.lifespan.fresh).saturating_sub(signed(self.age()))
    }

    /// Returns where in its life it is.
    pub fn phase(&self) -> Phase {
        let Lifespan {
            fresh,
            while_revalidate,
            if_error,
        } = self.lifespan;
        match self.age().checked_sub(fresh) {
            None => Phase::Fresh,
            Some(stale) if stale < while_revalidate => Phase::Revalidate,
            Some(stale) if stale < if_error => Phase::IfError,
            Some(_) => Phase::Over,
        }
    }
}
