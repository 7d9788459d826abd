//! The demonstration: a private server, three replicas, and what to try with them.

use crate::arguments::Arguments;
use replicated_registry::api;
use replicated_registry::nats::{Following, Options, Registry};
use replicated_registry::server::Server;
use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use web::{Limits, interrupted, say, serve};

const REPLICAS: usize = 3;

pub(crate) async fn run(arguments: &Arguments) -> Result<(), Box<dyn Error + Send + Sync>> {
    let data = PathBuf::from("target/replicated_registry");
    // Before the server is there: an early end must not leave it behind.
    let interrupted = interrupted();
    let server = Server::start(&data)?;
    let (end, ended) = watch::channel(false);
    let mut serving = JoinSet::new();
    let mut addresses = Vec::new();
    for _ in 0..REPLICAS {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        addresses.push(listener.local_addr()?);
        let options = Options {
            servers: server.address(),
            ..arguments.options()
        };
        let following = Registry::start(options).await?;
        serving.spawn(replica(
            following,
            listener,
            arguments.max_age(),
            ended.clone(),
        ));
    }
    explain(&server, &addresses);
    interrupted.await;
    end.send_replace(true);
    serving.join_all().await;
    Ok(())
}

async fn replica(
    following: Following,
    listener: TcpListener,
    max_age: std::time::Duration,
    mut ended: watch::Receiver<bool>,
) {
    let limits = Limits::default();
    let router = api::router(following.registry().clone(), max_age, &limits);
    let end = async move {
        let _ = ended.wait_for(|ended| *ended).await;
    };
    serve(listener, router, limits, end).await;
}

fn explain(server: &Server, addresses: &[SocketAddr]) {
    let [a, b, c] = [0, 1, 2].map(|n| format!("http://{}", addresses[n]));
    let (process, address) = (server.id(), server.address());
    say(format_args!(
        "\
listening on {a}, {b} and {c}
nats-server is process {process} at {address}.

Write through the first replica, and read from the second:
  curl -X PUT {a}/v1/entries/dark-mode -H 'Content-Type: application/json' -d true
  curl -i {b}/v1/entries/dark-mode
Write only if nobody else did. Take the revision from the answer above:
  curl -X PUT {c}/v1/entries/dark-mode -H 'Content-Type: application/json' \\
    -H 'If-Match: \"1\"' -d false
Stop the server, see reads go on and their age grow, and let the server go on:
  kill -STOP {process}; sleep 3; curl -i {b}/v1/entries/dark-mode; curl {b}/healthz
  kill -CONT {process}; sleep 1; curl {b}/healthz; curl {b}/metrics
Ctrl-C ends all of it. The entries stay in target/replicated_registry."
    ));
}
