//! Other servers: the PLC directory, the handle resolver, and this one as its clients reach it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use atproto_resolver::{HttpClient, HttpError, Network, Response};
use chrono::DateTime;
use http::StatusCode;
use http::header::DATE;
use serde_json::Value;
use url::Url;

use super::check::Check;
use super::{clock, proxies};
use crate::service_identity::ServiceIdentity;
use crate::settings::Settings;

/// How long each request may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The longest answer, in bytes.
const MAX_ANSWER: usize = 64 * 1024;

const PLC: &str = "PLC directory";
const HANDLES: &str = "handle resolver";
const DOCUMENT: &str = "DID document";
const CLOCK: &str = "clock";

/// An account that the public directory has, and its handle.
const KNOWN_DID: &str = "did:plc:ewvi7nxzyoun6zhxrhs64oiz";
const KNOWN_HANDLE: &str = "atproto.com";

/// Makes the checks, at the same time.
pub(super) async fn examine(settings: &Settings, identity: Option<&ServiceIdentity>) -> Vec<Check> {
    let client = HttpClient::builder(Network::Any)
        .timeout(TIMEOUT)
        .user_agent(concat!("cocore-server/", env!("CARGO_PKG_VERSION")))
        .build();
    let client = match client {
        Ok(client) => client,
        Err(error) => {
            let action = "install the system's CA certificates (Debian: ca-certificates)";
            return vec![Check::failed("network", error, action)];
        }
    };
    let resolve = format!("xrpc/com.atproto.identity.resolveHandle?handle={KNOWN_HANDLE}");
    let (plc, handles, document) = tokio::join!(
        get(&client, &settings.plc_url, KNOWN_DID),
        get(&client, &settings.handle_resolver, &resolve),
        document(&client, identity),
    );
    let reached = document.as_ref().and_then(|found| found.as_ref().ok());
    let reached = reached.map(|answer| &answer.response);
    vec![
        check_plc(&settings.plc_url, &plc),
        check_handles(&settings.handle_resolver, &handles),
        check_document(settings, identity, document.as_ref()),
        check_clock([
            (&settings.plc_url, &plc),
            (&settings.handle_resolver, &handles),
        ]),
        proxies::check(settings, identity, reached),
    ]
}

/// An answer, and when it arrived, in milliseconds since 1970.
struct Answer {
    response: Response,
    arrived: i64,
}

async fn get(client: &HttpClient, base: &Url, path: &str) -> Result<Answer, HttpError> {
    let url = format!("{}/{path}", base.as_str().trim_end_matches('/'));
    let url = client.parse_url(&url)?;
    // A name that is looked up may take longer than the request.
    let response = tokio::time::timeout(2 * TIMEOUT, client.get(&url, MAX_ANSWER)).await;
    let host = url.host_str().unwrap_or_default().to_owned();
    let response = response.unwrap_or(Err(HttpError::Timeout { host }))?;
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let arrived = since.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(0));
    Ok(Answer { response, arrived })
}

async fn document(
    client: &HttpClient,
    identity: Option<&ServiceIdentity>,
) -> Option<Result<Answer, HttpError>> {
    let origin = Url::parse(&identity?.origin).ok()?;
    Some(get(client, &origin, ".well-known/did.json").await)
}

/// Returns a URL without its user and password.
fn shown(url: &Url) -> String {
    let mut shown = url.clone();
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    shown.set_query(None);
    shown.to_string()
}

fn check_plc(url: &Url, answer: &Result<Answer, HttpError>) -> Check {
    let url = shown(url);
    let action = "let the server reach it, or name another with --plc-url: without it, did:plc accounts can \
        neither sign in nor use service auth";
    match answer {
        Err(error) => Check::failed(PLC, format!("{url}: {error}"), action),
        Ok(Answer { response, .. }) => match response.status {
            StatusCode::OK if json(response)["id"] == KNOWN_DID => {
                Check::ok(PLC, format!("{url} answers"))
            }
            // A directory of tests has other accounts.
            StatusCode::NOT_FOUND if json(response).is_object() => {
                Check::ok(PLC, format!("{url} answers; it does not have {KNOWN_DID}"))
            }
            status => Check::failed(
                PLC,
                format!("{url} answers {status}, and no DID document"),
                action,
            ),
        },
    }
}

fn check_handles(url: &Url, answer: &Result<Answer, HttpError>) -> Check {
    let url = shown(url);
    let action = "let the server reach it, or name another with --handle-resolver: without it, some handles \
        cannot sign in";
    match answer {
        Err(error) => Check::failed(HANDLES, format!("{url}: {error}"), action),
        Ok(Answer { response, .. }) => match response.status {
            StatusCode::OK if json(response)["did"].is_string() => {
                Check::ok(HANDLES, format!("{url} answers"))
            }
            StatusCode::BAD_REQUEST if json(response)["error"].is_string() => Check::ok(
                HANDLES,
                format!("{url} answers; it does not know {KNOWN_HANDLE}"),
            ),
            status => Check::failed(
                HANDLES,
                format!("{url} answers {status}, and no DID"),
                action,
            ),
        },
    }
}

fn json(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap_or_default()
}

/// Checks that clients reach this server, and no other, at its public URL.
fn check_document(
    settings: &Settings,
    identity: Option<&ServiceIdentity>,
    answer: Option<&Result<Answer, HttpError>>,
) -> Check {
    let (Some(identity), Some(answer)) = (identity, answer) else {
        return Check::not_checked(DOCUMENT, "there is none without a --public-url");
    };
    let url = format!("{}/.well-known/did.json", identity.origin);
    let response = match answer {
        Err(error) if settings.listen.public_url.is_none() => {
            return Check::not_checked(DOCUMENT, format!("{url}: {error}: start the server first"));
        }
        Err(error) => {
            return Check::failed(
                DOCUMENT,
                format!("{url}: {error}"),
                "start the server; check its name in DNS, the proxy and its certificate",
            );
        }
        Ok(answer) => &answer.response,
    };
    let found = json(response);
    let endpoint = &found["service"][0]["serviceEndpoint"];
    if response.status != StatusCode::OK || !found.is_object() {
        Check::failed(
            DOCUMENT,
            format!("{url} answers {}, and no DID document", response.status),
            "let the proxy pass all paths on to the server",
        )
    } else if found["id"] != identity.did || *endpoint != identity.origin {
        Check::failed(
            DOCUMENT,
            format!(
                "{url} is that of {} at {}, expected {}",
                found["id"], endpoint, identity.did
            ),
            "give the server the --public-url at which its clients reach it",
        )
    } else {
        Check::ok(DOCUMENT, format!("{url} is that of {}", identity.did))
    }
}

/// Compares the clock with the first server that answers and reports the time.
fn check_clock(answers: [(&Url, &Result<Answer, HttpError>); 2]) -> Check {
    let time = |answer: &Answer| {
        let date = answer.response.headers.get(DATE)?.to_str().ok()?;
        let date = DateTime::parse_from_rfc2822(date).ok()?;
        // The header has whole seconds: half a second is the best guess.
        Some(date.timestamp_millis() + 500 - answer.arrived)
    };
    let found = answers.into_iter().find_map(|(url, answer)| {
        let ahead = time(answer.as_ref().ok()?)?;
        Some((url.host_str().unwrap_or_default(), ahead))
    });
    match found {
        Some((host, ahead)) => clock::check(CLOCK, host, ahead),
        None => Check::not_checked(CLOCK, "no other server reports the time"),
    }
}
