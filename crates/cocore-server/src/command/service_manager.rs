//! What a server reports to the service manager that started it, which is systemd or a program with the same
//! protocol. Source: sd_notify(3).

use std::io;
use std::time::Duration;

use actix_web::rt::net::{TcpStream, UnixStream};
use sd_notify::NotifyState;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{sleep, timeout};

use crate::connections::heartbeats::Heartbeats;
use crate::listen::ListenAddress;

/// What a server is asked for to find out whether it answers.
const REQUEST: &[u8] = b"GET /livez HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
const ANSWER: &[u8] = b"HTTP/1.1 200 ";

/// Reports that the server serves.
pub(super) fn report_ready() {
    notify(NotifyState::Ready);
}

/// Reports that the server is about to stop.
pub(super) fn report_stopping() {
    notify(NotifyState::Stopping);
}

/// A watchdog of the service manager, which restarts a server that does not report in time.
pub(super) struct Watchdog {
    timeout: Duration,
}

impl Watchdog {
    /// Returns the watchdog, if the service manager has one.
    pub(super) fn find() -> Option<Self> {
        let timeout = sd_notify::watchdog_enabled()?;
        Some(Self { timeout })
    }

    /// Reports again and again, for as long as the server makes progress: each of its worker threads has shown a
    /// heartbeat, and a request on its own address is answered. Whether the database works does not count: a
    /// restart would not mend it.
    pub(super) async fn run(self, address: ListenAddress, heartbeats: Heartbeats) {
        let interval = self.timeout / 4;
        let mut was_alive = true;
        loop {
            let answered = timeout(interval, request(&address)).await;
            let answered = answered.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
            let age = heartbeats.age();
            let is_alive = answered.is_ok() && age <= self.timeout / 2;
            if is_alive {
                notify(NotifyState::Watchdog);
            } else if was_alive {
                let error = answered.err().map(tracing::field::display);
                tracing::error!(
                    error,
                    ?age,
                    "the server makes no progress: the watchdog may restart it"
                );
            }
            was_alive = is_alive;
            sleep(interval).await;
        }
    }
}

/// Fails unless the server answers a request.
async fn request(address: &ListenAddress) -> io::Result<()> {
    match address {
        ListenAddress::Tcp(address) => exchange(TcpStream::connect(address).await?).await,
        ListenAddress::Unix(path) => exchange(UnixStream::connect(path).await?).await,
    }
}

async fn exchange(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
    stream.write_all(REQUEST).await?;
    let mut answer = [0; ANSWER.len()];
    stream.read_exact(&mut answer).await?;
    if answer == ANSWER {
        Ok(())
    } else {
        Err(io::Error::other("the server answers with an error"))
    }
}

/// Without a service manager, this does nothing.
fn notify(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "the service manager cannot be notified");
    }
}
