//! [`Flights`]: single flight. Many requests for one key board one flight, which makes the
//! value once.
//!
//! The flight is a channel of tokio's `watch`. Its leader has the sender, and each waiter a
//! receiver. Two requests, in order of time:
//!
//! 1. Request 1 boards. There is no flight for the key, so request 1 leads: it puts a receiver
//!    on the list, and owns the sender in a [`Lead`].
//! 2. Request 2 boards, finds the receiver, and waits on a clone of it.
//! 3. The leader lands: it takes the key off the list, and sends the value. Both have it.
//!
//! If the leader is dropped in step 3 instead, at whatever `.await` it was, the sender is
//! dropped with it. A receiver without a sender wakes up, so no waiter hangs. If the leader
//! panics, its destructor sends that.
//!
//! A boarding and a landing take one mutex for a look-up. Only misses come here, and a miss
//! costs an upstream call, so this lock is not worth a better map.

use parking_lot::Mutex;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use tokio::sync::watch;

/// What a flight has sent. `None`: it is still under way.
type Sent<V> = Option<Result<V, Lost>>;

/// A flight as the list has it.
struct Listed<V> {
    landing: watch::Receiver<Sent<V>>,
    outdated: Arc<AtomicBool>,
}

type List<V> = Mutex<HashMap<Arc<str>, Listed<V>>>;

/// Flights that are under way, by key.
pub struct Flights<V> {
    list: Arc<List<V>>,
}

impl<V> Default for Flights<V> {
    fn default() -> Self {
        let list = Arc::default();
        Self { list }
    }
}

/// What a request gets when it boards.
#[derive(Debug)]
pub enum Boarded<V> {
    /// There was no flight: the request leads a new one, and may wait for it, too.
    Lead(Lead<V>, Waiter<V>),
    /// There is a flight, and the request waits for it.
    Join(Waiter<V>),
}

impl<V: Clone> Flights<V> {
    /// Joins the flight for `key`, or leads a new one.
    pub fn board(&self, key: &str) -> Boarded<V> {
        let mut list = self.list.lock();
        if let Some(flight) = list.get(key) {
            return Boarded::Join(Waiter(flight.landing.clone()));
        }
        let key: Arc<str> = key.into();
        let (sender, landing) = watch::channel(None);
        let outdated = Arc::new(AtomicBool::new(false));
        let listed = Listed {
            landing: landing.clone(),
            outdated: Arc::clone(&outdated),
        };
        list.insert(Arc::clone(&key), listed);
        drop(list);
        let lead = Lead {
            list: Arc::clone(&self.list),
            key,
            sender,
            outdated,
        };
        Boarded::Lead(lead, Waiter(landing))
    }

    /// Takes the flight for `key` off the list: who boards from now on leads a new one. The old
    /// flight goes on for those who wait for it, and [`Lead::is_outdated`] is true.
    pub fn outdate(&self, key: &str) {
        let flight = self.list.lock().remove(key);
        if let Some(flight) = flight {
            // ORDERING: Release, pairs with Acquire in `is_outdated`.
            flight.outdated.store(true, Ordering::Release);
        }
    }

    /// Returns the number of flights under way.
    pub fn len(&self) -> usize {
        self.list.lock().len()
    }

    /// Returns `true` if no flight is under way.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The right and the duty to land a flight. A `Lead` that is dropped gives the flight up.
pub struct Lead<V> {
    list: Arc<List<V>>,
    key: Arc<str>,
    sender: watch::Sender<Sent<V>>,
    outdated: Arc<AtomicBool>,
}

impl<V> Lead<V> {
    /// Gives `value` to all who wait. Who boards later leads a new flight: so make the value
    /// known elsewhere first, if it is to be kept.
    pub fn land(self, value: V) {
        self.leave_the_list();
        self.sender.send_replace(Some(Ok(value)));
    }

    /// Returns the key.
    pub fn key(&self) -> &Arc<str> {
        &self.key
    }

    /// Returns `true` after [`Flights::outdate`].
    pub fn is_outdated(&self) -> bool {
        // ORDERING: Acquire, pairs with Release in `outdate`.
        self.outdated.load(Ordering::Acquire)
    }

    fn leave_the_list(&self) {
        let mut list = self.list.lock();
        let flight = list.get(&self.key);
        // After `outdate`, the key may belong to a later flight.
        if flight.is_some_and(|flight| Arc::ptr_eq(&flight.outdated, &self.outdated)) {
            let flight = list.remove(&self.key);
            drop(list);
            drop(flight);
        }
    }
}

impl<V> Drop for Lead<V> {
    fn drop(&mut self) {
        // The list first: a waiter that wakes up and boards again must not join this flight.
        self.leave_the_list();
        if thread::panicking() {
            let panicked = |sent: &mut Sent<V>| {
                let lost = sent.is_none();
                sent.get_or_insert(Err(Lost::Panicked));
                lost
            };
            self.sender.send_if_modified(panicked);
        }
    }
}

/// The end of a flight, for one request.
#[derive(Clone)]
pub struct Waiter<V>(watch::Receiver<Sent<V>>);

impl<V: Clone> Waiter<V> {
    /// Waits until the flight lands, and returns its value.
    ///
    /// # Errors
    ///
    /// If the flight is lost. Then board again, if it was dropped.
    pub async fn landed(mut self) -> Result<V, Lost> {
        let sent = self.0.wait_for(Option::is_some).await;
        let sent = sent.map_err(|_| Lost::Dropped)?;
        sent.clone().expect("waited for it")
    }
}

/// Why a flight has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// The leader was dropped before it had a value: its task was cancelled.
    Dropped,
    /// The leader panicked.
    Panicked,
}

impl<V> fmt::Debug for Flights<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = self.list.lock().keys().cloned().collect::<Vec<_>>();
        f.debug_tuple("Flights").field(&keys).finish()
    }
}

impl<V> fmt::Debug for Lead<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Lead").field(&self.key).finish()
    }
}

impl<V> fmt::Debug for Waiter<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Waiter")
    }
}
