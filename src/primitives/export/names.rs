//! The metrics' names, with their units, and what each is.

use metrics::{Unit, describe_counter, describe_gauge};

/// The name of a metric.
#[derive(Clone, Copy)]
pub(super) struct Name(pub(super) &'static str);

pub(super) const KEYS: Name = Name("readmostly_keys");
pub(super) const HOT_KEYS: Name = Name("readmostly_hot_keys");
pub(super) const READ_ENTRIES: Name = Name("readmostly_read_entries");
pub(super) const DIRTY_ENTRIES: Name = Name("readmostly_dirty_entries");
pub(super) const TOMBSTONES: Name = Name("readmostly_tombstones");
pub(super) const MISSES: Name = Name("readmostly_misses_total");
pub(super) const PROMOTIONS: Name = Name("readmostly_promotions_total");
pub(super) const REBUILDS: Name = Name("readmostly_rebuilds_total");
pub(super) const COPIED_ENTRIES: Name = Name("readmostly_copied_entries_total");
pub(super) const EXPUNGES: Name = Name("readmostly_expunges_total");
pub(super) const UNEXPUNGES: Name = Name("readmostly_unexpunges_total");
pub(super) const RETIRED_OBJECTS: Name = Name("readmostly_retired_objects");
pub(super) const RETIRED_BYTES: Name = Name("readmostly_retired_bytes");
pub(super) const OLDEST_GUARD: Name = Name("readmostly_oldest_guard_seconds");
pub(super) const ACQUISITIONS: Name = Name("readmostly_lock_acquisitions_total");
pub(super) const CONTENDED: Name = Name("readmostly_lock_contended_total");
pub(super) const WAITED: Name = Name("readmostly_lock_waited_seconds");
pub(super) const LONGEST_WAIT: Name = Name("readmostly_lock_longest_wait_seconds");
pub(super) const WAITS: Name = Name("readmostly_lock_waits_total");

const COUNTERS: [(Name, &str); 9] = [
    (MISSES, "Look-ups that the read snapshot could not answer."),
    (
        PROMOTIONS,
        "Times the dirty map became the read snapshot, at O(1).",
    ),
    (
        REBUILDS,
        "Times a dirty map was built for the first new key after a promotion, at O(n).",
    ),
    (COPIED_ENTRIES, "Entries that rebuilds copied."),
    (EXPUNGES, "Deleted entries that rebuilds left out."),
    (UNEXPUNGES, "Left-out entries that were stored to again."),
    (
        ACQUISITIONS,
        "Times the lock was got, for reading or writing.",
    ),
    (
        CONTENDED,
        "Times the lock was not got at once, but waited for.",
    ),
    (
        WAITS,
        "Waits for the map's locks that took less than le seconds.",
    ),
];

const NUMBERS: [(Name, &str); 6] = [
    (KEYS, "Keys that are present."),
    (HOT_KEYS, "Keys that are hot."),
    (
        READ_ENTRIES,
        "Entries of the read snapshot, tombstones included.",
    ),
    (DIRTY_ENTRIES, "Entries of the dirty map."),
    (TOMBSTONES, "Entries that have no value."),
    (
        RETIRED_OBJECTS,
        "Values, entries and tables of all maps that wait to be freed.",
    ),
];

const BYTES: [(Name, &str); 1] = [(
    RETIRED_BYTES,
    "Bytes of the values, entries and tables of all maps that wait to be freed.",
)];

const TIMES: [(Name, &str); 3] = [
    (
        OLDEST_GUARD,
        "Some guard of this process has been alive for at least so long.",
    ),
    (
        WAITED,
        "Time waited for the lock, by all threads together. Only grows.",
    ),
    (
        LONGEST_WAIT,
        "The longest that a thread waited for the lock.",
    ),
];

/// Tells the recorder what each metric is. The recorder may be another one than last time.
pub(super) fn describe_all() {
    for (name, what) in COUNTERS {
        describe_counter!(name.0, Unit::Count, what);
    }
    for (name, what) in NUMBERS {
        describe_gauge!(name.0, Unit::Count, what);
    }
    for (name, what) in BYTES {
        describe_gauge!(name.0, Unit::Bytes, what);
    }
    for (name, what) in TIMES {
        describe_gauge!(name.0, Unit::Seconds, what);
    }
}
