//! Requests in flight: bounded in all, for each host, and for each client on whose behalf they are sent.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use url::Url;

use crate::address::network_of;

/// How many requests of an [`HttpClient`](crate::HttpClient) may be in flight at a time.
///
/// A client of the program ([`HttpClient::on_behalf_of`](crate::HttpClient::on_behalf_of)) has at most half
/// of either number, so that it cannot keep the others out with hosts that never answer. An IPv6 client is
/// its network of 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestLimits {
    /// To all hosts. The default is 64.
    pub in_all: usize,
    /// To one host and port. The default is 16.
    pub per_host: usize,
}

impl Default for RequestLimits {
    fn default() -> Self {
        Self {
            in_all: 64,
            per_host: 16,
        }
    }
}

/// The requests in flight of one HTTP client and its clones.
#[derive(Clone, Debug)]
pub(crate) struct InFlight(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    limits: RequestLimits,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// A group without requests has no entry.
    counts: HashMap<Group, usize>,
    /// The permits with the names of their hosts.
    permits: Vec<(Arc<str>, Weak<Permit>)>,
}

/// Requests that are counted together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Group {
    All,
    Host(Arc<str>),
    Client(IpAddr),
    ClientAtHost(IpAddr, Arc<str>),
}

/// Counts as a request in flight until the last reference is dropped: that of the request, or that of the
/// thread that looks up its host name.
#[derive(Debug)]
pub(crate) struct Permit {
    groups: Vec<Group>,
    shared: Arc<Shared>,
}

impl InFlight {
    pub(crate) fn new(limits: RequestLimits) -> Self {
        let state = Mutex::default();
        Self(Arc::new(Shared { limits, state }))
    }

    /// Counts a request. `None` if there are too many.
    pub(crate) fn begin(&self, url: &Url, client: Option<IpAddr>) -> Option<Arc<Permit>> {
        let name = url.host_str().unwrap_or_default();
        let port = url.port_or_known_default().unwrap_or_default();
        let host: Arc<str> = format!("{name}:{port}").into();
        let mut groups = vec![Group::All, Group::Host(host.clone())];
        if let Some(client) = client.map(network_of) {
            groups.push(Group::Client(client));
            groups.push(Group::ClientAtHost(client, host));
        }
        let mut state = self.0.state();
        let count = |group: &Group| state.counts.get(group).copied().unwrap_or_default();
        if groups
            .iter()
            .any(|group| count(group) >= self.0.limit(group))
        {
            return None;
        }
        for group in &groups {
            *state.counts.entry(group.clone()).or_default() += 1;
        }
        let shared = self.0.clone();
        let permit = Arc::new(Permit { groups, shared });
        state.permits.push((name.into(), Arc::downgrade(&permit)));
        Some(permit)
    }

    /// Returns the permits of the requests to a host.
    pub(crate) fn permits(&self, host: &str) -> Vec<Arc<Permit>> {
        let state = self.0.state();
        let of_host = state.permits.iter().filter(|(name, _)| **name == *host);
        of_host.filter_map(|(_, permit)| permit.upgrade()).collect()
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn limit(&self, group: &Group) -> usize {
        match group {
            Group::All => self.limits.in_all,
            Group::Host(_) => self.limits.per_host,
            Group::Client(_) => half(self.limits.in_all),
            Group::ClientAtHost(..) => half(self.limits.per_host),
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        for group in &self.groups {
            if let Some(count) = state.counts.get_mut(group) {
                *count -= 1;
                if *count == 0 {
                    state.counts.remove(group);
                }
            }
        }
        state
            .permits
            .retain(|(_, permit)| permit.strong_count() > 0);
    }
}

fn half(limit: usize) -> usize {
    (limit / 2).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    fn client(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn a_client_has_at_most_half_of_all_and_of_a_host() {
        let limits = RequestLimits {
            in_all: 8,
            per_host: 4,
        };
        let requests = InFlight::new(limits);
        let begin = |host: &str, address: &str| requests.begin(&url(host), client(address));
        let (one, other) = ("2001:db8:0:1::1", "192.0.2.1");
        let mut held = vec![
            begin("https://a.example", one).unwrap(),
            // Another address of the same network.
            begin("https://a.example", "2001:db8:0:1:ffff::2").unwrap(),
        ];
        assert!(begin("https://a.example", one).is_none(), "half of a host");
        held.push(begin("https://a.example:8443", one).unwrap());
        held.push(begin("https://b.example", one).unwrap());
        assert!(begin("https://c.example", one).is_none(), "half of all");
        held.push(begin("https://a.example", other).unwrap());
        held.push(begin("https://a.example", "::ffff:192.0.2.1").unwrap());
        assert!(
            begin("https://a.example", "192.0.2.2").is_none(),
            "a whole host"
        );
        assert!(requests.begin(&url("https://a.example"), None).is_none());
        // The program itself has no half.
        held.push(requests.begin(&url("https://d.example"), None).unwrap());
        held.push(requests.begin(&url("https://d.example"), None).unwrap());
        assert!(requests.begin(&url("https://e.example"), None).is_none());
        assert!(begin("https://e.example", "192.0.2.3").is_none(), "all");
        drop(held);
        assert!(requests.0.state().counts.is_empty());
        assert!(requests.0.state().permits.is_empty());
        assert!(begin("https://a.example", one).is_some());
    }

    #[test]
    fn requests_to_a_host_stay_in_flight_while_their_permits_are_held() {
        let limits = RequestLimits {
            in_all: 2,
            per_host: 2,
        };
        let requests = InFlight::new(limits);
        let begin = || requests.begin(&url("https://a.example"), client("192.0.2.1"));
        let permit = begin().unwrap();
        assert!(requests.permits("b.example").is_empty());
        let taken = requests.permits("a.example");
        assert_eq!(taken.len(), 1);
        drop(permit);
        assert!(begin().is_none());
        drop(taken);
        assert!(begin().is_some());
    }
}
