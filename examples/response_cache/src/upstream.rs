//! [`Upstream`]: the service that the cache asks.

use crate::{Answer, Lifespan};
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

/// The service that the cache asks.
pub trait Upstream: Send + Sync + 'static {
    /// Asks for what everybody may have under `key`. The request must have nothing of one
    /// client in it: neither a cookie nor an `Accept-Language`.
    ///
    /// An answer that is larger than `largest` is [`Fetched::Bypass`]: it should be given up as
    /// soon as that is known.
    fn fetch(
        &self,
        key: &str,
        largest: usize,
    ) -> impl Future<Output = Result<Fetched, Failure>> + Send;
}

/// What came back.
#[derive(Clone, Debug)]
pub enum Fetched {
    /// An answer that may be kept.
    Keep {
        /// The answer.
        answer: Arc<Answer>,
        /// How old it was when it arrived.
        age: Duration,
        /// How long it lasts.
        lifespan: Lifespan,
    },
    /// An answer for those who wait for it.
    Share(Arc<Answer>),
    /// The answer is for one client, or too large.
    Bypass,
}

/// Why there is no answer. Cloned for each request that waited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The service cannot be reached, or does not speak HTTP. The text says what happened.
    Unreachable(String),
    /// The service took longer than the limit.
    TooSlow(Duration),
    /// The call panicked.
    Panicked,
    /// The call was cancelled, because the cache shuts down.
    Cancelled,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(why) => write!(f, "the upstream service cannot be reached: {why}"),
            Self::TooSlow(limit) => {
                write!(f, "the upstream service took longer than {limit:?}")
            }
            Self::Panicked => f.write_str("the call of the upstream service panicked"),
            Self::Cancelled => f.write_str("the call of the upstream service was cancelled"),
        }
    }
}

impl Error for Failure {}
