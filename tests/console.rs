//! The console, from the terminal in which the server is started, or from a login link, to a real browser.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread;

use serde_json::json;
use tempfile::TempDir;

use crate::support::network::{browse, prerequisites};
use crate::support::skip::skip;
use crate::support::upstream::{Upstream, json as answer};
use crate::support::{Call, ENCRYPTION_KEY, Place, Server};

/// A server whose output is a terminal, which `script` (util-linux) provides.
struct OnTerminal {
    script: Child,
    /// The process of the server: it goes on when its terminal is closed.
    server: String,
    /// The one-time link that it printed.
    link: String,
    _dir: TempDir,
}

impl OnTerminal {
    /// A server on loopback with default settings.
    fn start() -> Option<Self> {
        Self::with("--listen 127.0.0.1:0").map(|(server, _)| server)
    }

    /// A server with these settings, and what it printed at its start.
    fn with(settings: &str) -> Option<(Self, String)> {
        let mut version = Command::new("script");
        let version = version.arg("--version").stdout(Stdio::null()).status();
        if !version.is_ok_and(|status| status.success()) {
            return skip("there is no `script` here");
        }
        let Place { url, dir } = Place::new();
        let program = env!("CARGO_BIN_EXE_cocore-server");
        let command = format!("echo $$; exec {program} {settings} --database-url {url}");
        let mut script = Command::new("script")
            .args([
                "--quiet",
                "--flush",
                "--return",
                "--command",
                &command,
                "/dev/null",
            ])
            .env("COCORE_ENCRYPTION_KEY", ENCRYPTION_KEY)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(script.stdout.take().unwrap())
            .lines()
            .map_while(Result::ok);
        let server = lines.next().unwrap().trim().to_owned();
        // The last line of the start, as long as there is no key.
        let printed: Vec<_> = lines
            .by_ref()
            .take_while(|line| !line.contains(" key create "))
            .collect();
        let link = printed
            .iter()
            .find(|line| line.contains("/sign-in/local?token="));
        let link = link.map(|line| line.trim().to_owned()).unwrap_or_default();
        // The rest is read too, so that the server never blocks on a full pipe.
        thread::spawn(move || lines.for_each(drop));
        let server = Self {
            script,
            server,
            link,
            _dir: dir,
        };
        Some((server, printed.join("\n")))
    }
}

impl Drop for OnTerminal {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-KILL", &self.server]).status();
        // `script` ends with its command.
        let _ = self.script.wait();
    }
}

#[test]
fn a_start_in_a_terminal_prints_a_link_that_signs_the_operator_in_once() {
    let Some(server) = OnTerminal::start() else {
        return;
    };
    let (address, path) = server
        .link
        .strip_prefix("http://")
        .unwrap()
        .split_once('/')
        .unwrap();
    let open = || Call::new(address, "GET", &format!("/{path}")).send();
    let signed_in = open();
    assert_eq!(signed_in.status, 303);
    let cookie = signed_in
        .header("set-cookie")
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let create = Call::new(address, "POST", &crate::support::method("createApiKey"))
        .header("cookie", &cookie)
        .header("sec-fetch-site", "same-origin")
        .json(&json!({ "name": "first" }));
    assert_eq!(create.send().expect(200)["key"]["did"], "did:web:localhost");
    assert_eq!(open().status, 403);
}

#[test]
fn there_is_no_link_without_a_terminal_or_when_others_could_use_it() {
    let silent = Server::start();
    assert_eq!(silent.get("/sign-in/local?token=x").send().status, 403);
    let printed = silent.stop();
    assert!(!printed.contains("/sign-in/local?token="));
    assert!(printed.contains("cocore-server link"), "{printed}");
    for settings in [
        "--listen 127.0.0.1:0 --public-url https://keys.example.com",
        "--listen 0.0.0.0:0",
    ] {
        let Some((_server, printed)) = OnTerminal::with(settings) else {
            return;
        };
        assert!(printed.contains("keys are stored in"), "{printed}");
        assert!(
            !printed.contains("/sign-in/local?token="),
            "{settings}: {printed}"
        );
    }
}

/// Row 38 of the list of attacks.
#[test]
fn keys_are_managed_in_a_browser() {
    drive("console.mjs", 15);
}

/// Row 10 of the list of attacks.
#[test]
fn many_keys_are_managed_in_a_browser() {
    drive("console-list.mjs", 25);
}

#[test]
fn a_key_is_managed_on_its_page() {
    drive("console-key.mjs", 25);
}

#[test]
fn the_commands_of_the_documentation_run() {
    let server = Server::start();
    let page = server.get("/documentation").send();
    assert_eq!(page.status, 200);
    let text = String::from_utf8(page.body).unwrap();
    let blocks = text.split("<code>curl").skip(1);
    let blocks: Vec<_> = blocks
        .map(|block| block.split("</code>").next().unwrap())
        .map(|block| {
            format!("curl{block}")
                .replace("&#34;", "\"")
                .replace("&#39;", "'")
        })
        .collect();
    assert_eq!(blocks.len(), 3, "{text}");
    let key = server.first_key("did:web:alice.example");
    let client = server.first_key("did:web:bob.example");
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &blocks.join("\n")])
        .envs([("COCORE_KEY", &key), ("CLIENT_KEY", &client)])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8(output.stdout).unwrap().to_lowercase();
    for expected in [
        "\"secret\":",
        "\"name\":\"laptop\"",
        "x-cocore-did: ",
        "\"active\":true",
    ] {
        assert!(printed.contains(expected), "{expected}: {printed}");
    }
}

#[test]
fn a_key_for_models_shows_the_settings_of_their_clients() {
    let directory = TempDir::new().unwrap();
    let upstreams = directory.path().join("upstreams.toml");
    let text =
        "[[upstream]]\nname = \"local\"\nurl = \"http://127.0.0.1:9/v1\"\nmodels = [\"tiny\"]\n";
    std::fs::write(&upstreams, text).unwrap();
    let settings = format!("--upstreams {}", upstreams.display());
    drive_with("console-models.mjs", 7, &settings);
}

#[test]
fn usage_is_shown_and_limits_are_set_in_a_browser() {
    let usage = json!({
        "prompt_tokens": 1200,
        "completion_tokens": 34,
        "prompt_tokens_details": { "cached_tokens": 100 },
    });
    let body = json!({ "object": "chat.completion", "choices": [], "usage": usage });
    let upstream = Upstream::start(&[answer(200, &body.to_string())]);
    let directory = TempDir::new().unwrap();
    let upstreams = directory.path().join("upstreams.toml");
    let url = &upstream.url;
    let models = "[\"tiny\", \"large-model-with-a-long-name\"]";
    let text = format!("[[upstream]]\nname = \"local\"\nurl = \"{url}\"\nmodels = {models}\n");
    std::fs::write(&upstreams, text).unwrap();
    let settings = format!("--upstreams {}", upstreams.display());
    drive_with("console-usage.mjs", 14, &settings);
}

/// Runs a script, which drives the console and reports at least that many checks.
fn drive(script: &str, minimum: usize) {
    drive_with(script, minimum, "");
}

/// The same, with settings of the server.
fn drive_with(script: &str, minimum: usize, settings: &str) {
    if let Err(missing) = prerequisites(&["chromium"]) {
        return skip(&missing).unwrap_or_default();
    }
    let Some((server, _)) = OnTerminal::with(&format!("--listen 127.0.0.1:0 {settings}")) else {
        return;
    };
    let checks = browse(script, &[&server.link]);
    assert!(checks.len() >= minimum, "{checks:#?}");
}
