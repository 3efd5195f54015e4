//! The CID of a document: CIDv1, DAG-CBOR, SHA-256, base32.
//! Source: <https://atproto.com/specs/data-model> and <https://ipld.io/specs/codecs/dag-cbor/spec/>.

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// Version 1, codec DAG-CBOR, multihash SHA-256 of 32 bytes.
const PREFIX: [u8; 4] = [0x01, 0x71, 0x12, 0x20];

/// Why a value has no CID: the place, and what was found there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotData {
    place: String,
    message: &'static str,
}

impl std::fmt::Display for NotData {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "at \"{}\": {}", self.place, self.message)
    }
}

impl std::error::Error for NotData {}

/// The CID under which a lexicon is published: that of the record, which is the document with its
/// `$type` added.
///
/// # Errors
/// The document holds something outside of the data model, such as a fraction.
pub fn of_lexicon(document: &Map<String, Value>) -> Result<String, NotData> {
    let mut record = document.clone();
    record.insert("$type".to_owned(), "com.atproto.lexicon.schema".into());
    of_value(&Value::Object(record))
}

/// The CID of a value.
///
/// # Errors
/// As [`of_lexicon`].
pub fn of_value(value: &Value) -> Result<String, NotData> {
    let mut cid = PREFIX.to_vec();
    cid.extend(Sha256::digest(to_dag_cbor(value)?));
    Ok(format!("b{}", base32(&cid)))
}

/// A value in DAG-CBOR.
///
/// # Errors
/// As [`of_lexicon`].
pub fn to_dag_cbor(value: &Value) -> Result<Vec<u8>, NotData> {
    let mut out = Vec::new();
    write(value, "", &mut out)?;
    Ok(out)
}

fn write(value: &Value, place: &str, out: &mut Vec<u8>) -> Result<(), NotData> {
    let fault = |message| NotData {
        place: place.to_owned(),
        message,
    };
    match value {
        Value::Null => out.push(0xf6),
        Value::Bool(false) => out.push(0xf4),
        Value::Bool(true) => out.push(0xf5),
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(n), _) => head(0, n, out),
            // -1 - n, which is what CBOR stores.
            (None, Some(n)) => head(1, !n.cast_unsigned(), out),
            _ => return Err(fault("expected an integer, found a fraction")),
        },
        Value::String(text) => {
            head(3, text.len() as u64, out);
            out.extend(text.as_bytes());
        }
        Value::Array(items) => {
            head(4, items.len() as u64, out);
            for (index, item) in items.iter().enumerate() {
                write(item, &format!("{place}/{index}"), out)?;
            }
        }
        Value::Object(members) => {
            if members.len() == 1
                && let Some((key @ ("$bytes" | "$link"), inner)) =
                    members.iter().next().map(|(key, inner)| (&key[..], inner))
            {
                let message = "expected a base64 text in $bytes or a CID in $link";
                return special(key, inner, out).ok_or_else(|| fault(message));
            }
            head(5, members.len() as u64, out);
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by(|(a, _), (b, _)| (a.len(), a).cmp(&(b.len(), b)));
            for (key, member) in members {
                head(3, key.len() as u64, out);
                out.extend(key.as_bytes());
                write(member, &format!("{place}/{key}"), out)?;
            }
        }
    }
    Ok(())
}

fn special(key: &str, inner: &Value, out: &mut Vec<u8>) -> Option<()> {
    if key == "$bytes" {
        let bytes: lexicon_runtime::Bytes =
            serde_json::from_value(serde_json::json!({ "$bytes": inner })).ok()?;
        head(2, bytes.0.len() as u64, out);
        out.extend(bytes.0);
        return Some(());
    }
    let cid = from_base32(inner.as_str()?.strip_prefix('b')?)?;
    head(6, 42, out);
    // The zero byte is the multibase prefix of a binary CID.
    head(2, cid.len() as u64 + 1, out);
    out.push(0);
    out.extend(cid);
    Some(())
}

/// The first bytes of a CBOR item: its major type and its number, in the shortest form.
fn head(major: u8, number: u64, out: &mut Vec<u8>) {
    let major = major << 5;
    let bytes = number.to_be_bytes();
    match number {
        0..24 => out.push(major | bytes[7]),
        24..0x100 => out.extend([major | 24, bytes[7]]),
        0x100..0x1_0000 => {
            out.push(major | 25);
            out.extend(&bytes[6..]);
        }
        0x1_0000..0x1_0000_0000 => {
            out.push(major | 26);
            out.extend(&bytes[4..]);
        }
        _ => {
            out.push(major | 27);
            out.extend(&bytes);
        }
    }
}

const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

fn base32(bytes: &[u8]) -> String {
    let mut text = String::new();
    let (mut buffer, mut bits) = (0u32, 0);
    for byte in bytes {
        buffer = (buffer << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(BASE32[(buffer >> bits) as usize & 31]));
        }
    }
    if bits > 0 {
        text.push(char::from(BASE32[(buffer << (5 - bits)) as usize & 31]));
    }
    text
}

fn from_base32(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut buffer, mut bits) = (0u32, 0);
    for symbol in text.bytes() {
        let digit = BASE32.iter().position(|known| *known == symbol)?;
        buffer = (buffer << 5) | digit as u32;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((buffer >> bits) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn integers_take_the_shortest_form() {
        for (number, bytes) in [
            (json!(0), vec![0x00]),
            (json!(23), vec![0x17]),
            (json!(24), vec![0x18, 24]),
            (json!(255), vec![0x18, 255]),
            (json!(256), vec![0x19, 1, 0]),
            (json!(65_536), vec![0x1a, 0, 1, 0, 0]),
            (json!(4_294_967_296_u64), vec![0x1b, 0, 0, 0, 1, 0, 0, 0, 0]),
            (json!(-1), vec![0x20]),
            (json!(-25), vec![0x38, 24]),
        ] {
            assert_eq!(to_dag_cbor(&number), Ok(bytes), "{number}");
        }
    }

    #[test]
    fn keys_are_sorted_by_length_first() {
        let value = json!({"bb": 1, "a": 2, "aa": 3});
        let expected = b"\xa3\x61a\x02\x62aa\x03\x62bb\x01";
        assert_eq!(to_dag_cbor(&value).unwrap(), expected);
    }

    #[test]
    fn bytes_and_links_are_no_maps() {
        let value = json!([{"$bytes": "AQI"}]);
        assert_eq!(to_dag_cbor(&value).unwrap(), b"\x81\x42\x01\x02");
        let cid = "bafyreih5sw74bhtf6qnbtpntboezr4rdu4efqwxpsrvs6d4cqkqo5c3tnm";
        let bytes = to_dag_cbor(&json!({ "$link": cid })).unwrap();
        assert_eq!(bytes[..5], [0xd8, 42, 0x58, 37, 0]);
        assert_eq!(format!("b{}", base32(&bytes[5..])), cid);
    }

    #[test]
    fn a_fraction_has_no_cid() {
        let error = of_value(&json!({"a": [1, 1.5]})).unwrap_err();
        assert_eq!(
            error.to_string(),
            "at \"/a/1\": expected an integer, found a fraction"
        );
    }
}
