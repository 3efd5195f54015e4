//! A real AT Protocol network for the whole run: `tests/network/network.mjs`. It needs Node and the packages
//! of that directory (`npm install --prefix tests/network`).

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

use super::skip::skip;

/// The running network.
pub struct Network {
    pub state: Value,
    /// It exits when its standard input is closed, that is with this process.
    _node: Child,
}

impl Network {
    /// The network of this run. `None`, with a message, if it cannot run; in a run that must skip nothing
    /// (`COCORE_SKIP_NOTHING`), that fails the test.
    pub fn get() -> Option<&'static Self> {
        static NETWORK: OnceLock<Option<Network>> = OnceLock::new();
        NETWORK.get_or_init(Self::start).as_ref()
    }

    fn start() -> Option<Self> {
        if let Err(missing) = prerequisites(&[]) {
            return skip(&missing);
        }
        let mut node = Command::new("node")
            .arg(dir().join("network.mjs"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(node.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        let state = serde_json::from_str(&line).unwrap();
        Some(Self { state, _node: node })
    }

    pub fn text(&self, name: &str) -> &str {
        self.state[name].as_str().unwrap()
    }

    /// A member of an account: `did`, `handle`, `password`, `token`.
    pub fn account(&self, name: &str, member: &str) -> &str {
        self.state["accounts"][name][member].as_str().unwrap()
    }
}

/// The directory of the network.
pub fn dir() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/network")
}

/// Checks that Node, the packages of the network and these programs are installed.
pub fn prerequisites(programs: &[&str]) -> Result<(), String> {
    let runs = |program: &&&str| {
        let mut command = Command::new(program);
        let run = command
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        !run.status().is_ok_and(|status| status.success())
    };
    if let Some(missing) = ["node"].iter().chain(programs).find(runs) {
        return Err(format!("there is no {missing} here"));
    }
    if !dir().join("node_modules").is_dir() {
        return Err("run `npm install --prefix tests/network` first".to_owned());
    }
    Ok(())
}

/// Runs a script that drives a browser, with screenshots in the directory that the variable `SCREENSHOTS` names. Returns
/// a line for each check that passed, and fails the test if one did not.
pub fn browse(script: &str, arguments: &[&str]) -> Vec<String> {
    let output = Command::new("node")
        .arg(dir().join(script))
        .args(arguments)
        .args(std::env::var_os("SCREENSHOTS"))
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{printed}\n{errors}");
    printed.lines().map(str::to_owned).collect()
}
