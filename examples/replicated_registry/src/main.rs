//! A registry that each process reads from its own map, over a NATS key-value bucket.
//!
//! ```text
//! cargo run --release -p replicated_registry -- --demo
//! ```
#![forbid(unsafe_code)]

mod arguments;
mod demo;

use arguments::Arguments;
use clap::Parser;
use replicated_registry::api;
use replicated_registry::nats::Registry;
use std::error::Error;
use std::io::{Write, stdout};
use std::process::ExitCode;
use tokio::net::TcpListener;
use web::{Limits, interrupted, serve};

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = if arguments.demo {
        demo::run(&arguments).await
    } else {
        run(&arguments).await
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("replicated_registry: {problem}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<(), Box<dyn Error + Send + Sync>> {
    let listener = TcpListener::bind(arguments.listen).await;
    let listener =
        listener.map_err(|why| format!("cannot listen on {}: {why}", arguments.listen))?;
    let address = listener.local_addr()?;
    let end = interrupted();
    // A reader who wanted the first line alone may be gone, so these may fail.
    let _ = writeln!(stdout(), "listening on http://{address}");
    let following = Registry::start(arguments.options()).await?;
    let _ = writeln!(
        stdout(),
        "The bucket {:?} at {} is the truth. Next: curl http://{address}/healthz",
        arguments.bucket,
        arguments.nats,
    );
    let limits = Limits::default();
    let registry = following.registry().clone();
    let router = api::router(registry, arguments.max_age(), &limits);
    serve(listener, router, limits, end).await;
    Ok(())
}
