//! Whether a record may have a key. Source: <https://atproto.com/specs/record-key>.

use lexicon_runtime::{Format, Violation};

/// Checks a key against the `key` of a record: `tid`, `nsid`, `any`, `literal:self`. The result is what is wrong
/// with the key.
///
/// # Errors
/// The record has no such type of keys.
pub(super) fn check(kind: &str, rkey: &str) -> Result<Option<Violation>, String> {
    if let Some(violation) = check_format(Format::RecordKey, rkey) {
        return Ok(Some(violation));
    }
    match (kind, kind.strip_prefix("literal:")) {
        ("any", _) => Ok(None),
        ("tid", _) => Ok(check_format(Format::Tid, rkey)),
        ("nsid", _) => Ok(check_format(Format::Nsid, rkey)),
        (_, Some(literal)) if literal == rkey => Ok(None),
        (_, Some(literal)) => Ok(Some(violation(format!("expected \"{literal}\"")))),
        (_, None) => Err(format!("`{kind}` is no type of record keys")),
    }
}

fn check_format(format: Format, rkey: &str) -> Option<Violation> {
    let error = format.check(rkey).err()?;
    Some(violation(error.to_string()))
}

fn violation(message: String) -> Violation {
    Violation::new("rkey", message)
}
