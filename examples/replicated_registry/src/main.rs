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
use std::process::ExitCode;
use web::{Limits, complain, interrupted, listen, say, serve};

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
            complain(format_args!("replicated_registry: {problem}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<(), Box<dyn Error + Send + Sync>> {
    let (listener, address) = listen(arguments.listen).await?;
    let end = interrupted();
    say(format_args!("listening on http://{address}"));
    let following = Registry::start(arguments.options()).await?;
    say(format_args!(
        "The bucket {:?} at {} is the truth. Next: curl http://{address}/healthz",
        arguments.bucket, arguments.nats,
    ));
    let limits = Limits::default();
    let registry = following.registry().clone();
    let router = api::router(registry, arguments.max_age(), &limits);
    serve(listener, router, limits, end).await;
    Ok(())
}
