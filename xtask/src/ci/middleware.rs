//! The middleware of `docs/forward-auth.md`, word by word, in front of a running server.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use super::document::{Document, Step};
use super::scratch::scratch;
use super::server::{KeyServer, Server, curl, free_address};
use crate::failure::Failure;
use crate::process::{execute, install_node_packages, install_python_packages};

const NAME: &str = "docs/forward-auth.md";
/// The packages of Express and FastAPI.
const TOOLS: &str = "tests/middleware";

/// Makes the command of a service, for its port.
type Service<'s> = &'s dyn Fn(&str) -> Command;

pub(super) fn run(root: &Path) -> Result<(), Failure> {
    let tools = root.join(TOOLS);
    let python = root.join("target/ci-middleware-python");
    install_node_packages(&tools)?;
    install_python_packages(&python, &tools.join("requirements.txt"))?;
    let dir = scratch(root, "middleware")?;
    for step in Document::read(root, NAME)?
        .steps_in("Middleware: a service asks for each request itself")?
    {
        if let Step::File { path, content } = step {
            write(&dir.join(path), content)?;
        }
    }
    let modules = std::os::unix::fs::symlink(tools.join("node_modules"), dir.join("node_modules"));
    modules.map_err(|error| error.to_string())?;
    let target = build(root, &dir.join("rust"))?;

    let uvicorn = |port: &str| {
        let mut uvicorn = Command::new(python.join("bin/uvicorn"));
        uvicorn.args(["--log-level", "warning", "--port", port, "app:app"]);
        uvicorn.current_dir(dir.join("fastapi"));
        uvicorn
    };
    let express = |_: &str| {
        let mut node = Command::new("node");
        node.arg(dir.join("express/app.mjs"));
        node
    };
    let axum = |_: &str| Command::new(target.join("debug/with-axum"));
    let actix = |_: &str| Command::new(target.join("debug/with-actix"));
    let services: [(_, Service<'_>); 4] = [
        ("Express", &express),
        ("FastAPI", &uvicorn),
        ("axum", &axum),
        ("actix-web", &actix),
    ];
    for (name, service) in services {
        let server = KeyServer::start(root, &scratch(root, "middleware-server")?)?;
        let address = free_address()?;
        let port = address.port().to_string();
        let mut command = service(&port);
        command.env("COCORE_URL", &server.url).env("PORT", &port);
        let _service = Server::start(&mut command, address)?;
        check(&format!("http://{address}/account"), server)
            .map_err(|failure| format!("{name}: {failure}"))?;
        println!("{name}: as documented");
    }
    Ok(())
}

/// What each service answers, last of all when the server is gone.
fn check(url: &str, server: KeyServer) -> Result<(), Failure> {
    let key = format!("Authorization: Bearer {}", server.key);
    let expect = |header: &str, expected: &str| {
        let found = curl(&["--header", header, url])?;
        if found == expected {
            return Ok(());
        }
        Err(format!("`{expected}` was expected, and `{found}` found"))
    };
    expect(&key, "200 did:web:localhost")?;
    for (header, challenge) in [
        ("X-Nothing: 1", "www-authenticate: bearer"),
        ("Authorization: Bearer cocore-", "error=\"invalid_token\""),
    ] {
        let found = curl(&["--include", "--header", header, url])?.to_lowercase();
        if !found.starts_with("401 ") || !found.contains(challenge) {
            return Err(format!(
                "401 with {challenge} was expected, and {found} found"
            ));
        }
    }
    drop(server);
    let found = curl(&["--header", &key, url])?;
    if !found.starts_with("503 ") {
        return Err(format!(
            "503 was expected without a server, and {found} found"
        ));
    }
    Ok(())
}

/// Builds the services in Rust. What they are built into is kept from run to run.
fn build(root: &Path, dir: &Path) -> Result<PathBuf, Failure> {
    let target = root.join("target/ci-middleware");
    let lock = fs::copy(root.join("Cargo.lock"), dir.join("Cargo.lock"));
    lock.map_err(|error| error.to_string())?;
    // It is in a directory of this workspace, and no part of it.
    let manifest = dir.join("Cargo.toml");
    let text = fs::read_to_string(&manifest).map_err(|error| error.to_string())?;
    write(&manifest, &format!("{text}\n[workspace]\n"))?;
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build
        .args(["build", "--quiet", "--target-dir"])
        .arg(&target);
    execute(build.current_dir(dir))?;
    Ok(target)
}

fn write(path: &Path, content: &str) -> Result<(), Failure> {
    let dir = path.parent().unwrap_or(path);
    let written = fs::create_dir_all(dir).and_then(|()| fs::write(path, content));
    written.map_err(|error| format!("{}: {error}", path.display()))
}
