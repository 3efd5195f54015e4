//! Source: <https://atproto.com/specs/data-model>, "Link and CID Formats", and the multibase table.

use data_encoding::{BASE32_NOPAD, Encoding, HEXLOWER, HEXUPPER};

use super::text::Reason;
use crate::base32;

const MIN_BYTES: usize = 8;
const MAX_BYTES: usize = 256;

const RAW: u64 = 0x55;
const DAG_CBOR: u64 = 0x71;
const SHA_256: u64 = 0x12;
const SHA_256_BYTES: usize = 32;

/// A CID of version 1. The network writes base32, which is decoded and read to its last byte, and
/// so is base16. The official vectors hold texts of other bases that are no CIDs once decoded, so
/// for those only the alphabet counts. A CID of version 0 begins with `Q`, which names no base.
pub(super) fn check(text: &str) -> Result<(), Reason> {
    if text.len() < MIN_BYTES {
        return Err("it is shorter than 8 bytes");
    }
    if text.len() > MAX_BYTES {
        return Err("it is longer than 256 bytes");
    }
    let (base, symbols) = text.as_bytes().split_first().ok_or(super::text::EMPTY)?;
    let all = |legal: fn(u8) -> bool| match symbols.iter().all(|symbol| legal(*symbol)) {
        true => Ok(()),
        false => Err("its text is not of its base"),
    };
    match base {
        b'b' => read_lower(symbols).map(drop),
        b'B' => read(symbols, &BASE32_NOPAD).map(drop),
        b'f' => read(symbols, &HEXLOWER).map(drop),
        b'F' => read(symbols, &HEXUPPER).map(drop),
        b'7' => all(|b| matches!(b, b'0'..=b'7')),
        b'k' => all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'z')),
        b'K' => all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'Z')),
        b'z' => all(|b| b.is_ascii_alphanumeric() && !b"0OIl".contains(&b)),
        b'm' => all(|b| b.is_ascii_alphanumeric() || b"+/".contains(&b)),
        b'M' => all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b)),
        b'u' => all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)),
        b'U' => all(|b| b.is_ascii_alphanumeric() || b"-_=".contains(&b)),
        b'Q' => Err("version 0 is not allowed"),
        _ => Err("its first character names no base"),
    }
}

/// A CID in a link of the data model: version 1, in lower-case base32, of DAG-CBOR or of raw bytes.
pub(crate) fn check_link(text: &str) -> Result<(), Reason> {
    match link(text)? {
        RAW | DAG_CBOR => Ok(()),
        _ => Err("its codec is raw or dag-cbor"),
    }
}

/// A CID in a link to a blob: as in other links, of raw bytes.
pub(crate) fn check_blob(text: &str) -> Result<(), Reason> {
    match link(text)? {
        RAW => Ok(()),
        _ => Err("its codec is raw"),
    }
}

/// The codec of a CID in a link.
fn link(text: &str) -> Result<u64, Reason> {
    let symbols = text.strip_prefix('b');
    let symbols = symbols.ok_or("it is in lower-case base32, which begins with `b`")?;
    match read_lower(symbols.as_bytes())? {
        (codec, SHA_256, SHA_256_BYTES) => Ok(codec),
        _ => Err("its hash is one of sha-256"),
    }
}

/// Reads the symbols of a CID in lower-case base32.
fn read_lower(symbols: &[u8]) -> Result<Parts, Reason> {
    match usual_codec(symbols) {
        Some(codec) => Ok((codec, SHA_256, SHA_256_BYTES)),
        None => read(symbols, &base32::LOWER),
    }
}

/// The codec of a CID as nearly all are: version 1, with a SHA-256 hash of DAG-CBOR or of raw bytes. It is not
/// decoded: only its first four bytes and the two bits that are left over have fixed values.
fn usual_codec(symbols: &[u8]) -> Option<u64> {
    const SYMBOLS: usize = 58;
    const LEFT_OVER: u8 = 0b11;
    let symbols: &[u8; SYMBOLS] = symbols.try_into().ok()?;
    let all = symbols
        .iter()
        .fold(0, |all, symbol| all | base32::value(*symbol));
    if all >= base32::NO_VALUE || base32::value(symbols[SYMBOLS - 1]) & LEFT_OVER != 0 {
        return None;
    }
    // Eight symbols are 40 bits.
    let first = symbols[..8].iter().fold(0, |bits, symbol| {
        bits << 5 | u64::from(base32::value(*symbol))
    });
    let is = |codec: u64| {
        first >> 8 == (1 << 24) | (codec << 16) | (SHA_256 << 8) | SHA_256_BYTES as u64
    };
    [DAG_CBOR, RAW].into_iter().find(|codec| is(*codec))
}

/// Decodes the symbols and reads them as a CID. Bits that are left over have to be 0, and fewer than a
/// symbol holds: one CID has one text.
fn read(symbols: &[u8], encoding: &Encoding) -> Result<Parts, Reason> {
    let mut bytes = [0; MAX_BYTES];
    let decoded = encoding
        .decode_len(symbols.len())
        .ok()
        .and_then(|length| bytes.get_mut(..length))
        .ok_or("its length is not one of its base")?;
    match encoding.decode_mut(symbols, decoded) {
        Ok(_) => parts(decoded).ok_or("it is no CID of version 1"),
        Err(_) => Err("its text is not of its base"),
    }
}

/// Codec, hash function, and length of the hash.
type Parts = (u64, u64, usize);

/// Reads version, codec, hash function, length of the hash, and the hash.
fn parts(bytes: &[u8]) -> Option<Parts> {
    let mut rest = bytes;
    varint(&mut rest).filter(|version| *version == 1)?;
    let codec = varint(&mut rest)?;
    let hash = varint(&mut rest)?;
    let length = varint(&mut rest)?;
    (length == rest.len() as u64).then_some((codec, hash, rest.len()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_usual_cid_is_what_its_bytes_say() {
        let mut usual = 0;
        for cid in [
            "afyreih5sw74bhtf6qnbtpntboezr4rdu4efqwxpsrvs6d4cqkqo5c3tnm",
            "afkreiccldh766hwcnuxnf2wh6jgzepf2nlu2lvcllt63eww5p6chi4ity",
        ] {
            for at in 0..cid.len() {
                for symbol in 0..=u8::MAX {
                    let mut symbols = cid.as_bytes().to_vec();
                    symbols[at] = symbol;
                    assert_eq!(read_lower(&symbols), read(&symbols, &base32::LOWER));
                    usual += usize::from(usual_codec(&symbols).is_some());
                }
            }
            assert!(usual_codec(cid.as_bytes()).is_some());
        }
        assert!(usual > 3000, "{usual}");
    }
}
