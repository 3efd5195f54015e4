//! The README's quick start, run from the README's own text, with what other pages ask the same server.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Command;

use super::document::Document;
use super::scratch::scratch;
use super::script::Script;
use super::server::Server;
use crate::failure::Failure;

/// The port of the server in the README.
const ADDRESS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

/// Sections of other pages whose commands address the server of the quick start.
const OTHERS: [(&str, &str); 2] = [
    ("docs/operating.md", "Probes"),
    (
        "docs/forward-auth.md",
        "Introspection: a service verifies a key itself",
    ),
];

pub(super) fn run(root: &Path) -> Result<(), Failure> {
    let blocks = Document::read(root, "README.md")?.blocks("Quick start")?;
    let [start, rest @ ..] = &blocks[..] else {
        return Err("README.md: the quick start has no commands".to_owned());
    };
    let home = scratch(root, "quick-start")?;
    let bash = |script: &str| {
        let mut command = Command::new("bash");
        command
            .args(["-euo", "pipefail", "-c", script])
            .current_dir(root);
        // A machine's own keys are no part of this.
        command
            .env("XDG_DATA_HOME", &home)
            .env_remove("COCORE_DATABASE_URL");
        command
            .env_remove("COCORE_LISTEN")
            .env_remove("COCORE_PUBLIC_URL");
        command
    };
    let _server = Server::start(&mut bash(&format!("exec {}", start.trim())), ADDRESS)?;

    let mut script = Script::new("README.md", home.clone());
    for block in rest {
        script.commands(block);
    }
    // Other pages address the same server, and know the first key by other names.
    script.commands("OWN=$KEY CLIENT_KEY=$KEY\n");
    for (name, section) in OTHERS {
        for block in Document::read(root, name)?.blocks(section)? {
            script.commands(&block);
        }
    }
    script.run(bash)
}
