//! Ids of keys: UUIDs of version 7, in the order in which this process created them.
//! Source: RFC 9562, sections 5.7 and 6.2 (monotonic random).

use std::fmt;

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use crate::secret::Digest;

/// Random bits of an id below its time, without the highest: an increment within a millisecond never
/// overflows.
const COUNTER_BITS: u64 = u64::MAX >> 3;

/// The id of a key: a UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(Uuid);

/// The text is not a UUID in its canonical form (lower case, with hyphens). The error does not contain
/// the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("expected a UUID in lower case with hyphens")]
pub struct InvalidKeyId;

impl KeyId {
    /// Parses the canonical form. No other text is the same id, since the store compares texts.
    ///
    /// # Errors
    /// The text has another form.
    pub fn parse(text: &str) -> Result<Self, InvalidKeyId> {
        let uuid = Uuid::try_parse(text).map_err(|_| InvalidKeyId)?;
        let mut canonical = [0; Hyphenated::LENGTH];
        if uuid.hyphenated().encode_lower(&mut canonical) == text {
            Ok(Self(uuid))
        } else {
            Err(InvalidKeyId)
        }
    }
}

impl KeyId {
    /// Returns the id of a key that comes from elsewhere without an id that can be kept: a UUID of version 8. The
    /// same digest always gives the same id. The digest cannot be computed from it.
    pub fn of_digest(digest: &Digest) -> Self {
        let hash = Sha256::new_with_prefix(b"cocore key id").chain_update(digest.as_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.finalize()[..16]);
        Self(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }
}

impl From<Uuid> for KeyId {
    fn from(uuid: Uuid) -> Self {
        Self(uuid)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// Generates ids.
#[derive(Debug, Default)]
pub(crate) struct IdGenerator {
    /// None before the first id: the clock may start at 0.
    last_millis: Option<u64>,
    last_bytes: [u8; 10],
}

impl IdGenerator {
    /// Returns the id for a time: fresh random bits, or, in the millisecond of the last id, its bits
    /// plus one.
    pub(crate) fn next(&mut self, now: DateTime<Utc>, random: [u8; 10]) -> KeyId {
        let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
        let (head, tail) = if Some(millis) == self.last_millis {
            let [a, b, tail @ ..] = self.last_bytes;
            ([a, b], u64::from_be_bytes(tail) + 1)
        } else {
            let [a, b, tail @ ..] = random;
            ([a, b], u64::from_be_bytes(tail) & COUNTER_BITS)
        };
        let mut bytes = [0; 10];
        bytes[..2].copy_from_slice(&head);
        bytes[2..].copy_from_slice(&tail.to_be_bytes());
        (self.last_millis, self.last_bytes) = (Some(millis), bytes);
        KeyId(uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn ids_are_in_order_within_a_millisecond() {
        let now: DateTime<Utc> = "2030-01-01T00:00:00Z".parse().unwrap();
        let mut generator = IdGenerator::default();
        let mut ids: Vec<_> = (0..1000).map(|_| generator.next(now, [0xff; 10])).collect();
        ids.push(generator.next(now + TimeDelta::milliseconds(1), [0; 10]));
        assert!(ids.is_sorted_by(|a, b| a < b));
        assert!(ids.is_sorted_by(|a, b| a.to_string() < b.to_string()));
        for KeyId(uuid) in ids {
            assert_eq!(uuid.get_version_num(), 7);
            assert_eq!(uuid.get_variant(), uuid::Variant::RFC4122);
        }
    }

    #[test]
    fn the_first_id_is_random_whatever_the_clock_says() {
        for now in ["1970-01-01T00:00:00Z", "1960-01-01T00:00:00Z"] {
            let now = now.parse().unwrap();
            assert_ne!(
                IdGenerator::default().next(now, [1; 10]),
                IdGenerator::default().next(now, [2; 10])
            );
        }
    }

    #[test]
    fn an_id_begins_with_its_time() {
        let now = DateTime::from_timestamp_millis(0x0190_0000_0000).unwrap();
        let id = IdGenerator::default().next(now, [0xff; 10]).to_string();
        assert!(id.starts_with("01900000-0000-7fff-9fff-"), "{id}");
    }

    #[test]
    fn an_id_can_depend_on_a_digest() {
        let of = |byte| KeyId::of_digest(&Digest::from_bytes([byte; 32]));
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
        assert_eq!(KeyId::parse(&of(1).to_string()), Ok(of(1)));
        let KeyId(uuid) = of(1);
        assert_eq!(uuid.get_version_num(), 8);
    }

    #[test]
    fn only_the_canonical_text_is_an_id() {
        let text = "01900000-0000-7fff-9fff-0123456789ab";
        assert_eq!(KeyId::parse(text).unwrap().to_string(), text);
        for other in [
            "",
            "k1",
            &text.to_uppercase(),
            &text.replace('-', ""),
            &format!("{{{text}}}"),
            &format!("urn:uuid:{text}"),
            &format!("{text} "),
        ] {
            assert_eq!(KeyId::parse(other), Err(InvalidKeyId), "{other:?}");
        }
    }
}
