//! Checks of values that look up lexicons of others, on made-up servers.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::test::{TestRequest, call_service, init_service, read_body};
use atproto_resolver::Resolver;
use lexicon_resolver::{COLLECTION, Dns};
use lexicon_schema::Loaded;
use lexicon_site::{Settings, Site};
use serde_json::{Value, json};

use super::issuer;
use super::world::World;
use crate::external_lexicons::ExternalLexicons;

#[path = "../../../../../tests/support/dns.rs"]
#[allow(dead_code, unreachable_pub)]
mod dns;
#[path = "../../../../lexicon-resolver/tests/common/repository.rs"]
#[allow(dead_code, unreachable_pub)]
mod repository;
#[path = "../../../../lexicon-resolver/tests/common/server.rs"]
#[allow(dead_code, unreachable_pub)]
mod server;

const OWN: &str = "com.example.own";
const OTHER: &str = "com.example.notes.other";
const ALICE: &str = "did:plc:aliceaaaaaaaaaaaaaaaaaaa";

/// The servers of an account, which publishes a lexicon.
struct Account {
    dns: dns::DnsServer,
    server: server::Server,
}

impl Account {
    fn new() -> Self {
        let (dns, server) = (dns::DnsServer::start(), server::Server::start());
        let key = issuer::Key::secp256k1(7);
        let mut document = key.document(ALICE);
        document["service"] = json!([{
            "id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": server.url,
        }]);
        server.put(&format!("/{ALICE}"), 200, document.to_string());
        dns.put("_lexicon.notes.example.com", &[&format!("did={ALICE}")]);
        let lexicon = json!({
            "$type": COLLECTION, "lexicon": 1, "id": OTHER,
            "defs": { "main": { "type": "string", "maxLength": 3 } },
        });
        let mut repository = repository::Repository::default();
        repository.put(&format!("{COLLECTION}/{OTHER}"), &lexicon);
        let tree = repository.tree();
        let commit = repository.commit(ALICE, &tree, &key);
        let car = repository::car(&[&commit], &repository.blocks);
        server.put(&record(), 200, car);
        Self { dns, server }
    }

    /// An application with a lexicon that refers to the other one.
    fn world(&self) -> World {
        let mut loaded = Loaded::default();
        let own = json!({
            "lexicon": 1, "id": OWN,
            "defs": { "main": { "type": "object", "properties": { "note": { "type": "ref", "ref": OTHER } } } },
        });
        loaded.add(Path::new("own.json"), &own.to_string());
        let identities = Resolver::builder()
            .plc_url(&self.server.url)
            .allow_localhost(true);
        let external =
            ExternalLexicons::new(identities.build().unwrap(), Dns::at(self.dns.address));
        let mut settings = Settings::default();
        settings.root = "/lexicons".to_owned();
        settings.resolver = Some(Arc::new(external.unwrap()));
        let mut world = World::new();
        world.state.lexicons = Arc::new(Site::new(loaded, settings));
        world
    }
}

fn record() -> String {
    let did = ALICE.replace(':', "%3A");
    format!("/xrpc/com.atproto.sync.getRecord?did={did}&collection={COLLECTION}&rkey={OTHER}")
}

async fn check(world: &World, query: &str) -> Value {
    let app = init_service(crate::http::app(world.state.clone())).await;
    let request = TestRequest::post().uri(&format!("/lexicons/{OWN}/validate{query}"));
    let request = request.set_payload(r#"{"note":"long"}"#).to_request();
    let answer = call_service(&app, request).await;
    serde_json::from_slice(&read_body(answer).await).unwrap()
}

#[actix_web::test]
async fn a_check_looks_up_a_lexicon_of_others_only_if_it_is_asked_to() {
    let account = Account::new();
    let world = account.world();
    let report = check(&world, "").await;
    assert!(report.to_string().contains(OTHER), "{report}");
    assert_eq!(account.dns.queries(), 0);
    // Twice: the connections of the first look-up still work.
    for _ in 0..2 {
        let report = check(&world, "?resolveExternal=true").await;
        assert_eq!(report["violations"][0]["place"], "value/note", "{report}");
    }
}

#[actix_web::test]
async fn a_server_that_hangs_ends_the_check_and_holds_up_no_other_request() {
    let account = Account::new();
    account
        .server
        .put_slow(&format!("/{ALICE}"), 200, "", Duration::from_secs(60));
    let world = account.world();
    let start = Instant::now();
    let (report, ()) = tokio::join!(check(&world, "?resolveExternal=true"), async {
        let other = check(&world, "").await;
        assert_eq!(other["valid"], false);
        assert!(start.elapsed() < Duration::from_secs(4));
    });
    assert_eq!(report["valid"], false, "{report}");
    assert!(start.elapsed() < Duration::from_secs(20));
}

#[actix_web::test]
async fn the_operator_allows_it() {
    for (settings, is_allowed) in [(&[][..], false), (&["--resolve-external"], true)] {
        let world = World::with(settings);
        let app = init_service(crate::http::app(world.state.clone())).await;
        let uri = "/lexicons/dev.cocore.account.createApiKey/validate?resolveExternal=true";
        let request = TestRequest::post().uri(uri).set_payload(r#"{"name":"n"}"#);
        let answer = call_service(&app, request.to_request()).await;
        let text = String::from_utf8(read_body(answer).await.to_vec()).unwrap();
        assert_eq!(text.contains("\"valid\":true"), is_allowed, "{text}");
        assert_eq!(text.contains("is off"), !is_allowed, "{text}");
    }
}
