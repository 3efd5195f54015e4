//! The limits of a connection.

use std::time::Duration;

/// The limits of a connection. A connection that passes one of them is closed.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The longest time from the first byte of a head to its last one, and from the start of a connection to
    /// the first byte.
    pub head_timeout: Duration,
    /// The longest time from the end of a head to the end of the body.
    pub body_timeout: Duration,
    /// The longest time from an answer to the next request. Blank lines do not extend it.
    pub keep_alive: Duration,
    /// The longest time in which a client may take nothing of an answer.
    pub write_timeout: Duration,
    /// The rate at which a client has to take an answer in the time that the server waits for it, in bytes
    /// per second, once `write_timeout` has passed.
    pub write_rate: u32,
    /// How long the server reads on after it has answered a request that passed a limit, for the client to
    /// see the answer.
    pub linger: Duration,
    /// The largest head, in bytes.
    pub max_head: u64,
    /// The largest body, in bytes as they are sent. Methods have smaller limits of their own; what is above
    /// them is read and dropped up to here.
    pub max_body: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head_timeout: Duration::from_secs(5),
            body_timeout: Duration::from_secs(30),
            keep_alive: Duration::from_secs(75),
            write_timeout: Duration::from_secs(30),
            write_rate: 16 * 1024,
            linger: Duration::from_secs(1),
            max_head: 32 * 1024,
            // What `xrpc_server` reads of a rejected body, and some for the framing of chunks.
            max_body: 33 * 1024 * 1024,
        }
    }
}
