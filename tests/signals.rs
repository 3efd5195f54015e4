//! Signals, the end of a server, and outputs that take nothing. The rows are those of the faults and attacks
//! that the server survives.

use std::io::{Read, Write, pipe};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::{ALICE, Call, Place, Server, method, program, program_after, wait};

/// A request whose body never arrives in whole.
fn half_sent(server: &Server, key: &str) -> TcpStream {
    let mut client = TcpStream::connect(&server.address).unwrap();
    let request = format!(
        "POST {} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\nexpect: 100-continue\r\n\
         content-type: application/json\r\ncontent-length: 100\r\n\r\n",
        method("createApiKey")
    );
    client.write_all(request.as_bytes()).unwrap();
    // The server asks for the body once it reads it.
    let mut interim = [0; 25];
    client.read_exact(&mut interim).unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    client.write_all(b"{").unwrap();
    client
}

/// Rows 32 and 54 of the list of attacks.
#[test]
fn row_54_a_second_signal_ends_the_server_at_once() {
    for (first, second, status) in [
        ("TERM", "TERM", 143),
        ("INT", "INT", 130),
        ("TERM", "INT", 130),
    ] {
        let mut server = Server::start();
        let key = server.first_key(ALICE);
        let _client = half_sent(&server, &key);
        assert!(server.signal(first));
        assert_eq!(
            server.wait(Duration::from_millis(500)),
            None,
            "it waits for the request"
        );
        assert!(server.signal(second));
        let ended = server.wait(Duration::from_secs(2)).unwrap();
        assert_eq!(ended.code(), Some(status), "{ended:?}");
    }
}

/// Row 54 of the list of attacks.
#[test]
fn row_54_other_signals_do_not_end_the_server() {
    let mut server = Server::start();
    for signal in ["HUP", "USR1", "USR2"] {
        assert!(server.signal(signal));
        assert_eq!(server.wait(Duration::from_millis(200)), None, "{signal}");
        server.get("/livez").send().expect(200);
    }
    server.stop();
}

/// Row 32 of the list of attacks.
/// Most supervisors kill a process ten seconds after SIGTERM.
#[test]
fn row_32_a_half_sent_body_does_not_hold_the_end() {
    for (settings, seconds) in [(&[][..], 10), (&["--shutdown-timeout", "2"], 3)] {
        let server = Server::with(settings);
        let key = server.first_key(ALICE);
        let _client = half_sent(&server, &key);
        let printed = server.stop_within(Duration::from_secs(seconds));
        assert!(printed.contains("stopped"), "{printed}");
    }
}

/// A server on a free port, with its outputs where the test puts them.
struct Silent {
    child: Child,
    address: String,
    _place: Place,
}

impl Silent {
    fn start(mut program: Command, stdout: Stdio, stderr: Stdio) -> Self {
        let place = Place::sqlite();
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap().to_string();
        drop(free);
        let child = program
            .env("COCORE_LISTEN", &address)
            .env("COCORE_DATABASE_URL", &place.url)
            .env("COCORE_LOG", "trace")
            .arg("serve")
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(stderr)
            .spawn()
            .unwrap();
        Self {
            child,
            address,
            _place: place,
        }
    }

    /// It answers, however much it logs, and ends in order.
    fn assert_serves(mut self, what: &str) {
        let started = Instant::now();
        let live = || Call::new(&self.address, "GET", "/livez");
        while live().try_send().is_err() {
            assert!(
                started.elapsed() < Duration::from_secs(20),
                "{what}: it does not start"
            );
            thread::sleep(Duration::from_millis(20));
        }
        for _ in 0..300 {
            live().send().expect(200);
        }
        let id = self.child.id().to_string();
        let killed = Command::new("kill").arg(id).status().unwrap();
        assert!(killed.success());
        let ended = wait(&mut self.child, Duration::from_secs(10));
        let ended = ended.unwrap_or_else(|| panic!("{what}: it does not end"));
        assert!(ended.success(), "{what}: {ended:?} {:?}", ended.signal());
    }
}

impl Drop for Silent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Row 54 of the list of attacks.
#[test]
fn row_54_outputs_may_be_closed_or_full() {
    let closed = program_after("exec >&- 2>&-");
    Silent::start(closed, Stdio::null(), Stdio::null()).assert_serves("closed");

    // A pipe whose reading end is closed.
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    let both = (writer.try_clone().unwrap().into(), writer.into());
    Silent::start(program(), both.0, both.1).assert_serves("broken");

    let (_reader, mut writer) = pipe().unwrap();
    // What a pipe holds on Linux.
    writer.write_all(&[b'x'; 65_536]).unwrap();
    let both = (writer.try_clone().unwrap().into(), writer.into());
    Silent::start(program(), both.0, both.1).assert_serves("full");
}
