//! The scripts of `docs/api.md`, word by word, against a running server.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

use super::document::{Document, Step};
use super::scratch::scratch;
use super::script::Script;
use super::server::KeyServer;
use crate::failure::Failure;
use crate::process::install_node_packages;

const NAME: &str = "docs/api.md";
/// The directory of `tsx`, which runs TypeScript.
const TOOLS: &str = "tests/openapi";

pub(super) fn run(root: &Path) -> Result<(), Failure> {
    let tools = root.join(TOOLS);
    install_node_packages(&tools)?;
    let dir = scratch(root, "api")?;
    let work = dir.join("work");
    let ready = fs::create_dir_all(&work).and_then(|()| {
        std::os::unix::fs::symlink(tools.join("node_modules"), work.join("node_modules"))
    });
    ready.map_err(|error| format!("{}: {error}", work.display()))?;
    let server = KeyServer::start(root, &dir)?;

    let document = Document::read(root, NAME)?;
    let mut script = Script::new(NAME, dir.clone());
    for step in document.steps_in("Scripts")? {
        match step {
            Step::Commands(block) => script.commands(block),
            Step::File { path, content } => script.file(path, content)?,
        }
    }
    let path = env::var("PATH").unwrap_or_default();
    script.run(|text| {
        let mut bash = Command::new("bash");
        bash.args(["-euo", "pipefail", "-c", text])
            .current_dir(&work)
            .env("PATH", path)
            .env("COCORE_URL", &server.url)
            .env("COCORE_KEY", &server.key);
        bash
    })
}
