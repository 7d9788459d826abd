//! Light pins and grace periods: what is retired is freed while other threads read.
//!
//! The readers read the map under light pins. The grace periods are those of
//! `src/reclaim/light.rs`; a model says where one begins. What was handed over before a grace
//! period began is freed when that grace period is over, and not before. A model fails if a
//! key, a value, an entry or a table is freed before its last read has ended, or if that end
//! does not happen before the free.
//!
//! `freed 0` in what a writer saw says that its grace period was not over at once. Else the
//! number is how many functions it could run.
//!
//! If readers take no part in the heavy fence,
//! `what_was_read_is_freed_after_the_end_of_the_read` fails: that was tried.

use crate::explore::explore;
use crate::world::World;
use crate::worlds::{a_promoted, a_promoted_b_missed_once};

/// [`a_promoted`], and light pins are on. No thread has a record.
fn no_record(w: &World) {
    a_promoted(w);
    w.with_light_pins();
}

/// [`a_promoted`], and light pins are on. There is a record that nobody owns.
fn one_record(w: &World) {
    no_record(w);
    w.ends(w.load('a'));
}

/// [`a_promoted_b_missed_once`], and light pins are on. There is a record that nobody owns.
fn one_record_b_missed_once(w: &World) {
    a_promoted_b_missed_once(w);
    w.with_light_pins();
    w.ends(w.load('a'));
}

fn overwrite(w: &World) -> String {
    w.waited_for(w.swap('a', 2))
}

/// A reader finds the old value or the new one. Either way the grace period may be over at
/// once, or not.
const ONE_READ: [&str; 4] = [
    "1 freed 0, 1 → read{a:2} len 1",
    "1 freed 0, 2 → read{a:2} len 1",
    "1 freed 1, 1 → read{a:2} len 1",
    "1 freed 1, 2 → read{a:2} len 1",
];

/// The same with two reads in a row: after the new value the old one is not found.
const TWO_READS: [&str; 6] = [
    "1 freed 0, 1 1 → read{a:2} len 1",
    "1 freed 0, 1 2 → read{a:2} len 1",
    "1 freed 0, 2 2 → read{a:2} len 1",
    "1 freed 1, 1 1 → read{a:2} len 1",
    "1 freed 1, 1 2 → read{a:2} len 1",
    "1 freed 1, 2 2 → read{a:2} len 1",
];

/// The same with two readers.
const TWO_READERS: [&str; 8] = [
    "1 freed 0, 1, 1 → read{a:2} len 1",
    "1 freed 0, 1, 2 → read{a:2} len 1",
    "1 freed 0, 2, 1 → read{a:2} len 1",
    "1 freed 0, 2, 2 → read{a:2} len 1",
    "1 freed 1, 1, 1 → read{a:2} len 1",
    "1 freed 1, 1, 2 → read{a:2} len 1",
    "1 freed 1, 2, 1 → read{a:2} len 1",
    "1 freed 1, 2, 2 → read{a:2} len 1",
];

/// One read, during one grace period.
#[test]
fn what_was_read_is_freed_after_the_end_of_the_read() {
    explore(one_record, [overwrite, |w| w.load('a')], &ONE_READ);
}

/// Two reads in a row. The scan may miss the 0 that ended the first read, and find the stamp of
/// the second.
#[test]
fn a_stamp_carries_the_end_of_the_read_before_it() {
    explore(
        one_record,
        [overwrite, |w| w.load_two('a', 'a')],
        &TWO_READS,
    );
}

/// The second read may be announced under the new generation. The grace period does not wait
/// for reads of that generation.
#[test]
fn a_reader_of_the_new_generation_does_not_find_what_was_unlinked_before() {
    explore(
        one_record,
        [overwrite, |w| {
            format!("{} {}", w.contains('a'), w.load('a'))
        }],
        &[
            "1 freed 0, there 1 → read{a:2} len 1",
            "1 freed 0, there 2 → read{a:2} len 1",
            "1 freed 1, there 1 → read{a:2} len 1",
            "1 freed 1, there 2 → read{a:2} len 1",
        ],
    );
}

/// A read that is in the way of the first grace period is in the way of the second too, until
/// it has ended.
#[test]
fn two_grace_periods_follow_each_other() {
    explore(
        one_record,
        [
            |w| format!("{} {}", overwrite(w), w.waited_for(w.swap('a', 3))),
            |w| w.load('a'),
        ],
        &[
            "1 freed 0 2 freed 0, 1 → read{a:3} len 1",
            "1 freed 0 2 freed 0, 2 → read{a:3} len 1",
            "1 freed 0 2 freed 0, 3 → read{a:3} len 1",
            "1 freed 0 2 freed 2, 1 → read{a:3} len 1",
            "1 freed 0 2 freed 2, 2 → read{a:3} len 1",
            "1 freed 0 2 freed 2, 3 → read{a:3} len 1",
            "1 freed 1 2 freed 0, 2 → read{a:3} len 1",
            "1 freed 1 2 freed 0, 3 → read{a:3} len 1",
            "1 freed 1 2 freed 1, 1 → read{a:3} len 1",
            "1 freed 1 2 freed 1, 2 → read{a:3} len 1",
            "1 freed 1 2 freed 1, 3 → read{a:3} len 1",
        ],
    );
}

