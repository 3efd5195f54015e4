//! `/.well-known/security.txt` (RFC 9116).

use actix_web::test::{TestRequest, call_service, init_service, read_body};
use chrono::{DateTime, TimeDelta, Utc};
use clap::Parser;
use cocore_keys::Clock;

use super::world::World;
use crate::arguments::RawSettings;
use crate::settings::Settings;

/// The status of the file, its type, and its fields.
async fn file(world: &World) -> (u16, String, Vec<(String, String)>) {
    let app = init_service(crate::http::app(world.state.clone())).await;
    let request = TestRequest::get().uri("/.well-known/security.txt");
    let answer = call_service(&app, request.to_request()).await;
    let content_type = answer
        .headers()
        .get("content-type")
        .unwrap()
        .to_str()
        .unwrap();
    let content_type = content_type.to_owned();
    let status = answer.status().as_u16();
    let text = String::from_utf8(read_body(answer).await.to_vec()).unwrap();
    let fields = text.lines().filter_map(|line| line.split_once(": "));
    let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
    (status, content_type, fields.collect())
}

#[actix_web::test]
async fn contacts_in_their_order_until_a_time_within_a_year() {
    let world = World::with(&[
        "--security-contact",
        "https://example.com/security,mailto:security@example.com",
        "--security-contact",
        " mailto:b@example.com?subject=keys ",
        "--public-url",
        "https://keys.example.com",
    ]);
    for now in ["2030-01-01T00:00:00Z", "2031-12-31T23:59:59Z"] {
        world.clock.set(now);
        let (status, content_type, fields) = file(&world).await;
        assert_eq!(
            (status, &content_type[..]),
            (200, "text/plain; charset=utf-8")
        );
        let expected = [
            ("Contact", "https://example.com/security"),
            ("Contact", "mailto:security@example.com"),
            ("Contact", "mailto:b@example.com?subject=keys"),
            ("Expires", &fields[3].1[..]),
            (
                "Canonical",
                "https://keys.example.com/.well-known/security.txt",
            ),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(fields, expected);
        let expires: DateTime<Utc> = fields[3].1.parse().unwrap();
        let left = expires - world.clock.now();
        assert!(left > TimeDelta::days(30) && left < TimeDelta::days(365));
    }
}

#[actix_web::test]
async fn without_a_contact_there_is_no_file() {
    for settings in [&[][..], &["--security-contact", ""]] {
        assert_eq!(file(&World::with(settings)).await.0, 404);
    }
}

/// RFC 9116, section 2.5.2: a canonical URI of the web begins with `https://`.
#[actix_web::test]
async fn only_an_origin_on_https_is_canonical() {
    let contact = ["--security-contact", "mailto:a@example.com"];
    let local = ["--public-url", "http://localhost:8080"];
    for settings in [contact.to_vec(), [contact, local].concat()] {
        let (status, _, fields) = file(&World::with(&settings)).await;
        let names: Vec<_> = fields.iter().map(|(name, _)| &name[..]).collect();
        assert_eq!((status, &names[..]), (200, &["Contact", "Expires"][..]));
    }
}

#[test]
fn a_contact_that_is_no_such_uri_is_refused_at_the_start() {
    for bad in [
        "security@example.com",
        "http://example.com/security",
        "https:",
        "https://",
        "mailto:",
        "mailto:security",
        "mailto:@example.com",
        "mailto:a@",
        "tel:+1-201-555-0123",
        "javascript:alert(1)",
        "https://example.com/a b",
        "mailto:a@example.com\nExpires: 2099-01-01T00:00:00Z",
        "https://example.com,security@example.com",
    ] {
        let arguments = ["cocore-server", "--database-url", "sqlite:keys.sqlite"];
        let given = [&arguments[..], &["--security-contact", bad]].concat();
        let failed = Settings::parse(&RawSettings::parse_from(given)).err();
        let text = failed.unwrap().to_string();
        assert!(
            text.contains("--security-contact") && text.contains("mailto:security@example.com"),
            "{bad:?}: {text}"
        );
    }
}
