//! Servers under measurement.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{env, fs, thread};

use crate::client::Call;

/// What a server on PostgreSQL has to be told.
const SEALING_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

pub(crate) struct Process {
    child: Child,
    pub(crate) address: String,
}

/// A program that was built with this one.
pub(crate) fn target(name: &str) -> Command {
    Command::new(env::current_exe().unwrap().with_file_name(name))
}

impl Process {
    /// The real server on a database.
    pub(crate) fn server(url: &str) -> Self {
        Self::server_with(url, &[])
    }

    /// The same, with variables.
    pub(crate) fn server_with(url: &str, variables: &[(&str, PathBuf)]) -> Self {
        let mut command = target("cocore-server");
        command.envs(variables.iter().map(|(name, value)| (name, value)));
        // As in production, but for the log: the disk of the machine is not what is measured.
        let log = ["--log", "warn"];
        command.args(["--listen", "127.0.0.1:0", "--database-url", url]);
        Self::start(command.env("COCORE_ENCRYPTION_KEY", SEALING_KEY).args(log))
    }

    /// A new key of an account, made by the command line.
    pub(crate) fn first_key(url: &str) -> String {
        let mut command = target("cocore-server");
        command.args(["key", "create", "--did", "did:web:bench.example"]);
        command.args(["--name", "first", "--database-url", url]);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()));
        let address = line
            .trim()
            .strip_prefix("listening on http://")
            .unwrap()
            .to_owned();
        Self { child, address }
    }

    /// Resident memory in bytes.
    pub(crate) fn memory(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .unwrap();
        let kibibytes: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kibibytes * 1024.0
    }

    /// How much processor time it has taken.
    pub(crate) fn cpu(&self) -> Duration {
        let nanos = self.threads().map(|(_, [nanos, _])| nanos);
        Duration::from_nanos(nanos.sum())
    }

    /// How often the threads that ask the database have run.
    pub(crate) fn runs_of_the_database(&self) -> u64 {
        let database = ["reader", "writer", "lease coordinat"];
        let threads = self.threads();
        let own = threads.filter(|(name, _)| database.iter().any(|own| name.starts_with(own)));
        own.map(|(_, [_, runs])| runs).sum()
    }

    /// Its threads: the name of each, the nanoseconds that it ran, and how often.
    fn threads(&self) -> impl Iterator<Item = (String, [u64; 2])> {
        let threads = fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        threads.map(|thread| {
            let read = |name| fs::read_to_string(thread.as_ref().unwrap().path().join(name));
            let statistics = read("schedstat").unwrap();
            let mut numbers = statistics
                .split_whitespace()
                .map(|text| text.parse().unwrap());
            let (nanos, runs) = (numbers.next().unwrap(), numbers.nth(1).unwrap());
            (read("comm").unwrap(), [nanos, runs])
        })
    }

    /// The headers and the body of an answer, for somebody else to give.
    pub(crate) fn answer(&self, path: &str, key: &str) -> (String, String) {
        let answer = Call::new(&self.address, "GET", path).key(key).send();
        assert_eq!(answer.status, 200, "{answer:?}");
        let own = ["content-length", "date", "connection"];
        let headers = answer.headers.iter();
        let headers = headers.filter(|(name, _)| !own.contains(&&name[..]));
        let headers: Vec<_> = headers
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        (
            headers.join("\n"),
            String::from_utf8(answer.body.clone()).unwrap(),
        )
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
