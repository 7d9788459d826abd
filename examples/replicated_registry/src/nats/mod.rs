//! The part for NATS: a JetStream key-value bucket is the source of a replica.
//!
//! What was found out about the server and about `async-nats`, and decides the design:
//!
//! - `kv::Store::watch` hides the idle heartbeats, waits ten seconds for a missing one, and
//!   goes on by the *name* of the stream after a reconnect. A bucket that was created again
//!   meanwhile would be followed from the middle. So the consumer here is our own: an ephemeral
//!   push consumer on the stream `KV_BUCKET`, and one of them for each session.
//! - A heartbeat says that nothing is left to send. It has no time in it, and may have waited
//!   in a buffer. So it ends the contents, but it proves no age. The age comes from a request
//!   for the stream's state: the time is taken before the request is sent.
//! - A stream that is purged, and an entry that expires, send no message. The stream's state
//!   shows it: the first sequence, and the number of messages at one last sequence.
//! - A stream that was created again has another `created`. It is read before and after the
//!   consumer is made, so that the consumer belongs to it.

mod bucket;
mod consumer;
mod deletion;
mod follow;
mod key;
mod state;
mod trouble;
mod write;

pub use key::{InvalidKey, Key};
pub use trouble::Trouble;
pub use write::{Condition, NotSeen, WriteError, Written};

use crate::replica::{Limits, Monotonic, Replica};
use async_nats::jetstream::{self, Context};
use async_nats::{Client, ConnectOptions};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::AbortHandle;

/// How a registry reaches its bucket.
#[derive(Clone, Debug)]
pub struct Options {
    /// The server, as `nats://127.0.0.1:4222`. Several are separated by commas.
    pub servers: String,
    /// The name of the bucket.
    pub bucket: String,
    /// Create the bucket at the start if there is none.
    pub create: bool,
    /// How often the source is asked how far it is.
    pub ask_every: Duration,
    /// How often the contents are read again, whatever happens.
    pub audit_every: Duration,
    /// How long a request to the server may take, and a write.
    pub request: Duration,
    /// How long a write waits until this process has seen it.
    pub seen: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            servers: String::from("nats://127.0.0.1:4222"),
            bucket: String::from("registry"),
            create: true,
            ask_every: Duration::from_millis(250),
            audit_every: Duration::from_secs(600),
            request: Duration::from_secs(2),
            seen: Duration::from_secs(5),
        }
    }
}

/// A registry: reads from its replica, writes to the bucket.
pub struct Registry {
    replica: Arc<Replica<Bytes>>,
    client: Client,
    jetstream: Context,
    options: Options,
    troubles: Mutex<Troubles>,
}

/// Why sessions have ended.
#[derive(Clone, Debug, Default)]
pub struct Troubles {
    /// How often each reason was the one.
    pub counts: BTreeMap<&'static str, u64>,
    /// The last reason, in words. `None` once a session is drained again.
    pub last: Option<String>,
}

/// A registry that follows its bucket until this is dropped.
#[derive(Debug)]
pub struct Following {
    registry: Arc<Registry>,
    task: AbortHandle,
}

impl Registry {
    /// Starts to follow a bucket. The server need not be there yet.
    ///
    /// # Errors
    ///
    /// If the address or the name of the bucket is not valid.
    pub async fn start(options: Options) -> Result<Following, Box<dyn Error + Send + Sync>> {
        bucket::check_name(&options.bucket)?;
        let addresses: Vec<_> = options.servers.split(',').map(str::trim).collect();
        let client = ConnectOptions::new()
            .name("replicated_registry")
            .retry_on_initial_connect()
            .connection_timeout(options.request)
            .ping_interval(options.request)
            .request_timeout(Some(options.request))
            .reconnect_delay_callback(|tries| Duration::from_millis(50 * tries.min(10) as u64))
            .event_callback(|_| async {})
            .connect(addresses)
            .await?;
        let mut jetstream = jetstream::new(client.clone());
        jetstream.set_timeout(options.request);
        let registry = Arc::new(Self {
            replica: Arc::new(Replica::new(Arc::new(Monotonic::new()), Limits::default())),
            client,
            jetstream,
            options,
            troubles: Mutex::default(),
        });
        let follower = Arc::clone(&registry);
        let task = tokio::spawn(async move { follower.follow().await }).abort_handle();
        Ok(Following { registry, task })
    }

    /// The replica: reads and their age.
    pub fn replica(&self) -> &Arc<Replica<Bytes>> {
        &self.replica
    }

    /// How the registry reaches its bucket.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Why sessions have ended.
    pub fn troubles(&self) -> Troubles {
        self.troubles
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The connection to the server stands.
    pub fn is_connected(&self) -> bool {
        self.client.connection_state() == async_nats::connection::State::Connected
    }
}

impl Following {
    /// The registry.
    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry")
            .field("bucket", &self.options.bucket)
            .field("replica", &self.replica)
            .finish_non_exhaustive()
    }
}
