//! Resolution by a host that is trusted: `com.atproto.lexicon.resolveLexicon`.

use atproto_resolver::{Did, HttpClient};
use lexicon_runtime::{AtUri, Cid, Nsid, Value};
use lexicon_schema::cid;
use serde::Deserialize;
use url::Url;

use crate::COLLECTION;
use crate::document::{self, ResolvedLexicon};
use crate::error::ResolveLexiconError;
use crate::proof::MAX_PROOF;
use crate::response;
use crate::text::shown;

/// The answer, of which unknown members are skipped.
#[derive(Deserialize)]
struct Output {
    cid: String,
    uri: String,
    schema: Value,
}

/// Asks a host to resolve a lexicon, and trusts it: there is no proof. The answer still has to be consistent,
/// with a lexicon of that NSID, whose CID and place are those that the host states.
///
/// # Errors
/// The host cannot be asked, has no such lexicon, or its answer is inconsistent.
pub async fn resolve_at_host(
    client: &HttpClient,
    host: &Url,
    nsid: &Nsid,
) -> Result<ResolvedLexicon, ResolveLexiconError> {
    let mut url = host.clone();
    url.set_path("/xrpc/com.atproto.lexicon.resolveLexicon");
    url.query_pairs_mut()
        .clear()
        .append_pair("nsid", nsid.as_str());
    let answer = client.get(&url, MAX_PROOF).await?;
    let body = response::body(answer, &url, nsid.as_str())?;
    let invalid = |reason: String| ResolveLexiconError::InvalidAnswer {
        host: response::host(&url),
        reason,
    };
    let value = lexicon_runtime::json::parse("output", &body);
    let value = value.map_err(|error| invalid(shown(&error)))?;
    let output = Output::deserialize(value).map_err(|error| invalid(shown(&error)))?;
    let found = cid::of_value(&output.schema).map_err(|error| invalid(shown(&error)))?;
    if found != output.cid {
        let expected = output.cid;
        let reason = format!("expected a document with the CID {expected:?}, found {found}");
        return Err(invalid(reason));
    }
    let did = output
        .uri
        .strip_prefix("at://")
        .and_then(|rest| rest.split('/').next());
    let did = did.and_then(|did| Did::parse(did).ok());
    let expected = did.map(|did| document::uri(&did, COLLECTION, nsid.as_str()));
    if expected.as_ref() != Some(&output.uri) {
        let reason = format!("expected the place of {nsid}, found {:?}", output.uri);
        return Err(invalid(reason));
    }
    Ok(ResolvedLexicon {
        nsid: nsid.clone(),
        document: document::of_record(output.schema, nsid).map_err(&invalid)?,
        uri: AtUri::parse(output.uri).map_err(|error| invalid(shown(&error)))?,
        cid: Cid::parse(output.cid).map_err(|error| invalid(shown(&error)))?,
    })
}
