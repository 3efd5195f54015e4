//! nginx and Caddy, as reverse proxies of a test.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use super::skip::skip;

/// A running proxy. It ends when this is dropped.
pub struct ReverseProxy {
    child: Child,
    pub address: String,
    _dir: TempDir,
}

impl ReverseProxy {
    /// Starts nginx with what `http` puts into the block of that name, for the address that it listens on
    /// and a directory of its own.
    pub fn nginx(http: impl FnOnce(&str, &str) -> String) -> Option<Self> {
        Self::nginx_with(|address, at| {
            let http = http(address, at);
            format!("events {{}}\nhttp {{ access_log off;\n{http} }}\n")
        })
    }

    /// Starts nginx with a whole configuration, for the same two.
    pub fn nginx_with(config: impl FnOnce(&str, &str) -> String) -> Option<Self> {
        if !is_installed("nginx", "-v") {
            return skip("nginx is not installed");
        }
        let (address, dir) = (free_address(), TempDir::new().unwrap());
        let at = dir.path().display().to_string();
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {at}/{kind};"))
            .concat();
        let config = config(&address, &at).replacen("http {", &format!("http {{ {temporary}"), 1);
        let config =
            format!("daemon off; master_process off; pid {at}/pid; error_log stderr;\n{config}");
        let file = dir.path().join("nginx.conf");
        std::fs::write(&file, config).unwrap();
        let mut command = Command::new("nginx");
        command.arg("-c").arg(&file);
        Some(Self::start(command, address, dir))
    }

    /// Starts Caddy with the Caddyfile for the address that it listens on.
    pub fn caddy(caddyfile: impl FnOnce(&str) -> String) -> Option<Self> {
        if !is_installed("caddy", "version") {
            return skip("Caddy is not installed");
        }
        let address = free_address();
        let caddyfile = caddyfile(&address);
        let dir = TempDir::new().unwrap();
        let file = dir.path().join("Caddyfile");
        // Without its own control port, which only one Caddy of a machine can have.
        std::fs::write(&file, format!("{{\n\tadmin off\n}}\n{caddyfile}")).unwrap();
        let mut command = Command::new("caddy");
        command.args(["run", "--adapter", "caddyfile", "--config"]);
        command.arg(&file);
        for variable in ["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"] {
            command.env(variable, dir.path());
        }
        Some(Self::start(command, address, dir))
    }

    fn start(mut command: Command, address: String, dir: TempDir) -> Self {
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while TcpStream::connect(&address).is_err() {
            let exited = child.try_wait().unwrap();
            assert!(exited.is_none(), "the proxy exited: {exited:?}");
            thread::sleep(Duration::from_millis(5));
        }
        Self {
            child,
            address,
            _dir: dir,
        }
    }
}

impl Drop for ReverseProxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn is_installed(program: &str, argument: &str) -> bool {
    let mut command = Command::new(program);
    let command = command.arg(argument);
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// An address whose port is free now: the proxies listen on a port that they are given.
pub fn free_address() -> String {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    free.local_addr().unwrap().to_string()
}
