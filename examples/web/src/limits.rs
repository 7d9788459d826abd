//! What one client may cost.

use std::time::Duration;

/// What one client may cost: bytes, time and connections.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The largest body of a request, in bytes.
    pub body: usize,
    /// How long the head of a request may take. An idle connection is closed after it, too.
    pub header_read: Duration,
    /// How long the body of a request may take.
    pub body_read: Duration,
    /// How long a client may take no byte of an answer. Its connection is closed then.
    pub write: Duration,
    /// How many connections are served at the same time. More wait in the system's queue.
    pub connections: usize,
    /// How long the requests under way may take when the program is to end.
    pub shutdown: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 64 * 1024,
            header_read: Duration::from_secs(10),
            body_read: Duration::from_secs(10),
            write: Duration::from_secs(10),
            connections: 1_024,
            shutdown: Duration::from_secs(10),
        }
    }
}
