//! [`WaitTimes`]: a histogram in powers of two.

use crate::sync::power_of;
use std::array;
use std::fmt;
use std::ops::Range;
use std::time::Duration;

/// A histogram of wait times, in powers of two of nanoseconds. This part of
/// [`LockStats`](super::LockStats) distinguishes many short waits from few long waits.
///
/// A bucket starts at a power of two and ends before the next one. The first bucket also
/// counts waits of zero nanoseconds.
///
/// # Examples
///
/// ```
/// use readmostly::primitives::{ConcurrentMap, MutexMap, WaitTimes};
/// use std::time::Duration;
///
/// let map = MutexMap::from([("a", 1)]);
/// assert_eq!(map.lock_stats()[0].wait_times, WaitTimes::default());
///
/// // Times that were measured elsewhere can be put in one too.
/// let other = [700, 900, 80_000].map(Duration::from_nanos);
/// assert_eq!(WaitTimes::from_iter(other).count(), 3);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct WaitTimes([u64; 64]);

impl WaitTimes {
    /// `times[i]` waits took from 2ⁱ nanoseconds to twice that.
    pub(crate) fn of(times: [u64; 64]) -> Self {
        Self(times)
    }

    /// Returns the number of waits that were counted.
    ///
    /// # Complexity
    ///
    /// O(1).
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::WaitTimes;
    /// use std::time::Duration;
    ///
    /// let waits: WaitTimes = [700, 900].map(Duration::from_nanos).into_iter().collect();
    /// assert_eq!(waits.count(), 2);
    /// ```
    pub fn count(&self) -> u64 {
        let add = |sum: u64, &waits: &u64| sum.saturating_add(waits);
        self.0.iter().fold(0, add)
    }

    /// Returns an upper bound of the quantile `q` of all waits. `q` is from 0.0 to 1.0:
    /// 0.99 means the 99th percentile. Returns zero if there was no wait.
    ///
    /// The bound is the end of a bucket, so it is up to twice as long as the wait itself. A
    /// `q` below 0.0, or NaN, counts as 0.0: the shortest wait. A `q` above 1.0 counts as
    /// 1.0: the longest wait.
    ///
    /// # Complexity
    ///
    /// O(1).
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::WaitTimes;
    /// use std::time::Duration;
    ///
    /// let waits: WaitTimes = [700, 900, 80_000].map(Duration::from_nanos).into_iter().collect();
    /// assert_eq!(waits.quantile(0.5), Duration::from_nanos(1 << 10));
    /// assert_eq!(waits.quantile(0.99), Duration::from_nanos(1 << 17));
    /// assert_eq!(WaitTimes::default().quantile(0.99), Duration::ZERO);
    /// ```
    pub fn quantile(&self, q: f64) -> Duration {
        // The rank of that wait, if all are sorted by length. The cast turns NaN into 0.
        let place = (self.count() as f64 * q.clamp(0.0, 1.0)).ceil() as u64;
        let mut shorter = 0_u64;
        let mut last = Duration::ZERO;
        for (times, waits) in self.buckets() {
            last = times.end;
            shorter = shorter.saturating_add(waits);
            if shorter >= place {
                break;
            }
        }
        last
    }

    /// Returns an iterator over the buckets in which a wait was counted, the shortest
    /// first. Each item is the range of times of the bucket, without the end, and the
    /// number of waits.
    ///
    /// # Complexity
    ///
    /// O(1) for all buckets together.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::primitives::WaitTimes;
    /// use std::time::Duration;
    ///
    /// let waits: WaitTimes = [700, 900].map(Duration::from_nanos).into_iter().collect();
    /// for (times, waits) in waits.buckets() {
    ///     assert_eq!(format!("{waits} × {times:?}"), "2 × 512ns..1.024µs");
    /// }
    /// ```
    pub fn buckets(&self) -> impl Iterator<Item = (Range<Duration>, u64)> + '_ {
        let all = (0..).zip(&self.0);
        let counted = all.filter(|&(_, &waits)| waits > 0);
        counted.map(|(power, &waits)| (times_of(power), waits))
    }

    /// The waits that came after `earlier`.
    pub(super) fn since(&self, earlier: &Self) -> Self {
        let later = |power: usize| self.0[power].saturating_sub(earlier.0[power]);
        Self(array::from_fn(later))
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (waits, more) in self.0.iter_mut().zip(&other.0) {
            *waits = waits.saturating_add(*more);
        }
    }
}

/// The range of the bucket of a power of two. The first one has the waits of no time too.
fn times_of(power: u32) -> Range<Duration> {
    let start = Duration::from_nanos(1 << power);
    let shortest = if power == 0 { Duration::ZERO } else { start };
    shortest..start * 2
}

impl Default for WaitTimes {
    /// Returns a histogram without waits.
    fn default() -> Self {
        Self([0; 64])
    }
}

impl Extend<Duration> for WaitTimes {
    fn extend<I: IntoIterator<Item = Duration>>(&mut self, times: I) {
        for time in times {
            let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
            let waits = &mut self.0[power_of(nanos)];
            *waits = waits.saturating_add(1);
        }
    }
}

impl FromIterator<Duration> for WaitTimes {
    fn from_iter<I: IntoIterator<Item = Duration>>(times: I) -> Self {
        let mut waits = Self::default();
        waits.extend(times);
        waits
    }
}

impl fmt::Debug for WaitTimes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.buckets()).finish()
    }
}
