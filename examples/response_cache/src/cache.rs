//! [`Cache`]: the store, the flights and the upstream service together.
//!
//! A flight is a task of its own, which the request that leads it spawns. So a client that goes
//! away takes nothing with it: the others get the answer, and the cache keeps it. The price is
//! that a call may go on for which nobody waits any more, at most for `Limits::patience`.
//!
//! 1. A request looks into the store. A fresh answer is served. A stale one that may be served
//!    while it is refreshed is served, too: the request boards a flight, and does not wait.
//! 2. Otherwise the request boards a flight for the key, and waits.
//! 3. The flight looks into the store again: another flight may have landed between 1 and 2. It
//!    fetches, keeps what may be kept, and only then lands.
//! 4. If the flight has failed, and the store has an answer that may be served then, it is
//!    served. Otherwise all who waited get the failure, and the next request tries again.

use crate::store::{DefaultMap, Store};
use crate::upstream::{Failure, Fetched, Upstream};
use crate::{Answer, Boarded, Content, Flights, Kept, Lead, Lifespan, Lost, Phase, Slot};
use crate::{StoreMap, Waiter};
use readmostly::primitives::ShardedMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// What the cache may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The bound of what is kept, in bytes.
    pub bytes: usize,
    /// The largest body that is kept.
    pub body: usize,
    /// How many upstream calls run at a time.
    pub flights: usize,
    /// How long an upstream call may take, with the wait for its turn.
    pub patience: Duration,
    /// How long the cache remembers that the answers of a key are for one client each.
    pub bypass: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 64 << 20,
            body: 4 << 20,
            flights: 64,
            patience: Duration::from_secs(10),
            bypass: Duration::from_secs(60),
        }
    }
}

/// What a request gets.
#[derive(Clone, Debug)]
pub enum Served {
    /// An answer.
    Answer {
        /// The answer.
        answer: Arc<Answer>,
        /// How old it is.
        age: Duration,
        /// Its time to live in seconds. Below zero: it is stale.
        time_to_live: i64,
        /// Where it came from.
        source: Source,
    },
    /// Nothing is kept for everybody under this key: the request asks by itself.
    Bypass,
    /// There is no answer.
    Failed(Failure),
}

/// Where an answer came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// From the store.
    Kept,
    /// From the store, because the upstream service failed.
    KeptAfterFailure,
    /// From a flight that this request led.
    Fetched,
    /// From a flight that another request led.
    Joined,
}

/// How a flight ended.
#[derive(Clone, Debug)]
enum Landed {
    /// For everybody who waited.
    Answer(Kept),
    Bypass,
    /// The service has answered with an error of its own.
    ServerError(Kept),
    Failed(Failure),
}

/// A cache of the answers of `U`, in a map `M`.
pub struct Cache<U, M = DefaultMap<Kept>> {
    upstream: U,
    store: Store<Kept, M>,
    flights: Flights<Landed>,
    turns: Semaphore,
    limits: Limits,
    calls: AtomicU64,
}

impl<U: Upstream> Cache<U> {
    /// Creates a cache, in the default map.
    pub fn new(upstream: U, limits: Limits) -> Arc<Self> {
        Self::with_map(upstream, ShardedMap::new(), limits)
    }
}

