//! Limits of requests in flight: hosts that never answer, and names that are never looked up.
#![allow(clippy::unwrap_used, unreachable_pub, missing_docs, dead_code)]

mod common;

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use atproto_resolver::{
    Did, HttpClient, HttpError, NameResolver, Network, RequestLimits, ResolveError, Resolver,
};
use common::Server;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

const LIMITS: RequestLimits = RequestLimits {
    in_all: 8,
    per_host: 4,
};

fn client(last: u8) -> Option<IpAddr> {
    Some(Ipv4Addr::new(192, 0, 2, last).into())
}

/// A host that accepts connections and never answers.
struct SilentHost {
    listener: TcpListener,
    accepted: Vec<TcpStream>,
}

impl SilentHost {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let accepted = Vec::new();
        Self { listener, accepted }
    }

    fn did(&self) -> Did {
        let port = self.listener.local_addr().unwrap().port();
        Did::parse(&format!("did:web:localhost%3A{port}")).unwrap()
    }

    /// Waits until another request has arrived.
    async fn accept(&mut self) {
        self.accepted.push(self.listener.accept().await.unwrap().0);
    }
}

fn resolver(server: &Server) -> Resolver {
    let builder = Resolver::builder()
        .plc_url(server.url())
        .allow_localhost(true)
        .limits(LIMITS);
    builder.build().unwrap()
}

async fn is_busy(resolver: &Resolver, did: &Did) -> bool {
    match resolver.resolve_did(did).await {
        Err(error) => error.is_busy(),
        Ok(_) => false,
    }
}

/// Rows 44 and 45 of the list of attacks.
#[tokio::test]
async fn a_client_whose_hosts_hang_leaves_half_to_the_others() {
    let server = Server::start();
    let web = Did::parse(&format!("did:web:localhost%3A{}", server.port)).unwrap();
    server.put("/.well-known/did.json", json!({ "id": web.as_str() }));
    let resolver = resolver(&server);
    let mut hosts = Vec::new();
    let mut tasks = JoinSet::new();
    for _ in 0..LIMITS.in_all / 2 {
        let mut host = SilentHost::start().await;
        let (did, resolver) = (host.did(), resolver.on_behalf_of(client(1)));
        tasks.spawn(async move { resolver.resolve_did(&did).await });
        host.accept().await;
        hosts.push(host);
    }
    let attacker = resolver.on_behalf_of(client(1));
    assert!(is_busy(&attacker, &web).await);
    let other = resolver.on_behalf_of(client(2));
    assert_eq!(other.resolve_did(&web).await.unwrap().did(), &web);
    // The directory has limits of its own.
    let alice = Did::parse("did:plc:aliceaaaaaaaaaaaaaaaaaaa").unwrap();
    let not_found = ResolveError::DidNotFound { did: alice.clone() };
    assert_eq!(attacker.resolve_did(&alice).await.unwrap_err(), not_found);
    // A request that ends leaves its place.
    drop(hosts);
    while let Some(result) = tasks.join_next().await {
        assert!(result.unwrap().unwrap_err().is_temporary());
    }
    assert_eq!(attacker.resolve_did(&web).await.unwrap().did(), &web);
}

#[tokio::test]
async fn a_host_that_hangs_is_asked_by_a_bounded_number_of_requests() {
    let server = Server::start();
    let web = Did::parse(&format!("did:web:localhost%3A{}", server.port)).unwrap();
    server.put("/.well-known/did.json", json!({ "id": web.as_str() }));
    let resolver = resolver(&server);
    let mut host = SilentHost::start().await;
    let did = host.did();
    let mut tasks = JoinSet::new();
    for number in 0..LIMITS.per_host {
        let caller = resolver.on_behalf_of(client(number as u8 / 2));
        let asked = did.clone();
        tasks.spawn(async move { caller.resolve_did(&asked).await });
        host.accept().await;
        if number == 1 {
            assert!(is_busy(&resolver.on_behalf_of(client(0)), &did).await);
        }
    }
    for number in [0, 1, 2] {
        let resolver = resolver.on_behalf_of(client(number));
        assert!(is_busy(&resolver, &did).await);
        assert!(!is_busy(&resolver, &web).await);
    }
    tasks.shutdown().await;
    // A request that is given up leaves its place, too.
    let (again, arrived) = tokio::join!(
        tokio::time::timeout(Duration::from_secs(1), resolver.resolve_did(&did)),
        host.accept()
    );
    assert!(again.is_err());
    assert_eq!(arrived, ());
}

/// Names of `.example` are looked up when the test ends, and never before.
struct HangingNames {
    end: Mutex<mpsc::Receiver<()>>,
    waiting: AtomicUsize,
}

impl NameResolver for HangingNames {
    fn look_up(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        if name.ends_with(".example") {
            self.waiting.fetch_add(1, Ordering::SeqCst);
            let _ = self.end.lock().unwrap().recv();
            self.waiting.fetch_sub(1, Ordering::SeqCst);
            return Err(io::Error::other("the test has ended"));
        }
        Ok(vec![Ipv4Addr::LOCALHOST.into()])
    }
}

/// Row 44 of the list of attacks.
#[tokio::test]
async fn names_that_are_looked_up_slowly_block_a_bounded_number_of_threads() {
    let server = Server::start();
    server.put("/", "here");
    let (end, ended) = mpsc::channel();
    let names = Arc::new(HangingNames {
        end: Mutex::new(ended),
        waiting: AtomicUsize::new(0),
    });
    let requests = HttpClient::builder(Network::PublicOrLocalhost)
        .timeout(Duration::from_millis(300))
        .limits(LIMITS)
        .name_resolver(names.clone())
        .build()
        .unwrap();
    let get = async |last: u8, url: &str| {
        let url = requests.parse_url(url).unwrap();
        requests.on_behalf_of(client(last)).get(&url, 100).await
    };
    // Each look-up has a deadline for the caller, and its thread keeps the caller's place for longer.
    for number in 0..LIMITS.in_all / 2 {
        let host = format!("host{number}.example");
        let error = get(1, &format!("https://{host}/")).await.unwrap_err();
        assert_eq!(error, HttpError::Timeout { host });
    }
    for number in 0..100 {
        let host = format!("more{number}.example");
        let error = get(1, &format!("https://{host}/")).await.unwrap_err();
        assert_eq!(error, HttpError::Busy { host });
    }
    assert_eq!(names.waiting.load(Ordering::SeqCst), LIMITS.in_all / 2);
    assert_eq!(get(2, &server.url()).await.unwrap().body, b"here");
    drop(end);
    while names.waiting.load(Ordering::SeqCst) > 0 {
        tokio::task::yield_now().await;
    }
    // The threads are about to end.
    while get(1, &server.url()).await.is_err() {
        tokio::task::yield_now().await;
    }
}
