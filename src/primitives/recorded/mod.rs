//! [`Recorded`]: a map, and a trace of what is done to it.
//!
//! # Rule
//!
//! While nothing is recorded, a call is one load, a branch, and the map's own call. All the
//! rest is out of line (`operations.rs`), so that it takes no register from the map's call.

mod operations;
mod options;
mod recorder;
mod tape;
mod traits;
mod writing;

pub use options::{RecordingOptions, StartError};
pub use writing::RecordingSummary;

use crate::sync::CachePadded;
use std::io::{self, Write};
use std::panic::{RefUnwindSafe, UnwindSafe};
use tape::Tape;

/// A map, whose calls can be recorded as a [`trace`](super::trace) while the program
/// runs: for measuring maps with the load that a program really has.
///
/// It has the methods of [`ConcurrentMap`](super::ConcurrentMap), as has every map that it
/// may wrap. So one type alias switches recording on, too. Each method does what the map's
/// does, and promises the same. [`get_ref`](Recorded::get_ref) gives access to the map's
/// other methods, which are not recorded.
///
/// # What is in a trace
///
/// One step for each call: what it did to its key, or that it went over all of them
/// ([`trace::Step`](super::trace::Step)).
///
/// - `get_or_insert_with` is a `get`, or an `insert` if a value was made. If two
///   threads make one for the same key at a time, the trace has an `insert` for each.
/// - `compare_exchange` is an `overwrite`, a `miss` if the key was absent, and a `get`
///   if it had another value.
/// - `for_each` is a `walk`, even if it breaks off early. `retain` is a `walk`, and after it
///   a `remove` for each key that it removed.
/// - `len` and `is_empty`, and cloning and showing the map, are not in the trace.
/// - A call that panics may be missing. But what `get_or_insert_with` and `retain` have
///   changed before the panic is in the trace.
///
/// A step is noted when its call is over. The steps of one thread stand in the order of
/// its calls. The steps of different threads stand in the order in which they came to the
/// queue. If calls overlapped, that may be another order than that of the calls.
///
/// Keys stand there as hashes of 64 bits, with a secret that is drawn for each recording
/// and never leaves the process. So the trace tells how often a key was used, and nothing
/// of what the key is. Values are not in the trace.
///
/// # What it costs
///
/// While nothing is recorded: one load and a branch. While something is, each call also
/// hashes its key. If the key is in the sample, the call also adds a step to a queue, which
/// all threads write to. A thread of the recording writes the steps from there. No call ever
/// waits for it: if the queue is full, the step is lost. The trace's last line and
/// [`RecordingSummary::lost`] say how many were lost.
///
/// Recording changes nothing else. `Hash` of a key runs once more for each call, and
/// once for each key that `retain` removed, always with no lock held.
///
/// # Examples
///
/// ```
/// use readmostly::primitives::{ConcurrentMap, Recorded, RecordingOptions, ShardedMap};
///
/// type Sessions = Recorded<ShardedMap<String, u32>>;
///
/// let path = std::env::temp_dir().join(format!("sessions-{}.trace", std::process::id()));
/// let sessions = Sessions::default();
/// let options = RecordingOptions::new().one_key_in(1).at_most(100_000);
/// sessions.start(options, std::fs::File::create(&path)?)?;
///
/// sessions.insert(String::from("ann"), 1);
/// assert!(sessions.contains_key("ann") && !sessions.contains_key("bob"));
///
/// assert_eq!(sessions.stop().unwrap()?.written, 3);
/// let trace = std::fs::read_to_string(&path)?;
/// // # readmostly trace, version 1, one key in 1
/// // insert,5b7efdf2ae3dcf71
/// // get,5b7efdf2ae3dcf71
/// // miss,0b71c8a9ec1fc63c
/// // # end: 3 steps, 0 lost, stopped
/// assert_eq!(trace.lines().count(), 5);
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Recorded<M> {
    map: M,
    /// On its own cache line: writes to the map must not evict what each call loads. The
    /// line is written only when a recording starts and ends.
    tape: CachePadded<Tape>,
}

// A panic leaves the tape consistent.
impl<M: RefUnwindSafe> RefUnwindSafe for Recorded<M> {}
impl<M: UnwindSafe> UnwindSafe for Recorded<M> {}

