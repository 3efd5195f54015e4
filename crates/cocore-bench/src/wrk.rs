//! Load by `wrk`, and what it measured.

use std::io::Write;
use std::process::{Child, Command, Stdio};

use tempfile::NamedTempFile;

use crate::failure::Result;
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
    /// The median of their latency in milliseconds.
    pub(crate) p50: f64,
    /// The 99th percentile.
    pub(crate) p99: f64,
    /// The longest.
    pub(crate) longest: f64,
    /// How many answers had a status of an error.
    pub(crate) errors: f64,
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

    pub(crate) fn start(self) -> Result<Running> {
        let mut script = NamedTempFile::new()?;
        let key = &self.key;
        writeln!(script, "wrk.headers['Authorization'] = 'Bearer {key}'")?;
        if let Some(body) = self.body {
            writeln!(script, "wrk.method = 'POST'\nwrk.body = '{body}'")?;
            writeln!(script, "wrk.headers['Content-Type'] = 'application/json'")?;
        }
        if self.is_paced {
            writeln!(script, "function delay() return 1 end")?;
        }
        let child = Command::new("wrk")
            .args(["--threads=2", "--latency"])
            .arg(format!("--connections={}", self.connections))
            .arg(format!("--duration={}", self.seconds))
            .arg("--script")
            .arg(script.path())
            .arg(&self.url)
            .stdout(Stdio::piped())
            .spawn();
        Ok(Running {
            child: child.map_err(|error| format!("wrk: {error}"))?,
            _script: script,
        })
    }

    pub(crate) fn run(self) -> Result<Measured> {
        self.start()?.finish()
    }
}

impl Running {
    pub(crate) fn finish(self) -> Result<Measured> {
        let output = self.child.wait_with_output()?;
        let text = String::from_utf8(output.stdout)?;
        Measured::parse(&text).ok_or_else(|| format!("wrk printed {text}").into())
    }
}

impl Measured {
    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let requests = lines.find_map(|line| line.split_once(" requests in "))?.0;
        Some(Self {
            rate: after(text, "Requests/sec:")?.parse().ok()?,
            requests: requests.trim().parse().ok()?,
            p50: milliseconds(after(text, "50%")?)?,
            p99: milliseconds(after(text, "99%")?)?,
            longest: milliseconds(longest(text)?)?,
            errors: after(text, "Non-2xx or 3xx responses:")
                .map_or(Some(0.0), |count| count.parse().ok())?,
        })
    }
}

/// The word after a mark at the beginning of a line.
fn after<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    let mut lines = text.lines();
    let rest = lines.find_map(|line| line.trim_start().strip_prefix(mark))?;
    rest.split_whitespace().next()
}

/// The third of the numbers of the latency: mean, standard deviation, longest.
fn longest(text: &str) -> Option<&str> {
    let mut lines = text.lines();
    let rest = lines.find_map(|line| line.trim_start().strip_prefix("Latency  "))?;
    rest.split_whitespace().nth(2)
}

fn milliseconds(text: &str) -> Option<f64> {
    let units = [("us", 0.001), ("ms", 1.0), ("s", 1000.0)];
    units.into_iter().find_map(|(unit, milliseconds)| {
        let number: f64 = text.strip_suffix(unit)?.parse().ok()?;
        Some(number * milliseconds)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_wrk_prints() {
        let text =
            "Running 2s test @ http://127.0.0.1:8080/\n  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   130.00us   90.00us   4.50ms   95.00%\n  Latency Distribution\n     50%  120.00us
     99%    1.25ms\n  68 requests in 2.00s, 9.99KB read\nRequests/sec:     34.50\n";
        let measured = Measured::parse(text).unwrap();
        let found = (measured.rate, measured.requests, measured.p99);
        assert_eq!(found, (34.5, 68.0, 1.25));
        assert_eq!((measured.p50, measured.longest), (0.12, 4.5));
        assert_eq!(measured.errors, 0.0);
        let text = format!("{text}  Non-2xx or 3xx responses: 7\n");
        assert_eq!(Measured::parse(&text).unwrap().errors, 7.0);
        let times = ["250.00us", "2.00s", "3m"].map(milliseconds);
        assert_eq!(times, [Some(0.25), Some(2000.0), None]);
    }
}
