//! A service with lexicons of its own: `docs/own-lexicons.md`, word by word, in an empty directory outside
//! the workspace.

use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, process};

use super::document::{Document, Step};
use super::scratch::scratch;
use super::script::Script;
use crate::failure::Failure;

const NAME: &str = "docs/own-lexicons.md";
/// The port of the server in the document.
const PORT: u16 = 3000;

pub(super) fn run(root: &Path) -> Result<(), Failure> {
    if TcpStream::connect((Ipv4Addr::LOCALHOST, PORT)).is_ok() {
        return Err(format!("a server listens on port {PORT}: stop it first"));
    }
    let document = Document::read(root, NAME)?;
    let scratch = scratch(root, "own-lexicons")?;
    let mut script = Script::new(NAME, scratch.clone());
    for step in document.steps()? {
        match step {
            Step::Commands(block) => script.commands(block),
            Step::File { path, content } => script.file(path, content)?,
        }
    }
    let outside = Outside::new()?;
    let path = env::var("PATH").unwrap_or_default();
    script.run(|text| {
        // Stops the servers that still run, if a step fails.
        let text = format!("trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n{text}");
        let mut bash = Command::new("bash");
        bash.args(["-euo", "pipefail", "-c", &text])
            .current_dir(&outside.dir)
            .env("KIT", root)
            .env("CARGO_INSTALL_ROOT", &scratch)
            .env("PATH", format!("{}/bin:{path}", scratch.display()))
            // Kept from run to run.
            .env("CARGO_TARGET_DIR", root.join("target/ci-own-lexicons"))
            // The program is run three times: to optimize it takes longer than it saves.
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
            .env("CARGO_PROFILE_RELEASE_LTO", "off");
        bash
    })
}

/// An empty directory outside the workspace, which is removed at the end.
struct Outside {
    dir: PathBuf,
}

impl Outside {
    fn new() -> Result<Self, Failure> {
        let dir = env::temp_dir().join(format!("own-lexicons-{}", process::id()));
        fs::create_dir(&dir).map_err(|error| format!("{}: {error}", dir.display()))?;
        Ok(Self { dir })
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.dir);
    }
}
