//! Resolution: a DID to its document, a handle to its DID, and both directions of a handle.
//! Sources: <https://atproto.com/specs/did>, <https://atproto.com/specs/handle#handle-resolution>.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use serde::Deserialize;
use url::Url;

use crate::did::Did;
use crate::did_document::DidDocument;
use crate::did_plc;
use crate::did_web;
use crate::dns::NameResolver;
use crate::error::ResolveError;
use crate::handle::Handle;
use crate::http_client::HttpClient;
use crate::http_error::HttpError;
use crate::in_flight::RequestLimits;
use crate::network::Network;

const DEFAULT_PLC_URL: &str = "https://plc.directory";
const DEFAULT_HANDLE_RESOLVER: &str = "https://public.api.bsky.app";
/// The longest document, in bytes.
const MAX_DOCUMENT: usize = 64 * 1024;

/// Resolves DIDs and handles. It keeps nothing: a caller that asks often needs a cache. A clone shares the
/// connections and the limits.
#[derive(Clone, Debug)]
pub struct Resolver {
    /// For hosts that DIDs, handles and documents name.
    client: HttpClient,
    /// For the two servers that the operator named.
    directory_client: HttpClient,
    plc_url: Arc<str>,
    handle_resolver: Arc<str>,
}

/// The settings of a [`Resolver`].
#[derive(Clone)]
#[must_use]
pub struct ResolverBuilder {
    plc_url: String,
    handle_resolver: String,
    allow_localhost: bool,
    user_agent: Option<String>,
    timeout: Option<Duration>,
    limits: RequestLimits,
    names: Option<Arc<dyn NameResolver>>,
}

impl fmt::Debug for ResolverBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResolverBuilder")
            .field("plc_url", &self.plc_url)
            .field("handle_resolver", &self.handle_resolver)
            .field("allow_localhost", &self.allow_localhost)
            .field("user_agent", &self.user_agent)
            .field("timeout", &self.timeout)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl ResolverBuilder {
    /// Sets the URL of the PLC directory, which may have any scheme and address. The default is
    /// `https://plc.directory`.
    pub fn plc_url(mut self, url: impl Into<String>) -> Self {
        self.plc_url = url.into();
        self
    }

    /// Sets the URL of a server that answers `com.atproto.identity.resolveHandle`, which may have any scheme
    /// and address. The default is `https://public.api.bsky.app`.
    pub fn handle_resolver(mut self, url: impl Into<String>) -> Self {
        self.handle_resolver = url.into();
        self
    }

    /// Allows hosts on this machine over plain http, for development. Handles are then resolved by the
    /// handle resolver alone: a name like `alice.test` has no web server. The default is false.
    pub fn allow_localhost(mut self, allow: bool) -> Self {
        self.allow_localhost = allow;
        self
    }

    /// Sets the header `User-Agent`. The default names this crate.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = Some(user_agent.into());
        self
    }

    /// Sets how long a request may take, from connecting to the end of the body. The default is 5 seconds.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sets how many requests may be in flight to hosts that DIDs, handles and documents name. As many again
    /// may be in flight to the directory, and as many to the handle resolver.
    pub fn limits(mut self, limits: RequestLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets what looks up host names. The default is the operating system.
    pub fn name_resolver(mut self, names: Arc<dyn NameResolver>) -> Self {
        self.names = Some(names);
        self
    }

    /// Builds the resolver.
    ///
    /// # Errors
    /// [`HttpError::Setup`]: a setting is not a URL, or the HTTP client cannot be built.
    pub fn build(self) -> Result<Resolver, HttpError> {
        let network = if self.allow_localhost {
            Network::PublicOrLocalhost
        } else {
            Network::Public
        };
        let client = |network, limits| {
            let mut builder = HttpClient::builder(network).limits(limits);
            if let Some(user_agent) = &self.user_agent {
                builder = builder.user_agent(user_agent);
            }
            if let Some(timeout) = self.timeout {
                builder = builder.timeout(timeout);
            }
            if let Some(names) = &self.names {
                builder = builder.name_resolver(names.clone());
            }
            builder.build()
        };
        // Each of the two servers has its part: one that hangs does not keep callers from the other.
        let directory_limits = RequestLimits {
            in_all: 2 * self.limits.in_all,
            per_host: self.limits.in_all,
        };
        let directory_client = client(Network::Any, directory_limits)?;
        let base = |name: &str, text: &str| match directory_client.parse_url(text) {
            Ok(_) => Ok(text.trim_end_matches('/').into()),
            Err(_) => Err(HttpError::Setup {
                reason: format!("{name}: expected an http or https URL, found {text:?}"),
            }),
        };
        Ok(Resolver {
            plc_url: base("PLC directory", &self.plc_url)?,
            handle_resolver: base("handle resolver", &self.handle_resolver)?,
            client: client(network, self.limits)?,
            directory_client,
        })
    }
}

impl Resolver {
    /// Returns the default settings: the public network and its directory.
    pub fn builder() -> ResolverBuilder {
        ResolverBuilder {
            plc_url: DEFAULT_PLC_URL.to_owned(),
            handle_resolver: DEFAULT_HANDLE_RESOLVER.to_owned(),
            allow_localhost: false,
            user_agent: None,
            timeout: None,
            limits: RequestLimits::default(),
            names: None,
        }
    }

