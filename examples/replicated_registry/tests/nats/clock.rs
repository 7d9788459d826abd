//! The ages that replicas report, compared with the truth while they are disturbed.

use crate::bucket::Other;
use replicated_registry::server::Server;
use reqwest::{Client, StatusCode};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::RwLock;
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// A replica that is younger has reached the server after the disturbance.
const CURRENT: Duration = Duration::from_millis(500);

/// The replicas. A process that crashes gets a new address.
pub(crate) type Addresses = Arc<RwLock<Vec<String>>>;

/// A client of the bucket writes the time, and reads of all replicas are compared with it.
pub(crate) async fn watch_the_clock(
    server: &Server,
    addresses: &Addresses,
    client: &Client,
    end: &Arc<AtomicBool>,
    calm: &Arc<Calm>,
) -> JoinHandle<(u64, Duration)> {
    let other = Other::connect(&server.address()).await;
    let (addresses, client) = (addresses.clone(), client.clone());
    let (end, calm) = (end.clone(), calm.clone());
    tokio::spawn(async move {
        let mut clock = Clock {
            written: Vec::new(),
            samples: 0,
            worst: Duration::ZERO,
        };
        while !end.load(SeqCst) {
            clock.tick(&other).await;
            let mut all_are_current = true;
            for address in addresses.read().await.clone() {
                let url = format!("{address}/v1/entries/clock");
                let age = clock.sample(&url, &client, &calm).await;
                all_are_current &= age.is_some_and(|age| age < CURRENT);
            }
            if all_are_current {
                calm.all_are_current();
            }
            sleep(Duration::from_millis(20)).await;
        }
        (clock.samples, clock.worst)
    })
}

struct Clock {
    /// When each value was acknowledged.
    written: Vec<Instant>,
    samples: u64,
    worst: Duration,
}

impl Clock {
    async fn tick(&mut self, other: &Other) {
        let value = self.written.len().to_string();
        let sent = other
            .jetstream
            .publish("$KV.registry.clock", value.into())
            .await;
        let Ok(sent) = sent else { return };
        let done = tokio::time::timeout(Duration::from_millis(300), sent.into_future()).await;
        if matches!(done, Ok(Ok(_))) {
            self.written.push(Instant::now());
        }
    }

    /// What an answer shows was so at the bucket when its age says, or later. Returns the age.
    async fn sample(&mut self, url: &str, client: &Client, calm: &Calm) -> Option<Duration> {
        let asked = Instant::now();
        let answer = client.get(url).send().await.ok()?;
        let age = answer
            .headers()
            .get("registry-age-ms")?
            .to_str()
            .unwrap()
            .parse();
        let age = Duration::from_millis(age.unwrap());
        let shown: Option<usize> = match answer.status() {
            StatusCode::OK => {
                let body: serde_json::Value = answer.json().await.ok()?;
                Some(usize::try_from(body["value"].as_u64().unwrap()).unwrap())
            }
            _ => None,
        };
        self.samples += 1;
        // The write that took the place of what is shown.
        let next = shown.map_or(0, |shown| shown + 1);
        if let Some(replaced) = self.written.get(next) {
            let since = asked.saturating_duration_since(*replaced);
            assert!(
                age >= since,
                "{shown:?} was replaced {since:?} ago, and its age is {age:?}"
            );
        }
        self.worst = self.worst.max(age.saturating_sub(calm.out_of_reach()));
        Some(age)
    }
}

/// Since when some replica cannot have reached the server: the true age.
#[derive(Default)]
pub(crate) struct Calm(Mutex<(Option<Instant>, bool)>);

impl Calm {
    pub(crate) fn disturbed(&self) {
        let mut calm = self.0.lock().unwrap();
        calm.0.get_or_insert_with(Instant::now);
        calm.1 = true;
    }

    pub(crate) fn ended(&self) {
        self.0.lock().unwrap().1 = false;
    }

    fn all_are_current(&self) {
        let mut calm = self.0.lock().unwrap();
        if !calm.1 {
            calm.0 = None;
        }
    }

    fn out_of_reach(&self) -> Duration {
        self.0
            .lock()
            .unwrap()
            .0
            .map_or(Duration::ZERO, |since| since.elapsed())
    }
}
