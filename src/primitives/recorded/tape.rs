//! What a recorded map has beside the map: how a recording starts and stops.

use super::options::{RecordingOptions, StartError};
use super::recorder::{Message, Recorder};
use super::writing::{RecordingSummary, Writing};
use crate::primitives::trace::Header;
use crate::sync::switch::{Switch, SyncSender, Tally, queue, sync_channel};
use crate::sync::{Arc, Mutex};
use std::io::{self, Write};
use std::thread::{self, JoinHandle};

/// What a recorded map has beside the map. Its drop stops the recording.
pub(super) struct Tape {
    /// On while calls are to be recorded.
    pub(super) switch: Switch<Recorder>,
    /// What is to be stopped. It may have ended by itself. Behind a mutex, so that one thread
    /// at a time starts or stops.
    running: Mutex<Option<Running>>,
}

struct Running {
    queue: SyncSender<Message>,
    thread: JoinHandle<io::Result<RecordingSummary>>,
}

impl Tape {
    pub(super) const fn new() -> Self {
        Self {
            switch: Switch::off(),
            running: Mutex::new(None),
        }
    }

    pub(super) fn start<W>(&self, options: RecordingOptions, writer: W) -> Result<(), StartError<W>>
    where
        W: Write + Send + 'static,
    {
        let mut running = self.running.lock();
        if running.is_some() {
            drop(running);
            return Err(StartError::AlreadyRecording { writer });
        }
        let queue = queue(options.queue);
        let (queue, written) = queue.expect("there is no memory for the queue");
        let lost = Arc::new(Tally::zero());
        let writing = Writing {
            queue: written,
            header: Header {
                one_key_in: options.one_key_in,
            },
            at_most: options.at_most,
            lost: Arc::clone(&lost),
        };
        let thread = match spawn(writing, writer) {
            Ok(thread) => thread,
            Err(refused) => {
                drop(running);
                return Err(refused);
            }
        };
        let recorder = Recorder::new(queue.clone(), options.one_key_in, lost);
        self.switch.on(recorder);
        *running = Some(Running { queue, thread });
        Ok(())
    }

    pub(super) fn stop(&self) -> Option<io::Result<RecordingSummary>> {
        let mut guard = self.running.lock();
        let running = guard.take()?;
        // From here on no call adds a step, and none is lost.
        self.switch.turn_off();
        drop(guard);
        // `send` fails if the recording has ended by itself.
        let _ = running.queue.send(Message::Stop);
        running.thread.thread().unpark();
        let panicked = |_| Err(io::Error::other("the writer of the trace panicked"));
        Some(running.thread.join().unwrap_or_else(panicked))
    }
}

impl Drop for Tape {
    fn drop(&mut self) {
        let running = self.running.lock();
        let by_itself = |running: &Running| running.thread.thread().id() == thread::current().id();
        let by_itself = running.as_ref().is_some_and(by_itself);
        drop(running);
        // If this is the writing thread, the writer had the last reference to the map. The
        // thread is ending, and must not wait for itself.
        if !by_itself {
            let _ = self.stop();
        }
    }
}

/// Starts the thread. Hands the writer over only when that has succeeded: if the start
/// fails, the writer has to come back in the error.
fn spawn<W>(
    writing: Writing,
    writer: W,
) -> Result<JoinHandle<io::Result<RecordingSummary>>, StartError<W>>
where
    W: Write + Send + 'static,
{
    let (hand, take) = sync_channel::<W>(1);
    let body = move || match take.recv() {
        Ok(writer) => writing.run(writer),
        Err(nothing) => Err(io::Error::other(nothing)),
    };
    let thread = match thread::Builder::new().name("map-trace".into()).spawn(body) {
        Ok(thread) => thread,
        Err(error) => return Err(StartError::NoThread { writer, error }),
    };
    match hand.send(writer) {
        Ok(()) => Ok(thread),
        Err(back) => Err(StartError::NoThread {
            writer: back.0,
            error: io::Error::other("it ended before it began"),
        }),
    }
}
