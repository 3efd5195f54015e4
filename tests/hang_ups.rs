//! Clients that hang up while their change is made. Row 56 of the list of attacks.

use std::io::Write;
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{ALICE, Place, Server, id_and_secret, method};

/// Sends a call, and hangs up after a while without reading the answer.
fn hang_up(server: &Server, key: &str, name: &str, input: &Value, after: Duration) {
    let (body, path) = (input.to_string(), method(name));
    let mut client = TcpStream::connect(&server.address).unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    client.write_all((head + &body).as_bytes()).unwrap();
    thread::sleep(after);
}

/// Everything that shows whether a change was made: the keys with their fates, and whether each is accepted.
fn state(server: &Server, master: &str, secrets: &[(String, String)]) -> Vec<(Value, bool)> {
    let keys = server.list(master);
    let with_secret = secrets.iter().map(|(id, secret)| {
        let listed = keys.iter().find(|key| key["id"] == id.as_str());
        let listed = listed.map(|key| json!([key["id"], key["revokedAt"]]));
        let is_active = listed.as_ref().is_some_and(|key| key[1].is_null());
        assert_eq!(server.accepts(secret), is_active, "{listed:?}");
        (listed.unwrap_or_default(), is_active)
    });
    let mut state: Vec<_> = with_secret.collect();
    state.push((json!(keys.len()), true));
    state
}

#[test]
fn a_change_whose_client_hangs_up_is_made_or_not() {
    let place = Place::new();
    let server = Server::on(&place.url);
    let master = server.first_key(ALICE);
    let secrets: Vec<_> = (0..60)
        .map(|_| {
            let created = server.create_key(&master, &json!({ "name": "n" }));
            id_and_secret(&created)
        })
        .collect();
    // How long a change takes here.
    let begun = Instant::now();
    server.create_key(&master, &json!({ "name": "n" }));
    let usual = begun.elapsed();
    for (number, (id, _)) in (0..).zip(&secrets) {
        let after = usual * (number % 15) / 10;
        let (name, input) = match number % 3 {
            0 => ("createApiKey", json!({ "name": "cut" })),
            1 => ("revokeApiKey", json!({ "id": id })),
            _ => ("deleteApiKey", json!({ "id": id })),
        };
        hang_up(&server, &master, name, &input, after);
    }
    // Writes are made in their order: the earlier ones are done.
    server.create_key(&master, &json!({ "name": "n" }));
    let before = state(&server, &master, &secrets);
    server.stop();
    let server = Server::on(&place.url);
    assert_eq!(state(&server, &master, &secrets), before, "after a restart");
    // What was cut off can be done again.
    for (id, secret) in &secrets {
        server.end("revokeApiKey", &master, id).expect(200);
        assert!(!server.accepts(secret));
    }
}
