//! The command line: its options, their limits and defaults.

use clap::Parser;
use http_registry::flags::Kind;
use http_registry::service::Options;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;
use web::Limits;

/// A registry of feature flags over HTTP
///
/// Keeps named JSON values in a map in memory and in a journal on disk. Clients
/// read, write and delete them, and follow every change as server-sent events.
/// Ends at Ctrl-C or SIGTERM: requests under way are finished first.
#[derive(Debug, Parser)]
#[command(name = "http_registry", version, verbatim_doc_comment, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// IP address and port to listen on; with port 0 the system chooses a port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,

    /// Folder of the journal; it is created if it is missing
    #[arg(long, value_name = "DIR", default_value = "target/http_registry")]
    data: PathBuf,

    /// The map that holds the flags
    #[arg(long, value_name = "MAP", default_value = "sync")]
    map: Kind,

    /// How many flags there may be
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    #[arg(value_parser = within(0..=1_000_000_usize), allow_hyphen_values = true)]
    max_flags: usize,

    /// How many streams of events may be open
    #[arg(long, value_name = "N", default_value_t = 64)]
    #[arg(value_parser = within(0..=100_000_usize), allow_hyphen_values = true)]
    max_streams: usize,

    /// How many connections are served at a time; more of them wait
    #[arg(long, value_name = "N", default_value_t = 1_024)]
    #[arg(value_parser = within(1..=100_000_usize), allow_hyphen_values = true)]
    max_connections: usize,

    /// How many events are held for streams that come late
    #[arg(long, value_name = "N", default_value_t = 1_024)]
    #[arg(value_parser = within(1..=1_000_000_usize), allow_hyphen_values = true)]
    history: usize,

    /// How often a quiet stream of events sends a comment
    ///
    /// So that no proxy on the way takes the stream for dead.
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 15.0,
        verbatim_doc_comment
    )]
    #[arg(value_parser = within(0.1..=3_600.0), allow_hyphen_values = true)]
    heartbeat: f64,

    /// The least length of a journal that is compacted, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 1_024 * 1_024)]
    #[arg(value_parser = within(0..=u64::MAX), allow_hyphen_values = true)]
    compact_from: u64,

    /// How long a client may take
    ///
    /// For the head of a request, for its body, and for a pause in which it takes
    /// no byte of an answer: so long for each.
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 10.0,
        verbatim_doc_comment
    )]
    #[arg(value_parser = within(0.1..=3_600.0), allow_hyphen_values = true)]
    patience: f64,

    /// How long requests under way may take at the end
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0)]
    #[arg(value_parser = within(0.1..=3_600.0), allow_hyphen_values = true)]
    last_requests: f64,
}

impl Arguments {
    /// The options of the service.
    pub(crate) fn options(&self) -> Options {
        let patience = Duration::from_secs_f64(self.patience);
        Options {
            journal: self.data.join("flags.journal"),
            map: self.map,
            max_flags: self.max_flags,
            max_streams: self.max_streams,
            history: self.history,
            compact_from: self.compact_from,
            heartbeat: Duration::from_secs_f64(self.heartbeat),
            limits: Limits {
                header_read: patience,
                body_read: patience,
                write: patience,
                connections: self.max_connections,
                shutdown: Duration::from_secs_f64(self.last_requests),
                ..Limits::default()
            },
        }
    }
}

/// Reads a number that must be in a range.
fn within<T>(range: RangeInclusive<T>) -> impl Fn(&str) -> Result<T, String> + Clone
where
    T: FromStr + PartialOrd + std::fmt::Display + Clone + Send + Sync + 'static,
{
    move |text| match text.parse() {
        Ok(number) if range.contains(&number) => Ok(number),
        _ => Err(format!(
            "expected a number from {} to {}",
            range.start(),
            range.end()
        )),
    }
}

const EXAMPLES: &str = "\
Examples:
  cargo run --release -p http_registry
  cargo run --release -p http_registry -- --map rwlock --data /var/lib/flags
  curl -X PUT localhost:8080/v1/flags/dark-mode -H 'Content-Type: application/json' -d true
  curl localhost:8080/v1/flags
  curl -N localhost:8080/v1/events

Exit codes:
  0  ended by Ctrl-C or SIGTERM
  1  the journal or the address cannot be used, or the last sync failed
  2  the command line was refused";
