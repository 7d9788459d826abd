//! Three replica processes under load, while they and the server are killed and stopped.

use crate::bucket::Other;
use crate::clock::{Addresses, Calm, watch_the_clock};
use crate::ledger::Ledger;
use crate::process::{Process, signal};
use crate::yard::{PATIENCE, server};
use fastrand::Rng;
use replicated_registry::server::Server;
use reqwest::{Client, StatusCode};
use std::collections::BTreeMap;
use std::env;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::{Duration, Instant};
use tokio::time::sleep;

const WRITERS: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_kills_all_replicas_equal_the_bucket() {
    let Some(mut server) = server("kills") else {
        return;
    };
    let kills = env::var("KILLS").map_or(4, |kills| kills.parse().unwrap());
    let mut replicas: Vec<_> = (0..3).map(|_| Process::start(&server.address())).collect();
    let client = Client::builder()
        .timeout(Duration::from_secs(10))
        .build()
        .unwrap();
    for replica in &replicas {
        wait_until_current(replica, &client).await;
    }
    let addresses = Addresses::default();
    share(&addresses, &replicas).await;
    let end = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            tokio::spawn(write(
                writer,
                addresses.clone(),
                client.clone(),
                end.clone(),
            ))
        })
        .collect();
    let calm = Arc::new(Calm::default());
    let clock = watch_the_clock(&server, &addresses, &client, &end, &calm).await;
    let mut rng = Rng::with_seed(kills);
    for _ in 0..kills {
        sleep(Duration::from_millis(rng.u64(50..600))).await;
        calm.disturbed();
        disturb(&mut server, &mut replicas, &mut rng).await;
        share(&addresses, &replicas).await;
        calm.ended();
    }
    sleep(Duration::from_millis(300)).await;
    end.store(true, SeqCst);
    let mut ledgers = Vec::new();
    for writer in writers {
        ledgers.push(writer.await.unwrap());
    }
    let (samples, worst) = clock.await.unwrap();
    compare(&server, &replicas, &client, &ledgers).await;
    let writes: u64 = ledgers.iter().map(|(_, writes)| writes).sum();
    println!("{kills} kills, {writes} writes acknowledged, {samples} ages compared with the");
    println!("truth: none too small, and at most {worst:?} too large");
}

/// One kill or stop, of the server or of a replica.
async fn disturb(server: &mut Server, replicas: &mut [Process], rng: &mut Rng) {
    let pause = Duration::from_millis(rng.u64(10..1_500));
    let replica = rng.usize(..replicas.len());
    match rng.u8(..4) {
        0 => {
            server.kill();
            sleep(pause).await;
            server.restart().unwrap();
        }
        1 => stop(server.id(), pause).await,
        2 => replicas[replica].crash(),
        _ => stop(replicas[replica].id(), pause).await,
    }
}

async fn stop(id: u32, pause: Duration) {
    signal(id, "STOP");
    sleep(pause).await;
    signal(id, "CONT");
}

async fn share(addresses: &Addresses, replicas: &[Process]) {
    *addresses.write().await = replicas
        .iter()
        .map(|replica| replica.address.clone())
        .collect();
}

async fn wait_until_current(replica: &Process, client: &Client) {
    let began = Instant::now();
    loop {
        let age = replica.age(client).await;
        if age.is_some_and(|age| age < began.elapsed()) {
            return;
        }
        assert!(
            began.elapsed() < PATIENCE,
            "a replica does not become current: {age:?}"
        );
        sleep(Duration::from_millis(20)).await;
    }
}

/// Writes and deletes keys of its own, through any replica, one request after the other.
async fn write(
    writer: usize,
    addresses: Addresses,
    client: Client,
    end: Arc<AtomicBool>,
) -> (Ledger, u64) {
    let mut rng = Rng::with_seed(writer as u64);
    let (mut ledger, mut acknowledged) = (Ledger::new(), 0);
    for n in 0_u64.. {
        if end.load(SeqCst) {
            break;
        }
        let key = format!("w{writer}.{}", rng.u8(..12));
        let url = {
            let addresses = addresses.read().await;
            format!("{}/v1/entries/{key}", rng.choice(addresses.iter()).unwrap())
        };
        let value = (rng.u8(..3) > 0).then(|| n.to_string());
        let request = match &value {
            Some(value) => client
                .put(url)
                .header("Content-Type", "application/json")
                .body(value.clone()),
            None => client.delete(url),
        };
        ledger.tried(&key, value);
        match request.send().await.map(|answer| answer.status()) {
            // The write was not made: the connection, or the entry, was not there.
            Ok(StatusCode::SERVICE_UNAVAILABLE) => ledger.refused(&key),
            Ok(StatusCode::NOT_FOUND) => ledger.acknowledged(&key),
            Ok(status) if status.is_success() => {
                ledger.acknowledged(&key);
                acknowledged += 1;
            }
            Ok(StatusCode::GATEWAY_TIMEOUT | StatusCode::PRECONDITION_FAILED) | Err(_) => {
                // A write that is under way would be made after the next one.
                sleep(Duration::from_millis(2_500)).await;
            }
            Ok(status) => panic!("{status}"),
        }
    }
    (ledger, acknowledged)
}

/// After a quiet time: each replica is equal to the bucket, and the bucket to the ledgers.
async fn compare(
    server: &Server,
    replicas: &[Process],
    client: &Client,
    ledgers: &[(Ledger, u64)],
) {
    // Writes whose outcome is not known have arrived by now, or never will.
    sleep(Duration::from_secs(3)).await;
    for replica in replicas {
        wait_until_current(replica, client).await;
    }
    let other = Other::connect(&server.address()).await;
    let keys = ledgers.iter().flat_map(|(ledger, _)| ledger.keys());
    let bucket = other.contents(keys.chain([String::from("clock")])).await;
    let text = |(revision, value): (u64, bytes::Bytes)| {
        (revision, String::from_utf8(value.to_vec()).unwrap())
    };
    let bucket: BTreeMap<_, _> = bucket
        .into_iter()
        .map(|(key, entry)| (key, text(entry)))
        .collect();
    for replica in replicas {
        assert_eq!(replica.entries(client).await, bucket);
    }
    for (ledger, _) in ledgers {
        ledger.check(&bucket);
    }
}
