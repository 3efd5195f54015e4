//! Cursors: where a page ends, as text that clients do not interpret.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::DateTime;
use cocore_keys::{Key, KeyPosition, StoredEvent};
use xrpc_server::XrpcError;

use crate::errors::invalid;

/// Cuts a list down to a page. It was read with one item more than a page has: whether that item is there shows
/// whether there is another page, whose cursor is returned, as `of` writes it for the last item of this one.
pub(crate) fn next<T>(
    items: &mut Vec<T>,
    page_size: u16,
    of: impl FnOnce(&T) -> String,
) -> Option<String> {
    let is_last = items.len() <= usize::from(page_size);
    items.truncate(page_size.into());
    items.last().filter(|_| !is_last).map(of)
}

/// Writes the position of a key.
pub(crate) fn of_key(key: &Key) -> String {
    let text = format!("{}:{}", key.created_at.timestamp_millis(), key.id);
    URL_SAFE_NO_PAD.encode(text)
}

/// Reads the position of a key.
///
/// # Errors
/// `InvalidRequest`: this server has written no such cursor.
pub(crate) fn key(text: &str) -> Result<KeyPosition, XrpcError> {
    let position = || {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let (millis, id) = text.split_once(':')?;
        (!id.contains('\0')).then_some(())?;
        Some(KeyPosition {
            created_at: DateTime::from_timestamp_millis(millis.parse().ok()?)?,
            id: id.to_owned(),
        })
    };
    position().ok_or_else(unknown)
}

/// Writes the number of an event.
pub(crate) fn of_event(event: &StoredEvent) -> String {
    URL_SAFE_NO_PAD.encode(event.number.to_string())
}

/// Reads the number of an event.
///
/// # Errors
/// `InvalidRequest`: this server has written no such cursor.
pub(crate) fn event(text: &str) -> Result<i64, XrpcError> {
    let number = || {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        text.parse().ok()
    };
    number().ok_or_else(unknown)
}

fn unknown() -> XrpcError {
    invalid("params/cursor", "expected the cursor of an earlier answer")
}
