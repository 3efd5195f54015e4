//! The control socket: while a server runs, the command line calls the server's methods over a socket that
//! only the operator can open. A change is therefore effective when the command returns.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fmt, fs};

use actix_web::HttpServer;
use actix_web::dev::Server;
use cocore_store::SqliteFile;
use lexicon_runtime::{Body, Did, ErrorBody, MethodKind, XrpcMethod};

use crate::failure::Failure;
use crate::http;
use crate::operator::ACCOUNT;
use crate::state::AppState;

/// How long the server may take: longer than a write waits for a slow disk.
const TIMEOUT: Duration = Duration::from_secs(15);

/// The path of the control socket of a database.
fn socket(database: &SqliteFile) -> PathBuf {
    database.beside("sock")
}

/// Serves the control socket. This process holds the lock of the database, so an existing socket is left
/// over from a server that crashed.
pub(super) fn listen(state: AppState, database: &SqliteFile) -> io::Result<Server> {
    let path = socket(database);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&path)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
    let app = move || http::control_app(state.keys.clone());
    let server = HttpServer::new(app).workers(1).disable_signals();
    Ok(server.listen_uds(listener)?.run())
}

/// Calls a method of the running server on behalf of an account.
pub(super) async fn call<M: XrpcMethod>(
    database: &SqliteFile,
    did: &Did,
    input: M::Input,
) -> Result<M::Output, Failure> {
    let path = socket(database);
    let failed = |what: &dyn fmt::Display| {
        Failure::new(format!(
            "the running server does not answer on {}: {what}",
            path.display()
        ))
    };
    let client = client(&path).map_err(|error| failed(&error))?;
    // The socket is the address; the host is required by the syntax.
    let method = format!("http://localhost/xrpc/{}", M::NSID);
    let (content_type, body) = input.encode().map_err(|error| failed(&error))?;
    let request = match M::KIND {
        MethodKind::Query => client.get(method),
        MethodKind::Procedure => client.post(method).body(body),
    };
    let content_type = content_type.as_deref().or(M::INPUT_ENCODING);
    let request = match content_type {
        Some(content_type) => request.header("content-type", content_type),
        None => request,
    };
    let answer = request.header(ACCOUNT, did.as_str()).send().await;
    let answer = answer.map_err(|error| failed(&error))?;
    let ok = answer.status().is_success();
    let bytes = answer.bytes().await.map_err(|error| failed(&error))?;
    if !ok {
        let error: ErrorBody = serde_json::from_slice(&bytes).map_err(|error| failed(&error))?;
        return Err(Failure::new(error.message.unwrap_or(error.error)));
    }
    M::Output::decode("output", Some("application/json"), bytes.to_vec()).map_err(|e| failed(&e))
}

fn client(path: &Path) -> reqwest::Result<reqwest::Client> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().unix_socket(path);
    client.timeout(TIMEOUT).build()
}
