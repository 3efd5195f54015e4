//! A key that is revoked or deleted while thousands of requests that it authenticates are under way.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;

use crate::support::{ALICE, Place, Server};

/// On each connection that many requests are sent at once: 10,000 on all.
const PIPELINED: usize = 100;
const CONNECTIONS: usize = 100;

struct Client {
    stream: TcpStream,
    request: String,
    received: String,
}

impl Client {
    fn new(server: &Server, key: &str) -> Self {
        let stream = TcpStream::connect(&server.address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        let request =
            format!("GET /auth/verify HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n\r\n");
        Self {
            stream,
            request,
            received: String::new(),
        }
    }

    fn send(&mut self, requests: usize) {
        let requests = self.request.repeat(requests);
        self.stream.write_all(requests.as_bytes()).unwrap();
    }

    /// The statuses of so many answers.
    fn statuses(&mut self, count: usize) -> Vec<u16> {
        let mut part = [0; 16 * 1024];
        loop {
            // An answer is whole when the next one begins; of the last one, the status is enough.
            let mut heads = self.received.split("HTTP/1.1 ").skip(1);
            let statuses: Vec<_> = heads.by_ref().filter_map(|head| head.get(..3)).collect();
            if statuses.len() == count {
                return statuses.iter().map(|text| text.parse().unwrap()).collect();
            }
            let read = self.stream.read(&mut part).unwrap();
            assert!(read > 0, "the connection was closed");
            self.received += std::str::from_utf8(&part[..read]).unwrap();
        }
    }
}

/// Row 23 of the list of attacks: no request that is sent after the answer is accepted, on any server.
#[test]
fn a_key_is_rejected_amid_ten_thousand_requests() {
    let place = Place::new();
    let mut servers = vec![Server::on_with(&place.url, &["--log", "error"])];
    if place.file().is_none() {
        servers.push(Server::on_with(&place.url, &["--log", "error"]));
    }
    let master = servers[0].first_key(ALICE);
    for how in ["revokeApiKey", "deleteApiKey", "revokeApiKey"] {
        let created = servers[0].create_key(&master, &json!({ "name": "n" }));
        let (key, id) = (created["secret"].as_str(), created["key"]["id"].as_str());
        let (key, id) = (key.unwrap(), id.unwrap());
        assert!(servers.iter().all(|server| server.accepts(key)));
        let mut clients: Vec<_> = (0..CONNECTIONS)
            .map(|number| Client::new(&servers[number % servers.len()], key))
            .collect();
        clients.iter_mut().for_each(|client| client.send(PIPELINED));
        servers[0].end(how, &master, id).expect(200);
        clients.iter_mut().for_each(|client| client.send(1));
        for client in &mut clients {
            let statuses = client.statuses(PIPELINED + 1);
            assert_eq!(statuses.last(), Some(&401), "sent after the answer");
            let accepted = statuses.iter().take_while(|status| **status == 200);
            let rejected = &statuses[accepted.count()..];
            assert!(rejected.iter().all(|status| *status == 401), "{statuses:?}");
        }
        for server in &servers {
            assert!(!server.accepts(key));
        }
    }
}
