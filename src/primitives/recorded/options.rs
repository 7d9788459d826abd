//! How to record, and why a recording may not begin.

use std::error::Error;
use std::fmt;
use std::io;
use std::num::NonZeroU64;

/// How [`Recorded::start`](super::Recorded::start) records: which keys, how much, and
/// how much may wait to be written.
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
    /// Every key; one million steps at most, which are some 25 megabytes; a queue of
    /// 65,536, which takes 2 megabytes of memory.
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

    /// Records one key in `keys`, chosen by its hash: all calls for such a key, and
    /// none for the others. 0 is taken for 1. Calls for the whole map are always
    /// recorded.
    ///
    /// # What a sample shows
    ///
    /// The history of each key in it is whole, so the shares of reads, of new keys
    /// and of removals are as in the program. Keys and calls are fewer: multiply both
    /// by `keys`. A replayed walk goes over so many times fewer pairs. Between two walks there
    /// are so many times fewer calls. So a walk keeps its share of the work.
    ///
    /// If a few keys are very hot, a sample has one of them or none, and then shows the load
    /// as more or less skewed than it is. If that may be so, record every key, or record
    /// several times: each recording chooses other keys.
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

    /// Ends the recording by itself after so many steps.
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

    /// Lets so many steps wait to be written. A step that comes while so many wait is lost,
    /// and counted. 0 is taken for 1. The queue takes 32 bytes a step, from the beginning:
    /// [`start`](super::Recorded::start) panics unless there is twice that memory.
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

/// Why a recording did not begin. The writer comes back.
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
    /// There is a recording that has not been stopped yet.
    AlreadyRecording {
        /// The writer that was handed to `start`.
        writer: W,
    },
    /// No thread could be started for the writing.
    NoThread {
        /// The writer that was handed to `start`.
        writer: W,
        /// Why no thread could be started.
        error: io::Error,
    },
}

impl<W> StartError<W> {
    /// The writer that was handed to `start`.
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
