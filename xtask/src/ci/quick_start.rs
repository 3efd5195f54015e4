//! The README's quick start, run from the README's own text.
//!
//! A line `#=> TEXT` says that what the commands above it printed contains TEXT.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Command;

use super::document::Document;
use super::process::execute;
use super::scratch::scratch;
use super::server::Server;
use crate::failure::Failure;

/// Where the README says that the server listens.
const ADDRESS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

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

    let (script, expected) = script(rest, &home);
    print!("{}", rest.concat());
    execute(&mut bash(&script))?;
    if expected.is_empty() {
        return Err("README.md: no `#=>` says what the quick start prints".to_owned());
    }
    for (step, text) in expected {
        let path = home.join(step.to_string());
        let printed = fs::read_to_string(&path).map_err(|error| error.to_string())?;
        if !printed.contains(&text) {
            return Err(format!(
                "README.md: expected {text} to be printed, found {printed}"
            ));
        }
    }
    Ok(())
}

/// One script in which what each step prints goes to a file of its own.
fn script(blocks: &[String], dir: &Path) -> (String, Vec<(usize, String)>) {
    let (mut script, mut expected, mut step) = (String::new(), Vec::new(), String::new());
    for line in blocks.iter().flat_map(|block| block.lines()) {
        match line.strip_prefix("#=> ") {
            None => step.push_str(&format!("{line}\n")),
            Some(text) => {
                let file = dir.join(expected.len().to_string());
                script.push_str(&format!("{{\n{step}}} > '{}'\n", file.display()));
                expected.push((expected.len(), text.to_owned()));
                step.clear();
            }
        }
    }
    (script + &step, expected)
}
