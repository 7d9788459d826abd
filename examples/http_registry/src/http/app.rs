//! [`App`]: what the handlers share.

use crate::counters::Counters;
use crate::events::Ring;
use crate::flags::{Flags, Kind};
use crate::writes::{Health, Queue};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, watch};

/// What the handlers share.
pub(crate) struct App {
    pub(crate) kind: Kind,
    pub(crate) flags: Arc<Flags>,
    pub(crate) ring: Arc<Ring>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) health: Arc<Health>,
    pub(crate) queue: Queue,
    /// A permit for each stream that may be opened.
    pub(crate) streams: Arc<Semaphore>,
    pub(crate) max_streams: usize,
    /// How often a quiet stream sends a comment.
    pub(crate) heartbeat: Duration,
    /// Becomes `true` when the program is to end.
    pub(crate) ending: watch::Sender<bool>,
    /// A recorder of its own: two services in one process do not mix their numbers.
    pub(crate) recorder: PrometheusRecorder,
    pub(crate) rendering: PrometheusHandle,
}

/// What [`App`] is made of.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) kind: Kind,
    pub(crate) flags: Arc<Flags>,
    pub(crate) ring: Arc<Ring>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) health: Arc<Health>,
    pub(crate) queue: Queue,
    pub(crate) max_streams: usize,
    pub(crate) heartbeat: Duration,
}

impl App {
    pub(crate) fn new(parts: Parts) -> Self {
        let recorder = PrometheusBuilder::new().build_recorder();
        Self {
            kind: parts.kind,
            flags: parts.flags,
            ring: parts.ring,
            counters: parts.counters,
            health: parts.health,
            queue: parts.queue,
            streams: Arc::new(Semaphore::new(parts.max_streams)),
            max_streams: parts.max_streams,
            heartbeat: parts.heartbeat,
            ending: watch::Sender::new(false),
            rendering: recorder.handle(),
            recorder,
        }
    }

    /// How many streams are open.
    pub(crate) fn open_streams(&self) -> usize {
        self.max_streams - self.streams.available_permits()
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}
