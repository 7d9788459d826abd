//! Connections without a client: half requests, and readers that do not read.

use crate::server::{PATIENCE, Server};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

/// A connection over which a test sends what it likes.
pub(crate) struct Raw(TcpStream);

impl Raw {
    pub(crate) async fn open(server: &Server) -> Self {
        Self(
            TcpStream::connect(&server.address)
                .await
                .expect("a connection"),
        )
    }

    /// A connection, if the server accepts one.
    pub(crate) async fn try_open(server: &Server) -> Option<Self> {
        TcpStream::connect(&server.address).await.ok().map(Self)
    }

    /// A connection whose system takes few bytes that nobody reads.
    pub(crate) async fn with_small_buffer(server: &Server) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(4_096).expect("a small buffer");
        let address = server.address.parse().expect("an address");
        Self(socket.connect(address).await.expect("a connection"))
    }

    pub(crate) async fn send(&mut self, text: &str) {
        self.0
            .write_all(text.as_bytes())
            .await
            .expect("the server takes it");
    }

    /// Sends a byte at a time, until the server takes no more or the text ends. Returns
    /// whether all of it was sent.
    pub(crate) async fn send_slowly(&mut self, text: &str, pause: Duration) -> bool {
        for byte in text.bytes() {
            tokio::time::sleep(pause).await;
            if self.0.write_all(&[byte]).await.is_err() {
                return false;
            }
        }
        true
    }

    /// Sends no more, and reads on.
    pub(crate) async fn end_of_sending(&mut self) {
        self.0
            .shutdown()
            .await
            .expect("the system closes one direction");
    }

    /// What the server sends until it has sent this.
    pub(crate) async fn read_until(&mut self, end: &str) -> String {
        let mut text = String::new();
        while !text.contains(end) {
            let mut bytes = [0; 4_096];
            let read = timeout(PATIENCE, self.0.read(&mut bytes))
                .await
                .expect("it is soon");
            let read = read.unwrap_or_else(|why| panic!("{why} after {text:?}"));
            assert_ne!(read, 0, "the server has closed after {text:?}");
            text += std::str::from_utf8(&bytes[..read]).expect("it is text");
        }
        text
    }

    /// What the server sends until it closes the connection.
    pub(crate) async fn read_to_end(&mut self) -> String {
        let mut bytes = Vec::new();
        let read = timeout(PATIENCE, self.0.read_to_end(&mut bytes)).await;
        // A connection that is reset has ended, too.
        let _ = read.expect("the server closes the connection");
        String::from_utf8(bytes).expect("it is text")
    }
}