/// The second read begins before the first one ends. The stamp stays that of the first read
/// until the second one ends.
#[test]
fn a_read_within_a_read_goes_on_when_the_first_has_ended() {
    explore(
        one_record,
        [overwrite, |w| w.load_twice_first_goes_first('a')],
        &TWO_READS,
    );
}

/// The end of the inner read leaves the stamp as it is.
#[test]
fn a_read_goes_on_when_one_within_it_has_ended() {
    explore(
        one_record,
        [overwrite, |w| w.load_twice_first_goes_last('a')],
        &TWO_READS,
    );
}

/// A reference is dropped after its thread has given its record back. A destructor of a
/// thread-local may do that.
#[test]
fn a_read_goes_on_when_its_thread_has_given_its_record_back() {
    explore(one_record, [overwrite, |w| w.load_and_end('a')], &ONE_READ);
}

/// Thread 2 may take over the record of thread 1, with the numbers that thread 1 wrote there.
#[test]
fn a_record_that_was_given_back_is_used_again() {
    explore(
        one_record,
        [
            |w| w.ends(w.load('a')),
            |w| w.load_twice_first_goes_first('a'),
        ],
        &["1, 1 1 → read{a:1} len 1"],
    );
}

/// Thread 3 takes over the record that thread 2 has given back, or the other way round. Meanwhile
/// the writer looks at the record's stamp.
#[test]
fn a_record_goes_from_thread_to_thread_while_a_grace_period_is_under_way() {
    explore(
        one_record,
        [overwrite, |w| w.ends(w.load('a')), |w| w.ends(w.load('a'))],
        &TWO_READERS,
    );
}

/// No thread has a record, so a grace period may begin without a heavy fence.
#[test]
fn a_thread_that_comes_while_there_is_no_record_finds_nothing_freed() {
    explore(no_record, [overwrite, |w| w.load('a')], &ONE_READ);
}

/// Two threads make their records while a grace period begins.
#[test]
fn two_threads_that_have_no_record_come_during_a_grace_period() {
    explore(
        no_record,
        [overwrite, |w| w.load('a'), |w| w.load('a')],
        &TWO_READERS,
    );
}

#[test]
fn a_removed_value_is_freed_after_the_end_of_the_read() {
    explore(
        one_record,
        [
            |w| w.waited_for(w.load_and_delete('a')),
            |w| w.load_two('a', 'a'),
        ],
        &[
            "1 freed 0, - - → read{a:nil} len 0",
            "1 freed 0, 1 - → read{a:nil} len 0",
            "1 freed 0, 1 1 → read{a:nil} len 0",
            "1 freed 1, - - → read{a:nil} len 0",
            "1 freed 1, 1 - → read{a:nil} len 0",
            "1 freed 1, 1 1 → read{a:nil} len 0",
        ],
    );
}

/// A reader that finds the snapshot superseded takes a full pin. After that the writer frees
/// nothing before the end of the execution (`src/reclaim/model/kept.rs`).
#[test]
fn a_cleared_map_is_freed_after_the_end_of_the_read() {
    explore(
        one_record,
        [|w| w.waited_for(w.clear()), |w| w.load('a')],
        &[
            "cleared freed 0, - → read{} len 0",
            "cleared freed 0, 1 → read{} len 0",
            "cleared freed 2, - → read{} len 0",
            "cleared freed 2, 1 → read{} len 0",
        ],
    );
}

/// The writer promotes `b`. The reader looks into the table of the superseded snapshot.
#[test]
fn a_table_is_freed_after_the_end_of_the_read() {
    explore(
        one_record_b_missed_once,
        [|w| w.waited_for(w.load('b')), |w| w.load('a')],
        &[
            "2 freed 0, 1 → read{a:1 b:2} len 2",
            "2 freed 1, 1 → read{a:1 b:2} len 2",
        ],
    );
}

/// Thread 1 overwrites, and hands the old value over. Thread 2 begins a grace period, and frees
/// what need not wait. If thread 2 publishes the new generation first, a reader of that
/// generation may find the old value: the grace period does not wait for that reader.
#[test]
fn what_comes_due_after_the_mark_waits_for_the_next_grace_period() {
    explore(
        one_record,
        [
            |w| w.handed_over(w.swap('a', 2)),
            |w| w.begins("then".into()),
            |w| w.load('a'),
        ],
        &[
            "1, then freed 0, 1 → read{a:2} len 1",
            "1, then freed 0, 2 → read{a:2} len 1",
            "1, then freed 1, 1 → read{a:2} len 1",
            "1, then freed 1, 2 → read{a:2} len 1",
        ],
    );
}

/// The writer finds that the grace period is over. A third thread may free what waited for it.
#[test]
fn another_thread_frees_what_a_grace_period_was_waited_for() {
    explore(
        one_record,
        [overwrite, |w| w.load('a'), |w| w.runs("then".into())],
        &[
            "1 freed 0, 1, then freed 0 → read{a:2} len 1",
            "1 freed 0, 1, then freed 1 → read{a:2} len 1",
            "1 freed 0, 2, then freed 0 → read{a:2} len 1",
            "1 freed 0, 2, then freed 1 → read{a:2} len 1",
            "1 freed 1, 1, then freed 0 → read{a:2} len 1",
            "1 freed 1, 2, then freed 0 → read{a:2} len 1",
        ],
    );
}
