//! The open connections, and which of them are closed when there are too many.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use atproto_resolver::network_of;
use futures_util::task::AtomicWaker;
use tokio::sync::OwnedSemaphorePermit;

use super::rejections::{Limit, Rejections};

/// The open connections of the server.
///
/// Once three quarters of the allowed connections are open, each new one closes another one that has not
/// been authenticated: the oldest one of the peer with the most of them. A client without a credential
/// therefore locks nobody out, and behind a proxy or a NAT, where one address is many people, there is no
/// limit until then. Connections on which a request was authenticated are closed in the same way, but only
/// when all allowed connections are open.
pub struct Registry {
    capacity: usize,
    trusts_peers: bool,
    connections: Mutex<Connections>,
    rejections: Rejections,
}

#[derive(Default)]
struct Connections {
    next_id: u64,
    /// Whether connections make room for others.
    is_full: bool,
    /// All open connections but those that are about to be closed.
    open: usize,
    unauthenticated: Peers,
    authenticated: Peers,
}

/// Connections by peer, the oldest first.
type Peers = HashMap<IpAddr, BTreeMap<u64, Connection>>;

impl Registry {
    /// A registry that keeps up to `capacity` connections open. If `trusts_peers`, every peer is a trusted
    /// proxy, whose connections count as authenticated.
    pub fn new(capacity: usize, trusts_peers: bool) -> Arc<Self> {
        Arc::new(Self {
            capacity: capacity.max(1),
            trusts_peers,
            connections: Mutex::default(),
            rejections: Rejections::default(),
        })
    }

    /// Returns how many connections may be open.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Returns how many connections are open, but for those that are about to be closed.
    pub fn count(&self) -> usize {
        self.lock().open
    }

    /// Returns how many connections were cut off, by the name of the limit that they passed.
    pub fn rejections(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.rejections.read()
    }

    /// Registers a new connection, and closes another one if there are too many.
    pub(super) fn open(self: &Arc<Self>, peer: Option<SocketAddr>) -> OpenConnection {
        let peer = network_of(peer.map_or(Ipv4Addr::UNSPECIFIED.into(), |peer| peer.ip()));
        let mut connections = self.lock();
        let victim = connections.victim(self.capacity);
        let id = connections.next_id;
        connections.next_id += 1;
        connections.open += 1;
        let connection = Connection(Arc::new(Entry {
            id,
            peer,
            registry: self.clone(),
            is_authenticated: AtomicBool::new(self.trusts_peers),
            is_evicted: AtomicBool::new(false),
            task: AtomicWaker::new(),
            permits: Mutex::default(),
        }));
        let peers = connections.peers(self.trusts_peers);
        let same = peers.entry(peer).or_default();
        same.insert(id, connection.clone());
        drop(connections);
        if let Some(victim) = victim {
            self.rejections.count(Limit::Connections);
            tracing::debug!(peer = %victim.0.peer, "a connection makes room for another one");
            victim.0.is_evicted.store(true, Ordering::Release);
            victim.0.task.wake();
        }
        OpenConnection(connection)
    }

    fn lock(&self) -> MutexGuard<'_, Connections> {
        // No panic leaves the connections half changed.
        self.connections
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connections {
    fn peers(&mut self, is_authenticated: bool) -> &mut Peers {
        match is_authenticated {
            true => &mut self.authenticated,
            false => &mut self.unauthenticated,
        }
    }

    /// Removes the connection that a new one replaces, if it has to replace one.
    fn victim(&mut self, capacity: usize) -> Option<Connection> {
        let victim = if self.open >= capacity {
            oldest(&self.unauthenticated).or_else(|| oldest(&self.authenticated))
        } else if self.open >= capacity - capacity / 4 {
            oldest(&self.unauthenticated)
        } else {
            None
        };
        if self.open < capacity / 2 {
            self.is_full = false;
        }
        let victim = victim?;
        if !self.is_full {
            self.is_full = true;
            tracing::warn!(
                open = self.open,
                capacity,
                "many connections are open: new ones replace those that were never authenticated",
            );
        }
        self.remove(&victim.0);
        Some(victim)
    }

    /// Removes a connection, unless it was removed before.
    fn remove(&mut self, entry: &Entry) {
        for peers in [&mut self.unauthenticated, &mut self.authenticated] {
            let Some(same) = peers.get_mut(&entry.peer) else {
                continue;
            };
            if same.remove(&entry.id).is_some() {
                self.open -= 1;
            }
            if same.is_empty() {
                peers.remove(&entry.peer);
            }
        }
    }
}

/// Returns the oldest connection of the peer with the most connections.
fn oldest(peers: &Peers) -> Option<Connection> {
    let most = peers.values().max_by_key(|connections| connections.len())?;
    most.values().next().cloned()
}

/// A connection, for those who authenticate its requests.
#[derive(Clone)]
pub struct Connection(Arc<Entry>);

struct Entry {
    id: u64,
    peer: IpAddr,
    registry: Arc<Registry>,
    is_authenticated: AtomicBool,
    is_evicted: AtomicBool,
    task: AtomicWaker,
    permits: Mutex<Vec<OwnedSemaphorePermit>>,
}

impl Entry {
    fn permits(&self) -> MutexGuard<'_, Vec<OwnedSemaphorePermit>> {
        self.permits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connection {
    /// Records that a request on this connection was authenticated.
    pub fn set_authenticated(&self) {
        let Self(entry) = self;
        let is_authenticated = &entry.is_authenticated;
        if is_authenticated.load(Ordering::Relaxed)
            || is_authenticated.swap(true, Ordering::Relaxed)
        {
            return;
        }
        let mut connections = entry.registry.lock();
        let open = connections.open;
        connections.remove(entry);
        if connections.open < open {
            connections.open = open;
            let same = connections.authenticated.entry(entry.peer).or_default();
            same.insert(entry.id, self.clone());
        }
    }

    /// Holds a permit until the client has taken the answer to the current request, or is gone.
    pub fn hold_until_sent(&self, permit: OwnedSemaphorePermit) {
        self.0.permits().push(permit);
    }
}

/// A connection that is registered until this value is dropped.
pub(super) struct OpenConnection(Connection);

impl OpenConnection {
    pub(super) fn connection(&self) -> Connection {
        self.0.clone()
    }

