//! [`Writer`]: the thread that makes all changes.

use super::desk::Desk;
use super::{Health, Queue};
use crate::counters::Counters;
use crate::events::Ring;
use crate::flags::Flags;
use crate::journal::{Journal, WriteError};
use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

/// What the writer shares with the rest of the program.
#[derive(Clone, Debug)]
pub struct Shared {
    /// The map. The writer alone changes it.
    pub flags: Arc<Flags>,
    /// The last changes.
    pub ring: Arc<Ring>,
    /// What was done.
    pub counters: Arc<Counters>,
    /// Whether the journal takes records.
    pub health: Arc<Health>,
    /// How many flags there may be.
    pub max_flags: usize,
}

/// The thread that makes all changes.
#[derive(Debug)]
pub struct Writer {
    queue: Queue,
    thread: JoinHandle<Result<(), WriteError>>,
}

impl Writer {
    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// If the system has no thread left.
    pub fn start(journal: Journal, shared: Shared) -> io::Result<Self> {
        let (queue, receiver) = Queue::new();
        let desk = Desk::new(journal, queue.clone(), shared);
        let thread = thread::Builder::new().name(String::from("writer"));
        let thread = thread.spawn(move || desk.run(receiver))?;
        Ok(Self { queue, thread })
    }

    /// Returns the queue of the writer.
    pub fn queue(&self) -> Queue {
        self.queue.clone()
    }

    /// Makes the writes that are in the queue, syncs the journal and ends the thread. Blocks.
    ///
    /// # Errors
    ///
    /// If the journal cannot be synced.
    ///
    /// # Panics
    ///
    /// If the thread has panicked.
    pub fn end(self) -> Result<(), WriteError> {
        self.queue.end();
        self.thread.join().expect("the writer does not panic")
    }
}
