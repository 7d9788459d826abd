use exercises::chapter_02::Table;
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn an_overwrite_returns_the_value_before_and_adds_no_key() {
    let table = Table::default().with_new_key(1, 10);
    assert_eq!(table.overwrite(1, 11), Some(10));
    assert_eq!(table.overwrite(2, 20), None);
    assert_eq!((table.get(1), table.get(2)), (Some(11), None));
}

#[test]
fn two_tables_share_their_entries() {
    let old = Table::default().with_new_key(1, 10);
    let new = old.with_new_key(2, 20);
    assert_eq!((old.get(2), new.get(2)), (None, Some(20)));
    old.overwrite(1, 11);
    assert_eq!(
        new.get(1),
        Some(11),
        "the new table has a copy of the entry"
    );
}

#[test]
fn of_two_threads_that_overwrite_each_value_comes_back_once() {
    const AT_ONCE: u64 = 1_000;
    let table = Table::default().with_new_key(1, 0);
    let (table, end) = (&table, Instant::now() + Duration::from_millis(500));
    // The sum of what a thread wrote, and of what came back.
    let sums: [(u64, u64); 2] = thread::scope(|scope| {
        let threads = [0, 1].map(|thread| {
            scope.spawn(move || {
                let (mut value, mut written, mut back) = (thread, 0_u64, 0_u64);
                while Instant::now() < end {
                    for _ in 0..AT_ONCE {
                        value += 2;
                        written = written.wrapping_add(value);
                        back = back.wrapping_add(table.overwrite(1, value).unwrap_or(0));
                    }
                }
                (written, back)
            })
        });
        threads.map(|thread| thread.join().expect("your function does not panic"))
    });
    let written = sums[0].0.wrapping_add(sums[1].0);
    let back = sums[0].1.wrapping_add(sums[1].1);
    let last = table.get(1).unwrap_or(0);
    assert_eq!(
        back.wrapping_add(last),
        written,
        "a value came back twice or never"
    );
}
