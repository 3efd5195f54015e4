//! A Unix socket as `--listen`, alone and behind nginx.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::support::reverse_proxy::ReverseProxy;
use crate::support::{ALICE, Call, Place, program, run, wait_until};

/// A server that listens on a Unix socket.
struct Server {
    child: Child,
    path: PathBuf,
    place: Place,
    _dir: TempDir,
}

impl Server {
    fn start(settings: &[&str]) -> Self {
        let dir = TempDir::new().unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let path = dir.path().join("http.sock");
        let place = Place::sqlite();
        let child = spawn(&path, &place.url, settings);
        let server = Self {
            child,
            path,
            place,
            _dir: dir,
        };
        wait_until("it does not listen", || {
            server.request("GET", "/livez", "").is_some()
        });
        server
    }

    /// Sends a request, and returns the answer as text.
    fn request(&self, verb: &str, path: &str, headers: &str) -> Option<String> {
        let mut stream = UnixStream::connect(&self.path).ok()?;
        let request =
            format!("{verb} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n");
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some(answer).filter(|answer| !answer.is_empty())
    }

    fn first_key(&self) -> String {
        let create = ["key", "create", "--did", ALICE, "--name", "first"];
        let output = run(&create, &[("COCORE_DATABASE_URL", &self.place.url)]);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill")
            .arg(format!("-{name}"))
            .arg(id)
            .status();
        assert!(sent.unwrap().success());
    }

    /// Stops it in order, and returns what it has printed.
    fn stop(&mut self) -> String {
        self.signal("TERM");
        assert!(self.child.wait().unwrap().success());
        let mut printed = String::new();
        let (stdout, stderr) = (self.child.stdout.take(), self.child.stderr.take());
        stdout.unwrap().read_to_string(&mut printed).unwrap();
        stderr.unwrap().read_to_string(&mut printed).unwrap();
        printed
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(path: &Path, database_url: &str, settings: &[&str]) -> Child {
    let listen = format!("unix:{}", path.display());
    let mut program = program();
    program.args(["serve", "--listen", &listen, "--database-url", database_url]);
    program
        .args(settings)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    program.spawn().unwrap()
}

#[test]
fn a_server_is_reached_through_the_file_system_alone() {
    let mut server = Server::start(&[]);
    let mode = fs::metadata(&server.path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o660);
    let key = server.first_key();
    let credential = format!("authorization: Bearer {key}\r\n");
    let answer = server.request("GET", "/auth/verify", &credential).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let list = "/xrpc/dev.cocore.account.listApiKeys";
    let answer = server.request("GET", list, &credential).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    // The deadlines and bounds are those of other connections.
    let mut stream = UnixStream::connect(&server.path).unwrap();
    let head = format!("GET / HTTP/1.1\r\nx: {}", "x".repeat(40_000));
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    // Without a public URL there is no DID.
    let answer = server.request("GET", "/.well-known/did.json", "").unwrap();
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
    let socket = format!("unix:{}", server.path.display());
    let printed = server.stop();
    assert!(
        printed.contains(&format!("listening on {socket}\n")),
        "{printed}"
    );
    // The peer has no address.
    let line = printed
        .lines()
        .find(|line| line.contains("listApiKeys"))
        .unwrap();
    assert!(
        line.contains("status=200") && !line.contains("client="),
        "{line}"
    );
    // Nothing is left in its directory.
    let directory = server.path.parent().unwrap();
    assert_eq!(fs::read_dir(directory).unwrap().count(), 0);
}

#[test]
fn a_socket_that_was_left_behind_is_replaced_and_one_in_use_is_not() {
    let mut server = Server::start(&[]);
    let other = Place::sqlite();
    let output = spawn(&server.path, &other.url, &[])
        .wait_with_output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(
        printed.contains("another process listens there"),
        "{printed}"
    );
    assert!(server.request("GET", "/livez", "").is_some());
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    assert!(server.path.exists() && server.request("GET", "/livez", "").is_none());
    server.child = spawn(&server.path, &server.place.url, &[]);
    wait_until("it does not listen again", || {
        server.request("GET", "/livez", "").is_some()
    });
    // Another server has replaced the socket: that of the other one stays.
    fs::remove_file(&server.path).unwrap();
    let _other = UnixListener::bind(&server.path).unwrap();
    server.stop();
    assert!(server.path.exists());

    let dir = TempDir::new().unwrap();
    let precious = dir.path().join("precious");
    fs::write(&precious, "precious").unwrap();
    let output = spawn(&precious, &other.url, &[])
        .wait_with_output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stderr);
    assert!(
        printed.contains("a file at this path that is no socket"),
        "{printed}"
    );
    assert_eq!(fs::read_to_string(&precious).unwrap(), "precious");
}

#[test]
fn nginx_reaches_a_server_over_its_socket() {
    let mut server = Server::start(&["--trusted-proxies", "1"]);
    let key = server.first_key();
    let nginx = |address: &str, _: &str| {
        format!(
            "server {{ listen {address}; location / {{ proxy_pass http://unix:{}; \
             proxy_http_version 1.1; proxy_set_header Connection \"\"; \
             proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; }} }}",
            server.path.display()
        )
    };
    let Some(proxy) = ReverseProxy::nginx(nginx) else {
        return;
    };
    for _ in 0..20 {
        let call = Call::new(&proxy.address, "GET", "/auth/verify").key(&key);
        assert_eq!(call.send().status, 200);
    }
    let list = Call::new(
        &proxy.address,
        "GET",
        "/xrpc/dev.cocore.account.listApiKeys",
    );
    list.key(&key).send().expect(200);
    let printed = server.stop();
    // The client is known by what the proxy says.
    let line = printed
        .lines()
        .find(|line| line.contains("listApiKeys"))
        .unwrap();
    assert!(line.contains("client=127.0.0.1"), "{line}");
}
