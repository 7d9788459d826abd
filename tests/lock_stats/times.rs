//! The histogram, and periods and sums of what was measured.

use readmostly::primitives::{LockStats, WaitTimes};
use std::time::Duration;

fn nanos(nanos: u64) -> Duration {
    Duration::from_nanos(nanos)
}

fn waits(times: &[u64]) -> WaitTimes {
    times.iter().map(|&time| nanos(time)).collect()
}

/// What a lock would have measured that was waited for so long, and got at once as often.
fn stats(times: &[u64]) -> LockStats {
    let mut stats = LockStats::default();
    stats.acquisitions = 2 * times.len() as u64;
    stats.contended = times.len() as u64;
    stats.waited = nanos(times.iter().sum());
    stats.longest_wait = nanos(times.iter().copied().max().unwrap_or(0));
    stats.wait_times = waits(times);
    stats
}

#[test]
fn a_bucket_begins_at_a_power_of_two_and_ends_before_the_next() {
    let buckets: Vec<_> = waits(&[0, 1, 2, 3, 4, 1023, 1024, u64::MAX])
        .buckets()
        .map(|(times, waits)| (times.start, times.end, waits))
        .collect();
    let end = nanos(1 << 63) * 2;
    assert_eq!(
        buckets,
        [
            (nanos(0), nanos(2), 2),
            (nanos(2), nanos(4), 2),
            (nanos(4), nanos(8), 1),
            (nanos(512), nanos(1024), 1),
            (nanos(1024), nanos(2048), 1),
            (nanos(1 << 63), end, 1),
        ]
    );
}

#[test]
fn a_time_longer_than_any_bucket_is_in_the_last_one() {
    let times: WaitTimes = [Duration::MAX].into_iter().collect();
    assert_eq!(times.quantile(1.0), nanos(1 << 63) * 2);
}

#[test]
fn a_quantile_is_the_end_of_the_bucket_of_the_wait_at_that_place() {
    let mut times: Vec<u64> = (0..1_000).map(|n| n * n % 7_919 * n + 1).collect();
    let waits = waits(&times);
    times.sort_unstable();
    for place in 1..=times.len() {
        // A little below the step, so that rounding does not decide.
        let q = (place as f64 - 0.5) / times.len() as f64;
        let (exact, end) = (nanos(times[place - 1]), waits.quantile(q));
        assert!(
            exact < end && end <= exact * 2,
            "{q}: {exact:?} and {end:?}"
        );
    }
}

#[test]
fn a_share_outside_of_all_is_the_shortest_or_the_longest() {
    let waits = waits(&[3, 100, 5_000]);
    for q in [0.0, -1.0, f64::NEG_INFINITY, f64::NAN] {
        assert_eq!(waits.quantile(q), nanos(4), "{q}");
    }
    for q in [1.0, 7.0, f64::INFINITY] {
        assert_eq!(waits.quantile(q), nanos(8_192), "{q}");
    }
    assert_eq!(WaitTimes::default().quantile(0.5), Duration::ZERO);
}

#[test]
fn a_period_is_what_came_after_its_beginning() {
    let period = stats(&[10, 20, 3_000, 70, 9_000]).since(&stats(&[10, 20, 3_000]));
    assert_eq!(period, stats(&[70, 9_000]));
    let nothing = stats(&[10]).since(&stats(&[10]));
    assert_eq!(nothing, LockStats::default());
}

#[test]
fn the_longest_wait_of_a_period_is_exact_or_the_end_of_its_bucket() {
    let longest = |all: &[u64], before: &[u64]| stats(all).since(&stats(before)).longest_wait;
    assert_eq!(longest(&[10, 3_000], &[10]), nanos(3_000));
    assert_eq!(longest(&[3_000, 10], &[3_000]), nanos(16));
    assert_eq!(
        longest(&[3_000, 2_500], &[3_000]),
        nanos(3_000),
        "no more than all"
    );
}

#[test]
fn several_locks_together_are_as_one() {
    let parts = [stats(&[1, 900]), stats(&[]), stats(&[50_000, 3])];
    let whole = stats(&[1, 900, 50_000, 3]);
    assert_eq!(parts.iter().sum::<LockStats>(), whole);
    let [mut merged, _, other] = parts.clone();
    merged.merge(&other);
    assert_eq!(merged, whole);
    assert_eq!(parts.into_iter().sum::<LockStats>(), whole);
}

#[test]
fn debug_shows_the_buckets_that_have_a_wait() {
    let shown = format!("{:?}", waits(&[700, 900, 3]));
    assert_eq!(shown, "{2ns..4ns: 1, 512ns..1.024µs: 2}");
}
