//! The types of the string formats.
#![allow(clippy::unwrap_used, missing_docs)]

use lexicon_runtime::{AtUri, Datetime, Did, Nsid};

#[test]
fn a_datetime_is_an_instant() {
    for (text, expected) in [
        ("2030-01-31T12:00:00+14:00", "2030-01-30T22:00:00.000Z"),
        ("2030-01-31T12:00:00.1239Z", "2030-01-31T12:00:00.123Z"),
        ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z"),
    ] {
        let datetime = Datetime::parse(text).unwrap();
        assert_eq!(datetime, text);
        assert_eq!(Datetime::from_utc(datetime.to_utc().unwrap()), expected);
    }
    let leap = chrono::DateTime::parse_from_rfc3339("2016-12-31T23:59:60.5Z").unwrap();
    assert_eq!(
        Datetime::from_utc(leap.to_utc()),
        "2017-01-01T00:00:00.500Z"
    );
    let unchecked: Datetime = serde_json::from_str("\"tomorrow\"").unwrap();
    assert!(!unchecked.is_valid());
    assert_eq!(unchecked.to_utc(), None);
    for at in [
        chrono::DateTime::<chrono::Utc>::MIN_UTC,
        chrono::DateTime::<chrono::Utc>::MAX_UTC,
    ] {
        assert!(Datetime::from_utc(at).is_valid());
    }
}

#[test]
fn parts() {
    assert_eq!(Did::parse("did:web:a.example").unwrap().method(), "web");
    let nsid = Nsid::parse("com.example.getThing").unwrap();
    assert_eq!((nsid.authority(), nsid.name()), ("com.example", "getThing"));
    let record = AtUri::parse("at://did:plc:abc/a.b.c/self").unwrap();
    assert_eq!(record.authority(), "did:plc:abc");
    assert_eq!(record.collection(), Some("a.b.c"));
    assert_eq!(record.rkey(), Some("self"));
    let account = AtUri::parse("at://a.example").unwrap();
    assert_eq!((account.collection(), account.rkey()), (None, None));
    let space = "at://did:plc:abc/space/a.b.c/self";
    let shared = AtUri::parse(format!("{space}/did:web:b.example/d.e.f/g")).unwrap();
    assert_eq!(shared.authority(), "did:plc:abc");
    assert_eq!(shared.author(), Some("did:web:b.example"));
    assert_eq!(
        (shared.collection(), shared.rkey()),
        (Some("d.e.f"), Some("g"))
    );
    assert_eq!(shared.space().unwrap(), space);
    assert_eq!((record.author(), record.space()), (None, None));
    let whole = AtUri::parse(space).unwrap();
    assert_eq!(
        (whole.collection(), whole.rkey(), whole.author()),
        (None, None, None)
    );
    let space = whole.space().unwrap();
    assert_eq!(
        (space.authority(), space.space_type(), space.key()),
        ("did:plc:abc", "a.b.c", "self")
    );
    let unchecked: AtUri = serde_json::from_str("\"nonsense\"").unwrap();
    assert_eq!(unchecked.authority(), "");
}
