//! Load by `wrk`, and what it measured.

use std::io::Write;
use std::process::{Child, Command, Stdio};

use tempfile::NamedTempFile;

use crate::process::Process;

pub(crate) struct Wrk {
    url: String,
    key: String,
    body: Option<&'static str>,
    connections: u32,
    seconds: u32,
    is_paced: bool,
}

pub(crate) struct Running {
    child: Child,
    _script: NamedTempFile,
}

pub(crate) struct Measured {
    /// Requests a second.
    pub(crate) rate: f64,
    /// How many there were.
    pub(crate) requests: f64,
    /// The 99th percentile of their latency in milliseconds.
    pub(crate) p99: f64,
}

impl Wrk {
    pub(crate) fn new(process: &Process, path: &str) -> Self {
        Self {
            url: format!("http://{}{path}", process.address),
            key: String::new(),
            body: None,
            connections: 64,
            seconds: 5,
            is_paced: false,
        }
    }

    pub(crate) fn key(mut self, key: &str) -> Self {
        key.clone_into(&mut self.key);
        self
    }

    pub(crate) fn post(mut self, body: &'static str) -> Self {
        self.body = Some(body);
        self
    }

    pub(crate) fn connections(mut self, connections: u32) -> Self {
        self.connections = connections;
        self
    }

    pub(crate) fn seconds(mut self, seconds: u32) -> Self {
        self.seconds = seconds;
        self
    }

    /// Each connection waits for a millisecond between an answer and its next request.
    pub(crate) fn paced(mut self) -> Self {
        self.is_paced = true;
        self
    }

    pub(crate) fn start(self) -> Running {
        let mut script = NamedTempFile::new().unwrap();
        writeln!(
            script,
            "wrk.headers['Authorization'] = 'Bearer {}'",
            self.key
        )
        .unwrap();
        if let Some(body) = self.body {
            writeln!(script, "wrk.method = 'POST'\nwrk.body = '{body}'").unwrap();
            writeln!(script, "wrk.headers['Content-Type'] = 'application/json'").unwrap();
        }
        if self.is_paced {
            writeln!(script, "function delay() return 1 end").unwrap();
        }
        let child = Command::new("wrk")
            .args(["-t", "2", "--latency", "-s"])
            .arg(script.path())
            .args([
                "-c",
                &self.connections.to_string(),
                "-d",
                &self.seconds.to_string(),
            ])
            .arg(&self.url)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Running {
            child,
            _script: script,
        }
    }

    pub(crate) fn run(self) -> Measured {
        self.start().finish()
    }
}

impl Running {
    pub(crate) fn finish(self) -> Measured {
        let output = self.child.wait_with_output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let word = |mark: &str| {
            let line = text
                .lines()
                .find(|line| line.trim_start().starts_with(mark));
            let line = line.unwrap_or_else(|| panic!("{mark} is not in {text}"));
            line.split_whitespace().nth(1).unwrap().to_owned()
        };
        let requests = text
            .lines()
            .find_map(|line| line.split_once(" requests in "));
        let requests = requests.unwrap_or_else(|| panic!("{text}")).0.trim();
        let p99 = word("99%");
        let p99 = match p99.strip_suffix("us") {
            Some(micros) => micros.parse::<f64>().unwrap() / 1000.0,
            None => match p99.strip_suffix("ms") {
                Some(millis) => millis.parse().unwrap(),
                None => p99.trim_end_matches('s').parse::<f64>().unwrap() * 1000.0,
            },
        };
        Measured {
            rate: word("Requests/sec:").parse().unwrap(),
            requests: requests.parse().unwrap(),
            p99,
        }
    }
}
