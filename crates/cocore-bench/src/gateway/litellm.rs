//! LiteLLM's proxy, in a virtual environment of the benchmark's own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::failure::Result;
use crate::process::{Process, free_address};

/// The release that is measured.
const PACKAGE: &str = "litellm[proxy]==1.108.7";
/// Its own key. Virtual ones need a database and Prisma's engines, which come with no package.
pub(crate) const KEY: &str = "sk-bench";
/// How long it may take until it listens.
const START_TIMEOUT: Duration = Duration::from_secs(180);

/// Starts it in front of an upstream, with a process for each of the machine's two cores.
pub(crate) fn litellm(directory: &Path, upstream: &str) -> Result<Process> {
    let environment = environment()?;
    let address = free_address()?;
    let file = directory.join("litellm.yaml");
    let settings = format!(
        "model_list:\n- model_name: tiny\n  litellm_params:\n    model: openai/tiny\n    \
         api_base: http://{upstream}/v1\n    api_key: none\ngeneral_settings:\n  master_key: {KEY}\n"
    );
    fs::write(&file, settings)?;
    let mut command = Command::new(environment.join("bin/litellm"));
    command
        .arg("--config")
        .arg(&file)
        .args(["--host", "127.0.0.1", "--num_workers", "2"])
        .arg(format!("--port={}", address.port()))
        // It asks nobody for prices, and logs errors alone.
        .envs([
            ("LITELLM_LOCAL_MODEL_COST_MAP", "True"),
            ("LITELLM_LOG", "ERROR"),
        ])
        .current_dir(directory)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    Process::start_at(&mut command, &address.to_string(), START_TIMEOUT)
}

/// Returns the virtual environment, with the release installed.
fn environment() -> Result<PathBuf> {
    let target = std::env::current_exe()?;
    let target = target.ancestors().nth(2).ok_or("no target directory")?;
    let environment = target.join("bench-litellm");
    run(Command::new("python3")
        .args(["-m", "venv"])
        .arg(&environment))?;
    let mut pip = Command::new(environment.join("bin/pip"));
    run(pip.args(["install", "--quiet", PACKAGE]))?;
    Ok(environment)
}

fn run(command: &mut Command) -> Result<()> {
    let status = command.status();
    let status = status.map_err(|error| format!("{command:?}: {error}"))?;
    match status.success() {
        true => Ok(()),
        false => Err(format!("{command:?}: {status}").into()),
    }
}