    /// Returns this resolver for requests on behalf of a client of the program: see
    /// [`HttpClient::on_behalf_of`].
    #[must_use]
    pub fn on_behalf_of(&self, client: Option<IpAddr>) -> Self {
        Self {
            client: self.client.on_behalf_of(client),
            directory_client: self.directory_client.on_behalf_of(client),
            ..self.clone()
        }
    }

    /// The client for servers that are not trusted, such as those that a DID document names.
    pub fn http(&self) -> &HttpClient {
        &self.client
    }

    /// Returns the URL of a DID's document, without a request.
    ///
    /// # Errors
    /// [`ResolveError::UnsupportedDid`].
    pub fn document_url(&self, did: &Did) -> Result<Url, ResolveError> {
        let allow_localhost = self.client.network() == Network::PublicOrLocalhost;
        let text = if did_plc::is_valid(did) {
            Some(format!("{}/{did}", self.plc_url))
        } else {
            did_web::document_url(did, allow_localhost)
        };
        let url = text.and_then(|text| Url::parse(&text).ok());
        url.ok_or_else(|| ResolveError::UnsupportedDid { did: did.clone() })
    }

    /// Fetches the DID document of a did:plc from the directory, or of a did:web from its host. It has at
    /// most 64 KiB.
    ///
    /// # Errors
    /// The DID is not supported, has no document, or an unusable one; or the request failed.
    pub async fn resolve_did(&self, did: &Did) -> Result<DidDocument, ResolveError> {
        let url = self.document_url(did)?;
        let client = if did.method() == "plc" {
            &self.directory_client
        } else {
            &self.client
        };
        let response = client.get(&url, MAX_DOCUMENT).await?;
        match response.status {
            StatusCode::OK => DidDocument::parse(did, &response.body).map_err(|source| {
                let did = did.clone();
                ResolveError::InvalidDocument { did, source }
            }),
            StatusCode::NOT_FOUND | StatusCode::GONE => {
                Err(ResolveError::DidNotFound { did: did.clone() })
            }
            status => Err(ResolveError::Http(HttpError::Status {
                host: url.host_str().unwrap_or_default().to_owned(),
                status: status.as_u16(),
            })),
        }
    }

    /// Finds the DID that a handle names: from the handle's own host, or else from the handle resolver. The
    /// account may not agree: see [`resolve_account`](Self::resolve_account).
    ///
    /// # Errors
    /// The handle names no DID that is supported, or the handle resolver cannot be asked.
    pub async fn resolve_handle(&self, handle: &Handle) -> Result<Did, ResolveError> {
        if let Some(did) = self.well_known_did(handle).await {
            return Ok(did);
        }
        let not_found = || ResolveError::HandleNotFound {
            handle: handle.clone(),
        };
        let url = format!(
            "{}/xrpc/com.atproto.identity.resolveHandle?handle={handle}",
            self.handle_resolver
        );
        let url = Url::parse(&url).map_err(|_| not_found())?;
        let output: ResolveHandleOutput =
            match self.directory_client.get_json(&url, MAX_DOCUMENT).await {
                Ok(output) => output,
                Err(HttpError::InvalidJson { .. }) => return Err(not_found()),
                Err(error @ HttpError::Status { .. }) if !error.is_temporary() => {
                    return Err(not_found());
                }
                Err(error) => return Err(error.into()),
            };
        self.supported(&output.did).ok_or_else(not_found)
    }

    /// Finds the account that a handle names, and checks that the account's document names the handle.
    ///
    /// # Errors
    /// Those of both directions, or [`ResolveError::HandleMismatch`].
    pub async fn resolve_account(&self, handle: &Handle) -> Result<DidDocument, ResolveError> {
        let did = self.resolve_handle(handle).await?;
        let document = self.resolve_did(&did).await?;
        if document.handle().as_ref() == Some(handle) {
            Ok(document)
        } else {
            Err(ResolveError::HandleMismatch {
                handle: handle.clone(),
            })
        }
    }

    /// Returns the handle that a document names, if the handle names the document's DID. `None` also if that
    /// cannot be found out now.
    pub async fn verified_handle(&self, document: &DidDocument) -> Option<Handle> {
        let handle = document.handle()?;
        let did = self.resolve_handle(&handle).await.ok()?;
        (did == *document.did()).then_some(handle)
    }

    /// Asks the handle's own host, unless hosts on this machine are allowed.
    async fn well_known_did(&self, handle: &Handle) -> Option<Did> {
        if self.client.network() == Network::PublicOrLocalhost {
            return None;
        }
        let url = format!("https://{handle}/.well-known/atproto-did");
        let url = self.client.parse_url(&url).ok()?;
        let response = self.client.get(&url, MAX_DOCUMENT).await.ok()?;
        let text = str::from_utf8(&response.body).ok()?;
        let did = self.supported(text.trim());
        did.filter(|_| response.status == StatusCode::OK)
    }

    /// Reads a DID that can be resolved.
    fn supported(&self, text: &str) -> Option<Did> {
        let did = Did::parse(text).ok()?;
        self.document_url(&did).is_ok().then_some(did)
    }
}

#[derive(Deserialize)]
struct ResolveHandleOutput {
    did: String,
}
