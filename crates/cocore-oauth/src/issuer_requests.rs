//! Requests to an authorization server: pushed authorization requests, tokens, revocation.

use std::time::Duration;

use atproto_resolver::{Did, Response};
use serde::Deserialize;
use tokio::time::timeout;
use url::Url;

use crate::client::Client;
use crate::error::{SignInError, quoted};
use crate::issuer::Issuer;
use crate::key::SigningKey;
use crate::tokens::SessionTokens;

/// How long a sign-in waits until its tokens are revoked.
const REVOCATION_TIMEOUT: Duration = Duration::from_secs(3);

/// The response of the token endpoint.
#[derive(Deserialize)]
pub(crate) struct Grant {
    access_token: String,
    token_type: String,
    refresh_token: Option<String>,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    sub: String,
    expires_in: Option<u64>,
}

/// How long an access token is valid whose issuer does not say so, in seconds.
const DEFAULT_LIFETIME: u64 = 5 * 60;

#[derive(Deserialize, Default)]
#[serde(default)]
struct ErrorResponse {
    error: String,
    error_description: String,
}

impl Grant {
    /// Checks that the tokens belong to `did` and are what was asked for.
    pub(crate) fn check(&self, did: &Did) -> Result<(), SignInError> {
        if Did::parse(&self.sub).as_ref() != Ok(did) {
            Err(SignInError::OtherAccount)
        } else if !self.token_type.eq_ignore_ascii_case("DPoP") {
            Err(SignInError::UnboundTokens)
        } else if !self.scope.split(' ').any(|scope| scope == "atproto") {
            Err(SignInError::MissingScope)
        } else {
            Ok(())
        }
    }

    /// Returns the tokens of a session. An issuer that sends no new refresh token goes on accepting `refresh_token`.
    pub(crate) fn into_tokens(
        self,
        client: &Client,
        issuer: &Issuer,
        pds: &Url,
        key: &SigningKey,
        refresh_token: Option<&str>,
    ) -> SessionTokens {
        let now = client.now();
        let lifetime = self.expires_in.unwrap_or(DEFAULT_LIFETIME);
        SessionTokens {
            client_id: client.id.clone(),
            issuer: issuer.issuer.clone(),
            pds: pds.origin().ascii_serialization(),
            key: key.secret_jwk(),
            access_token: self.access_token,
            refresh_token: self
                .refresh_token
                .or_else(|| refresh_token.map(str::to_owned)),
            scope: self.scope,
            issued_at: now,
            expires_at: now.saturating_add(lifetime),
        }
    }
}

impl Issuer {
    /// Sends a pushed authorization request. Returns the URL to which the browser has to go.
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
        let page = client.http.parse_url(&self.authorization_endpoint);
        let mut page = page.map_err(|_| self.invalid_endpoint())?;
        let endpoint = &self.pushed_authorization_request_endpoint;
        let response = self.post(client, key, endpoint, form).await?;
        let pushed: Pushed = self.read(&response, &[201, 200])?;
        page.query_pairs_mut()
            .append_pair("client_id", &client.id)
            .append_pair("request_uri", &pushed.request_uri);
        Ok(page.into())
    }

    /// Exchanges a code for tokens.
    ///
    /// # Errors
    /// [`SignInError::InvalidGrant`]: the issuer no longer accepts the code.
    pub(crate) async fn grant(
        &self,
        client: &Client,
        key: &SigningKey,
        form: &[(&str, &str)],
    ) -> Result<Grant, SignInError> {
        let response = self.post(client, key, &self.token_endpoint, form).await?;
        self.read(&response, &[200])
    }

    /// Revokes the tokens of a sign-in. If that fails, they remain valid until they expire; the log says why.
    pub(crate) async fn revoke(&self, client: &Client, key: &SigningKey, grant: &Grant) {
        let tokens = grant.refresh_token.iter().chain([&grant.access_token]);
        self.revoke_tokens(client, key, tokens).await;
    }

    /// Revokes the tokens of a session, and returns whether the issuer confirmed it.
    pub(crate) async fn revoke_session(
        &self,
        client: &Client,
        key: &SigningKey,
        tokens: &SessionTokens,
    ) -> bool {
        let tokens = tokens.refresh_token.iter().chain([&tokens.access_token]);
        self.revoke_tokens(client, key, tokens).await
    }

    async fn revoke_tokens(
        &self,
        client: &Client,
        key: &SigningKey,
        tokens: impl Iterator<Item = &String>,
    ) -> bool {
        let issuer = &self.issuer;
        let Some(endpoint) = &self.revocation_endpoint else {
            tracing::warn!(issuer, "the issuer of a sign-in cannot revoke its tokens");
            return false;
        };
        let revoke = async {
            for token in tokens {
                let response = self
                    .post(client, key, endpoint, &[("token", token)])
                    .await?;
                if !response.status.is_success() {
                    return Err(self.rejection(&response));
                }
            }
            Ok(())
        };
        let error = match timeout(REVOCATION_TIMEOUT, revoke).await {
            Ok(Ok(())) => return true,
            Ok(Err(error)) => error.to_string(),
            Err(_) => "it does not answer in time".to_owned(),
        };
        tracing::warn!(
            issuer,
            error,
            "the issuer of a sign-in did not revoke its tokens"
        );
        false
    }

    async fn post(
        &self,
        client: &Client,
        key: &SigningKey,
        endpoint: &str,
        form: &[(&str, &str)],
    ) -> Result<Response, SignInError> {
        let url = client.http.parse_url(endpoint);
        let url = url.map_err(|_| self.invalid_endpoint())?;
        let mut without_query = url.clone();
        without_query.set_query(None);
        let (url, without_query) = (&url, &without_query);
        let send = |nonce: Option<String>| async move {
            let now = client.now();
            let proof = key.proof("POST", without_query.as_str(), nonce.as_deref(), None, now)?;
            let body = client.form(&self.issuer, form)?;
            client.post(url, body, &proof).await
        };
        client.nonces.send(url, wants_nonce, send).await
    }

    /// Reads a response with one of the expected statuses.
    fn read<T: for<'de> Deserialize<'de>>(
        &self,
        response: &Response,
        expected: &[u16],
    ) -> Result<T, SignInError> {
        if !expected.contains(&response.status.as_u16()) {
            return Err(self.rejection(response));
        }
        let issuer = self.issuer.clone();
        serde_json::from_slice(&response.body).map_err(|_| SignInError::InvalidResponse { issuer })
    }

    fn rejection(&self, response: &Response) -> SignInError {
        let issuer = self.issuer.clone();
        let ErrorResponse {
            error,
            error_description,
        } = read_error(response);
        if error == "invalid_grant" {
            return SignInError::InvalidGrant;
        }
        let reason = format!("{error} {error_description}").trim().to_owned();
        SignInError::RejectedByIssuer { issuer, reason }
    }

    fn invalid_endpoint(&self) -> SignInError {
        SignInError::InvalidEndpoint {
            issuer: self.issuer.clone(),
        }
    }
}

/// Whether an issuer asks for a proof with the nonce that it gives.
fn wants_nonce(response: &Response) -> bool {
    read_error(response).error == "use_dpop_nonce"
}

fn read_error(response: &Response) -> ErrorResponse {
    let read: ErrorResponse = serde_json::from_slice(&response.body).unwrap_or_default();
    ErrorResponse {
        error: quoted(&read.error),
        error_description: quoted(&read.error_description),
    }
}
