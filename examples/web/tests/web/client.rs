//! A server on a port of its own, and a client that sends just the bytes it is told to.

use axum::Router;
use std::future::pending;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use web::{Ended, Limits, finish, serve};

/// Turns a hang into a failure. Nothing is expected to take as long.
const TOO_LONG: Duration = Duration::from_secs(60);

/// A server that runs until it is told to end.
pub(crate) struct Server {
    address: SocketAddr,
    end: oneshot::Sender<()>,
    ended: JoinHandle<Ended>,
}

impl Server {
    pub(crate) async fn start(router: Router, limits: Limits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (end, told) = oneshot::channel();
        let router = finish(router, &limits);
        let ended = tokio::spawn(serve(listener, router, limits, async {
            if told.await.is_err() {
                pending().await
            }
        }));
        Self {
            address,
            end,
            ended,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Opens a connection.
    pub(crate) async fn connect(&self) -> Client {
        let stream = TcpStream::connect(self.address).await;
        Client(stream.expect("a connection"))
    }

    /// Sends a whole request on a connection of its own, and returns the whole answer.
    pub(crate) async fn ask(&self, request: &str) -> String {
        let mut client = self.connect().await;
        client.send(request).await;
        client.read_to_end().await
    }

    /// Tells the server to end.
    pub(crate) fn end(self) -> JoinHandle<Ended> {
        self.end.send(()).expect("a server that runs");
        self.ended
    }
}

pub(crate) struct Client(TcpStream);

impl Client {
    pub(crate) async fn send(&mut self, bytes: &str) {
        let sent = self.0.write_all(bytes.as_bytes()).await;
        sent.expect("a server that reads");
    }

    /// Sends, and returns `false` if the server has closed the connection.
    pub(crate) async fn can_send(&mut self, bytes: &str) -> bool {
        self.0.write_all(bytes.as_bytes()).await.is_ok()
    }

    /// Everything until the server closes the connection.
    pub(crate) async fn read_to_end(&mut self) -> String {
        let mut read = Vec::new();
        // A reset is an end, too: the server closes before it has read everything.
        let _ = timeout(TOO_LONG, self.0.read_to_end(&mut read))
            .await
            .expect("a server that answers, and closes the connection");
        String::from_utf8(read).expect("text")
    }

    /// Everything until these characters are there.
    pub(crate) async fn read_until(&mut self, wanted: &str) -> String {
        let mut read = Vec::new();
        loop {
            let byte = timeout(TOO_LONG, self.0.read_u8()).await;
            read.push(byte.expect("a server that answers").expect("no end before"));
            if read.ends_with(wanted.as_bytes()) {
                return String::from_utf8(read).expect("text");
            }
        }
    }
}
