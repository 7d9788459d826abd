//! The other end of the queue: a thread that writes the trace.

use super::recorder::Message;
use crate::primitives::trace::Header;
use crate::sync::Arc;
use crate::sync::switch::{Receiver, Tally, TryRecvError};
use std::io::{self, BufWriter, Write};
use std::thread;
use std::time::{Duration, Instant};

/// How long the thread rests when the queue is empty. Only `stop` wakes it earlier. A
/// recorded call does not, as that would be a system call.
const REST: Duration = Duration::from_millis(1);

/// About how long a written step may wait for a flush. So little is missing in the trace of
/// a program that is killed.
const OLDEST: Duration = Duration::from_secs(1);

/// The result of a recording, from [`Recorded::stop`](super::Recorded::stop).
///
/// # Examples
///
/// ```
/// use readmostly::primitives::{ConcurrentMap, MutexMap, Recorded, RecordingOptions};
///
/// let map: Recorded<MutexMap<u32, u32>> = Recorded::default();
/// map.start(RecordingOptions::new(), std::io::sink()).unwrap();
/// map.insert(1, 1);
/// let summary = map.stop().unwrap().unwrap();
/// assert_eq!((summary.written, summary.lost, summary.full), (1, 0, false));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordingSummary {
    /// The number of steps that were written.
    pub written: u64,
    /// The number of steps that are missing between the written steps, because the thread
    /// that writes was too slow. Steps after the last allowed step are not counted.
    pub lost: u64,
    /// Whether the recording reached its maximum number of steps. Then the recording ended
    /// by itself, and later steps are not in the trace.
    pub full: bool,
}

/// All that the writing thread needs beside the writer.
pub(super) struct Writing {
    pub(super) queue: Receiver<Message>,
    pub(super) header: Header,
    pub(super) at_most: u64,
    pub(super) lost: Arc<Tally>,
}

impl Writing {
    /// Writes until the recording is stopped, or as much as is allowed.
    pub(super) fn run(self, writer: impl Write) -> io::Result<RecordingSummary> {
        let mut trace = BufWriter::new(writer);
        writeln!(trace, "{}", self.header)?;
        let (written, lost) = self.write_steps(&mut trace)?;
        let full = written == self.at_most;
        let ended = if full {
            "as many as allowed"
        } else {
            "stopped"
        };
        writeln!(trace, "# end: {written} steps, {lost} lost, {ended}")?;
        trace.flush()?;
        Ok(RecordingSummary {
            written,
            lost,
            full,
        })
    }

    /// Writes the steps. The result says how many it wrote, and how many are missing among
    /// them.
    fn write_steps(&self, trace: &mut impl Write) -> io::Result<(u64, u64)> {
        let mut flushed = Instant::now();
        let (mut written, mut missing) = (0, 0);
        while written < self.at_most {
            match self.queue.try_recv() {
                Ok(Message::Did { step, lost }) => {
                    writeln!(trace, "{step}")?;
                    written += 1;
                    missing = missing.max(lost);
                }
                Ok(Message::Stop) | Err(TryRecvError::Disconnected) => {
                    missing = self.lost.get();
                    break;
                }
                Err(TryRecvError::Empty) => {
                    if flushed.elapsed() >= OLDEST {
                        trace.flush()?;
                        flushed = Instant::now();
                    }
                    thread::park_timeout(REST);
                }
            }
        }
        Ok((written, missing as u64))
    }
}
