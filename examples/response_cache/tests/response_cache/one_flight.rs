//! One upstream call for each key, however many ask.

use crate::service::{Does, LIFESPAN, cache, call_of, seconds};
use http::StatusCode;
use response_cache::{Cache, Failure, Limits, Served, Source};
use std::sync::Arc;
use tokio::task::JoinSet;
use tokio::time::{Instant, advance, sleep, timeout};

/// A thousand requests, each a task of its own.
async fn a_thousand(cache: &Arc<Cache<crate::service::Service>>, key: &'static str) -> Vec<Served> {
    let mut requests = JoinSet::new();
    for _ in 0..1_000 {
        let cache = Arc::clone(cache);
        requests.spawn(async move { cache.get(key).await });
    }
    requests.join_all().await
}

#[tokio::test(start_paused = true)]
async fn a_thousand_requests_for_one_key_make_one_upstream_call() {
    let cache = cache(Does::Keep(LIFESPAN));
    let served = a_thousand(&cache, "/").await;
    assert_eq!(cache.upstream().calls(), 1);
    let fetched = |served: &&Served| call_of(served) == Some((1, Source::Fetched));
    let joined = |served: &&Served| call_of(served) == Some((1, Source::Joined));
    assert_eq!(served.iter().filter(fetched).count(), 1);
    assert_eq!(served.iter().filter(joined).count(), 999);
    assert_eq!(call_of(&cache.get("/").await), Some((1, Source::Kept)));
    assert_eq!((cache.upstream().calls(), cache.under_way()), (1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn so_they_do_on_many_threads() {
    let cache = cache(Does::Keep(LIFESPAN));
    let (one, two) = tokio::join!(a_thousand(&cache, "/a"), a_thousand(&cache, "/b"));
    assert_eq!(cache.upstream().calls(), 2);
    assert!(
        one.iter()
            .chain(&two)
            .all(|served| call_of(served).is_some())
    );
    assert_eq!(cache.under_way(), 0);
}

#[tokio::test(start_paused = true)]
async fn after_a_failed_call_the_next_request_makes_one_more() {
    let cache = cache(Does::Fail);
    let served = a_thousand(&cache, "/").await;
    assert_eq!(cache.upstream().calls(), 1);
    let expected = Failure::Unreachable(String::from("call 1"));
    let failed = |served: &Served| matches!(served, Served::Failed(why) if *why == expected);
    assert!(served.iter().all(failed));
    cache.upstream().now(Does::Keep(LIFESPAN));
    let served = a_thousand(&cache, "/").await;
    assert_eq!(cache.upstream().calls(), 2);
    assert!(served.iter().all(|served| call_of(served).unwrap().0 == 2));
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_a_call_is_a_failure_of_those_who_wait() {
    let cache = cache(Does::Panic);
    let served = a_thousand(&cache, "/").await;
    assert_eq!((cache.upstream().calls(), cache.under_way()), (1, 0));
    let panicked = |served: &Served| matches!(served, Served::Failed(Failure::Panicked));
    assert!(served.iter().all(panicked));
    cache.upstream().now(Does::Keep(LIFESPAN));
    assert_eq!(call_of(&cache.get("/").await), Some((2, Source::Fetched)));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_hangs_is_given_up() {
    let cache = cache(Does::Hang);
    let begun = Instant::now();
    let served = cache.get("/").await;
    // tokio's timer has a grain of a millisecond.
    assert_eq!(begun.elapsed().as_secs(), 10);
    assert!(matches!(served, Served::Failed(Failure::TooSlow(limit)) if limit == seconds(10)));
    assert_eq!(cache.under_way(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_goes_away_takes_nothing_from_the_others() {
    let cache = cache(Does::Keep(LIFESPAN));
    let leader = tokio::spawn({
        let cache = Arc::clone(&cache);
        async move { cache.get("/").await }
    });
    sleep(seconds(1) / 2).await;
    let waiter = cache.get("/");
    leader.abort();
    assert_eq!(call_of(&waiter.await), Some((1, Source::Joined)));
    assert_eq!(cache.upstream().calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_flight_that_nobody_waits_for_is_kept_all_the_same() {
    let cache = cache(Does::Keep(LIFESPAN));
    assert!(timeout(seconds(1) / 2, cache.get("/")).await.is_err());
    assert_eq!(cache.under_way(), 1);
    sleep(seconds(1)).await;
    assert_eq!(cache.under_way(), 0);
    assert_eq!(call_of(&cache.get("/").await), Some((1, Source::Kept)));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_may_not_be_kept_is_for_those_who_waited() {
    let cache = cache(Does::Share(StatusCode::NOT_FOUND));
    let served = a_thousand(&cache, "/").await;
    assert!(served.iter().all(|served| call_of(served).unwrap().0 == 1));
    assert!(cache.store().is_empty());
    assert_eq!(call_of(&cache.get("/").await), Some((2, Source::Fetched)));
}

#[tokio::test(start_paused = true)]
async fn an_answer_for_one_client_is_given_to_nobody() {
    let cache = cache(Does::Bypass);
    let served = a_thousand(&cache, "/").await;
    assert!(served.iter().all(|served| matches!(served, Served::Bypass)));
    // Remembered: for a minute nobody waits for a flight.
    assert!(matches!(cache.get("/").await, Served::Bypass));
    assert_eq!(cache.upstream().calls(), 1);
    advance(seconds(60)).await;
    cache.upstream().now(Does::Keep(LIFESPAN));
    assert_eq!(call_of(&cache.get("/").await), Some((2, Source::Fetched)));
}

#[tokio::test(start_paused = true)]
async fn no_more_upstream_calls_run_at_a_time_than_the_limit() {
    let limits = Limits {
        flights: 3,
        ..Limits::default()
    };
    let cache = Cache::new(crate::service::service(Does::Keep(LIFESPAN)), limits);
    let mut requests = JoinSet::new();
    for n in 0..8 {
        let cache = Arc::clone(&cache);
        requests.spawn(async move { cache.get(&format!("/{n}")).await });
    }
    let mut calls = Vec::new();
    for _ in 0..3 {
        sleep(seconds(1) / 2).await;
        calls.push(cache.upstream().calls());
        sleep(seconds(1) / 2).await;
    }
    assert_eq!(calls, [3, 6, 8]);
    requests.join_all().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_forgotten_during_a_flight_is_not_kept_by_it() {
    let cache = cache(Does::Keep(LIFESPAN));
    let early = tokio::spawn({
        let cache = Arc::clone(&cache);
        async move { cache.get("/").await }
    });
    sleep(seconds(1) / 2).await;
    cache.forget("/");
    // Who asks after that waits for a call that began after it.
    let late = cache.get("/").await;
    assert_eq!(call_of(&late), Some((2, Source::Fetched)));
    assert_eq!(call_of(&early.await.unwrap()), Some((1, Source::Fetched)));
    assert_eq!(call_of(&cache.get("/").await), Some((2, Source::Kept)));
    cache.forget("/");
    assert_eq!(call_of(&cache.get("/").await), Some((3, Source::Fetched)));
}

#[tokio::test(start_paused = true)]
async fn an_outdated_flight_keeps_nothing() {
    let cache = cache(Does::Keep(LIFESPAN));
    let early = tokio::spawn({
        let cache = Arc::clone(&cache);
        async move { cache.get("/").await }
    });
    sleep(seconds(1) / 2).await;
    cache.forget("/");
    assert_eq!(call_of(&early.await.unwrap()), Some((1, Source::Fetched)));
    assert!(cache.store().is_empty());
    cache.upstream().now(Does::Bypass);
    let early = tokio::spawn({
        let cache = Arc::clone(&cache);
        async move { cache.get("/").await }
    });
    sleep(seconds(1) / 2).await;
    cache.forget("/");
    early.await.unwrap();
    assert!(cache.store().is_empty());
}

/// The old flight lands before the new one: it takes neither its answer nor its place.
#[tokio::test(start_paused = true)]
async fn an_outdated_flight_leaves_the_next_one_alone() {
    let cache = cache(Does::Share(StatusCode::OK));
    let early = tokio::spawn({
        let cache = Arc::clone(&cache);
        async move { cache.get("/").await }
    });
    sleep(seconds(1) / 2).await;
    cache.forget("/");
    cache.upstream().now(Does::Keep(LIFESPAN));
    let late = tokio::spawn({
        let cache = Arc::clone(&cache);
        async move { cache.get("/").await }
    });
    early.await.unwrap();
    // The new flight is under way, and still to be found.
    assert_eq!(cache.under_way(), 1);
    assert_eq!(call_of(&cache.get("/").await), Some((2, Source::Joined)));
    assert_eq!(call_of(&late.await.unwrap()), Some((2, Source::Fetched)));
    assert_eq!(cache.upstream().calls(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_wait_for_a_turn_is_within_the_patience() {
    let limits = Limits {
        flights: 1,
        ..Limits::default()
    };
    let cache = Cache::new(crate::service::service(Does::Hang), limits);
    let begun = Instant::now();
    tokio::join!(cache.get("/a"), cache.get("/b"));
    assert_eq!(begun.elapsed().as_secs(), 10);
}
