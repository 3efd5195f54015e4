//! This server as an OAuth client: its identifier, its metadata, and its requests.

use std::net::IpAddr;
use std::sync::Arc;

use atproto_resolver::{HttpClient, HttpError, Response, is_loopback};
use http::Request;
use http::header::{ACCEPT, CONTENT_TYPE};
use serde_json::{Value, json};
use url::form_urlencoded::Serializer;
use url::{Host, Url};

use crate::clock::{Clock, unix_seconds};
use crate::error::SignInError;
use crate::key::SigningKey;
use crate::nonces::Nonces;
use crate::random::RandomError;
use crate::settings::{Settings, SettingsError};

/// The prefix of the client identifier that issuers accept for development: its query has the metadata.
const LOOPBACK_ID: &str = "http://localhost?";
/// What a sign-in asks for.
pub(crate) const SIGN_IN_SCOPE: &str = "atproto";
/// The longest response, in bytes.
const MAX_RESPONSE: usize = 256 * 1024;

#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) redirect_uri: String,
    /// `None` for a public client, as in development.
    pub(crate) key: Option<SigningKey>,
    pub(crate) http: HttpClient,
    pub(crate) nonces: Nonces,
    /// The scope of connections, if there are any.
    pub(crate) connection_scope: Option<String>,
    clock: Arc<dyn Clock>,
    origin: String,
}

impl Client {
    pub(crate) fn new(
        settings: Settings,
        http: HttpClient,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SettingsError> {
        let url = Url::parse(&settings.origin).map_err(|_| SettingsError::NotUrl)?;
        let is_bare = url.query().is_none() && url.fragment().is_none();
        let has_user = !url.username().is_empty() || url.password().is_some();
        if url.path() != "/" || !is_bare || has_user {
            return Err(SettingsError::NotOrigin);
        }
        let origin = url.origin().ascii_serialization();
        let redirect_uri = format!("{origin}/oauth/callback");
        let connection_scope = settings.connection_scope;
        let (id, key) = match (url.scheme(), url.host()) {
            // Issuers redirect a public client only to a loopback address.
            ("http", Some(Host::Ipv4(_) | Host::Ipv6(_))) if is_loopback(&url) => {
                let mut query = Serializer::for_suffix(LOOPBACK_ID.to_owned(), LOOPBACK_ID.len());
                query
                    .append_pair("redirect_uri", &redirect_uri)
                    .append_pair(
                        "scope",
                        connection_scope.as_deref().unwrap_or(SIGN_IN_SCOPE),
                    );
                (query.finish(), None)
            }
            ("https", Some(Host::Domain(_))) => {
                let key = settings.signing_key.ok_or(SettingsError::NoSigningKey)?;
                (format!("{origin}/oauth/client-metadata.json"), Some(key))
            }
            _ => return Err(SettingsError::UnsupportedOrigin),
        };
        Ok(Self {
            id,
            redirect_uri,
            key,
            http,
            nonces: Nonces::default(),
            connection_scope,
            clock,
            origin,
        })
    }

    /// For requests on behalf of the person at this address.
    pub(crate) fn on_behalf_of(&self, address: Option<IpAddr>) -> Self {
        Self {
            http: self.http.on_behalf_of(address),
            ..self.clone()
        }
    }

    /// The same client, which sends its requests with another HTTP client.
    pub(crate) fn with_http(&self, http: HttpClient) -> Self {
        Self {
            http,
            ..self.clone()
        }
    }

    /// The same client under the identifier with which tokens were issued to it.
    pub(crate) fn with_id(&self, id: &str) -> Self {
        Self {
            id: id.to_owned(),
            ..self.clone()
        }
    }

    /// The current time, in seconds since 1970.
    pub(crate) fn now(&self) -> u64 {
        unix_seconds(&*self.clock)
    }

    /// Returns a form for `issuer` with what authenticates this client.
    pub(crate) fn form(
        &self,
        issuer: &str,
        fields: &[(&str, &str)],
    ) -> Result<String, RandomError> {
        let mut form = Serializer::new(String::new());
        form.extend_pairs(fields).append_pair("client_id", &self.id);
        if let Some(key) = &self.key {
            let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
            let assertion = key.assertion(&self.id, issuer, self.now())?;
            form.append_pair("client_assertion_type", kind)
                .append_pair("client_assertion", &assertion);
        }
        Ok(form.finish())
    }

    /// Sends a GET request.
    pub(crate) async fn get(&self, url: &Url) -> Result<Response, SignInError> {
        available(url, self.http.get(url, MAX_RESPONSE).await?)
    }

    /// Sends a form with a DPoP proof.
    pub(crate) async fn post(
        &self,
        url: &Url,
        form: String,
        proof: &str,
    ) -> Result<Response, SignInError> {
        let request = Request::post(url.as_str())
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("DPoP", proof)
            .body(form.into_bytes());
        let request = request.map_err(|_| HttpError::ForbiddenUrl)?;
        available(url, self.http.send(request, MAX_RESPONSE).await?)
    }

    pub(crate) fn metadata(&self) -> Value {
        let mut metadata = json!({
            "client_id": self.id,
            "client_uri": self.origin,
            "client_name": "cocore",
            "application_type": "web",
            "redirect_uris": [self.redirect_uri],
            "scope": SIGN_IN_SCOPE,
            "grant_types": ["authorization_code"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
            "dpop_bound_access_tokens": true,
        });
        if let Some(scope) = &self.connection_scope {
            metadata["scope"] = json!(scope);
            metadata["grant_types"] = json!(["authorization_code", "refresh_token"]);
        }
        if self.key.is_some() {
            metadata["token_endpoint_auth_method"] = json!("private_key_jwt");
            metadata["token_endpoint_auth_signing_alg"] = json!("ES256");
            metadata["jwks_uri"] = json!(format!("{}/oauth/jwks.json", self.origin));
        }
        metadata
    }

    pub(crate) fn jwks(&self) -> Value {
        let keys: Vec<_> = self.key.iter().map(SigningKey::public_jwk).collect();
        json!({ "keys": keys })
    }
}

/// Returns the response, unless its status means that the server cannot answer now.
fn available(url: &Url, response: Response) -> Result<Response, SignInError> {
    let error = HttpError::Status {
        host: url.host_str().unwrap_or_default().to_owned(),
        status: response.status.as_u16(),
    };
    if error.is_temporary() {
        Err(error.into())
    } else {
        Ok(response)
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use atproto_resolver::Network;

    use super::*;

    struct Stopped;

    impl Clock for Stopped {
        fn now(&self) -> SystemTime {
            SystemTime::UNIX_EPOCH
        }
    }

    #[test]
    fn on_loopback_the_client_id_has_the_redirect_uri_and_the_scope() {
        let http = HttpClient::builder(Network::PublicOrLocalhost)
            .build()
            .unwrap();
        let settings = Settings {
            origin: "http://127.0.0.1:8399/".to_owned(),
            signing_key: None,
            connection_scope: None,
        };
        let client = Client::new(settings, http, Arc::new(Stopped)).unwrap();
        let id = "http://localhost?redirect_uri=http%3A%2F%2F127.0.0.1%3A8399%2Foauth%2Fcallback&scope=atproto";
        assert_eq!(client.id, id);
    }
}
