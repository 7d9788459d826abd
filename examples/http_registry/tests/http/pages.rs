//! The list: its order, its pages, and what it promises while others write.

use crate::MAPS;
use crate::api::Api;
use crate::server::{Server, folder_with};
use crate::sse::Events;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::task::JoinSet;

/// The names of a page, and `next`.
fn names(page: &Value) -> (Vec<String>, Option<String>) {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let flags = page["flags"].as_array().expect("an array").iter();
    (
        flags.filter_map(|flag| text(&flag["name"])).collect(),
        text(&page["next"]),
    )
}

/// The names of all pages, as a client goes through them.
async fn all_names(api: &Api, limit: usize) -> Vec<String> {
    let (mut all, mut after) = (Vec::new(), String::new());
    loop {
        let path = format!("/v1/flags?limit={limit}&after={after}");
        let page = api.get(&path).await.expect(200).json();
        let (names, next) = names(&page);
        assert!(names.len() <= limit);
        assert!(next.is_none() || next.as_ref() == names.last());
        all.extend(names);
        match next {
            Some(next) => {
                assert!(next > after, "a page goes on behind the one before");
                after = next;
            }
            None => return all,
        }
    }
}

#[tokio::test]
async fn pages_are_sorted_and_meet_without_a_gap() {
    for map in MAPS {
        let server = Server::with(map);
        let api = &server.api;
        let mut expected: Vec<_> = (0..23).map(|n| format!("n{}", n * 7 % 23)).collect();
        for name in &expected {
            api.put(name, "1").await.expect(201);
        }
        expected.sort_unstable();
        for limit in [1, 2, 22, 23, 24, 1_000] {
            assert_eq!(all_names(api, limit).await, expected, "{map}, {limit}");
        }
        let exact = api.get("/v1/flags?limit=23").await.json();
        assert_eq!(exact["next"], Value::Null, "there is no more");
        let page = api
            .get("/v1/flags?prefix=n1&limit=3&after=n10")
            .await
            .json();
        let expected = ["n11", "n12", "n13"].map(str::to_owned).to_vec();
        assert_eq!(names(&page), (expected, Some(String::from("n13"))), "{map}");
        let page = api.get("/v1/flags?prefix=n2").await.json();
        let expected = ["n2", "n20", "n21", "n22"].map(str::to_owned).to_vec();
        assert_eq!(names(&page), (expected, None), "{map}");
        let page = api.get("/v1/flags?prefix=n2&after=n9").await.json();
        assert_eq!(names(&page), (Vec::new(), None), "{map}");
        assert_eq!(api.get("/v1/flags").await.json()["version"], 23);
    }
}

#[tokio::test]
async fn a_page_has_100_flags_unless_the_request_says_otherwise() {
    let server = Server::start(&[]);
    for n in 0..101 {
        server.api.put(&format!("{n:03}"), "1").await.expect(201);
    }
    let (names, next) = names(&server.api.get("/v1/flags").await.json());
    assert_eq!((names.len(), next.as_deref()), (100, Some("099")));
}

/// Creates, replaces and deletes flags until it is told to stop. Returns how many.
async fn churn(api: Api, writer: usize, stop: Arc<AtomicBool>) -> usize {
    let mut changes = 0;
    while !stop.load(Ordering::Relaxed) {
        let name = format!("{:02}-churn-{writer}", changes * 7 % 40);
        api.put(&name, "1").await.expect(201);
        api.put(&name, "2").await.expect(200);
        api.delete(&name).await.expect(204);
        changes += 3;
    }
    changes
}

#[tokio::test]
async fn while_others_write_each_untouched_flag_is_seen_once() {
    for map in MAPS {
        let server = Server::with(map);
        let api = &server.api;
        let stable: Vec<_> = (0..40).map(|n| format!("{n:02}-stable")).collect();
        for name in &stable {
            api.put(name, "1").await.expect(201);
        }
        let stop = Arc::new(AtomicBool::new(false));
        let mut writers = JoinSet::new();
        for writer in 0..3 {
            writers.spawn(churn(api.clone(), writer, Arc::clone(&stop)));
        }
        let mut met = 0;
        for limit in [3, 7, 50].into_iter().cycle().take(30) {
            let all = all_names(api, limit).await;
            let sorted = all.is_sorted_by(|one, next| one < next);
            assert!(sorted, "{map}: {all:?}");
            let (seen, others): (Vec<_>, Vec<_>) =
                all.into_iter().partition(|name| name.ends_with("stable"));
            assert_eq!(seen, stable, "{map}");
            met += others.len();
        }
        stop.store(true, Ordering::Relaxed);
        let changes: usize = writers.join_all().await.into_iter().sum();
        assert!(
            changes > 0 && met > 0,
            "{map}: {changes} changes, {met} met"
        );
    }
}

/// The flags of a page that somebody may change. Those that nobody does come last.
fn changing(page: &Value) -> impl Iterator<Item = &Value> {
    let flags = page["flags"].as_array().expect("an array").iter();
    flags.filter(|flag| {
        !flag["name"]
            .as_str()
            .is_some_and(|name| name.starts_with("z "))
    })
}

/// Applies an event to what a client knows. An older one than it knows is no news.
fn apply(known: &mut BTreeMap<String, (u64, Value)>, name: &str, data: &Value) {
    let name_of = data["name"].as_str().expect("a name").to_owned();
    let version = data["version"].as_u64().expect("a version");
    let newer = known
        .get(&name_of)
        .is_none_or(|(before, _)| *before < version);
    match name {
        "put" if newer => drop(known.insert(name_of, (version, data["value"].clone()))),
        "delete" if newer => drop(known.remove(&name_of)),
        _ => {}
    }
}

#[tokio::test]
async fn who_follows_the_version_of_a_list_misses_no_change() {
    for map in MAPS {
        // So many that changes are made while a page goes over them.
        let many = folder_with((0..5_000).map(|n| format!("z {n}")));
        let server = Server::start_in(many, &["--map", map]);
        let api = &server.api;
        let stop = Arc::new(AtomicBool::new(false));
        let mut writers = JoinSet::new();
        for writer in 0..3 {
            writers.spawn(churn(api.clone(), writer, Arc::clone(&stop)));
        }
        let mut followers = Vec::new();
        for _ in 0..10 {
            let mut known = BTreeMap::new();
            let page = api.get("/v1/flags?limit=1000").await.expect(200).json();
            changing(&page).for_each(|flag| apply(&mut known, "put", flag));
            let version = page["version"].as_u64().expect("a version");
            followers.push((known, version, Events::open(api, Some(version)).await));
        }
        stop.store(true, Ordering::Relaxed);
        writers.join_all().await;
        api.put("last", "true").await.expect(201);
        let mut truth = BTreeMap::new();
        let page = api.get("/v1/flags?limit=1000").await.expect(200).json();
        changing(&page).for_each(|flag| apply(&mut truth, "put", flag));
        for (mut known, version, mut events) in followers {
            let newest = page["version"].as_u64().expect("a version");
            for event in events.take((newest - version) as usize).await {
                apply(&mut known, &event.name, &event.json());
            }
            assert_eq!(known, truth, "{map}");
        }
    }
}
