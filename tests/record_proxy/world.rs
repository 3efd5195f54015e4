//! A server with the record proxy, and a host that the test plays.

use serde_json::{Value, json};

use crate::support::issuer::Directory;
use crate::support::pds::{self, Pds};
use crate::support::{Answer, BOB, ENCRYPTION_KEY, Place, Server, id_and_secret, program, run};

/// The collections and the method that the operator allows.
pub(super) const THING: &str = "com.example.thing";
pub(super) const OTHER: &str = "com.example.other";
pub(super) const METHOD: &str = "com.example.getThing";
pub(super) const SERVICE: &str = "did:web:api.example.com#svc";
pub(super) const COLLECTIONS: &str = "com.example.thing,com.example.other";
pub(super) const METHODS: &str =
    "rpc:com.example.getThing?aud=did:web:api.example.com%23svc,rpc:com.example.listThings?aud=*";
/// What a person grants who connects.
pub(super) const GRANTED: &str = "atproto repo:com.example.other repo:com.example.thing \
    rpc:com.example.getThing?aud=did:web:api.example.com%23svc rpc:com.example.listThings?aud=*";

/// A CID, and the revision of a commit.
pub(super) const CID: &str = "bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a";
pub(super) const REV: &str = "3lk5n4crdfs2a";

pub(super) struct World {
    pub(super) pds: Pds,
    pub(super) directory: Directory,
    pub(super) server: Server,
    /// A key of the account without scopes.
    pub(super) key: String,
    pub(super) place: Place,
}

impl World {
    /// A connected account whose host answers this, and whose access token is valid.
    pub(super) fn new(
        answer: impl Fn(&str, &str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        Self::with(pds::now() + 3600, GRANTED, answer)
    }

    /// The same with an access token that expires at a time, and with another grant.
    pub(super) fn with(
        expires_at: u64,
        granted: &str,
        answer: impl Fn(&str, &str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        let pds = Pds::start(answer);
        let directory = Directory::start();
        directory.put(BOB, pds::document(BOB, &pds.url));
        let place = Place::new();
        let tokens = pds::tokens(&pds.url, granted, expires_at);
        pds::store_sessions(&place.url, &[(BOB, pds::seal(BOB, &tokens), granted)]);
        let server = start(&place.url, &directory.url, &[]);
        let key = server.first_key(BOB);
        Self {
            pds,
            directory,
            server,
            key,
            place,
        }
    }

    /// Calls a method with the key.
    pub(super) fn call(&self, name: &str, input: &Value) -> Answer {
        let path = format!("/pds/{name}");
        self.server.post(&path, input).key(&self.key).send()
    }

    /// Creates a key with scopes. Returns its secret.
    pub(super) fn scoped(&self, scopes: &[&str]) -> String {
        let input = json!({ "name": "scoped", "scopes": scopes });
        let made = self.server.call_key_method("createKey", &self.key, &input);
        id_and_secret(&made.expect(200)).1
    }

    /// The requests to the methods of the host.
    pub(super) fn calls_of_host(&self) -> Vec<String> {
        let requests = self.pds.requests().into_iter();
        let is_call = |request: &String| request.contains(" /xrpc/");
        requests.filter(is_call).collect()
    }
}

/// A server with the record proxy.
pub(super) fn start(database_url: &str, directory: &str, more: &[&str]) -> Server {
    let mut program = program();
    program.env("COCORE_ENCRYPTION_KEY", ENCRYPTION_KEY);
    let settings = [
        "--plc-url",
        directory,
        "--allow-localhost",
        "--proxy-collections",
        COLLECTIONS,
        "--proxy-methods",
        METHODS,
    ];
    Server::spawn(program, database_url, &[&settings[..], more].concat())
}

/// Signs an account in to the console with a login link. Returns its cookie.
pub(super) fn sign_in(server: &Server, did: &str) -> String {
    let variables = [
        ("COCORE_DATABASE_URL", &server.database_url[..]),
        ("COCORE_LISTEN", &server.address),
    ];
    let link = run(&["link", "--did", did], &variables);
    let link = String::from_utf8(link.stdout).unwrap();
    let origin = format!("http://{}", server.address);
    let path = link.trim().strip_prefix(&origin).unwrap();
    let answer = server.get(path).send();
    let cookie = answer.header("set-cookie").unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

/// Sends a form of the console, as a browser does.
pub(super) fn form(server: &Server, path: &str, cookie: &str, body: &str) -> Answer {
    let call = server
        .call("POST", path)
        .header("sec-fetch-site", "same-origin");
    let call = call.header("cookie", cookie);
    call.bytes("application/x-www-form-urlencoded", body.as_bytes())
        .send()
}

pub(super) fn thing() -> Value {
    json!({ "$type": THING, "text": "hello", "number": 3 })
}

/// An input of a method that is right.
pub(super) fn input(name: &str) -> Value {
    match name {
        "createRecord" => json!({ "collection": THING, "record": thing() }),
        "putRecord" => json!({ "collection": THING, "rkey": "a", "record": thing() }),
        "deleteRecord" => json!({ "collection": THING, "rkey": "a" }),
        _ => json!({ "aud": SERVICE, "lxm": METHOD }),
    }
}

/// What a host answers to whom it knows.
pub(super) fn good(path: &str) -> Option<String> {
    let body = match path.split('?').next().unwrap() {
        "/xrpc/com.atproto.repo.createRecord" | "/xrpc/com.atproto.repo.putRecord" => json!({
            "uri": format!("at://{BOB}/{THING}/a"), "cid": CID, "commit": { "cid": CID, "rev": REV },
            "validationStatus": "unknown",
        }),
        "/xrpc/com.atproto.repo.deleteRecord" => json!({ "commit": { "cid": CID, "rev": REV } }),
        "/xrpc/com.atproto.server.getServiceAuth" => json!({ "token": "a.b.c" }),
        _ => return pds::answer(404, &[], &json!({ "error": "NotFound" })),
    };
    pds::answer(200, &[], &body)
}
