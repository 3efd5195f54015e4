//! What this server is to every issuer.

use serde_json::{Value, json};
use url::form_urlencoded::Serializer;
use url::{Host, Url};

use crate::http::{Http, is_loopback};
use crate::key::SigningKey;

/// The client id that issuers know without asking; the query says the rest.
const LOOPBACK_ID: &str = "http://localhost?";

pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) redirect: String,
    /// None: a public client, as on a developer's machine.
    pub(crate) key: Option<SigningKey>,
    pub(crate) http: Http,
    origin: String,
}

impl Client {
    pub(crate) fn new(origin: &str, key: Option<SigningKey>, http: Http) -> Result<Self, String> {
        let url = Url::parse(origin).map_err(|error| format!("The origin: {error}."))?;
        let bare = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        if url.path() != "/" || !bare || url.password().is_some() {
            return Err("The origin must be no more than a scheme, a host and a port.".into());
        }
        let origin = url.origin().ascii_serialization();
        let redirect = format!("{origin}/oauth/callback");
        match (url.scheme(), url.host()) {
            // Issuers send browsers to a public client only at a bare loopback address.
            ("http", Some(Host::Ipv4(_) | Host::Ipv6(_))) if is_loopback(&url) => {
                let mut query = Serializer::for_suffix(LOOPBACK_ID.to_owned(), LOOPBACK_ID.len());
                query
                    .append_pair("redirect_uri", &redirect)
                    .append_pair("scope", "atproto");
                Ok(Self {
                    id: query.finish(),
                    redirect,
                    key: None,
                    http,
                    origin,
                })
            }
            ("https", Some(Host::Domain(_))) => {
                let key = Some(key.ok_or("An https origin needs a signing key.")?);
                let id = format!("{origin}/oauth/client-metadata.json");
                Ok(Self {
                    id,
                    redirect,
                    key,
                    http,
                    origin,
                })
            }
            _ => Err("The origin must be https://HOST, or http://127.0.0.1:PORT.".into()),
        }
    }

    /// A form for `issuer`, with what proves who we are.
    pub(crate) fn form(&self, issuer: &str, fields: &[(&str, &str)]) -> Option<String> {
        let mut form = Serializer::new(String::new());
        form.extend_pairs(fields).append_pair("client_id", &self.id);
        if let Some(key) = &self.key {
            let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
            form.append_pair("client_assertion_type", kind);
            form.append_pair("client_assertion", &key.assertion(&self.id, issuer)?);
        }
        Some(form.finish())
    }

    pub(crate) fn metadata(&self) -> Value {
        let mut metadata = json!({
            "client_id": self.id,
            "client_uri": self.origin,
            "client_name": "cocore",
            "application_type": "web",
            "redirect_uris": [self.redirect],
            "scope": "atproto",
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
            "dpop_bound_access_tokens": true,
        });
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_loopback_the_client_id_carries_the_redirect_and_the_scope() {
        let http = Http::new(reqwest_client(), true);
        let client = Client::new("http://127.0.0.1:8399/", None, http).unwrap();
        let id = "http://localhost?redirect_uri=http%3A%2F%2F127.0.0.1%3A8399%2Foauth%2Fcallback&scope=atproto";
        assert_eq!(client.id, id);
    }

    fn reqwest_client() -> reqwest::Client {
        let _ = rustls::crypto::ring::default_provider().install_default();
        reqwest::Client::new()
    }
}
