//! An authorization server: found from a person's data server, and asked for tokens.

use serde::Deserialize;
use url::Url;

use crate::client::Client;
use crate::error::{SignInError, no_randomness, quoted, refused};
use crate::http::{Answer, Http};
use crate::key::SigningKey;

#[derive(Deserialize)]
struct Resource {
    resource: String,
    authorization_servers: Vec<String>,
}

/// Its published metadata. What the AT Protocol demands and is missing here is refused.
#[derive(Deserialize)]
pub(crate) struct Issuer {
    pub(crate) issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    pushed_authorization_request_endpoint: String,
    revocation_endpoint: Option<String>,
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

/// What the token endpoint grants.
#[derive(Deserialize)]
pub(crate) struct Grant {
    pub(crate) access_token: String,
    token_type: String,
    pub(crate) expires_in: Option<u64>,
    pub(crate) refresh_token: Option<String>,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    sub: String,
}

/// Why the issuer did not do as asked.
pub(crate) enum Failure {
    /// The issuer no longer knows the code or the refresh token.
    Ended,
    Other(SignInError),
}

impl From<SignInError> for Failure {
    fn from(error: SignInError) -> Self {
        Self::Other(error)
    }
}

impl From<Failure> for SignInError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Ended => refused("The sign-in has ended at your server. Sign in again."),
            Failure::Other(error) => error,
        }
    }
}

impl Grant {
    /// # Errors
    /// The tokens are another's, or are not what we asked for.
    pub(crate) fn check(&self, did: &str) -> Result<(), SignInError> {
        if self.sub != did {
            Err(refused(
                "You signed in with another account than the one you named.",
            ))
        } else if !self.token_type.eq_ignore_ascii_case("DPoP") {
            Err(refused("Your server gives tokens that anyone could use."))
        } else if !self.scope.split(' ').any(|scope| scope == "atproto") {
            Err(refused(
                "Your server did not grant a sign-in to the AT Protocol.",
            ))
        } else {
            Ok(())
        }
    }
}

impl Issuer {
    /// The issuer that the data server at `pds` trusts.
    pub(crate) async fn of(client: &Client, pds: &Url) -> Result<Self, SignInError> {
        let resource: Resource = metadata(&client.http, pds, "oauth-protected-resource").await?;
        let origin = pds.origin().ascii_serialization();
        let [issuer] = resource.authorization_servers.as_slice() else {
            return Err(refused(format!(
                "{origin} does not name one server to sign in at."
            )));
        };
        if resource.resource.trim_end_matches('/') != origin {
            return Err(refused(format!(
                "{origin} says that it is {}.",
                quoted(&resource.resource)
            )));
        }
        let found = Self::at(client, issuer).await?;
        match &found.protected_resources {
            Some(all) if !all.iter().any(|one| one.trim_end_matches('/') == origin) => {
                Err(refused(format!("{issuer} does not sign in for {origin}.")))
            }
            _ => Ok(found),
        }
    }

    /// The issuer of this name.
    pub(crate) async fn at(client: &Client, name: &str) -> Result<Self, SignInError> {
        let url = client
            .http
            .origin(name)
            .ok_or_else(|| refused("Your data server names no usable server to sign in at."))?;
        let found: Self = metadata(&client.http, &url, "oauth-authorization-server").await?;
        let missing = found.missing(client);
        if found.issuer != name || url.origin().ascii_serialization() != name {
            return Err(refused(format!("{name} does not say that it is itself.")));
        }
        missing.map_or(Ok(found), |what| {
            Err(refused(format!(
                "{name} lacks {what}, which a sign-in here needs."
            )))
        })
    }

