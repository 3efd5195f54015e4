//! Two servers with TLS, PostgreSQL, metrics and a backup: `docs/operating.md`, word by word, with a PostgreSQL of
//! its own.

use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::Command;

use super::cluster::Cluster;
use super::document::{Document, Step};
use super::scratch::scratch;
use super::script::Script;
use crate::failure::Failure;

const NAME: &str = "docs/operating.md";
/// The ports of the servers in the document.
const PORTS: [u16; 5] = [8081, 8082, 8443, 9081, 9082];

pub(super) fn run(root: &Path) -> Result<(), Failure> {
    for port in PORTS {
        if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Err(format!("a server listens on port {port}: stop it first"));
        }
    }
    let dir = scratch(root, "operating")?;
    let mut script = Script::new(NAME, dir.clone());
    for step in Document::read(root, NAME)?.steps_in("Two servers with TLS, step by step")? {
        match step {
            Step::Commands(block) => script.commands(block),
            Step::File { path, content } => script.file(path, content)?,
        }
    }
    let cluster = Cluster::start()?;
    let path = std::env::var("PATH").unwrap_or_default();
    script.run(|text| {
        // Stops the servers that still run, if a step fails.
        let text = format!("trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n{text}");
        let mut bash = Command::new("bash");
        bash.args(["-euo", "pipefail", "-c", &text])
            .current_dir(root)
            .env("PGHOST", &cluster.dir)
            .env("PGPORT", cluster.port.to_string())
            .env("PGUSER", "postgres")
            .env("CARGO_INSTALL_ROOT", &dir)
            .env("PATH", format!("{}/bin:{path}", dir.display()))
            .env_remove("COCORE_DATABASE_URL")
            // Kept from run to run. To optimize the program takes longer than it saves.
            .env("CARGO_TARGET_DIR", root.join("target/ci-operating"))
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
            .env("CARGO_PROFILE_RELEASE_LTO", "off");
        bash
    })
}
