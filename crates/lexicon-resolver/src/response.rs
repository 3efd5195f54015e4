//! Responses of XRPC servers that are not trusted.

use atproto_resolver::Response;
use lexicon_runtime::ErrorBody;
use url::Url;

use crate::error::ResolveLexiconError;

/// The longest name of an error that is shown.
const MAX_ERROR_NAME: usize = 64;
/// What servers answer where they have no such record or lexicon.
const NOT_FOUND: [&str; 2] = ["RecordNotFound", "LexiconNotFound"];

/// Returns the body of a response with status 200. `uri` is the place of what was asked for.
pub(crate) fn body(
    response: Response,
    url: &Url,
    uri: &str,
) -> Result<Vec<u8>, ResolveLexiconError> {
    let status = response.status.as_u16();
    if status == 200 {
        return Ok(response.body);
    }
    let body: Option<ErrorBody> = serde_json::from_slice(&response.body).ok();
    let name = body.map(|body| body.error);
    let is_name = |name: &String| {
        let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_plain && (1..=MAX_ERROR_NAME).contains(&name.len())
    };
    let error = name.filter(is_name);
    let error = error.unwrap_or_else(|| "no XRPC error".to_owned());
    Err(if NOT_FOUND.contains(&&error[..]) {
        let uri = uri.to_owned();
        ResolveLexiconError::NotPublished { uri }
    } else {
        ResolveLexiconError::Rejected {
            host: host(url),
            status,
            error,
        }
    })
}

/// The host of a URL, as errors name it.
pub(crate) fn host(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}
