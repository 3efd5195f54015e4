//! Servers on this machine: DNS, a PLC directory, and a personal data server.

use std::time::Duration;

use atproto_resolver::Resolver;
use lexicon_resolver::{COLLECTION, Dns, LexiconResolver, ResolveLexiconError, ResolvedLexicon};
use lexicon_runtime::Nsid;
use serde_json::{Value, json};

use super::ALICE;
use super::dns::DnsServer;
use super::issuer::Key;
use super::repository::{Repository, car};
use super::server::Server;

pub const NSID: &str = "com.example.guestbook.sign";
pub const NAME: &str = "_lexicon.guestbook.example.com";

pub type Resolved = Result<ResolvedLexicon, ResolveLexiconError>;

/// The servers, of which one has both the DID documents and the repository.
pub struct World {
    pub dns: DnsServer,
    pub server: Server,
    pub resolver: LexiconResolver,
    pub key: Key,
}

impl World {
    /// A world in which the lexicon is published.
    pub fn new() -> Self {
        let (dns, server) = (DnsServer::start(), Server::start());
        let identities = Resolver::builder()
            .plc_url(&server.url)
            .allow_localhost(true)
            .timeout(Duration::from_millis(700));
        let resolver = LexiconResolver::new(identities.build().unwrap(), Dns::at(dns.address));
        let world = Self {
            dns,
            server,
            resolver,
            key: Key::secp256k1(1),
        };
        world.dns.put(NAME, &[&format!("did={ALICE}")]);
        world.put_account(ALICE, json!(world.server.url));
        world.put_record(&record());
        world
    }

    pub fn put_account(&self, did: &str, pds: Value) {
        let mut document = self.key.document(did);
        document["service"] = json!([{
            "id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": pds,
        }]);
        self.server
            .put(&format!("/{did}"), 200, document.to_string());
    }

    /// Publishes a record under the NSID.
    pub fn put_record(&self, record: &Value) {
        let mut repository = Repository::with(NSID, record);
        let tree = repository.tree();
        let commit = repository.commit(ALICE, &tree, &self.key);
        self.server
            .put(&get_record(ALICE), 200, car(&[&commit], &repository.blocks));
    }

    pub async fn resolve(&self) -> Resolved {
        self.resolver.resolve(&Nsid::parse(NSID).unwrap()).await
    }

    pub async fn error(&self) -> ResolveLexiconError {
        self.resolve().await.unwrap_err()
    }
}

pub fn get_record(did: &str) -> String {
    let did = did.replace(':', "%3A");
    format!("/xrpc/com.atproto.sync.getRecord?did={did}&collection={COLLECTION}&rkey={NSID}")
}

pub fn record() -> Value {
    json!({ "$type": COLLECTION, "lexicon": 1, "id": NSID, "defs": { "main": { "type": "token" } } })
}
