//! Source: proposal 0016 of the AT Protocol, which is a draft: `at://DID/space/NSID/KEY`.

use super::text::{Parts, Reason};
use super::{at_uri, did};

pub(super) fn check(text: &str) -> Result<(), Reason> {
    at_uri::read(text, segments)
}

fn segments(mut parts: Parts<'_>) -> Result<(), Reason> {
    did::check(parts.next().unwrap_or_default()).map_err(|_| "a space is named by a DID")?;
    if parts.next() != Some(at_uri::SPACE) {
        return Err("the DID is followed by `space`");
    }
    at_uri::record(&mut parts)?;
    match parts.next() {
        None => Ok(()),
        Some(_) => Err("it has too many segments"),
    }
}
