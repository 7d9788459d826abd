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
use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use tokio::net::TcpListener;
use web::Ended;

const FAILED: u8 = 1;

fn main() -> ExitCode {
    // Refuses the command line, or shows the help, by itself.
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            let _ = writeln!(io::stderr(), "http_registry: {problem}");
            ExitCode::from(FAILED)
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let options = arguments.options();
    let journal = options.journal.display().to_string();
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(arguments.listen).await;
        let listener = listener.map_err(|why| {
            format!(
                "cannot listen on {}: {why}; choose another address with --listen",
                arguments.listen
            )
        })?;
        // After the port is ours: a start that fails leaves no journal behind.
        let service = Service::open(options)?;
        let end = web::interrupted();
        greet(listener.local_addr()?, &journal, service.recovered());
        let ended = service.serve(listener, end).await?;
        part(ended);
        Ok(())
    })
}

/// Says where the program listens, what it has found, and what to do next.
fn greet(address: SocketAddr, journal: &str, recovered: Recovered) {
    let url = format!("http://{address}");
    say(&format!("listening on {url}"));
    let Recovered {
        flags,
        version,
        torn,
        created,
    } = recovered;
    match created {
        true => say(&format!("journal: {journal}, which is new")),
        false => say(&format!(
            "journal: {journal}, number of flags: {flags}, last version: {version}"
        )),
    }
    if let Some(torn) = torn {
        say(&format!(
            "The last record was not whole, as after a crash: its {} bytes at byte {} were cut \
             off. If it was a crash, no durable write was lost.",
            torn.bytes, torn.offset
        ));
    }
    say(&format!("Open {url}/ in a browser, or try:"));
    say(&format!(
        "  curl -X PUT {url}/v1/flags/dark-mode -H 'Content-Type: application/json' -d true"
    ));
    say(&format!("  curl {url}/v1/flags"));
    say(&format!("  curl -N {url}/v1/events"));
    say("End with Ctrl-C.");
}

/// Says how the program has ended.
fn part(ended: Ended) {
    match ended {
        Ended::Finished => say("ended: all requests were finished, and the journal is synced"),
        Ended::CutOff(connections) => say(&format!(
            "ended: the journal is synced; connections that were cut off: {connections}"
        )),
    }
}

/// Writes a line to standard output. The program goes on if nobody reads it.
fn say(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}
