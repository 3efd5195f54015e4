//! Source: <https://atproto.com/specs/at-uri-scheme>, "Restricted AT URI Syntax": no query and no
//! fragment. The forms with a space are those of proposal 0016, which is a draft.

use super::text::{Parts, Reason};
use super::{did, handle, nsid, record_key};

const MAX_BYTES: usize = 8192;
/// The segment after which a space is named. It is no NSID, so the forms cannot be confused.
pub(super) const SPACE: &str = "space";

pub(super) fn check(text: &str) -> Result<(), Reason> {
    read(text, segments)
}

/// Reads the segments of a text that may be an AT URI.
pub(super) fn read(
    text: &str,
    segments: fn(Parts<'_>) -> Result<(), Reason>,
) -> Result<(), Reason> {
    if text.len() > MAX_BYTES {
        return Err("it is longer than 8192 bytes");
    }
    let rest = text.strip_prefix("at://").ok_or("it begins with at://")?;
    // No segment may contain them. That they are there is a better reason than where.
    segments(Parts::new(rest, b'/')).map_err(|reason| match rest.contains(['#', '?']) {
        true => "a query or a fragment is not allowed",
        false => reason,
    })
}

fn segments(mut parts: Parts<'_>) -> Result<(), Reason> {
    let authority = parts.next().unwrap_or_default();
    match parts.next() {
        None => account(authority)?,
        Some(SPACE) => {
            did::check(authority).map_err(|_| "a space is named by a DID")?;
            record(&mut parts)?;
            if let Some(author) = parts.next() {
                did::check(author).map_err(|_| "an author in a space is named by a DID")?;
                record(&mut parts)?;
            }
        }
        Some(collection) => {
            account(authority)?;
            nsid(collection)?;
            parts.next().map_or(Ok(()), key)?;
        }
    }
    match parts.next() {
        None => Ok(()),
        Some(_) => Err("it has too many segments"),
    }
}

/// An NSID and a key: of a record, or the type of a space and the key of the space.
pub(super) fn record<'t>(parts: &mut impl Iterator<Item = &'t str>) -> Result<(), Reason> {
    nsid(parts.next().ok_or("the NSID is missing")?)?;
    key(parts.next().ok_or("the key is missing")?)
}

fn account(text: &str) -> Result<(), Reason> {
    match did::check(text).is_ok() || handle::check(text).is_ok() {
        true => Ok(()),
        false => Err("the authority is a handle or a DID"),
    }
}

fn nsid(text: &str) -> Result<(), Reason> {
    nsid::check(text).map_err(|_| "the collection is an NSID")
}

fn key(text: &str) -> Result<(), Reason> {
    record_key::check(text).map_err(|_| "the key is a record key")
}