    fn missing(&self, client: &Client) -> Option<&'static str> {
        let has = |list: &[String], value: &str| list.iter().any(|one| one == value);
        let method = if client.key.is_some() {
            "private_key_jwt"
        } else {
            "none"
        };
        let algorithms = &self.token_endpoint_auth_signing_alg_values_supported;
        let needs = [
            (
                has(&self.response_types_supported, "code"),
                "the authorization code",
            ),
            (
                has(&self.grant_types_supported, "authorization_code"),
                "the authorization code",
            ),
            (
                has(&self.grant_types_supported, "refresh_token"),
                "refresh tokens",
            ),
            (has(&self.code_challenge_methods_supported, "S256"), "PKCE"),
            (
                has(&self.token_endpoint_auth_methods_supported, method),
                "our kind of client",
            ),
            (
                client.key.is_none() || has(algorithms, "ES256"),
                "our kind of client key",
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
                "pushed requests",
            ),
            (
                self.client_id_metadata_document_supported,
                "client metadata documents",
            ),
        ];
        needs
            .into_iter()
            .find(|(met, _)| !met)
            .map(|(_, what)| what)
    }

    /// Announces a sign-in. The URL to send the browser to.
    pub(crate) async fn push(
        &self,
        client: &Client,
        key: &SigningKey,
        form: &[(&str, &str)],
    ) -> Result<String, SignInError> {
        #[derive(Deserialize)]
        struct Pushed {
            request_uri: String,
        }
        let page = client.http.allowed(&self.authorization_endpoint);
        let mut page = page.ok_or_else(|| {
            refused(format!(
                "{} names no usable page to sign in at.",
                self.issuer
            ))
        })?;
        let answer = self
            .post(
                client,
                key,
                &self.pushed_authorization_request_endpoint,
                form,
            )
            .await?;
        let pushed: Pushed = self.read(&answer, &[201, 200])?;
        page.query_pairs_mut()
            .append_pair("client_id", &client.id)
            .append_pair("request_uri", &pushed.request_uri);
        Ok(page.into())
    }

    /// Tokens for a code or for a refresh token.
    pub(crate) async fn grant(
        &self,
        client: &Client,
        key: &SigningKey,
        form: &[(&str, &str)],
    ) -> Result<Grant, Failure> {
        let answer = self.post(client, key, &self.token_endpoint, form).await?;
        self.read(&answer, &[200])
    }

    /// Asks to forget a token; that the issuer does cannot be enforced.
    pub(crate) async fn revoke(&self, client: &Client, key: &SigningKey, token: &str) {
        if let Some(endpoint) = &self.revocation_endpoint {
            let _ = self.post(client, key, endpoint, &[("token", token)]).await;
        }
    }

    async fn post(
        &self,
        client: &Client,
        key: &SigningKey,
        endpoint: &str,
        form: &[(&str, &str)],
    ) -> Result<Answer, SignInError> {
        let url = client
            .http
            .allowed(endpoint)
            .ok_or_else(|| refused(format!("{} names no usable address.", self.issuer)))?;
        let mut bare = url.clone();
        bare.set_query(None);
        let mut nonce: Option<String> = None;
        // The first answer may give the nonce that the proof has to carry.
        loop {
            let proof = key
                .proof("POST", bare.as_str(), nonce.as_deref())
                .ok_or_else(no_randomness)?;
            let body = client.form(&self.issuer, form).ok_or_else(no_randomness)?;
            let answer = client.http.post(&url, body, proof).await?;
            if nonce.is_none() && answer.nonce.is_some() && error_of(&answer).0 == "use_dpop_nonce"
            {
                nonce = answer.nonce;
            } else {
                return Ok(answer);
            }
        }
    }

    fn read<T: for<'de> Deserialize<'de>>(
        &self,
        answer: &Answer,
        good: &[u16],
    ) -> Result<T, Failure> {
        if good.contains(&answer.status) {
            let unreadable =
                |_| refused(format!("The answer of {} cannot be read.", self.issuer)).into();
            return serde_json::from_slice(&answer.body).map_err(unreadable);
        }
        let (error, description) = error_of(answer);
        if error == "invalid_grant" {
            return Err(Failure::Ended);
        }
        Err(refused(
            format!("{} refuses the sign-in: {error} {description}", self.issuer).trim_end(),
        )
        .into())
    }
}

async fn metadata<T: for<'de> Deserialize<'de>>(
    http: &Http,
    at: &Url,
    name: &str,
) -> Result<T, SignInError> {
    let none = || {
        refused(format!(
            "{} offers no sign-in over OAuth.",
            at.host_str().unwrap_or_default()
        ))
    };
    let url = at
        .join(&format!("/.well-known/{name}"))
        .map_err(|_| none())?;
    let answer = http.get(&url).await?;
    // The specification allows no redirect here.
    if answer.status != 200 || answer.redirected {
        return Err(none());
    }
    serde_json::from_slice(&answer.body).map_err(|_| none())
}

fn error_of(answer: &Answer) -> (String, String) {
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Error {
        error: String,
        error_description: String,
    }
    let error: Error = serde_json::from_slice(&answer.body).unwrap_or_default();
    (quoted(&error.error), quoted(&error.error_description))
}
