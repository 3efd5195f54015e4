//! The command line while the server runs: it asks the server, over a socket that only the operator can
//! open, so that what it changed holds when it returns.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fmt, fs};

use actix_web::HttpServer;
use actix_web::dev::Server;
use actix_web::web::Data;
use cocore_store::SqliteFile;
use lexicon_runtime::{Body, Did, ErrorBody, MethodKind, XrpcMethod};

use super::Failure;
use crate::door::{ACCOUNT, Operator};
use crate::http::{self, Site};

/// How long a server may take: longer than a write waits for a disk that is slow.
const PATIENCE: Duration = Duration::from_secs(15);

/// Where the socket of a database's server is.
fn socket(database: &SqliteFile) -> PathBuf {
    database.beside("sock")
}

/// The server for the command line. The lock is ours, so a socket that is there is a dead one's.
pub(super) fn listen(site: Site, database: &SqliteFile) -> io::Result<Server> {
    let path = socket(database);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&path)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
    let app = move || http::app(site.clone()).app_data(Data::new(Operator));
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
            "the running server cannot be asked over {}: {what}",
            path.display()
        ))
    };
    let client = client(&path).map_err(|error| failed(&error))?;
    // The socket says where; the host is only the form.
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
    client.timeout(PATIENCE).build()
}
