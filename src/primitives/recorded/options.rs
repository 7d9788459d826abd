//! How to record, and why a recording may not begin.

use std::error::Error;
use std::fmt;
use std::io;
use std::num::NonZeroU64;

/// The options of [`Recorded::start`](super::Recorded::start): which keys to record, how
/// many steps, and how many steps may wait to be written.
///
/// # Examples
///
/// ```
/// use readmostly::primitives::RecordingOptions;
///
/// let options = RecordingOptions::new().one_key_in(64).at_most(100_000);
/// assert_ne!(options, RecordingOptions::new());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordingOptions {
    pub(super) one_key_in: NonZeroU64,
    pub(super) at_most: u64,
    pub(super) queue: usize,
}

impl RecordingOptions {
    /// Creates the default options: every key, at most one million steps (about 25
    /// megabytes), and a queue of 65,536 steps (2 megabytes of memory).
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::RecordingOptions;
    ///
    /// assert_eq!(RecordingOptions::new(), RecordingOptions::default());
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self {
            one_key_in: NonZeroU64::MIN,
            at_most: 1_000_000,
            queue: 1 << 16,
        }
    }

    /// Records one key in `keys`. The hash of a key decides whether it is recorded. All
    /// calls for a recorded key are recorded, and no calls for other keys. Calls for the
    /// whole map are always recorded. 0 counts as 1.
    ///
    /// # What a sample shows
    ///
    /// The history of each recorded key is complete. So the shares of reads, of new keys
    /// and of removals are those of the program. The trace has fewer keys and fewer calls:
    /// multiply both numbers by `keys`. A replayed `walk` visits fewer pairs by the same
    /// factor. There are also fewer calls between two walks, by the same factor. So the
    /// share of the work that walks take stays the same.
    ///
    /// If a few keys are very hot, a sample contains one of them or none. Then the sample
    /// is more skewed than the real load, or less. If this may be the case, record every
    /// key, or record several times: each recording chooses other keys.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{ConcurrentMap, MutexMap, Recorded, RecordingOptions};
    ///
    /// let map = Recorded::new((0..10_000).map(|n| (n, n)).collect::<MutexMap<_, _>>());
    /// map.start(RecordingOptions::new().one_key_in(10), std::io::sink()).unwrap();
    /// (0..10_000).for_each(|n| assert!(map.contains_key(&n)));
    /// let written = map.stop().unwrap().unwrap().written;
    /// assert!((500..2_000).contains(&written)); // about 1,000
    /// ```
    #[must_use]
    pub const fn one_key_in(mut self, keys: u64) -> Self {
        self.one_key_in = match NonZeroU64::new(keys) {
            Some(keys) => keys,
            None => NonZeroU64::MIN,
        };
        self
    }

    /// Ends the recording after this number of steps.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::{ConcurrentMap, MutexMap, Recorded, RecordingOptions};
    ///
    /// let map = Recorded::new(MutexMap::from([(1, 1)]));
    /// map.start(RecordingOptions::new().at_most(2), std::io::sink()).unwrap();
    /// (0..3).for_each(|_| assert!(map.contains_key(&1)));
    /// let summary = map.stop().unwrap().unwrap();
    /// assert!(summary.written == 2 && summary.full);
    /// ```
    #[must_use]
    pub const fn at_most(mut self, steps: u64) -> Self {
        self.at_most = steps;
        self
    }

    /// Sets how many steps may wait to be written. A step that finds the queue full is
    /// lost, and counted. 0 counts as 1. The queue takes 32 bytes for each step, from the
    /// start of the recording. [`start`](super::Recorded::start) panics if there is not
    /// twice that memory.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::RecordingOptions;
    ///
    /// // For bursts of a million calls.
    /// let options = RecordingOptions::new().queue(1 << 20);
    /// ```
    #[must_use]
    pub const fn queue(mut self, steps: usize) -> Self {
        self.queue = if steps == 0 { 1 } else { steps };
        self
    }
}

impl Default for RecordingOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// Why a recording did not start. The error contains the writer.
///
/// # Examples
///
/// ```
/// use readmostly::primitives::{MutexMap, Recorded, RecordingOptions, StartError};
///
/// let map = Recorded::new(MutexMap::<u32, u32>::new());
/// map.start(RecordingOptions::new(), Vec::new()).unwrap();
/// let refused = map.start(RecordingOptions::new(), vec![7]).unwrap_err();
/// assert!(matches!(refused, StartError::AlreadyRecording { .. }));
/// assert_eq!(refused.into_writer(), [7]);
/// ```
#[non_exhaustive]
pub enum StartError<W> {
    /// A recording was started and has not been stopped yet.
    AlreadyRecording {
        /// The writer that was handed to `start`.
        writer: W,
    },
    /// The thread that writes could not be started.
    NoThread {
        /// The writer that was handed to `start`.
        writer: W,
        /// Why no thread could be started.
        error: io::Error,
    },
}

impl<W> StartError<W> {
    /// Returns the writer that was passed to `start`.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::StartError;
    ///
    /// let refused = StartError::AlreadyRecording { writer: vec![1] };
    /// assert_eq!(refused.into_writer(), [1]);
    /// ```
    pub fn into_writer(self) -> W {
        match self {
            Self::AlreadyRecording { writer } | Self::NoThread { writer, .. } => writer,
        }
    }
}

impl<W> fmt::Debug for StartError<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadyRecording { .. } => f.write_str("AlreadyRecording"),
            Self::NoThread { error, .. } => f.debug_tuple("NoThread").field(error).finish(),
        }
    }
}

impl<W> fmt::Display for StartError<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AlreadyRecording { .. } => "the map is being recorded already",
            Self::NoThread { .. } => "there is no thread for the writing",
        })
    }
}

impl<W> Error for StartError<W> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::AlreadyRecording { .. } => None,
            Self::NoThread { error, .. } => Some(error),
        }
    }
}
