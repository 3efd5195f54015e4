//! Why a text is not of a string format.
#![allow(clippy::unwrap_used, missing_docs)]

use lexicon_runtime::Format;

#[test]
fn reasons() {
    for (format, text, reason) in [
        (
            Format::Datetime,
            "2030-06-30T23:59:60Z",
            "the seconds are 00 to 59: a leap second is not allowed",
        ),
        (
            Format::Datetime,
            "2030-06-30T23:59:61Z",
            "the seconds are 00 to 59",
        ),
        (
            Format::Datetime,
            "2030-02-29T00:00:00Z",
            "29 February exists in leap years alone",
        ),
        (
            Format::Datetime,
            "2030-02-30T00:00:00Z",
            "February has 28 or 29 days",
        ),
        (
            Format::Datetime,
            "2030-04-31T00:00:00Z",
            "this month has 30 days",
        ),
        (
            Format::Datetime,
            "2030-01-32T00:00:00Z",
            "the day is at most 31",
        ),
        (
            Format::Datetime,
            "2030-01-00T00:00:00Z",
            "the day is at least 01",
        ),
        (
            Format::Datetime,
            "2030-13-01T00:00:00Z",
            "the month is 01 to 12",
        ),
        (
            Format::Datetime,
            "30-01-01T00:00:00Z",
            "the year has four digits",
        ),
        (
            Format::Datetime,
            "2030-01-31T24:00:00Z",
            "the hour is 00 to 23",
        ),
        (
            Format::Datetime,
            "2030-01-31t23:59:59Z",
            "the `t` is a capital letter",
        ),
        (
            Format::Datetime,
            "2030-01-31T23:59:59z",
            "the `z` is a capital letter",
        ),
        (
            Format::Datetime,
            "2030-01-31 23:59:59Z",
            "a `T` stands between the date and the time, not a space",
        ),
        (Format::Datetime, "2030-01-31", "the time is missing"),
        (
            Format::Datetime,
            "2030-01-31T23:59Z",
            "the seconds are missing",
        ),
        (
            Format::Datetime,
            "2030-01-31T23:59:59",
            "the time zone is missing",
        ),
        (
            Format::Datetime,
            "2030-01-31T23:59:59-00:00",
            "the offset -00:00 is not allowed",
        ),
        (
            Format::Datetime,
            "2030-01-31T23:59:59+0100",
            "the offset has a colon after its hours",
        ),
        (
            Format::Datetime,
            "2030-01-31T23:59:59Z0",
            "something follows the time zone",
        ),
        (
            Format::Datetime,
            " 2030-01-31T23:59:59Z",
            "it begins with white space",
        ),
        (
            Format::Datetime,
            "2030-01-31T23:59:59Z\n",
            "it ends with white space",
        ),
        (Format::Datetime, "", "it is empty"),
        (
            Format::Did,
            "did:PLC:abc",
            "the method consists of the letters a to z",
        ),
        (Format::Did, "did:plc:a b", "it contains white space"),
        (Format::Handle, "alice", "it has no dot"),
        (
            Format::Handle,
            "a_b.example",
            "a part consists of letters, digits and hyphens",
        ),
        (
            Format::AtIdentifier,
            "did:plc:",
            "the identifier is missing",
        ),
        (Format::AtIdentifier, "alice", "it has no dot"),
        (Format::AtUri, "https://a.example", "it begins with at://"),
        (
            Format::AtUri,
            "at://did:plc:abc#/x",
            "a query or a fragment is not allowed",
        ),
        (
            Format::AtUri,
            "at://did:plc:abc/a.b.c/d/e",
            "it has too many segments",
        ),
        (
            Format::AtUri,
            "at://a.example/space/a.b.c/self",
            "a space is named by a DID",
        ),
        (
            Format::Cid,
            "QmQjdzbCVpQSRiksQqF8q9eS8wwcQTfBYzcuR9rsmkjL7j",
            "version 0 is not allowed",
        ),
        (
            Format::Language,
            "en_US",
            "its subtags are separated by hyphens",
        ),
        (
            Format::Language,
            "JA",
            "it begins with two or three letters in lower case",
        ),
        (Format::Nsid, "a.b", "it has at least three parts"),
        (Format::RecordKey, "..", "`.` and `..` are not allowed"),
        (
            Format::SpaceRef,
            "at://did:plc:abc/a.b.c/self",
            "the DID is followed by `space`",
        ),
        (Format::Tid, "3kabcdefghij", "it has 13 characters"),
        (Format::Uri, "example.com", "the scheme is missing"),
        (
            Format::Uri,
            "https://\u{e4}.example",
            "it consists of printable ASCII characters",
        ),
    ] {
        let error = format.check(text).unwrap_err();
        assert_eq!(error.reason(), reason, "{format:?} {text:?}");
        assert_eq!(
            error.to_string(),
            format!("expected {}: {reason}", format.expected())
        );
    }
    let long = "a".repeat(9000);
    for format in [
        Format::Did,
        Format::Handle,
        Format::AtUri,
        Format::Cid,
        Format::Uri,
        Format::Nsid,
        Format::Language,
        Format::RecordKey,
    ] {
        assert!(
            format
                .check(&long)
                .unwrap_err()
                .reason()
                .starts_with("it is longer than"),
            "{format:?}"
        );
    }
}
