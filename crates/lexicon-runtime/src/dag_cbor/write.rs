use serde_json::Value;

use super::{CborError, LINK};
use crate::base32;
use crate::data::decode_base64;
use crate::tree;

/// Writes a value: integers in their shortest form, members sorted by length, then by bytes.
///
/// # Errors
/// A fraction, or something that only looks like bytes or a link.
pub fn write(value: &Value) -> Result<Vec<u8>, CborError> {
    let mut out = Vec::new();
    item(value, "", &mut out)?;
    Ok(out)
}

fn item(value: &Value, place: &str, out: &mut Vec<u8>) -> Result<(), CborError> {
    let fault = |message| CborError::new(place, message);
    match value {
        Value::Null => out.push(0xf6),
        Value::Bool(false) => out.push(0xf4),
        Value::Bool(true) => out.push(0xf5),
        Value::Number(number) => match (number.as_u64(), tree::integer(number)) {
            (Some(n), _) => head(0, n, out),
            // -1 - n, which is what CBOR stores.
            (None, Some(n @ ..0)) => head(1, !n.cast_unsigned(), out),
            (None, Some(n)) => head(0, n.cast_unsigned(), out),
            (None, None) => return Err(fault("expected an integer, found a fraction")),
        },
        Value::String(text) => string(3, text.as_bytes(), out),
        Value::Array(items) => {
            head(4, items.len() as u64, out);
            for (index, value) in items.iter().enumerate() {
                item(value, &format!("{place}/{index}"), out)?;
            }
        }
        Value::Object(members) if members.len() == 1 && members.contains_key("$bytes") => {
            let base64 = members.get("$bytes").and_then(Value::as_str);
            let bytes = base64.and_then(decode_base64);
            let bytes = bytes.ok_or_else(|| fault("expected base64 in $bytes"))?;
            string(2, &bytes, out);
        }
        Value::Object(members) if members.len() == 1 && members.contains_key("$link") => {
            let cid = members.get("$link").and_then(Value::as_str);
            let cid =
                cid.and_then(|cid| base32::LOWER.decode(cid.strip_prefix('b')?.as_bytes()).ok());
            let cid = cid.ok_or_else(|| fault("expected a CID in base32 in $link"))?;
            head(6, LINK, out);
            // The zero byte is the multibase prefix of a binary CID.
            string(2, &[&[0], &cid[..]].concat(), out);
        }
        Value::Object(members) => {
            head(5, members.len() as u64, out);
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by(|(a, _), (b, _)| (a.len(), a).cmp(&(b.len(), b)));
            for (key, member) in members {
                string(3, key.as_bytes(), out);
                item(member, &format!("{place}/{key}"), out)?;
            }
        }
    }
    Ok(())
}

fn string(major: u8, bytes: &[u8], out: &mut Vec<u8>) {
    head(major, bytes.len() as u64, out);
    out.extend(bytes);
}

/// The first bytes of an item: its major type and its number, in the shortest form.
fn head(major: u8, number: u64, out: &mut Vec<u8>) {
    let major = major << 5;
    let bytes = number.to_be_bytes();
    let (mark, tail) = match number {
        0..24 => return out.push(major | bytes[7]),
        24..0x100 => (24, &bytes[7..]),
        0x100..0x1_0000 => (25, &bytes[6..]),
        0x1_0000..0x1_0000_0000 => (26, &bytes[4..]),
        _ => (27, &bytes[..]),
    };
    out.push(major | mark);
    out.extend(tail);
}
