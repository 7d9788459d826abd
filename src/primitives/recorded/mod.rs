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

/// A wrapper around a map that can record the map's calls as a [`trace`](super::trace)
/// while the program runs. Use the trace to measure maps under the real load of a program.
///
/// `Recorded` has the methods of [`ConcurrentMap`](super::ConcurrentMap), as every map that
/// it can wrap has. So a change of one type alias adds recording to code that calls only
/// these methods. Each method does the same as the map's method, and promises the same.
/// [`get_ref`](Recorded::get_ref) gives access to the other methods of the map, which are
/// not recorded.
///
/// # What is in a trace
///
/// A trace has one [`Step`](super::trace::Step) for each call. The step says what the call
/// did to its key, or that the call visited all keys.
///
/// - `get_with_or_insert` is a `get`, or an `insert` if a value was made. If two threads
///   make a value for the same key at the same time, the trace has an `insert` for each.
/// - `compare_and_set` is an `overwrite` if it succeeds, a `miss` if the key was absent,
///   and a `get` if the key had another value.
/// - `for_each` is a `walk`, even if it stops early. `retain` is a `walk`, followed by a
///   `remove` for each key that it removed.
/// - `len`, `is_empty`, `Clone` and `Debug` of the map are not in the trace.
/// - A call that panics may be missing. But the changes that `get_with_or_insert` and
///   `retain` made before the panic are in the trace.
///
/// A step is recorded at the end of its call. The steps of one thread are in the order of
/// its calls. The steps of different threads are in the order in which they reached the
/// queue. If calls overlapped, this order may differ from the order of the calls.
///
/// The trace does not contain keys, but hashes of 64 bits. The hash uses a secret that is
/// chosen for each recording and never leaves the process. So the trace shows how often a
/// key was used, but nothing about the key itself. Values are not in the trace.
///
/// # What it costs
///
/// While nothing is recorded, each call costs one load and one branch. While a recording
/// runs, each call also hashes its key. If the key is in the sample, the call also adds a
/// step to a queue that all threads write to. A separate thread writes the steps from the
/// queue to the trace. No call ever waits for that thread: if the queue is full, the step
/// is lost. The last line of the trace and [`RecordingSummary::lost`] say how many steps
/// were lost.
///
/// Recording changes nothing else. `Hash` of a key runs once more for each call, and once
/// for each key that `retain` removed, always with no lock held.
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
    /// Wraps a map. Does not start recording. The function is `const`, so a `static` can
    /// hold the result. Allocates nothing.
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

    /// Returns a reference to the map. Calls through this reference are not recorded.
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

    /// Returns the map. Stops a recording, as a drop does.
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

    /// Starts recording to `writer`. Starts a thread that writes to it in large pieces, so
    /// the writer needs no buffer of its own.
    ///
    /// The calls of another thread are recorded as soon as that thread sees that the
    /// recording has started. The writer should not use the map, because its calls would be
    /// recorded too. The writer must not stop the recording, because its thread would wait
    /// for its own end.
    ///
    /// Only other calls of `start` and `stop` wait for this call.
    ///
    /// # Errors
    ///
    /// If a recording was started and has not been stopped, or if no thread can be started.
    /// The error contains the writer. An error of the writer itself is returned by
    /// [`stop`](Recorded::stop). It ends the recording, but the map can still be used.
    ///
    /// # Panics
    ///
    /// If there is not twice the memory that the [queue](RecordingOptions::queue) takes.
    /// The writer is dropped, nothing is recorded, and the map can still be used.
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

    /// Stops recording, and returns a summary of what was written, or the error with which
    /// the writer ended the recording. Returns `None` if no recording was started since the
    /// last `stop`.
    ///
    /// A call that ended before `stop` began is in the trace if its key is in the sample,
    /// unless its step was lost. A call that overlaps with `stop` may be in the trace.
    /// `stop` waits until all steps are written and the writer is dropped.
    ///
    /// # Errors
    ///
    /// The error of the writer. It ended the recording when it occurred. If the writer
    /// panicked: an error of the kind [`Other`](io::ErrorKind::Other).
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

    /// Returns `true` while calls are recorded. A recording also ends without a call of
    /// `stop`: when it has written the maximum number of steps, or when the writer has
    /// failed. After that, `is_recording` returns `false` as soon as a call has noticed the
    /// end.
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
