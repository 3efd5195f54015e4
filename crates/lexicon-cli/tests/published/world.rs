//! Servers that are made up: DNS, a PLC directory and a personal data server, in which lexicons are published.

use lexicon_resolver::COLLECTION;
use serde_json::{Value, json};

use super::dns::DnsServer;
use super::folder::Folder;
use super::issuer::Key;
use super::repository::{Repository, car};
use super::server::Server;

pub const ALICE: &str = "did:plc:aliceaaaaaaaaaaaaaaaaaaa";

pub struct World {
    pub dns: DnsServer,
    /// Both servers.
    pub server: Server,
    key: Key,
}

impl World {
    /// A world in which Alice has the authority of `com.example.notes.*`.
    pub fn new() -> Self {
        let world = Self {
            dns: DnsServer::start(),
            server: Server::start(),
            key: Key::secp256k1(7),
        };
        let mut document = world.key.document(ALICE);
        document["alsoKnownAs"] = json!(["at://lexicons.example.com"]);
        document["service"] = json!([{
            "id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": world.server.url,
        }]);
        world
            .server
            .put(&format!("/{ALICE}"), 200, document.to_string());
        let did = format!("did={ALICE}");
        world.dns.put("_lexicon.notes.example.com", &[&did]);
        world
    }

    /// Publishes exactly these lexicons, and proves the absence of the others.
    pub fn publish(&self, lexicons: &[Value], others: &[&str]) {
        let mut repository = Repository::default();
        let mut nsids = others.to_vec();
        for lexicon in lexicons {
            let nsid = lexicon["id"].as_str().unwrap();
            let mut record = lexicon.clone();
            record["$type"] = json!(COLLECTION);
            repository.put(&format!("{COLLECTION}/{nsid}"), &record);
            nsids.push(nsid);
        }
        let tree = repository.tree();
        let commit = repository.commit(ALICE, &tree, &self.key);
        let car = car(&[&commit], &repository.blocks);
        let did = ALICE.replace(':', "%3A");
        for nsid in nsids {
            let path = format!(
                "/xrpc/com.atproto.sync.getRecord?did={did}&collection={COLLECTION}&rkey={nsid}"
            );
            self.server.put(&path, 200, car.clone());
        }
    }

    /// An empty folder whose commands use these servers.
    pub fn folder(&self) -> Folder {
        Folder::new(&[
            ("LEXICON_PLC_URL", &self.server.url),
            ("LEXICON_HANDLE_RESOLVER", &self.server.url),
            ("LEXICON_DNS", &self.dns.address.to_string()),
            ("LEXICON_ALLOW_LOCALHOST", "true"),
        ])
    }

    /// How often the servers were asked.
    pub fn questions(&self) -> usize {
        self.dns.queries() + self.server.requests().len()
    }
}
