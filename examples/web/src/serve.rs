//! The loop that accepts connections, and its end.
//!
//! `axum::serve` has no limits on slow clients. So this is the loop that axum's documentation
//! describes, over hyper, with the limits.

use crate::Limits;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use std::{fmt, io};
use tokio::net::{TcpListener, TcpStream};
#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutStream;

/// How serving ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// All requests under way were finished.
    Finished,
    /// The time of [`Limits::shutdown`] was over: so many connections were cut off.
    CutOff(usize),
}

impl fmt::Display for Ended {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finished => to.write_str("ended: all requests were finished"),
            Self::CutOff(cut_off) => {
                write!(to, "ended: connections that were cut off: {cut_off}")
            }
        }
    }
}

/// Opens a port, and returns its address, too: with port 0, the system has chosen one.
///
/// # Errors
///
/// A sentence that names the address, if the port cannot be opened.
pub async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), String> {
    let listener = TcpListener::bind(address).await;
    let opened = listener.and_then(|listener| {
        let address = listener.local_addr()?;
        Ok((listener, address))
    });
    opened.map_err(|why| {
        format!("cannot listen on {address}: {why}; choose another address with --listen")
    })
}

/// Serves `router` under `limits` until `end` is ready. Then accepts no more connections, and
/// finishes the requests under way.
///
/// A connection beyond [`Limits::connections`] waits in the system's queue until another one
/// ends.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    end: impl Future<Output = ()>,
) -> Ended {
    let graceful = GracefulShutdown::new();
    let slots = Arc::new(Semaphore::new(limits.connections));
    let mut connections = JoinSet::new();
    let mut end = pin!(end);
    loop {
        let (stream, slot) = tokio::select! {
            biased;
            () = &mut end => break,
            Some(_) = connections.join_next() => continue,
            accepted = accept(&listener, &slots) => accepted,
        };
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.header_read)
            .serve_connection(
                TokioIo::new(Box::pin(patient(stream, limits.write))),
                TowerToHyperService::new(router.clone()),
            );
        let connection = graceful.watch(connection);
        connections.spawn(async move {
            // An error here is the client's: it has closed the connection, or was too slow.
            let _ = connection.await;
            drop(slot);
        });
    }
    drop(listener);
    if timeout(limits.shutdown, graceful.shutdown()).await.is_ok() {
        return Ended::Finished;
    }
    while connections.try_join_next().is_some() {}
    let cut_off = connections.len();
    connections.shutdown().await;
    Ended::CutOff(cut_off)
}

/// The next connection, as soon as fewer than the limit are served.
async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> (TcpStream, OwnedSemaphorePermit) {
    let slot = Arc::clone(slots).acquire_owned().await;
    let slot = slot.expect("a semaphore that nobody closes");
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return (stream, slot),
            Err(why) if is_of_one_connection(&why) => {}
            // The process has no file descriptor left, most likely. Some request will end.
            Err(_) => sleep(Duration::from_millis(100)).await,
        }
    }
}

/// Whether the error is that of a connection that has ended before it was accepted.
fn is_of_one_connection(why: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        why.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}

/// A stream that fails if the client takes no byte of an answer for so long.
fn patient(stream: TcpStream, write: Duration) -> TimeoutStream<TcpStream> {
    // Without it, small events wait for the answers to earlier packets.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(write));
    stream
}

/// Registers for Ctrl-C and, on Unix, for SIGTERM. The future is ready when one has come. A
/// second one ends the process at once, with exit code 130.
///
/// Call it before the program says where it listens: whoever reads that may end the program.
///
/// # Panics
///
/// Panics if the system cannot tell about signals, and outside of a runtime.
#[cfg(unix)]
pub fn interrupted() -> impl Future<Output = ()> + Send {
    let registered = |kind| signal(kind).expect("a handler for a signal");
    let mut interrupt = registered(SignalKind::interrupt());
    let mut terminate = registered(SignalKind::terminate());
    async move {
        either(&mut interrupt, &mut terminate).await;
        tokio::spawn(async move {
            either(&mut interrupt, &mut terminate).await;
            std::process::exit(130);
        });
    }
}

#[cfg(unix)]
async fn either(interrupt: &mut Signal, terminate: &mut Signal) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

/// The future is ready when Ctrl-C has come.
///
/// # Panics
///
/// The future panics if the system cannot tell about Ctrl-C.
#[cfg(not(unix))]
pub fn interrupted() -> impl Future<Output = ()> + Send {
    async { tokio::signal::ctrl_c().await.expect("a handler for Ctrl-C") }
}
