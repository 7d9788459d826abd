//! A caching proxy in front of a slow service, to try with curl.
//!
//! ```text
//! cargo run --release -p response_cache
//! ```
#![forbid(unsafe_code)]

use axum::http::uri::Authority;
use clap::Parser;
use response_cache::web::{Demo, HttpUpstream, demo, router};
use response_cache::{Cache, Lifespan, Limits};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use web::{complain, interrupted, listen, say, serve};

/// A proxy that keeps the answers of one upstream service in memory.
#[derive(Parser)]
#[command(name = "response_cache")]
struct Arguments {
    /// The address to listen on, as IP:PORT. With port 0, the system chooses a port
    #[arg(long, default_value = "127.0.0.1:8082")]
    listen: SocketAddr,
    /// The upstream service, as HOST:PORT, without `http://`. If this option is left out, the
    /// program starts a slow service for a first try
    #[arg(long, value_parser = upstream)]
    upstream: Option<Authority>,
    /// How many MiB of answers the cache may keep
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..))]
    mebibytes: u32,
    /// The time to live of an answer that does not state one, in seconds. With 0, such an
    /// answer is not kept
    #[arg(long, default_value_t = 0)]
    fresh: u32,
    /// How long an upstream call may take, in seconds. A request that is passed on may take so
    /// long until its answer begins
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    patience: u32,
    /// How long each answer of the service for a first try takes, in milliseconds
    #[arg(long, default_value_t = 2_000)]
    slow: u32,
}

/// Reads HOST:PORT. `Authority` by itself takes a port that is none.
fn upstream(text: &str) -> Result<Authority, String> {
    let authority: Option<Authority> = text.parse().ok();
    authority
        .filter(|authority| authority.port_u16().is_some())
        .ok_or_else(|| "expected HOST:PORT, without `http://`, as `127.0.0.1:8000`".to_owned())
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            complain(format_args!("response_cache: {problem}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), String> {
    let upstream = match arguments.upstream {
        Some(upstream) => upstream,
        None => start_demo(arguments.slow).await?,
    };
    let limits = Limits {
        bytes: arguments.mebibytes as usize * (1 << 20),
        body: (arguments.mebibytes as usize * (1 << 20)).min(Limits::default().body),
        patience: Duration::from_secs(arguments.patience.into()),
        ..Limits::default()
    };
    let default = Lifespan {
        fresh: Duration::from_secs(arguments.fresh.into()),
        ..Lifespan::default()
    };
    let (listener, address) = listen(arguments.listen).await?;
    let end = interrupted();
    print_what_to_do(address, &upstream);
    let cache = Cache::new(HttpUpstream::new(upstream, default), limits);
    let router = router(Arc::clone(&cache), limits);
    let ended = serve(listener, router, web::Limits::default(), end).await;
    say(format_args!("{ended}; upstream calls: {}", cache.calls()));
    Ok(())
}

/// Starts the service for a first try, for as long as the program runs.
async fn start_demo(milliseconds: u32) -> Result<Authority, String> {
    let (listener, address) = listen(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    let authority = address
        .to_string()
        .parse()
        .expect("an address is an authority");
    let takes = Duration::from_millis(milliseconds.into());
    let service = demo(Arc::new(Demo::new(takes)));
    tokio::spawn(serve(
        listener,
        service,
        web::Limits::default(),
        std::future::pending(),
    ));
    Ok(authority)
}

fn print_what_to_do(address: SocketAddr, upstream: &Authority) {
    say(format_args!(
        "\
listening on http://{address}
upstream: http://{upstream}

A slow answer, and the same again from the cache (see Cache-Status and Age):
  curl -i http://{address}/a
A hundred requests for one new key, which make one upstream call:
  seq 100 | xargs -P 100 -I N curl -s -o /dev/null http://{address}/c
  curl http://{address}/-/cache
Let the service for a first try fail, and see a stale answer (ttl below 0).
It is fresh for 5 seconds. If the service fails, it is served a minute more:
  curl http://{address}/a; curl -X POST http://{address}/fail; sleep 6
  curl -i http://{address}/a
Let it work again:
  curl -X POST http://{address}/work

Ctrl-C ends the proxy. Requests under way then have 10 seconds."
    ));
}
