//! The ring of events, without HTTP.

use crate::server::PATIENCE;
use http_registry::events::{Event, Next, NotHeld, Ring};
use http_registry::journal::{Change, Deletion};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use tokio::time::timeout;

fn event(version: u64) -> Event {
    Event::of(&Change::Delete(Arc::new(Deletion {
        name: String::from("flag"),
        version,
        changed: String::new(),
    })))
}

/// The writer adds an event as soon as the reader has the one before. So the reader looks for
/// the next one, and begins to wait, while it is added. One that was missed then would be
/// waited for in vain, as no other follows.
#[tokio::test]
async fn no_event_is_missed_between_the_look_and_the_wait() {
    const EVENTS: u64 = 100_000;
    let ring = Arc::new(Ring::new(4, 0));
    let mut follower = ring.follow(None).expect("all is held");
    let read = Arc::new(AtomicU64::new(0));
    let writer = {
        let (ring, read) = (Arc::clone(&ring), Arc::clone(&read));
        thread::spawn(move || {
            for version in 1..=EVENTS {
                ring.push(event(version));
                while read.load(Ordering::Acquire) < version {
                    thread::yield_now();
                }
            }
        })
    };
    for version in 1..=EVENTS {
        let next = timeout(PATIENCE, follower.next())
            .await
            .expect("no event is missed");
        assert!(matches!(next, Next::Event(event) if event.id == version));
        read.store(version, Ordering::Release);
    }
    writer.join().expect("the writer ends");
}

#[tokio::test]
async fn a_follower_that_falls_behind_is_told_and_costs_no_more_than_the_ring() {
    let ring = Arc::new(Ring::new(4, 0));
    let mut follower = ring.follow(Some(0)).expect("all is held");
    (1..=4).for_each(|version| ring.push(event(version)));
    assert!(matches!(follower.next().await, Next::Event(event) if event.id == 1));
    (5..=20).for_each(|version| ring.push(event(version)));
    // What it has taken is still whole and in order.
    for version in 2..=4 {
        assert!(matches!(follower.next().await, Next::Event(event) if event.id == version));
    }
    let not_held = NotHeld::TooOld {
        oldest: 16,
        newest: 20,
    };
    assert!(matches!(follower.next().await, Next::Dropped(why) if why == not_held));
}

#[test]
fn a_gap_in_the_versions_makes_a_ring_begin_anew() {
    let ring = Arc::new(Ring::new(4, 0));
    [1, 2, 7]
        .into_iter()
        .for_each(|version| ring.push(event(version)));
    assert_eq!((ring.oldest(), ring.newest()), (6, 7));
    assert!(ring.follow(Some(5)).is_err_and(|why| why
        == NotHeld::TooOld {
            oldest: 6,
            newest: 7
        }));
    assert!(ring.follow(Some(6)).is_ok());
}
