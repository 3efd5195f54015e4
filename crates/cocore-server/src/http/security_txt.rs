//! `/.well-known/security.txt` (RFC 9116): where to report a vulnerability of this server.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::{Data, ServiceConfig};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use cocore_keys::Clock;
use url::Url;
use xrpc_server::XrpcError;

use super::api_error::ApiError;
use super::route::{READ, get, resource};

/// Where the file is.
const PATH: &str = "/.well-known/security.txt";
/// How long an answer is valid. RFC 9116 recommends less than a year (section 2.5.5).
const VALIDITY: TimeDelta = TimeDelta::days(180);

/// The file of a server that has a security contact.
pub struct SecurityTxt {
    /// Where to report a vulnerability, in the order of preference.
    contacts: Vec<Url>,
    /// The origin of the server, if it is known and on https: section 2.5.2 allows no other.
    origin: Option<String>,
    clock: Arc<dyn Clock>,
}

impl SecurityTxt {
    /// The file with these contacts. `None` without a contact: the field is required.
    pub fn new(contacts: &[Url], public_url: Option<&str>, clock: Arc<dyn Clock>) -> Option<Self> {
        let origin = public_url.filter(|origin| origin.starts_with("https://"));
        (!contacts.is_empty()).then(|| Self {
            contacts: contacts.to_vec(),
            origin: origin.map(str::to_owned),
            clock,
        })
    }

    fn text(&self, now: DateTime<Utc>) -> String {
        let contacts = self.contacts.iter();
        let mut lines: Vec<_> = contacts.map(|uri| format!("Contact: {uri}\n")).collect();
        let expires = (now + VALIDITY).to_rfc3339_opts(SecondsFormat::Secs, true);
        lines.push(format!("Expires: {expires}\n"));
        if let Some(origin) = &self.origin {
            lines.push(format!("Canonical: {origin}{PATH}\n"));
        }
        lines.concat()
    }
}

/// Registers the route.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(resource(PATH, READ).route(get().to(security_txt)));
}

async fn security_txt(file: Option<Data<SecurityTxt>>) -> Result<HttpResponse, ApiError> {
    let none = || XrpcError::not_found("this server has no security contact");
    let file = file.ok_or_else(none)?;
    Ok(HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .body(file.text(file.clock.now())))
}
