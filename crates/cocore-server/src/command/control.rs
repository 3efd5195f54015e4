//! The control socket: while a server runs, the command line calls the server's methods over a socket that
//! only the operator can open. A change is therefore effective when the command returns.

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fmt, io};

use actix_web::HttpServer;
use actix_web::dev::Server;
use cocore_lexicon::dev::cocore::account::defs::ApiKeyView;
use cocore_lexicon::dev::cocore::account::list_api_keys::ListApiKeysOutput;
use cocore_store::SqliteFile;
use lexicon_runtime::{Body, Did, ErrorBody, MethodKind, XrpcMethod, query};
use reqwest::{Method, RequestBuilder};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::form_urlencoded;

use super::control_socket;
use crate::api::{EventPage, EventPosition};
use crate::failure::Failure;
use crate::http;
use crate::http::login_links::{CreatedLoginLink, NewLoginLink};
use crate::operator::{ACCOUNT, PeerUid};
use crate::state::AppState;
use crate::unix_socket::SocketFile;
use crate::unix_socket::address::SocketAddress;

/// How long the server may take: longer than a write waits for a slow disk.
const TIMEOUT: Duration = Duration::from_secs(15);

/// How often the server checks that its socket is in place.
const CHECK_INTERVAL: Duration = Duration::from_millis(500);

/// The server on the control socket.
pub(super) struct ControlServer {
    server: Server,
    socket: SocketFile,
}

/// Opens the control socket. This process holds the lock of the database.
pub(super) fn listen(state: AppState, database: &SqliteFile) -> io::Result<ControlServer> {
    let (socket, listener) = control_socket::bind(database)?;
    let owner = socket.owner();
    let app = move || http::control_app(state.clone(), owner);
    let server = HttpServer::new(app)
        .on_connect(PeerUid::record)
        .workers(1)
        .disable_signals()
        .listen_uds(listener)?
        .run();
    Ok(ControlServer { server, socket })
}

impl ControlServer {
    /// Serves until the socket is removed or replaced, or until the server fails. Returns which of the two.
    pub(super) async fn run(self) -> String {
        let Self { mut server, socket } = self;
        loop {
            match tokio::time::timeout(CHECK_INTERVAL, &mut server).await {
                Ok(Ok(())) => return "it was closed".to_owned(),
                Ok(Err(error)) => return format!("it failed: {error}"),
                Err(_) if socket.is_in_place() => {}
                Err(_) => break,
            }
        }
        // Commands that have connected get their answers.
        let stopped = server.handle().stop(true);
        actix_web::rt::spawn(async move { tokio::join!(server, stopped) });
        "it was removed".to_owned()
    }
}

/// Calls a method of the running server on behalf of an account.
pub(super) async fn call<M: XrpcMethod>(
    database: &SqliteFile,
    did: &Did,
    params: &M::Params,
    input: M::Input,
) -> Result<M::Output, Failure> {
    let connection = Connection::new(database)?;
    let (content_type, body) = input.encode().map_err(|error| connection.failed(&error))?;
    let query = query::encode(params).map_err(Failure::new)?;
    let path = format!("xrpc/{}?{query}", M::NSID);
    let request = match M::KIND {
        MethodKind::Query => connection.request(Method::GET, &path),
        MethodKind::Procedure => connection.request(Method::POST, &path).body(body),
    };
    let content_type = content_type.as_deref().or(M::INPUT_ENCODING);
    let request = match content_type {
        Some(content_type) => request.header("content-type", content_type),
        None => request,
    };
    let output = connection
        .send(request.header(ACCOUNT, did.as_str()))
        .await?;
    M::Output::decode("output", Some("application/json"), output, M::BODY_OPTIONS)
        .map_err(|error| connection.failed(&error))
}

/// Returns the next keys of all accounts, after a key. The last page is empty.
pub(super) async fn key_page(
    database: &SqliteFile,
    after: &str,
) -> Result<Vec<ApiKeyView>, Failure> {
    let connection = Connection::new(database)?;
    let output: ListApiKeysOutput = connection.get(http::ALL_KEYS, &[("after", after)]).await?;
    Ok(output.keys)
}

/// Returns a page of the audit trail of all accounts.
pub(super) async fn event_page(
    database: &SqliteFile,
    position: &EventPosition,
) -> Result<EventPage, Failure> {
    let connection = Connection::new(database)?;
    let before = position.before.map(|number| number.to_string());
    let before = before.as_deref().map(|before| ("before", before));
    let key = position.key.as_deref().map(|key| ("key", key));
    let did = position.did.as_deref().map(|did| ("did", did));
    let parameters: Vec<_> = [before, key, did].into_iter().flatten().collect();
    connection.get(http::ALL_EVENTS, &parameters).await
}

/// Creates a login link of the running server, and returns its URL.
pub(super) async fn login_link(
    database: &SqliteFile,
    did: Option<String>,
) -> Result<String, Failure> {
    let connection = Connection::new(database)?;
    let new = NewLoginLink { did };
    let created: CreatedLoginLink = connection.post(http::LOGIN_LINKS, &new).await?;
    Ok(created.url)
}

/// A connection to the running server.
pub(super) struct Connection {
    path: PathBuf,
    client: reqwest::Client,
    _address: SocketAddress,
}

impl Connection {
    /// Prepares a connection, which the first request opens.
    pub(super) fn new(database: &SqliteFile) -> Result<Self, Failure> {
        let path = control_socket::path(database);
        let address = SocketAddress::to_connect(&path).map_err(|error| failed(&path, &error))?;
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .unix_socket(address.path())
            .timeout(TIMEOUT)
            .build()
            .map_err(|error| failed(&path, &error))?;
        Ok(Self {
            path,
            client,
            _address: address,
        })
    }

    /// Reads what a path of the control socket has.
    async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        parameters: &[(&str, &str)],
    ) -> Result<T, Failure> {
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(parameters)
            .finish();
        let path = format!("{}?{query}", path.trim_start_matches('/'));
        let output = self.send(self.request(Method::GET, &path)).await?;
        serde_json::from_slice(&output).map_err(|error| self.failed(&error))
    }

    /// Posts a value to a path of the control socket.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        value: &impl Serialize,
    ) -> Result<T, Failure> {
        let body = serde_json::to_vec(value).map_err(|error| self.failed(&error))?;
        let request = self.request(Method::POST, path.trim_start_matches('/'));
        let request = request
            .header("content-type", "application/json")
            .body(body);
        let output = self.send(request).await?;
        serde_json::from_slice(&output).map_err(|error| self.failed(&error))
    }

    /// Begins a request. The socket is the address; the host is required by the syntax.
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("http://localhost/{path}");
        self.client.request(method, url)
    }

    /// Sends a request, and returns the body of a successful answer.
    async fn send(&self, request: RequestBuilder) -> Result<Vec<u8>, Failure> {
        let answer = request.send().await.map_err(|error| self.failed(&error))?;
        let is_success = answer.status().is_success();
        let body = answer.bytes().await.map_err(|error| self.failed(&error))?;
        if is_success {
            return Ok(body.into());
        }
        let error: ErrorBody =
            serde_json::from_slice(&body).map_err(|error| self.failed(&error))?;
        Err(Failure::new(error.message.unwrap_or(error.error)))
    }

    fn failed(&self, what: &dyn fmt::Display) -> Failure {
        failed(&self.path, what)
    }
}

fn failed(path: &Path, what: &dyn fmt::Display) -> Failure {
    Failure::new(format!(
        "the running server does not answer on {}: {what}",
        path.display()
    ))
}
