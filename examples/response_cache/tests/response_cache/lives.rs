//! How long an answer lives: fresh, stale while revalidate, stale if error, and over.

use crate::service::{Does, LIFESPAN, Service, cache, call_of, seconds};
use http::StatusCode;
use response_cache::{Cache, Lifespan, Served, Source};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, advance, sleep};

const MILLISECOND: Duration = Duration::from_millis(1);

/// A cache that has just got the answer of call 1.
async fn filled() -> Arc<Cache<Service>> {
    let cache = cache(Does::Keep(LIFESPAN));
    assert_eq!(call_of(&cache.get("/").await), Some((1, Source::Fetched)));
    cache
}

/// What a request gets, and whether it had to wait.
async fn ask(cache: &Arc<Cache<Service>>) -> (Option<(u64, Source)>, bool) {
    let begun = Instant::now();
    let served = cache.get("/").await;
    (call_of(&served), begun.elapsed() > Duration::ZERO)
}

#[tokio::test(start_paused = true)]
async fn a_fresh_answer_is_served_and_nobody_is_asked() {
    let cache = filled().await;
    advance(seconds(10) - MILLISECOND).await;
    for _ in 0..100 {
        assert_eq!(ask(&cache).await, (Some((1, Source::Kept)), false));
    }
    assert_eq!((cache.calls(), cache.under_way()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_stale_answer_is_served_while_one_call_refreshes_it() {
    let cache = filled().await;
    advance(seconds(10)).await;
    for _ in 0..1_000 {
        assert_eq!(ask(&cache).await, (Some((1, Source::Kept)), false));
    }
    sleep(seconds(1) / 2).await;
    assert_eq!(ask(&cache).await, (Some((1, Source::Kept)), false));
    assert_eq!((cache.upstream().calls(), cache.under_way()), (2, 1));
    sleep(seconds(1)).await;
    assert_eq!(ask(&cache).await, (Some((2, Source::Kept)), false));
    assert_eq!((cache.upstream().calls(), cache.under_way()), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn after_that_time_a_request_waits() {
    let cache = filled().await;
    advance(seconds(30) - MILLISECOND).await;
    cache.upstream().now(Does::Fail);
    assert_eq!(ask(&cache).await, (Some((1, Source::Kept)), false));
    sleep(seconds(2)).await;
    cache.upstream().now(Does::Keep(LIFESPAN));
    assert_eq!(ask(&cache).await, (Some((3, Source::Fetched)), true));
}

#[tokio::test(start_paused = true)]
async fn a_stale_answer_is_served_until_its_limit_if_the_service_fails() {
    for failing in [
        Does::Fail,
        Does::Panic,
        Does::Share(StatusCode::BAD_GATEWAY),
    ] {
        let cache = filled().await;
        cache.upstream().now(failing);
        advance(seconds(10)).await;
        // Each failed refresh leaves the stale answer, and the next request tries again.
        for call in 2..5 {
            assert_eq!(ask(&cache).await, (Some((1, Source::Kept)), false));
            sleep(seconds(2)).await;
            assert_eq!(cache.upstream().calls(), call);
        }
        advance(seconds(20)).await;
        let stale = (Some((1, Source::KeptAfterFailure)), true);
        assert_eq!(ask(&cache).await, stale, "{failing:?}");
        // The answer is asked for at 68.998, and the call fails at 69.998: still within.
        advance(seconds(32) - 2 * MILLISECOND).await;
        assert_eq!(ask(&cache).await, stale, "{failing:?}");
        assert_ne!(ask(&cache).await.0, stale.0, "{failing:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_of_the_service_is_passed_on_if_there_is_nothing_better() {
    let cache = cache(Does::Share(StatusCode::SERVICE_UNAVAILABLE));
    let Served::Answer { answer, source, .. } = cache.get("/").await else {
        panic!("no answer");
    };
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(source, Source::Fetched);
    assert!(cache.store().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_replaced_answer_does_not_come_back_after_a_failure() {
    for newer in [Does::Share(StatusCode::NOT_FOUND), Does::Bypass] {
        let cache = filled().await;
        cache.upstream().now(newer);
        advance(seconds(31)).await;
        let expected = (newer != Does::Bypass).then_some((2, Source::Fetched));
        assert_eq!(ask(&cache).await.0, expected);
        cache.upstream().now(Does::Fail);
        // The answer of call 1 would be good for 70 seconds.
        assert_eq!(ask(&cache).await.0, None);
    }
}

#[tokio::test(start_paused = true)]
async fn age_and_time_to_live_count_what_the_answer_brought_along() {
    let cache = cache(Does::KeepAged(LIFESPAN, seconds(4)));
    let ages = async |cache: &Arc<Cache<Service>>| match cache.get("/").await {
        Served::Answer {
            age, time_to_live, ..
        } => (age.as_secs(), time_to_live),
        _ => panic!("no answer"),
    };
    assert_eq!(ages(&cache).await, (4, 6));
    advance(seconds(3)).await;
    assert_eq!(ages(&cache).await, (7, 3));
    advance(seconds(3) - MILLISECOND).await;
    assert_eq!((ages(&cache).await, cache.under_way()), ((9, 1), 0));
    advance(MILLISECOND).await;
    assert_eq!((ages(&cache).await, cache.under_way()), ((10, 0), 1));
}

#[tokio::test(start_paused = true)]
async fn without_stale_times_an_answer_ends_with_its_time_to_live() {
    let lifespan = Lifespan {
        fresh: seconds(10),
        ..Lifespan::default()
    };
    let cache = cache(Does::Keep(lifespan));
    cache.get("/").await;
    advance(seconds(10)).await;
    assert_eq!(ask(&cache).await, (Some((2, Source::Fetched)), true));
    cache.upstream().now(Does::Fail);
    advance(seconds(10)).await;
    assert_eq!(ask(&cache).await.0, None);
}
