//! [`Recorded`]: a map, and a trace of what is done to it.
//!
//! # Rule
//!
//! While nothing is recorded, a call is one load, a branch, and the map's own. All
//! the rest is out of line (`operations.rs`), so that it takes no register from that.

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
/// It has the methods of [`ConcurrentMap`](super::ConcurrentMap), as every map that
/// it may stand around: so recording, too, is switched by one type alias. Each does
/// what the map does, and promises the same. The map's other methods are reached by
/// [`get_ref`](Recorded::get_ref), and not recorded.
///
/// # What is in a trace
///
/// One step for each call: what it did to its key, or that it went over all of them
/// ([`trace::Step`](super::trace::Step)).
///
/// - `get_or_insert_with` is a `get`, or an `insert` if a value was made. If two
///   threads make one for the same key at a time, both are said to have inserted it.
/// - `compare_exchange` is an `overwrite`, a `miss` if the key was absent, and a `get`
///   if it had another value.
/// - `for_each` is a `walk`, though it may break off early. `retain` is one too, with a
///   `remove` for each key it removed behind it.
/// - `len` and `is_empty`, and cloning and showing the map, are not in it.
/// - A call that panics may be missing; but what `get_or_insert_with` and `retain`
///   have changed until then is in it.
///
/// A step is noted when its call is over. Those of one thread stand in the order of
/// its calls. Those of different threads stand in the order in which they came to the
/// queue, which may be another one than that of the calls, if these overlapped.
///
/// Keys stand there as hashes of 64 bits, by a secret that is drawn for each recording
/// and never leaves the process: the trace tells how often a key was used, and nothing of what it
/// is. Values are not in it.
///
/// # What it costs
///
/// While nothing is recorded: one load and a branch. While something is, a hash of the
/// key more for each call, and for keys of the sample a place in a queue, which all
/// threads write to. A thread of its own writes from there. No call ever waits for it:
/// if the queue is full the step is lost, which the trace's last line tells, and
/// [`RecordingSummary::lost`].
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
    /// On a cache line of its own, which is written to at the start and the end only:
    /// so the load that each call makes finds it where it was.
    tape: CachePadded<Tape>,
}

// A panic leaves the tape whole.
impl<M: RefUnwindSafe> RefUnwindSafe for Recorded<M> {}
impl<M: UnwindSafe> UnwindSafe for Recorded<M> {}

impl<M> Recorded<M> {
    /// This map, of which nothing is recorded yet. `const`, so that it can stand in
    /// a `static`. Allocates nothing.
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

    /// The map itself. What is done to it by this way is not recorded.
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

    /// The map itself. What is being recorded is stopped, as if dropped.
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

    /// Starts recording, to this writer. A thread is started that writes to it, in
    /// large pieces; it needs no buffer of its own.
    ///
    /// Calls that other threads make meanwhile are recorded as soon as these see that
    /// it has begun. The writer should not use the map, as that would be recorded in
    /// turn, and must not stop the recording: that would wait for itself.
    ///
    /// Locks out other calls of `start` and `stop` alone.
    ///
    /// # Errors
    ///
    /// If something is being recorded and has not been stopped, or no thread can be
    /// started. The writer comes back in the error. What the writer itself has to
    /// complain of, [`stop`](Recorded::stop) tells: it ends the recording, and not the
    /// use of the map.
    ///
    /// # Panics
    ///
    /// If there is not twice the memory that the [queue](RecordingOptions::queue)
    /// takes. The writer is dropped, nothing is recorded, and the map goes on.
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

    /// Stops recording, and says what became of it: what was written, or the error
    /// that the writer ended it with. None: nothing was being recorded since the last
    /// time.
    ///
    /// Calls that ended before this one began are in the trace, if their keys are in
    /// the sample; those that others are just making may be. Waits until all of that
    /// is written and the writer is dropped.
    ///
    /// # Errors
    ///
    /// The writer's own, which ended the recording when it came; if it panicked, one
    /// of the kind [`Other`](io::ErrorKind::Other).
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

    /// Whether calls are being recorded. Not, if the recording has ended by itself,
    /// because all that was allowed was written or the writer failed, and a call has
    /// noticed.
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
