//! A call as an HTTP request.

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method};
use lexicon_runtime::{
    Body, MethodKind, Options, Validate, Violation, Violations, XrpcMethod, json, media_type, query,
};
use reqwest::Url;
use serde::Serialize;

use crate::credential::CallInfo;
use crate::settings::Settings;

/// A checked and written request, which can be sent several times.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) call: CallInfo,
    pub(crate) method: Method,
    pub(crate) url: Url,
    /// The headers beside those of the client, in place of those of the same name.
    pub(crate) headers: HeaderMap,
    /// `None` for a method without input.
    pub(crate) body: Option<Bytes>,
}

impl Request {
    /// Checks and writes a call of `M` with headers of its own.
    pub(crate) fn new<M: XrpcMethod>(
        settings: &Settings,
        mut headers: HeaderMap,
        params: &M::Params,
        input: M::Input,
    ) -> Result<Self, Violations> {
        let url = url(settings, M::NSID, params)?;
        input.check("input", M::BODY_OPTIONS)?;

        if let Some(accepted) = M::OUTPUT_ENCODING {
            headers.insert(ACCEPT, HeaderValue::from_static(accepted));
        }
        let body = match M::INPUT_ENCODING {
            None => {
                if M::KIND == MethodKind::Procedure {
                    headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
                }
                None
            }
            Some(declared) => {
                let (content_type, bytes) = encode(declared, input)?;
                headers.insert(CONTENT_TYPE, content_type);
                Some(bytes)
            }
        };
        let call = CallInfo {
            nsid: M::NSID,
            kind: M::KIND,
        };
        let method = match M::KIND {
            MethodKind::Query => Method::GET,
            MethodKind::Procedure => Method::POST,
        };
        Ok(Self {
            call,
            method,
            url,
            headers,
            body,
        })
    }
}

/// Checks the parameters, and writes the URL of a call.
pub(crate) fn url<P: Validate + Serialize>(
    settings: &Settings,
    nsid: &str,
    params: &P,
) -> Result<Url, Violations> {
    json::check("params", params, Options::DEFAULT)?;
    let mut url = settings.endpoint.clone();
    url.set_path(&format!("{}{nsid}", url.path()));
    let query = query::encode(params)?;
    url.set_query(Some(&query[..]).filter(|query| !query.is_empty()));
    Ok(url)
}

fn encode<B: Body>(declared: &'static str, input: B) -> Result<(HeaderValue, Bytes), Violations> {
    let fault = |message: String| Violations::from(Violation::new("input", message));
    let written = input.encode();
    let (given, bytes) =
        written.map_err(|_| fault("the value cannot be written as JSON".to_owned()))?;
    let Some(content_type) = given.or_else(|| only(declared)) else {
        return Err(fault(format!(
            "expected a content type that matches {declared}, found none"
        )));
    };
    if media_type::is_glob(&content_type) || !media_type::matches(declared, &content_type) {
        return Err(fault(format!(
            "expected a content type that matches {declared}, found {content_type}"
        )));
    }
    let content_type = HeaderValue::try_from(content_type)
        .map_err(|_| fault("the content type has characters that no header may have".to_owned()))?;
    Ok((content_type, bytes.into()))
}

/// The one content type that `declared` stands for.
fn only(declared: &str) -> Option<String> {
    (!media_type::is_glob(declared)).then(|| declared.to_owned())
}
