//! A leader that is dropped, at each of its `.await`s and in every state of its waiters.

use crate::service::{Does, LIFESPAN, Service, call_of, seconds, service};
use response_cache::{Boarded, Cache, Failure, Flights, Lead, Limits, Lost, Served, Waiter};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use tokio::runtime::Builder;
use tokio::task::yield_now;
use tokio::time::{sleep, timeout};

/// How many `.await`s the leader has before it lands.
const AWAITS: usize = 5;

async fn lead(lead: Lead<u32>) {
    for _ in 0..AWAITS {
        yield_now().await;
    }
    lead.land(1);
}

/// Polls `future` so many times, and drops it.
fn polled(future: impl Future<Output = ()>, times: usize) -> Poll<()> {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    let mut last = Poll::Pending;
    for _ in 0..times {
        last = future.as_mut().poll(&mut context);
    }
    last
}

fn join(flights: &Flights<u32>) -> Waiter<u32> {
    match flights.board("a") {
        Boarded::Join(waiter) => waiter,
        Boarded::Lead(..) => panic!("there is a flight"),
    }
}

fn leads(flights: &Flights<u32>) -> (Lead<u32>, Waiter<u32>) {
    match flights.board("a") {
        Boarded::Lead(lead, waiter) => (lead, waiter),
        Boarded::Join(_) => panic!("there is no flight"),
    }
}

#[tokio::test(start_paused = true)]
async fn no_waiter_hangs_if_the_leader_is_dropped_at_any_await() {
    for times in 0..=AWAITS {
        let flights = Flights::default();
        let (leader, own) = leads(&flights);
        // One waiter sleeps already, one has never been polled.
        let asleep = tokio::spawn(join(&flights).landed());
        yield_now().await;
        let not_begun = join(&flights);
        assert_eq!(polled(lead(leader), times), Poll::Pending);
        for landed in [
            asleep.await.unwrap(),
            not_begun.landed().await,
            own.landed().await,
        ] {
            assert_eq!(landed, Err(Lost::Dropped), "after {times} polls");
        }
        // The next one leads.
        let (leader, own) = leads(&flights);
        assert_eq!(polled(lead(leader), AWAITS + 1), Poll::Ready(()));
        assert_eq!(own.landed().await, Ok(1));
        assert!(flights.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_waiter_that_wakes_up_finds_the_key_free() {
    let flights = Arc::new(Flights::default());
    let (leader, own) = leads(&flights);
    drop(leader);
    assert_eq!(own.landed().await, Err(Lost::Dropped));
    leads(&flights);
}

#[tokio::test(start_paused = true)]
async fn waiters_learn_of_a_panic() {
    let flights = Flights::default();
    let (leader, own) = leads(&flights);
    let other = join(&flights);
    let task = tokio::spawn(async move {
        let _leader = leader;
        yield_now().await;
        panic!("a planned panic");
    });
    assert!(task.await.unwrap_err().is_panic());
    assert_eq!(own.landed().await, Err(Lost::Panicked));
    assert_eq!(other.landed().await, Err(Lost::Panicked));
    assert!(flights.is_empty());
}

/// A value that has landed stays, also for a waiter that looks later.
#[tokio::test(start_paused = true)]
async fn a_landed_value_waits_for_its_waiters() {
    let flights = Flights::default();
    let (leader, own) = leads(&flights);
    let other = join(&flights);
    leader.land(7);
    assert!(flights.is_empty());
    assert_eq!((own.landed().await, other.landed().await), (Ok(7), Ok(7)));
}

/// The tasks of the flights run on a runtime that ends, while the waiters live elsewhere.
#[test]
fn the_next_request_asks_if_the_task_of_a_flight_is_dropped() {
    let cache: Arc<Cache<Service>> = Cache::new(service(Does::Keep(LIFESPAN)), Limits::default());
    let flying = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_time()
        .build();
    let flying = flying.unwrap();
    let waiting = Builder::new_current_thread().enable_time().build().unwrap();
    // Boards on one runtime, whose tasks are then dropped. The future waits on the other.
    let mut leader: Pin<Box<dyn Future<Output = Served> + Send>> = Box::pin({
        let cache = Arc::clone(&cache);
        async move { cache.get("/").await }
    });
    {
        let _inside = flying.enter();
        let mut context = Context::from_waker(Waker::noop());
        assert!(leader.as_mut().poll(&mut context).is_pending());
    }
    waiting.block_on(async {
        let waiters: Vec<_> = (0..100)
            .map(|_| {
                let cache = Arc::clone(&cache);
                tokio::spawn(async move { cache.get("/").await })
            })
            .collect();
        sleep(seconds(1) / 100).await;
        assert_eq!(cache.under_way(), 1);
        flying.shutdown_background();
        let lost = timeout(seconds(60), leader).await.unwrap();
        assert!(
            matches!(lost, Served::Failed(Failure::Cancelled)),
            "{lost:?}"
        );
        for waiter in waiters {
            let served = timeout(seconds(60), waiter).await.unwrap().unwrap();
            assert_eq!(call_of(&served).unwrap().0, cache.upstream().calls());
        }
    });
    // The first call, if it had begun, and one more.
    assert!((1..=2).contains(&cache.upstream().calls()));
    assert_eq!(cache.under_way(), 0);
}

/// A waiter that boards again at the moment when it is woken, as one on another thread may do.
#[derive(Default)]
struct BoardsAgain {
    flights: Flights<u32>,
    led: Mutex<Vec<bool>>,
}

impl Wake for BoardsAgain {
    fn wake(self: Arc<Self>) {
        let leads = matches!(self.flights.board("a"), Boarded::Lead(..));
        self.led.lock().unwrap().push(leads);
    }
}

#[test]
fn who_boards_when_a_flight_lands_or_panics_leads_the_next_one() {
    let panics = |lead: Lead<u32>| {
        let _ = catch_unwind(AssertUnwindSafe(|| {
            let _lead = lead;
            panic!("a planned panic")
        }));
    };
    for ends in [
        &|lead: Lead<u32>| lead.land(1),
        &panics as &dyn Fn(Lead<u32>),
    ] {
        let again = Arc::new(BoardsAgain::default());
        let (lead, waiter) = leads(&again.flights);
        let waker = Waker::from(Arc::clone(&again));
        let mut waiting = pin!(waiter.landed());
        let mut context = Context::from_waker(&waker);
        assert!(waiting.as_mut().poll(&mut context).is_pending());
        ends(lead);
        assert_eq!(*again.led.lock().unwrap(), [true]);
    }
}
