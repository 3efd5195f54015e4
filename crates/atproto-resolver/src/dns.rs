//! Looking up host names: with a bound on the threads that wait, and with a check of the addresses.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::thread;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::oneshot;

use crate::address;
use crate::in_flight::InFlight;
use crate::network::Network;

/// Looks up host names.
pub trait NameResolver: Send + Sync + 'static {
    /// Returns the addresses of a host name. It may block for as long as it needs: it is called on a thread
    /// of its own.
    ///
    /// # Errors
    /// The name has no address, or cannot be looked up.
    fn look_up(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

/// The name resolver of the operating system. It follows changes of the system's configuration, and it
/// cannot be interrupted: it may block for longer than a minute.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SystemNames;

impl NameResolver for SystemNames {
    fn look_up(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let addresses = (name, 0).to_socket_addrs()?;
        Ok(addresses.map(|address| address.ip()).collect())
    }
}

/// Looks up names for requests in flight, and rejects those with an address that the network does not
/// include. The connection goes to the address that was checked: the name cannot change in between.
pub(crate) struct Dns {
    pub(crate) network: Network,
    pub(crate) names: Arc<dyn NameResolver>,
    pub(crate) requests: InFlight,
}

impl fmt::Debug for Dns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dns").finish_non_exhaustive()
    }
}

impl Dns {
    /// Starts the look-up on a thread. The requests that wait for it stay in flight until the thread is done,
    /// even if they time out before: the limits of requests in flight are thus those of threads.
    fn start(&self, name: &str) -> io::Result<oneshot::Receiver<io::Result<Vec<IpAddr>>>> {
        let permits = self.requests.permits(name);
        if permits.is_empty() {
            let what = format!("no request waits for the addresses of {name}");
            return Err(io::Error::other(what));
        }
        let (sender, found) = oneshot::channel();
        let (names, name) = (self.names.clone(), name.to_owned());
        let thread = thread::Builder::new().name("dns".to_owned());
        thread.spawn(move || {
            let result = names.look_up(&name);
            drop(permits);
            // The request may have timed out.
            let _ = sender.send(result);
        })?;
        Ok(found)
    }
}

impl Resolve for Dns {
    fn resolve(&self, name: Name) -> Resolving {
        let network = self.network;
        let name = name.as_str().to_owned();
        let started = self.start(&name);
        Box::pin(async move {
            let addresses = started?.await??;
            if addresses.iter().all(|ip| includes(network, &name, *ip)) {
                let addresses = addresses.into_iter().map(|ip| SocketAddr::new(ip, 0));
                Ok(Box::new(addresses) as Addrs)
            } else {
                Err(io::Error::other(format!("{name} has a private address")).into())
            }
        })
    }
}

/// Returns whether a client for this network may connect to an address of a name.
fn includes(network: Network, name: &str, ip: IpAddr) -> bool {
    match network {
        Network::Any => true,
        Network::PublicOrLocalhost if name == "localhost" => ip.is_loopback(),
        Network::Public | Network::PublicOrLocalhost => address::is_public(ip),
    }
}
