//! A running `lexicon serve`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A running server.
pub(crate) struct Pages {
    process: Child,
    pub(crate) address: String,
    /// The line that it printed at its start.
    pub(crate) printed: String,
}

impl Pages {
    /// Starts it in a working directory, for this directory of lexicons or that of the settings.
    pub(crate) fn start(working_directory: &Path, lexicons: Option<&Path>) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_lexicon"))
            .args(["serve", "--port", "0"])
            .args(lexicons)
            .current_dir(working_directory)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut printed = String::new();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        stdout.read_line(&mut printed).unwrap();
        let address = printed.strip_prefix("http://").unwrap();
        let address = address.split('/').next().unwrap().to_owned();
        Self {
            process,
            address,
            printed,
        }
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        stream
    }

    /// The status and the body of an answer.
    pub(crate) fn send(&self, verb: &str, path: &str, body: &str) -> (u16, String) {
        let mut stream = self.connect();
        let length = body.len();
        let head = format!(
            "{verb} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n",
            self.address
        );
        stream
            .write_all(format!("{head}{body}").as_bytes())
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap();
        (status.parse().unwrap(), body.to_owned())
    }

    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        self.send("GET", path, "")
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
