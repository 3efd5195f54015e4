//! Source: <https://atproto.com/specs/data-model>, "Link and CID Formats", and the multibase table.

use data_encoding::{BASE32_NOPAD, Encoding, HEXLOWER, HEXUPPER};

use crate::base32;

const MIN_BYTES: usize = 8;
const MAX_BYTES: usize = 256;

/// A CID of version 1. The network writes base32, which is decoded and read to its last byte, and
/// so is base16. The official vectors hold texts of other bases that are no CIDs once decoded, so
/// for those only the alphabet counts. A CID of version 0 begins with `Q`, which names no base.
pub(super) fn is_valid(text: &str) -> bool {
    let Some((base, symbols)) = text.as_bytes().split_first() else {
        return false;
    };
    let all = |legal: fn(u8) -> bool| symbols.iter().all(|symbol| legal(*symbol));
    (MIN_BYTES..=MAX_BYTES).contains(&text.len())
        && match base {
            b'b' => is_cid(symbols, &base32::LOWER),
            b'B' => is_cid(symbols, &BASE32_NOPAD),
            b'f' => is_cid(symbols, &HEXLOWER),
            b'F' => is_cid(symbols, &HEXUPPER),
            b'7' => all(|b| matches!(b, b'0'..=b'7')),
            b'k' => all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'z')),
            b'K' => all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'Z')),
            b'z' => all(|b| b.is_ascii_alphanumeric() && !b"0OIl".contains(&b)),
            b'm' => all(|b| b.is_ascii_alphanumeric() || b"+/".contains(&b)),
            b'M' => all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b)),
            b'u' => all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)),
            b'U' => all(|b| b.is_ascii_alphanumeric() || b"-_=".contains(&b)),
            _ => false,
        }
}

/// Decodes the symbols and reads them as a CID. Bits that are left over have to be 0, and fewer than a
/// symbol holds: one CID has one text.
fn is_cid(symbols: &[u8], encoding: &Encoding) -> bool {
    let mut bytes = [0; MAX_BYTES];
    let decoded = encoding
        .decode_len(symbols.len())
        .ok()
        .and_then(|length| bytes.get_mut(..length));
    decoded.is_some_and(|bytes| encoding.decode_mut(symbols, bytes).is_ok() && is_version_1(bytes))
}

/// Version, codec, hash function, length of the hash, and the hash.
fn is_version_1(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    varint(&mut rest) == Some(1)
        && varint(&mut rest).is_some()
        && varint(&mut rest).is_some()
        && varint(&mut rest).is_some_and(|length| length == rest.len() as u64)
}

/// An unsigned varint of at most 9 bytes, in its shortest form.
fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for index in 0..9 {
        let (byte, tail) = rest.split_first()?;
        *rest = tail;
        number |= u64::from(byte & 0x7f) << (7 * index);
        if *byte < 0x80 {
            return (index == 0 || *byte != 0).then_some(number);
        }
    }
    None
}
