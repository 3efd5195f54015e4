//! A row of the older service as a key of this one. Nothing is guessed: a row without a time, an account or a digest
//! that can be read is not a key. A label that cannot be kept is no reason to reject its key.

use std::borrow::Cow;
use std::sync::Arc;

use atproto_resolver::Did;
use chrono::{DateTime, Datelike, SubsecRound, Utc};
use cocore_keys::{Digest, KEY_PREFIX, KeyId, KeyName};
use cocore_store::{ImportedKey, OlderRow};
use lexicon_runtime::Datetime;

use crate::command::account::is_account;
use crate::command::quoted::quoted;

/// The longest name, in bytes.
const MAX_NAME: usize = 100;
/// How much of a value is printed, in characters.
const MAX_PRINTED: usize = 100;

/// Reads a row: the key, and what was wrong with it and is imported in another way.
///
/// # Errors
/// Why it cannot be imported.
pub(super) fn parse(
    row: &OlderRow,
    now: DateTime<Utc>,
) -> Result<(ImportedKey, Vec<String>), String> {
    let digest = digest(row.hash.as_deref())?;
    let prefix = prefix(row.prefix.as_deref())?;
    let did = did(row.did.as_deref())?;
    let created_at = match &row.created_at {
        Some(text) => time("created_at", text)?,
        None => return Err("created_at: expected a time, found none".to_owned()),
    };
    let optional = |column, text: &Option<Vec<u8>>| {
        let text = text.as_deref();
        text.map(|text| time(column, text)).transpose()
    };
    let expires_at = optional("expires_at", &row.expires_at)?;
    let revoked_at = optional("revoked_at", &row.revoked_at)?;
    let mut notes = Vec::new();
    let last_used_at = match optional("last_used_at", &row.last_used_at) {
        Ok(Some(at)) if at > now => {
            notes.push("last_used_at: it is in the future: imported without it".to_owned());
            None
        }
        // As for every use of a key.
        Ok(at) => at.map(|at| at.max(created_at)),
        Err(why) => {
            notes.push(format!("{why}: imported without it"));
            None
        }
    };
    let (name, renamed) = name(row.name.as_deref(), &prefix)?;
    notes.extend(renamed);
    let id = row.id.as_deref().and_then(|id| str::from_utf8(id).ok());
    let key = ImportedKey {
        id: id.and_then(|id| KeyId::parse(id).ok()),
        did: Arc::new(did.into()),
        name,
        prefix,
        digest,
        created_at,
        expires_at,
        revoked_at,
        last_used_at,
    };
    Ok((key, notes))
}

/// Reads the SHA-256. What stands there otherwise may be a secret, and is not printed.
fn digest(hash: Option<&[u8]>) -> Result<Digest, String> {
    let hash = hash.unwrap_or_default();
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let pairs = hash.chunks(2).map(|pair| match pair {
        [high, low] => Some(digit(*high)? * 16 + digit(*low)?),
        _ => None,
    });
    let bytes: Option<Vec<u8>> = pairs.collect();
    let bytes = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    let digest = bytes.map(Digest::from_bytes);
    digest.ok_or_else(|| {
        let found = hash.len();
        format!("hash: expected 64 hexadecimal digits, found another text of {found} bytes")
    })
}

/// Reads the beginning of the secret. More than that is not printed.
fn prefix(text: Option<&[u8]>) -> Result<String, String> {
    let text = text.unwrap_or_default();
    let shown = text.strip_prefix(KEY_PREFIX.as_bytes());
    let is_shown = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let is_prefix = shown.is_some_and(|shown| shown.len() == 8 && shown.iter().all(is_shown));
    match str::from_utf8(text) {
        Ok(text) if is_prefix => Ok(text.to_owned()),
        _ => {
            let found = text.len();
            Err(format!(
                "prefix: expected {KEY_PREFIX} and 8 characters of base64url, found another text of {found} bytes"
            ))
        }
    }
}

fn did(text: Option<&[u8]>) -> Result<Did, String> {
    let text = text.unwrap_or_default();
    let did = str::from_utf8(text)
        .ok()
        .and_then(|text| Did::parse(text).ok());
    let did = did.filter(is_account);
    did.ok_or_else(|| format!("did: expected a DID, found {}", printed(text)))
}

/// Reads a time. A text that is none never means that there is no time.
fn time(column: &str, text: &[u8]) -> Result<DateTime<Utc>, String> {
    let time = str::from_utf8(text)
        .ok()
        .and_then(|text| Datetime::parse(text).ok());
    let time = time.and_then(|time| time.to_utc());
    let time = time.filter(|time| (0..=9999).contains(&time.year()));
    let time = time.map(|time| time.trunc_subsecs(3));
    time.ok_or_else(|| {
        let found = printed(text);
        format!("{column}: expected a time such as 2026-01-31T12:00:00Z, found {found}")
    })
}

/// Reads the label. One that is too long is cut, and a control character is replaced. A key without one gets the
/// beginning of its secret.
fn name(text: Option<&[u8]>, prefix: &str) -> Result<(KeyName, Option<String>), String> {
    let text = String::from_utf8_lossy(text.unwrap_or_default());
    let why = match (KeyName::parse(&text), &text) {
        (Ok(name), Cow::Borrowed(_)) => return Ok((name, None)),
        (Ok(_), Cow::Owned(_)) => "expected UTF-8".to_owned(),
        (Err(why), _) => why.to_string(),
    };
    let is_control = |c: char| c.is_control();
    let mut repaired = text.replace(is_control, "\u{fffd}");
    repaired.truncate(repaired.floor_char_boundary(MAX_NAME));
    let name = KeyName::parse(&repaired).or_else(|_| KeyName::parse(prefix));
    // The prefix is one.
    let name = name.map_err(|why| format!("name: {why}"))?;
    let note = format!("name: {why}: imported as {}", quoted(name.as_str()));
    Ok((name, Some(note)))
}

/// Quotes a value for a message.
pub(super) fn printed(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let mut cut: String = text.chars().take(MAX_PRINTED).collect();
    if cut.len() < text.len() {
        cut.push_str("...");
    }
    quoted(&cut)
}
