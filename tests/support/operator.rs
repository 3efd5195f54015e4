//! The operator, who runs commands.

use std::process::Output;

use serde_json::Value;

use super::{ALICE, Place, Server, run};

/// The operator of a database, with a running server or without one.
pub struct Operator {
    pub place: Place,
    pub server: Option<Server>,
}

impl Operator {
    pub fn run(&self, arguments: &[&str]) -> Output {
        run(arguments, &[("COCORE_DATABASE_URL", &self.place.url)])
    }

    /// Runs a command for Alice's keys, and returns what it prints.
    #[track_caller]
    pub fn key(&self, arguments: &[&str]) -> String {
        let output = self.run(&[&["key"], arguments, &["--did", ALICE]].concat());
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.key(&[arguments, &["--json"]].concat())).unwrap()
    }

    pub fn accepts(&self, secret: &str) -> bool {
        match &self.server {
            Some(server) => server.accepts(secret),
            None => {
                let server = Server::on(&self.place.url);
                let is_accepted = server.accepts(secret);
                // A killed server leaves its lease, for which the next command would wait.
                server.stop();
                is_accepted
            }
        }
    }
}

/// Runs a test with a running server, and without one.
pub fn with_and_without_a_server(test: impl Fn(&Operator)) {
    for is_served in [true, false] {
        let place = Place::new();
        let server = is_served.then(|| Server::on(&place.url));
        test(&Operator { place, server });
    }
}

/// The id of a key in the output of a command that creates one.
pub fn id(created: &Value) -> &str {
    created["key"]["id"].as_str().unwrap()
}
