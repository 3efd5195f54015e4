//! Two servers with TLS, PostgreSQL, metrics and a backup: `docs/operating.md`, word by word, with a PostgreSQL of
//! its own.

use std::fs;
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::document::{Document, Step};
use super::process::{execute, output};
use super::scratch::scratch;
use super::script::Script;
use super::server::free_address;
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

/// A PostgreSQL on 127.0.0.1, in a temporary directory of the user `postgres`, which it is stopped and removed
/// with.
struct Cluster {
    programs: PathBuf,
    dir: PathBuf,
    port: u16,
}

impl Cluster {
    fn start() -> Result<Self, Failure> {
        let programs =
            output(Command::new("bash").args(["-c", "ls -d /usr/lib/postgresql/*/bin | tail -1"]))?;
        let dir = std::env::temp_dir().join(format!("operating-{}", std::process::id()));
        let made = fs::create_dir(&dir);
        made.map_err(|error| format!("{}: {error}", dir.display()))?;
        let cluster = Self {
            programs: PathBuf::from(programs),
            dir,
            port: free_address()?.port(),
        };
        if is_root()? {
            let id = |flag| {
                output(Command::new("id").args([flag, "postgres"]))?
                    .parse::<u32>()
                    .map_err(|error| error.to_string())
            };
            let owned = chown(&cluster.dir, Some(id("-u")?), Some(id("-g")?));
            owned.map_err(|error| format!("{}: {error}", cluster.dir.display()))?;
        }
        let data = cluster.dir.join("data");
        let mut initdb = cluster.program("initdb")?;
        initdb.args([
            "--username=postgres",
            "--auth-local=trust",
            "--auth-host=scram-sha-256",
        ]);
        execute(initdb.args(["--no-sync", "--pgdata"]).arg(&data))?;
        let options = format!(
            "-c listen_addresses=127.0.0.1 -c port={} -k {}",
            cluster.port,
            cluster.dir.display()
        );
        let mut start = cluster.program("pg_ctl")?;
        start
            .args(["start", "--wait", "--options", &options, "--pgdata"])
            .arg(&data);
        execute(start.arg("--log").arg(cluster.dir.join("log")))?;
        Ok(cluster)
    }

    /// A program of PostgreSQL, which does not run as root.
    fn program(&self, name: &str) -> Result<Command, Failure> {
        let program = self.programs.join(name);
        let mut command = match is_root()? {
            true => {
                let mut setpriv = Command::new("setpriv");
                setpriv.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]);
                setpriv.arg(program);
                setpriv
            }
            false => Command::new(program),
        };
        command.current_dir(&self.dir);
        Ok(command)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Ok(mut stop) = self.program("pg_ctl") {
            stop.args(["stop", "--mode=immediate", "--pgdata"]);
            let _ = execute(stop.arg(self.dir.join("data")));
        }
        let _ = fs::remove_dir_all(&self.dir);
    }
}

fn is_root() -> Result<bool, Failure> {
    Ok(output(Command::new("id").arg("-u"))? == "0")
}
