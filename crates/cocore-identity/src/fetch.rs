//! Fetching small documents from servers that nobody vouches for.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::{Attempt, Policy};

use tokio::sync::Semaphore;

use crate::address;

/// How long a whole fetch may take.
const DEADLINE: Duration = Duration::from_secs(5);
/// The largest document, in bytes.
const LARGEST: usize = 64 * 1024;
const REDIRECTS: usize = 3;
/// How many names are looked up at a time. Each takes a thread of those that may block, for as long as
/// the system's resolver likes: the store needs some too.
static LOOK_UPS: Semaphore = Semaphore::const_new(16);

/// Which servers may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// Any: the operator said where it is.
    Anywhere,
    /// Those with public addresses alone.
    Public,
    /// The same, and `localhost`: for development.
    PublicOrLoopback,
}

/// A client that gives up early and follows no redirect to another host.
#[derive(Clone, Debug)]
pub struct Fetch {
    client: reqwest::Client,
}

/// What was fetched.
pub(crate) enum Fetched {
    Document(Vec<u8>),
    /// The server says that there is none.
    Gone,
    Failed(String),
}

impl Fetch {
    /// A client for the servers that `guard` allows.
    ///
    /// # Errors
    /// There is no TLS on this machine: no certificate of any authority.
    pub fn new(guard: Guard) -> Result<Self, String> {
        // Whoever was first to install one installed the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .no_proxy()
            .timeout(DEADLINE)
            .connect_timeout(DEADLINE)
            .redirect(Policy::custom(same_host))
            .user_agent(concat!("cocore-server/", env!("CARGO_PKG_VERSION")));
        if guard != Guard::Anywhere {
            builder = builder.dns_resolver(Arc::new(Guarded(guard)));
        }
        let client = builder.build().map_err(|error| chain(&error))?;
        Ok(Self { client })
    }

    /// The client, for whoever else asks servers that nobody vouches for.
    pub fn client(&self) -> &reqwest::Client {
        &self.client
    }

    pub(crate) async fn get(&self, url: &str) -> Fetched {
        match self.read(url).await {
            Ok(fetched) => fetched,
            Err(error) => Fetched::Failed(chain(&error)),
        }
    }

    async fn read(&self, url: &str) -> reqwest::Result<Fetched> {
        let mut answer = self.client.get(url).send().await?;
        match answer.status().as_u16() {
            200 => {}
            404 | 410 => return Ok(Fetched::Gone),
            status => return Ok(Fetched::Failed(format!("status {status}"))),
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await? {
            if bytes.len() + chunk.len() > LARGEST {
                return Ok(Fetched::Failed(format!("more than {LARGEST} bytes")));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Fetched::Document(bytes))
    }
}

fn same_host(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let first = attempt.previous().first();
    let same = first.is_some_and(|first| first.origin() == attempt.url().origin());
    if same && attempt.previous().len() <= REDIRECTS {
        attempt.follow()
    } else {
        attempt.stop()
    }
}

/// The error with its causes: the outermost alone says little.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// Looks names up, and refuses those with any address that the guard does not allow. The connection
/// goes to what was checked: a name cannot change in between.
struct Guarded(Guard);

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.0;
        Box::pin(async move {
            let name = name.as_str().to_owned();
            let turn = LOOK_UPS.acquire().await?;
            let host = name.clone();
            // The turn goes with the thread, which goes on after whoever asked has given up.
            let look_up = move || {
                let found = (&host[..], 0).to_socket_addrs();
                drop(turn);
                found
            };
            let found: Vec<SocketAddr> = tokio::task::spawn_blocking(look_up).await??.collect();
            let local = guard == Guard::PublicOrLoopback && name == "localhost";
            let allowed = |address: &SocketAddr| match local {
                true => address.ip().is_loopback(),
                false => address::is_public(address.ip()),
            };
            if !found.iter().all(allowed) {
                let error = io::Error::other(format!("{name} has a private address"));
                return Err(error.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}