impl<U: Upstream, M: StoreMap<Kept> + Send + Sync + 'static> Cache<U, M> {
    /// Creates a cache, in an empty map of your choice.
    pub fn with_map(upstream: U, map: M, limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            upstream,
            store: Store::with_map(map, limits.bytes),
            flights: Flights::default(),
            turns: Semaphore::new(limits.flights.max(1)),
            limits,
            calls: AtomicU64::new(0),
        })
    }

    /// Returns what is kept under `key`, or what the upstream service says. Must be called
    /// inside a runtime of tokio, on which the flight runs.
    ///
    /// A future that is dropped ends nothing: the flight goes on.
    pub async fn get(self: &Arc<Self>, key: &str) -> Served {
        loop {
            let slot = self.store.get(key);
            let kept = slot.as_ref().map(|slot| slot.value());
            match kept.map(|kept| (kept, kept.phase())) {
                Some((kept, Phase::Fresh)) => return serve(kept, Source::Kept),
                Some((kept, Phase::Revalidate)) => {
                    self.board(key);
                    return serve(kept, Source::Kept);
                }
                _ => {}
            }
            let (leads, waiter) = self.board(key);
            match waiter.landed().await {
                Ok(landed) => return self.served(landed, leads, slot.as_deref()),
                Err(Lost::Panicked) => {
                    let landed = Landed::Failed(Failure::Panicked);
                    return self.served(landed, leads, slot.as_deref());
                }
                // Each round loses the request that led: so no request goes round for ever.
                Err(Lost::Dropped) if leads => return Served::Failed(Failure::Cancelled),
                Err(Lost::Dropped) => {}
            }
        }
    }

    /// Forgets what is kept under `key`. A flight that has begun before is not kept either.
    pub fn forget(&self, key: &str) {
        // The flight first. Then the flight sees that it is outdated, or has kept its answer
        // before the store removes it.
        self.flights.outdate(key);
        self.store.remove(key);
        // A flight that boarded in between may land with what it saw in the store before.
        self.flights.outdate(key);
    }

    /// Returns the store.
    pub fn store(&self) -> &Store<Kept, M> {
        &self.store
    }

    /// Returns the upstream service.
    pub fn upstream(&self) -> &U {
        &self.upstream
    }

    /// Returns how many flights are under way.
    pub fn under_way(&self) -> usize {
        self.flights.len()
    }

    /// Returns how many upstream calls have begun.
    pub fn calls(&self) -> u64 {
        // ORDERING: Relaxed: a count.
        self.calls.load(Ordering::Relaxed)
    }

    /// Joins the flight for `key`, or starts one. `true`: this request started it.
    fn board(self: &Arc<Self>, key: &str) -> (bool, Waiter<Landed>) {
        match self.flights.board(key) {
            Boarded::Join(waiter) => (false, waiter),
            Boarded::Lead(lead, waiter) => {
                tokio::spawn(Arc::clone(self).fly(lead));
                (true, waiter)
            }
        }
    }

    async fn fly(self: Arc<Self>, lead: Lead<Landed>) {
        let slot = self.store.get(lead.key());
        let kept = slot.as_ref().map(|slot| slot.value());
        if let Some(kept) = kept.filter(|kept| kept.phase() == Phase::Fresh) {
            lead.land(match kept.content {
                Content::Answer(_) => Landed::Answer(kept.clone()),
                Content::Bypass => Landed::Bypass,
            });
            return;
        }
        let call = async {
            // The semaphore is never closed.
            let _turn = self.turns.acquire().await;
            self.calls.fetch_add(1, Ordering::Relaxed);
            self.upstream.fetch(lead.key(), self.limits.body).await
        };
        let fetched = timeout(self.limits.patience, call).await;
        let fetched = fetched.unwrap_or(Err(Failure::TooSlow(self.limits.patience)));
        let landed = self.keep(fetched, &lead);
        lead.land(landed);
    }

    /// Keeps what may be kept. An answer that may not be kept takes the place of the old one,
    /// too: it is newer. A failure leaves the old one alone.
    fn keep(&self, fetched: Result<Fetched, Failure>, lead: &Lead<Landed>) -> Landed {
        let key = lead.key();
        let current = || !lead.is_outdated();
        match fetched {
            Ok(Fetched::Keep {
                answer,
                age,
                lifespan,
            }) => {
                let bytes = answer.bytes();
                let kept = Kept::new(Content::Answer(answer), age, lifespan);
                self.store.keep(key, kept.clone(), bytes, current);
                Landed::Answer(kept)
            }
            Ok(Fetched::Share(answer)) => {
                let failed = answer.status.is_server_error();
                let kept = Kept::new(Content::Answer(answer), Duration::ZERO, Lifespan::default());
                if failed {
                    return Landed::ServerError(kept);
                }
                if current() {
                    self.store.remove(key);
                }
                Landed::Answer(kept)
            }
            Ok(Fetched::Bypass) => {
                let fresh = self.limits.bypass;
                let lifespan = Lifespan {
                    fresh,
                    ..Lifespan::default()
                };
                let kept = Kept::new(Content::Bypass, Duration::ZERO, lifespan);
                self.store.keep(key, kept, 0, current);
                Landed::Bypass
            }
            Err(failure) => Landed::Failed(failure),
        }
    }

    /// What a request gets from a flight. `old` is what it found before.
    fn served(&self, landed: Landed, leads: bool, old: Option<&Slot<Kept>>) -> Served {
        let source = if leads {
            Source::Fetched
        } else {
            Source::Joined
        };
        let old = old.map(|slot| slot.value());
        let old = old.filter(|kept| kept.phase() != Phase::Over);
        match (landed, old) {
            (Landed::Answer(kept), _) => serve(&kept, source),
            (Landed::Bypass, _) => Served::Bypass,
            (Landed::ServerError(_) | Landed::Failed(_), Some(old)) => {
                serve(old, Source::KeptAfterFailure)
            }
            (Landed::ServerError(kept), None) => serve(&kept, source),
            (Landed::Failed(failure), None) => Served::Failed(failure),
        }
    }
}

fn serve(kept: &Kept, source: Source) -> Served {
    match &kept.content {
        Content::Answer(answer) => Served::Answer {
            answer: Arc::clone(answer),
            age: kept.age(),
            time_to_live: kept.time_to_live(),
            source,
        },
        Content::Bypass => Served::Bypass,
    }
}

impl<U, M> fmt::Debug for Cache<U, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("store", &self.store)
            .field("flights", &self.flights)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
