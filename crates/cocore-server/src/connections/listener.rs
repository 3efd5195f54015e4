//! The sockets on which a server listens.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::net::UnixListener;

use actix_web::rt::net::TcpSocket;

use crate::listen::ListenAddress;
use crate::unix_socket::SocketFile;

/// Connections that may wait until the server accepts them. The operating system may have a lower limit.
const BACKLOG: u32 = 1024;
/// How much of an answer the operating system keeps for a client, in bytes. It would keep megabytes, and the
/// server could not see for minutes whether a slow client takes anything.
const SEND_BUFFER: u32 = 128 * 1024;
/// The mode of a Unix socket: its owner and its group may connect, such as a proxy in that group.
const SOCKET_MODE: u32 = 0o660;

/// A bound socket.
pub struct Listener {
    pub(super) socket: Socket,
    /// The address as it was bound.
    address: ListenAddress,
    file: Option<BoundFile>,
}

pub(super) enum Socket {
    Tcp(TcpListener),
    Unix(UnixListener),
}

/// The file of a bound Unix socket, which is removed when this is dropped.
pub struct BoundFile(SocketFile);

impl Drop for BoundFile {
    fn drop(&mut self) {
        self.0.remove();
    }
}

impl Listener {
    /// Binds an address. A Unix socket that a process has left behind is replaced.
    ///
    /// # Errors
    /// The address cannot be bound, or another process listens there.
    pub fn bind(address: &ListenAddress) -> io::Result<Self> {
        match address {
            ListenAddress::Tcp(address) => {
                let listener = bind_tcp(*address)?;
                Ok(Self {
                    address: ListenAddress::Tcp(listener.local_addr()?),
                    socket: Socket::Tcp(listener),
                    file: None,
                })
            }
            ListenAddress::Unix(path) => {
                let (file, listener) = SocketFile::bind(path, SOCKET_MODE)?;
                Ok(Self {
                    address: address.clone(),
                    socket: Socket::Unix(listener),
                    file: Some(BoundFile(file)),
                })
            }
        }
    }

    /// Returns the address as it was bound: with the port that was free.
    pub fn address(&self) -> &ListenAddress {
        &self.address
    }

    /// Takes the file of a Unix socket, to be kept while the server runs.
    pub fn take_file(&mut self) -> Option<BoundFile> {
        self.file.take()
    }
}

fn bind_tcp(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    // A server that restarts need not wait for the connections of the last one.
    socket.set_reuseaddr(true)?;
    // Connections inherit it.
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)?.into_std()
}
