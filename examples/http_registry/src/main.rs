//! The program `http_registry`.
//!
//! ```text
//! cargo run --release -p http_registry -- --help
//! ```

#![forbid(unsafe_code)]

mod arguments;

use arguments::Arguments;
use clap::Parser;
use http_registry::service::{Recovered, Service};
use std::error::Error;
use std::net::SocketAddr;
use std::process::ExitCode;
use web::{complain, interrupted, listen, say};

const FAILED: u8 = 1;

fn main() -> ExitCode {
    // Refuses the command line, or shows the help, by itself.
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            complain(format_args!("http_registry: {problem}"));
            ExitCode::from(FAILED)
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let options = arguments.options();
    let journal = options.journal.display().to_string();
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let (listener, address) = listen(arguments.listen).await?;
        // After the port is ours: a start that fails leaves no journal behind.
        let service = Service::open(options)?;
        let end = interrupted();
        greet(address, &journal, service.recovered());
        let ended = service.serve(listener, end).await?;
        say(format_args!("{ended}; the journal is synced"));
        Ok(())
    })
}

/// Says where the program listens, what it has found, and what to do next.
fn greet(address: SocketAddr, journal: &str, recovered: Recovered) {
    let url = format!("http://{address}");
    say(format_args!("listening on {url}"));
    let Recovered {
        flags,
        version,
        torn,
        created,
    } = recovered;
    match created {
        true => say(format_args!("journal: {journal}, which is new")),
        false => say(format_args!(
            "journal: {journal}, number of flags: {flags}, last version: {version}"
        )),
    }
    if let Some(torn) = torn {
        say(format_args!(
            "The last record was not whole, as after a crash: its {} bytes at byte {} were cut \
             off. If it was a crash, no durable write was lost.",
            torn.bytes, torn.offset
        ));
    }
    say(format_args!("Open {url}/ in a browser, or try:"));
    say(format_args!(
        "  curl -X PUT {url}/v1/flags/dark-mode -H 'Content-Type: application/json' -d true"
    ));
    say(format_args!("  curl {url}/v1/flags"));
    say(format_args!("  curl -N {url}/v1/events"));
    say("End with Ctrl-C.");
}
