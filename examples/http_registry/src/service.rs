//! [`Service`]: the registry with its state, from its start to its end.

use crate::counters::Counters;
use crate::events::{Event, Ring};
use crate::flags::{Entry, Flags, Kind, Name};
use crate::http::{App, Parts, router};
use crate::journal::{self, Journal, OpenError, Torn, WriteError};
use crate::writes::{Health, Shared, Writer};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use std::{fmt, io};
use tokio::net::TcpListener;
use web::{Ended, Limits};

/// How a registry is kept.
#[derive(Clone, Debug)]
pub struct Options {
    /// The file of the journal.
    pub journal: PathBuf,
    /// Which map it stands on.
    pub map: Kind,
    /// How many flags there may be.
    pub max_flags: usize,
    /// How many streams of events may be open.
    pub max_streams: usize,
    /// How many events are held for streams that come late.
    pub history: usize,
    /// From which length on the journal is compacted, in bytes.
    pub compact_from: u64,
    /// How often a quiet stream of events sends a comment.
    pub heartbeat: Duration,
    /// What one client may cost.
    pub limits: Limits,
}

/// The registry with its state.
#[derive(Debug)]
pub struct Service {
    app: Arc<App>,
    writer: Writer,
    limits: Limits,
    recovered: Recovered,
}

/// What was found at the start.
#[derive(Clone, Copy, Debug)]
pub struct Recovered {
    /// How many flags.
    pub flags: usize,
    /// The version of the last change.
    pub version: u64,
    /// The last record was not whole, and was cut off.
    pub torn: Option<Torn>,
    /// There was no journal. An empty one was created.
    pub created: bool,
}

impl Recovered {
    fn of(recovered: &journal::Recovered) -> Self {
        Self {
            flags: recovered.flags.len(),
            version: recovered.version,
            torn: recovered.torn,
            created: recovered.created,
        }
    }
}

/// Why a registry cannot be started.
#[derive(Debug)]
pub enum StartError {
    /// The journal cannot be used.
    Journal(OpenError),
    /// The journal has a flag with a name that breaks the rules.
    Name(String),
    /// The thread of the writer cannot be started.
    Thread(io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Journal(why) => why.fmt(to),
            Self::Name(name) => write!(to, "the journal has a flag with the name {name:?}"),
            Self::Thread(why) => write!(to, "cannot start a thread: {why}"),
        }
    }
}

impl std::error::Error for StartError {}

/// The map with the flags that the journal has.
fn flags(kind: Kind, recovered: &journal::Recovered) -> Result<Flags, StartError> {
    let flags = Flags::new(kind);
    for flag in &recovered.flags {
        let name = Name::new(&flag.name).map_err(|_| StartError::Name(flag.name.clone()))?;
        flags.try_insert(name, Entry::of(flag));
    }
    flags.filled();
    Ok(flags)
}

/// The ring with the changes that the journal has kept.
fn ring(room: usize, recovered: &journal::Recovered) -> Ring {
    let changes = &recovered.changes;
    let ring = Ring::new(room, recovered.version - changes.len() as u64);
    changes
        .iter()
        .for_each(|change| ring.push(Event::of(change)));
    ring
}

impl Service {
    /// Opens the journal, fills the map and the ring from it, and starts the writer.
    ///
    /// # Errors
    ///
    /// If the journal cannot be used.
    pub fn open(options: Options) -> Result<Self, StartError> {
        let kept = journal::Options {
            history: options.history,
            compact_from: options.compact_from,
        };
        let opened = Journal::open(&options.journal, kept);
        let (journal, recovered) = opened.map_err(StartError::Journal)?;
        let shared = Shared {
            flags: Arc::new(flags(options.map, &recovered)?),
            ring: Arc::new(ring(options.history, &recovered)),
            counters: Arc::new(Counters::default()),
            health: Arc::new(Health::default()),
            max_flags: options.max_flags,
        };
        let writer = Writer::start(journal, shared.clone()).map_err(StartError::Thread)?;
        let app = App::new(Parts {
            kind: options.map,
            flags: shared.flags,
            ring: shared.ring,
            counters: shared.counters,
            health: shared.health,
            queue: writer.queue(),
            max_streams: options.max_streams,
            heartbeat: options.heartbeat,
        });
        Ok(Self {
            app: Arc::new(app),
            writer,
            limits: options.limits,
            recovered: Recovered::of(&recovered),
        })
    }

    /// Returns what was found at the start.
    pub fn recovered(&self) -> Recovered {
        self.recovered
    }

    /// Serves until `end` is ready. Then ends the streams, finishes the requests under way,
    /// and syncs the journal.
    ///
    /// # Errors
    ///
    /// If the journal cannot be synced at the end.
    pub async fn serve(
        self,
        listener: TcpListener,
        end: impl Future<Output = ()>,
    ) -> Result<Ended, WriteError> {
        let Self {
            app,
            writer,
            limits,
            ..
        } = self;
        let router = router(&app, &limits);
        let ending = async {
            end.await;
            app.ending.send_replace(true);
        };
        let ended = web::serve(listener, router, limits, ending).await;
        // It waits for the disk, so it has a thread of its own.
        let synced = tokio::task::spawn_blocking(|| writer.end()).await;
        synced
            .expect("the end of the writer does not panic")
            .map(|()| ended)
    }
}
