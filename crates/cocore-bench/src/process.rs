//! Servers under measurement.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::{env, fs, thread};

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
        let mut command = target("cocore-server");
        // As in production, but for the log: the disk of the machine is not what is measured.
        command.args([
            "--listen",
            "127.0.0.1:0",
            "--log",
            "warn",
            "--database-url",
            url,
        ]);
        Self::start(&mut command)
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

    /// The headers and the body of an answer, for somebody else to give.
    pub(crate) fn answer(&self, path: &str, key: &str) -> (String, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\nconnection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        let own = ["content-length", "date", "connection"];
        let headers = head
            .lines()
            .skip(1)
            .filter(|line| !own.iter().any(|name| line.starts_with(name)));
        (headers.collect::<Vec<_>>().join("\n"), body.to_owned())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
