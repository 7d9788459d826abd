//! Sessions of a web service, to try with curl.
//!
//! ```text
//! cargo run --release -p sessions
//! ```
#![forbid(unsafe_code)]

use clap::Parser;
use sessions::web::{Service, router};
use sessions::{Ended, Lifetime, SessionId, Sessions, expire};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use web::{Limits, complain, interrupted, listen, say, serve};

/// A web service whose users log in. It shows sessions that are listed, that expire, and that
/// end once.
#[derive(Parser)]
#[command(name = "sessions")]
struct Arguments {
    /// The address to listen on, as IP:PORT. With port 0, the system chooses a port
    #[arg(long, default_value = "127.0.0.1:8081")]
    listen: SocketAddr,
    /// How long a session lasts, in seconds
    #[arg(long, default_value_t = 3_600, value_parser = clap::value_parser!(u32).range(1..))]
    lifetime: u32,
    /// How long a session lasts without a request, in seconds. Without it, only the lifetime
    /// counts
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    idle: Option<u32>,
    /// How many sessions there may be at the same time
    #[arg(long, default_value_t = 100_000)]
    limit: usize,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            complain(format_args!("sessions: {problem}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), String> {
    let seconds = |seconds: u32| Duration::from_secs(seconds.into());
    let lifetime = Lifetime {
        idle: arguments.idle.map(seconds),
        ..Lifetime::absolute(seconds(arguments.lifetime))
    };
    let sessions = Arc::new(Sessions::new(lifetime, arguments.limit).on_end(report));
    let code = SessionId::random().reveal();
    let service = Arc::new(Service {
        sessions: Arc::clone(&sessions),
        code: code.clone(),
    });
    let (listener, address) = listen(arguments.listen).await?;
    let end = interrupted();
    print_what_to_do(address, &code);
    let expiry = tokio::spawn(expire(Arc::downgrade(&sessions)));
    let limits = Limits::default();
    let router = router(service, &limits);
    let ended = serve(listener, router, limits, end).await;
    expiry.abort();
    say(format_args!("{ended}; sessions: {}", sessions.len()));
    Ok(())
}

/// The audit of this service: a line for each session that has ended.
fn report<T>(ended: Ended<T>) {
    let (session, reason) = (ended.session, ended.reason);
    let (number, user) = (session.number(), session.user());
    say(format_args!(
        "session {number} of {user:?} has ended: {reason:?}"
    ));
}

fn print_what_to_do(address: SocketAddr, code: &str) {
    let curl = "curl -b cookies -c cookies";
    say(format_args!(
        "\
listening on http://{address}
the code of this run: {code}

To log in, to see who you are, to list your sessions, and to log out:

  {curl} --json '{{\"user\":\"ann\",\"code\":\"{code}\"}}' http://{address}/login
  {curl} http://{address}/me
  {curl} http://{address}/sessions
  {curl} -X POST http://{address}/logout

Each session that ends is shown here.
Ctrl-C ends the service. Requests under way then have 10 seconds."
    ));
}
