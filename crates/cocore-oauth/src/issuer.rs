//! Authorization servers, found from an account's data server.
//! Source: <https://atproto.com/specs/oauth#authorization-servers>.

use http::StatusCode;
use serde::Deserialize;
use url::Url;

use crate::client::Client;
use crate::error::{SignInError, quoted};

/// The metadata of a data server.
#[derive(Deserialize)]
struct ProtectedResource {
    resource: String,
    authorization_servers: Vec<String>,
}

/// The metadata of an authorization server. A server that lacks what the AT Protocol demands is rejected.
#[derive(Deserialize)]
pub(crate) struct Issuer {
    /// The identifier, which is the server's origin.
    pub(crate) issuer: String,
    pub(crate) authorization_endpoint: String,
    pub(crate) token_endpoint: String,
    pub(crate) pushed_authorization_request_endpoint: String,
    pub(crate) revocation_endpoint: Option<String>,
    #[serde(default)]
    protected_resources: Option<Vec<String>>,
    response_types_supported: Vec<String>,
    grant_types_supported: Vec<String>,
    code_challenge_methods_supported: Vec<String>,
    token_endpoint_auth_methods_supported: Vec<String>,
    #[serde(default)]
    token_endpoint_auth_signing_alg_values_supported: Vec<String>,
    scopes_supported: Vec<String>,
    dpop_signing_alg_values_supported: Vec<String>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
    #[serde(default)]
    require_pushed_authorization_requests: bool,
    #[serde(default)]
    client_id_metadata_document_supported: bool,
}

impl Issuer {
    /// Fetches the metadata of the issuer that the data server at `pds` names.
    pub(crate) async fn for_data_server(client: &Client, pds: &Url) -> Result<Self, SignInError> {
        let resource: ProtectedResource =
            fetch_metadata(client, pds, "oauth-protected-resource").await?;
        let origin = pds.origin().ascii_serialization();
        let [issuer] = resource.authorization_servers.as_slice() else {
            return Err(SignInError::NotOneIssuer { origin });
        };
        if resource.resource.trim_end_matches('/') != origin {
            let claimed = quoted(&resource.resource);
            return Err(SignInError::OtherResource { origin, claimed });
        }
        let found = Self::fetch(client, issuer).await?;
        match &found.protected_resources {
            Some(all) if !all.iter().any(|one| one.trim_end_matches('/') == origin) => {
                let issuer = found.issuer;
                Err(SignInError::UnlistedDataServer { issuer, origin })
            }
            _ => Ok(found),
        }
    }

    /// Fetches the metadata of an issuer by its identifier.
    pub(crate) async fn fetch(client: &Client, identifier: &str) -> Result<Self, SignInError> {
        let url = client.http.parse_origin(identifier);
        let url = url.map_err(|_| SignInError::InvalidIssuer)?;
        let found: Self = fetch_metadata(client, &url, "oauth-authorization-server").await?;
        let issuer = identifier.to_owned();
        if found.issuer != issuer || url.origin().ascii_serialization() != issuer {
            return Err(SignInError::OtherIssuer { issuer });
        }
        match found.missing_feature(client) {
            Some(feature) => Err(SignInError::MissingFeature { issuer, feature }),
            None => Ok(found),
        }
    }

    fn missing_feature(&self, client: &Client) -> Option<&'static str> {
        let has = |list: &[String], value: &str| list.iter().any(|one| one == value);
        let method = if client.key.is_some() {
            "private_key_jwt"
        } else {
            "none"
        };
        let algorithms = &self.token_endpoint_auth_signing_alg_values_supported;
        let features = [
            (
                has(&self.response_types_supported, "code"),
                "the authorization code",
            ),
            (
                has(&self.grant_types_supported, "authorization_code"),
                "the authorization code",
            ),
            (has(&self.code_challenge_methods_supported, "S256"), "PKCE"),
            (
                has(&self.token_endpoint_auth_methods_supported, method),
                "this kind of client",
            ),
            (
                client.key.is_none() || has(algorithms, "ES256"),
                "this kind of client key",
            ),
            (has(&self.scopes_supported, "atproto"), "the scope atproto"),
            (
                has(&self.dpop_signing_alg_values_supported, "ES256"),
                "DPoP with ES256",
            ),
            (
                self.authorization_response_iss_parameter_supported,
                "the parameter iss",
            ),
            (
                self.require_pushed_authorization_requests,
                "pushed authorization requests",
            ),
            (
                self.client_id_metadata_document_supported,
                "client metadata documents",
            ),
        ];
        let missing = features.into_iter().find(|(supported, _)| !supported);
        missing.map(|(_, feature)| feature)
    }
}

async fn fetch_metadata<T: for<'de> Deserialize<'de>>(
    client: &Client,
    origin: &Url,
    name: &str,
) -> Result<T, SignInError> {
    let missing = || SignInError::NoOAuth {
        host: origin.host_str().unwrap_or_default().to_owned(),
    };
    let url = origin.join(&format!("/.well-known/{name}"));
    let response = client.get(&url.map_err(|_| missing())?).await?;
    // The specification forbids redirects here.
    if response.status != StatusCode::OK || response.redirected {
        return Err(missing());
    }
    serde_json::from_slice(&response.body).map_err(|_| missing())
}
