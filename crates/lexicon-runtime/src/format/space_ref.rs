//! Source: proposal 0016 of the AT Protocol, which is a draft: `at://DID/space/NSID/KEY`.

use super::{at_uri, did};

pub(super) fn is_valid(text: &str) -> bool {
    at_uri::parts(text).is_some_and(|mut parts| {
        parts.next().is_some_and(did::is_valid)
            && parts.next() == Some(at_uri::SPACE)
            && at_uri::is_record(&mut parts)
            && parts.next().is_none()
    })
}
