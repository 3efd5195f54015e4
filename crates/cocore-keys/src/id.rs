//! Ids of keys: UUIDs of version 7, in the order in which this process made them.
//! Source: RFC 9562, sections 5.7 and 6.2 (monotonic random).

use chrono::{DateTime, Utc};
use uuid::Builder;

/// Random bits of an id that follow its time: those below, without the highest, so that counting
/// up within a millisecond never runs over.
const COUNTED: u64 = u64::MAX >> 3;

/// Makes ids.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    /// None before the first id: the clock may begin at 0.
    last_millis: Option<u64>,
    last_bytes: [u8; 10],
}

impl Ids {
    /// The id for an instant: fresh random bits, or, in the millisecond of the last id, its bits
    /// plus one.
    pub(crate) fn next(&mut self, now: DateTime<Utc>, random: [u8; 10]) -> String {
        let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
        let (head, tail) = if Some(millis) == self.last_millis {
            let [a, b, tail @ ..] = self.last_bytes;
            ([a, b], u64::from_be_bytes(tail) + 1)
        } else {
            let [a, b, tail @ ..] = random;
            ([a, b], u64::from_be_bytes(tail) & COUNTED)
        };
        let mut bytes = [0; 10];
        bytes[..2].copy_from_slice(&head);
        bytes[2..].copy_from_slice(&tail.to_be_bytes());
        (self.last_millis, self.last_bytes) = (Some(millis), bytes);
        let id = Builder::from_unix_timestamp_millis(millis, &bytes);
        id.into_uuid().hyphenated().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn ids_are_in_order_within_a_millisecond() {
        let now: DateTime<Utc> = "2030-01-01T00:00:00Z".parse().unwrap();
        let mut ids = Ids::default();
        let mut made: Vec<_> = (0..1000).map(|_| ids.next(now, [0xff; 10])).collect();
        made.push(ids.next(now + TimeDelta::milliseconds(1), [0; 10]));
        assert!(made.is_sorted_by(|a, b| a < b));
        for id in &made {
            let uuid = uuid::Uuid::parse_str(id).unwrap();
            assert_eq!(uuid.get_version_num(), 7);
            assert_eq!(uuid.get_variant(), uuid::Variant::RFC4122);
        }
    }

    #[test]
    fn the_first_id_is_random_whatever_the_clock_says() {
        for now in ["1970-01-01T00:00:00Z", "1960-01-01T00:00:00Z"] {
            let now = now.parse().unwrap();
            assert_ne!(
                Ids::default().next(now, [1; 10]),
                Ids::default().next(now, [2; 10])
            );
        }
    }

    #[test]
    fn an_id_begins_with_its_time() {
        let now = DateTime::from_timestamp_millis(0x0190_0000_0000).unwrap();
        let id = Ids::default().next(now, [0xff; 10]);
        assert!(id.starts_with("01900000-0000-7fff-9fff-"), "{id}");
    }
}