    /// Counts that the connection is closed for a limit that it has passed.
    pub(super) fn reject(&self, limit: Limit) {
        self.0.0.registry.rejections.count(limit);
    }

    /// Returns whether the connection has to make room for others.
    pub(super) fn is_evicted(&self) -> bool {
        self.0.0.is_evicted.load(Ordering::Acquire)
    }

    /// Drops the permits: the client has taken the answer.
    pub(super) fn set_sent(&self) {
        self.0.0.permits().clear();
    }

    /// Sets the task to wake when the connection has to make room.
    pub(super) fn set_task(&self, task: &Waker) {
        self.0.0.task.register(task);
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.set_sent();
        let Connection(entry) = &self.0;
        entry.registry.lock().remove(entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(text: &str) -> Option<SocketAddr> {
        Some(SocketAddr::new(text.parse().unwrap(), 1))
    }

    fn evicted(connections: &[OpenConnection]) -> Vec<usize> {
        let all = connections.iter().enumerate();
        all.filter(|(_, connection)| connection.is_evicted())
            .map(|(index, _)| index)
            .collect()
    }

    /// Row 39 of the list of attacks.
    #[test]
    fn the_oldest_of_the_peer_with_the_most_makes_room() {
        let registry = Registry::new(16, false);
        let open = |address: &str| registry.open(peer(address));
        let mut all: Vec<_> = (0..4).map(|_| open("10.0.0.1")).collect();
        all.extend((0..8).map(|_| open("10.0.0.2")));
        assert!(evicted(&all).is_empty());
        // Three quarters are open.
        all.push(open("10.0.0.3"));
        assert_eq!(evicted(&all), [4]);
        all[5].connection().set_authenticated();
        all.push(open("10.0.0.3"));
        assert_eq!(evicted(&all), [4, 6]);
        // A connection that is closed by itself makes room as well.
        drop(all.pop());
        all.push(open("10.0.0.3"));
        assert_eq!(evicted(&all), [4, 6]);
        assert_eq!(registry.lock().open, 12);
        drop(all);
        assert_eq!(registry.lock().open, 0);
        assert!(registry.lock().unauthenticated.is_empty());
    }

    #[test]
    fn authenticated_connections_make_room_last() {
        let registry = Registry::new(8, false);
        let mut all = Vec::new();
        for _ in 0..8 {
            let connection = registry.open(peer("10.0.0.1"));
            connection.connection().set_authenticated();
            connection.connection().set_authenticated();
            all.push(connection);
        }
        assert!(evicted(&all).is_empty());
        all.push(registry.open(peer("10.0.0.2")));
        assert_eq!(evicted(&all), [0]);
        all.push(registry.open(peer("10.0.0.2")));
        assert_eq!(evicted(&all), [0, 8]);
        // It was removed, and stays so.
        all[8].connection().set_authenticated();
        assert_eq!(registry.lock().open, 8);
    }

    #[test]
    fn trusted_proxies_count_as_authenticated() {
        let registry = Registry::new(8, true);
        let all: Vec<_> = (0..8).map(|_| registry.open(peer("10.0.0.1"))).collect();
        assert!(evicted(&all).is_empty());
    }
}
