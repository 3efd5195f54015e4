//! Inference by the official clients of OpenAI and Anthropic, through a running server, from a real upstream:
//! llama-server with a small model of random weights.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::scratch::scratch;
use super::server::{KeyServer, Server, curl, free_address};
use crate::failure::Failure;
use crate::process::{execute, install_node_packages, install_python_packages};

/// The clients and the upstream, with their versions, and the checks.
const TOOLS: &str = "tests/inference";
/// The key of the upstream, and the variable in which the server finds it.
const UPSTREAM_KEY: (&str, &str) = ("LOCAL_KEY", "the-upstreams-own-key");
/// The options of the upstream that chats: eight calls at once, each with the whole context of the model, which is
/// shifted so that an answer may be longer.
const CHAT: [&str; 7] = [
    "--jinja",
    "--slots",
    "--context-shift",
    "--parallel",
    "8",
    "--ctx-size",
    "32768",
];
/// How long the upstream may take to load its model.
const LOAD_TIMEOUT: Duration = Duration::from_secs(60);

pub(super) fn run(root: &Path) -> Result<(), Failure> {
    let tools = root.join(TOOLS);
    let python = root.join("target/ci-inference");
    install_python_packages(&python, &tools.join("requirements.txt"))?;
    install_node_packages(&tools)?;
    let dir = scratch(root, "inference")?;
    let model = dir.join("tiny.gguf");
    // No bytecode is written beside the scripts.
    let script = |name: &str| {
        let mut script = Command::new(python.join("bin/python"));
        script.arg("-B").arg(tools.join(name));
        script
    };
    execute(script("model.py").arg(&model))?;

    let llama = Llama {
        program: python.join("bin/llama-server-vulkan"),
        dir: dir.clone(),
        model,
    };
    let (chat, _chat) = llama.start("tiny", &CHAT, Some(UPSTREAM_KEY.1))?;
    let (embeddings, _embeddings) = llama.start(
        "tiny-embeddings",
        &["--embeddings", "--pooling", "mean"],
        None,
    )?;
    // The system accepts connections for it. Nobody reads what they send.
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|error| error.to_string())?;
    let silent_address = silent.local_addr().map_err(|error| error.to_string())?;
    let upstreams = dir.join("upstreams.toml");
    let text = upstreams_file(chat, embeddings, free_address()?, silent_address);
    fs::write(&upstreams, text).map_err(|error| format!("{}: {error}", upstreams.display()))?;

    let upstreams = upstreams.display().to_string();
    let variables = [("COCORE_UPSTREAMS", &upstreams[..]), UPSTREAM_KEY];
    let server = KeyServer::start_with(root, &dir, &variables)?;
    let scoped = ["--name", "scoped", "--scope", "repo:com.example.post"];
    let scoped_key = server.create_key(&scoped)?;
    let check = |command: &mut Command| {
        command
            .env("COCORE_URL", &server.url)
            .env("COCORE_KEY", &server.key)
            .env("COCORE_SCOPED_KEY", &scoped_key)
            .env("COCORE_UPSTREAM_URL", format!("http://{chat}"))
            .env("COCORE_UPSTREAM_KEY", UPSTREAM_KEY.1);
        execute(command)
    };
    check(&mut script("clients.py"))?;
    check(Command::new("node").arg(tools.join("clients.mjs")))
}

/// The server's settings: two upstreams that answer, one that refuses connections, and one that never answers.
fn upstreams_file(
    chat: SocketAddr,
    embeddings: SocketAddr,
    unreachable: SocketAddr,
    silent: SocketAddr,
) -> String {
    let variable = UPSTREAM_KEY.0;
    format!(
        r#"[[upstream]]
name = "local"
url = "http://{chat}/v1"
key-env = "{variable}"
models = ["tiny"]
aliases = {{ "gpt-tiny" = "tiny" }}

[[upstream]]
name = "embeddings"
url = "http://{embeddings}/v1"
models = ["tiny-embeddings"]

[[upstream]]
name = "unreachable"
url = "http://{unreachable}/v1"
models = ["unreachable"]

[[upstream]]
name = "silent"
url = "http://{silent}/v1"
models = ["silent"]
first-byte-timeout = 1
"#
    )
}

/// What all upstreams have in common.
struct Llama {
    program: PathBuf,
    /// The directory of their logs.
    dir: PathBuf,
    model: PathBuf,
}

impl Llama {
    /// Starts an upstream that offers the model by a name, and waits until it has loaded it.
    fn start(
        &self,
        name: &str,
        options: &[&str],
        key: Option<&str>,
    ) -> Result<(SocketAddr, Server), Failure> {
        let address = free_address()?;
        let port = address.port().to_string();
        let log = self.dir.join(format!("{name}.log"));
        let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", log.display());
        let file = File::create(&log).map_err(|error| failed(&error))?;
        let other = file.try_clone().map_err(|error| failed(&error))?;
        let mut llama = Command::new(&self.program);
        llama.args(["--alias", name, "--host", "127.0.0.1", "--port", &port]);
        llama.args(["--no-ui", "--threads", "1", "--model"]);
        llama.arg(&self.model).args(options);
        // In a variable, which other users of the machine cannot read.
        llama.envs(key.map(|key| ("LLAMA_API_KEY", key)));
        let server = Server::start(llama.stdout(file).stderr(other), address)
            .map_err(|error| failed(&error))?;
        let url = format!("http://{address}/health");
        let start = Instant::now();
        while !curl(&[&url])?.starts_with("200 ") {
            if start.elapsed() > LOAD_TIMEOUT {
                return Err(failed(&"the upstream does not load its model"));
            }
            sleep(Duration::from_millis(50));
        }
        Ok((address, server))
    }
}
