//! A PostgreSQL for the time of a step.

use std::fs;
use std::os::unix::fs::chown;
use std::path::PathBuf;
use std::process::Command;

use super::server::free_address;
use crate::failure::Failure;
use crate::process::{execute, output};

/// A PostgreSQL on 127.0.0.1, in a temporary directory of the user `postgres`, which it is stopped and removed
/// with.
pub(super) struct Cluster {
    programs: PathBuf,
    /// The directory of its socket.
    pub(super) dir: PathBuf,
    pub(super) port: u16,
}

impl Cluster {
    pub(super) fn start() -> Result<Self, Failure> {
        let programs =
            output(Command::new("bash").args(["-c", "ls -d /usr/lib/postgresql/*/bin | tail -1"]))?;
        let dir = std::env::temp_dir().join(format!("cluster-{}", std::process::id()));
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

/// Whether root runs this.
pub(super) fn is_root() -> Result<bool, Failure> {
    Ok(output(Command::new("id").arg("-u"))? == "0")
}
