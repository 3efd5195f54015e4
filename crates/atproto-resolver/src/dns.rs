//! Looking up host names for servers that are not trusted.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::Semaphore;

use crate::address;
use crate::network::Network;

/// How many names are looked up at a time. Each look-up takes a blocking thread for as long as the system's
/// resolver needs, and other work of the process needs such threads too.
const MAX_LOOKUPS: usize = 16;
static LOOKUPS: Semaphore = Semaphore::const_new(MAX_LOOKUPS);

/// Looks up names, and rejects those with an address that the network does not include. The connection goes
/// to the address that was checked: the name cannot change in between.
pub(crate) struct GuardedDns(pub(crate) Network);

impl Resolve for GuardedDns {
    fn resolve(&self, name: Name) -> Resolving {
        let network = self.0;
        Box::pin(async move {
            let name = name.as_str().to_owned();
            let permit = LOOKUPS.acquire().await?;
            let host = name.clone();
            // The permit stays with the thread, which goes on after its caller has given up.
            let look_up = move || {
                let addresses = (&host[..], 0).to_socket_addrs();
                drop(permit);
                addresses
            };
            let addresses: Vec<SocketAddr> = tokio::task::spawn_blocking(look_up).await??.collect();
            let is_localhost = network == Network::PublicOrLocalhost && name == "localhost";
            let is_allowed = |address: &SocketAddr| {
                if is_localhost {
                    address.ip().is_loopback()
                } else {
                    address::is_public(address.ip())
                }
            };
            if addresses.iter().all(is_allowed) {
                Ok(Box::new(addresses.into_iter()) as Addrs)
            } else {
                Err(io::Error::other(format!("{name} has a private address")).into())
            }
        })
    }
}
