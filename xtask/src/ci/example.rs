//! The example `forecast`, by the commands of its README.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Command;

use super::document::Document;
use super::scratch::scratch;
use super::script::Script;
use super::server::Server;
use crate::failure::Failure;

const NAME: &str = "examples/forecast/README.md";
/// The port of the service in the README.
const ADDRESS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 3000);

pub(super) fn run(root: &Path) -> Result<(), Failure> {
    let blocks = Document::read(root, NAME)?.all_blocks();
    let [serve, call] = &blocks[..] else {
        return Err(format!("{NAME}: expected a service, and calls of it"));
    };
    let bash = |line: &str| {
        let mut bash = Command::new("bash");
        bash.args(["-euo", "pipefail", "-c", line]);
        bash.current_dir(root);
        bash
    };
    for serve in [serve, &serve.replace("-- actix", "-- axum")] {
        let _server = Server::start(&mut bash(&format!("exec {serve}")), ADDRESS)?;
        let mut script = Script::new(NAME, scratch(root, "example")?);
        script.commands(call);
        script.run(bash)?;
    }
    Ok(())
}
