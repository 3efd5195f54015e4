//! Load by `pgbench`, and what it measured.

use std::io::Write;
use std::process::Command;

use tempfile::NamedTempFile;

use crate::failure::Result;
use crate::postgres::{Cluster, name};

/// The row that a create inserts, in the same table: one a transaction.
const ROW: &str = "INSERT INTO keys (id, did, name, prefix, hash, created_at)
    VALUES (gen_random_uuid()::text, 'did:web:bench.example', 'bench', 'cocore-abcdefgh',
        sha256(gen_random_uuid()::text::bytea), 0);\n";

/// `pgbench` on a database.
pub(crate) struct Pgbench {
    command: Command,
    _script: NamedTempFile,
}

impl Pgbench {
    pub(crate) fn new(cluster: &Cluster, url: &str, clients: u32, seconds: u32) -> Result<Self> {
        let mut script = NamedTempFile::new()?;
        script.write_all(ROW.as_bytes())?;
        let socket = cluster.socket();
        let directory = socket.parent().ok_or("the socket has no directory")?;
        let mut command = Command::new(cluster.program("pgbench"));
        command
            .args(["--no-vacuum", "--username=cocore", "--jobs=2"])
            .arg(format!("--client={clients}"))
            .arg(format!("--time={seconds}"))
            .arg(format!("--host={}", directory.display()))
            .arg(format!("--file={}", script.path().display()))
            .arg(name(url));
        Ok(Self {
            command,
            _script: script,
        })
    }

    /// Inserts rows: how many a second.
    pub(crate) fn run(&mut self) -> Result<f64> {
        let output = self.command.output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let rate = text.split("tps = ").nth(1);
        let rate = rate.ok_or_else(|| format!("pgbench: {output:?}"))?;
        let rate = rate.split(' ').next().unwrap_or(rate);
        Ok(rate.parse()?)
    }
}