impl<M> Recorded<M> {
    /// Wraps this map, without recording yet. `const`, so that it can stand in a
    /// `static`. Allocates nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{BuildFnv1a, ConcurrentMap, MutexMap, Recorded};
    ///
    /// type Counts = Recorded<MutexMap<&'static str, u32, BuildFnv1a>>;
    /// static COUNTS: Counts = Recorded::new(MutexMap::with_hasher(BuildFnv1a::new()));
    /// COUNTS.insert("a", 1);
    /// assert!(!COUNTS.is_recording());
    /// ```
    pub const fn new(map: M) -> Self {
        Self {
            map,
            tape: CachePadded::new(Tape::new()),
        }
    }

    /// The map itself. What is done through this reference is not recorded.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{Recorded, ShardedMap};
    ///
    /// let map = Recorded::new(ShardedMap::from([("a", 1)]));
    /// assert_eq!(map.get_ref().shard_loads().iter().sum::<usize>(), 1);
    /// ```
    pub const fn get_ref(&self) -> &M {
        &self.map
    }

    /// The map itself. Stops a recording, as a drop does.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{ConcurrentMap, MutexMap, Recorded};
    ///
    /// let map = Recorded::new(MutexMap::from([("a", 1)]));
    /// assert_eq!(map.into_inner().len(), 1);
    /// ```
    pub fn into_inner(self) -> M {
        self.map
    }

    /// Starts recording to this writer. Starts a thread that writes to it in large pieces:
    /// the writer needs no buffer of its own.
    ///
    /// Calls that other threads make meanwhile are recorded as soon as these threads see
    /// that the recording has begun. The writer should not use the map: that would be
    /// recorded in turn. The writer must not stop the recording: its thread would wait for
    /// its own end.
    ///
    /// Only other calls of `start` and `stop` wait for this call.
    ///
    /// # Errors
    ///
    /// If something is being recorded and has not been stopped, or no thread can be
    /// started. The writer comes back in the error. An error of the writer itself comes from
    /// [`stop`](Recorded::stop). It ends the recording, not the use of the map.
    ///
    /// # Panics
    ///
    /// If there is not twice the memory that the [queue](RecordingOptions::queue)
    /// takes. The writer is dropped, nothing is recorded, and the map can still be used.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{ConcurrentMap, MutexMap, Recorded, RecordingOptions};
    ///
    /// let map = Recorded::new(MutexMap::from([("a", 1)]));
    /// map.start(RecordingOptions::new().one_key_in(64), std::io::sink())?;
    /// assert!(map.contains_key("a"));
    /// assert!(map.is_recording());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn start<W>(&self, options: RecordingOptions, writer: W) -> Result<(), StartError<W>>
    where
        W: Write + Send + 'static,
    {
        self.tape.start(options, writer)
    }

    /// Stops recording, and says what was written, or with which error the writer ended the
    /// recording. None: no recording was started since the last `stop`.
    ///
    /// Calls that ended before this one began are in the trace if their keys are in the
    /// sample, unless their steps were lost. Calls that overlap with this one may be in it.
    /// Waits until all steps are written and the writer is dropped.
    ///
    /// # Errors
    ///
    /// The writer's own error, which ended the recording when it occurred. If the writer
    /// panicked, an error of the kind [`Other`](io::ErrorKind::Other).
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{ConcurrentMap, MutexMap, Recorded, RecordingOptions};
    ///
    /// let map = Recorded::new(MutexMap::from([("a", 1)]));
    /// assert!(map.stop().is_none());
    ///
    /// map.start(RecordingOptions::new(), std::io::sink())?;
    /// map.remove("a");
    /// assert_eq!(map.stop().unwrap()?.written, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stop(&self) -> Option<io::Result<RecordingSummary>> {
        self.tape.stop()
    }

    /// Whether calls are being recorded. A recording also ends by itself, when it has written
    /// all that is allowed or the writer has failed: this is false once a call has noticed.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{MutexMap, Recorded, RecordingOptions};
    ///
    /// let map = Recorded::new(MutexMap::<u32, u32>::new());
    /// assert!(!map.is_recording());
    /// map.start(RecordingOptions::new(), std::io::sink()).unwrap();
    /// assert!(map.is_recording());
    /// ```
    #[inline]
    pub fn is_recording(&self) -> bool {
        self.tape.switch.is_on()
    }
}
