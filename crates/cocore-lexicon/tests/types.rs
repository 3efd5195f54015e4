//! The generated types, as a program that imports them sees them.
#![allow(clippy::unwrap_used, missing_docs)]

use std::path::Path;

use cocore_lexicon::LEXICONS;
use cocore_lexicon::dev::cocore::account::create_api_key::{
    CreateApiKey, CreateApiKeyError, CreateApiKeyInput, CreateApiKeyOutput,
};
use cocore_lexicon::dev::cocore::account::defs::ApiKeyView;
use cocore_lexicon::dev::cocore::account::delete_api_key::DeleteApiKeyInput;
use cocore_lexicon::dev::cocore::account::list_api_keys::ListApiKeys;
use lexicon_runtime::{
    Body, Datetime, Did, ErrorBody, MethodError, MethodKind, Options, Secret, XrpcMethod,
    json as body,
};
use serde_json::json;

/// The number of documents below a directory.
fn documents(dir: &Path) -> usize {
    let entries = std::fs::read_dir(dir).unwrap();
    let counts = entries.map(|entry| match entry.unwrap().path() {
        path if path.is_dir() => documents(&path),
        path => usize::from(
            path.extension()
                .is_some_and(|extension| extension == "json"),
        ),
    });
    counts.sum()
}

/// Item 11: the lexicons themselves, with nothing lost.
#[test]
fn the_documents_are_embedded_byte_for_byte() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../lexicons");
    assert_eq!(LEXICONS.len(), documents(&dir));
    for lexicon in LEXICONS {
        let path = dir
            .join(lexicon.nsid.replace('.', "/"))
            .with_extension("json");
        assert_eq!(
            std::fs::read_to_string(path).unwrap(),
            lexicon.json,
            "{}",
            lexicon.nsid
        );
    }
}

#[test]
fn a_method_has_its_nsid_and_kind() {
    assert_eq!(CreateApiKey::NSID, "dev.cocore.account.createApiKey");
    assert_eq!(CreateApiKey::KIND, MethodKind::Procedure);
    assert_eq!(CreateApiKey::INPUT_ENCODING, Some("application/json"));
    assert_eq!(ListApiKeys::KIND, MethodKind::Query);
    assert_eq!(ListApiKeys::INPUT_ENCODING, None);
}

/// Item 2: constraints of bodies are checked when they are read, each with its place.
#[test]
fn every_constraint_of_an_input_is_checked_when_it_is_read() {
    let read = |bytes: &str| {
        let input = <CreateApiKey as XrpcMethod>::Input::decode(
            "input",
            None,
            bytes.into(),
            Options::DEFAULT,
        );
        input.map_err(|violations| violations.to_string())
    };
    let input = read(r#"{"name":"n","expiresAt":"2030-01-01T00:00:00Z","more":1}"#).unwrap();
    assert_eq!(input.name, "n");
    assert_eq!(
        input.expires_at,
        Some(Datetime::parse("2030-01-01T00:00:00Z").unwrap())
    );
    // Null is tolerated where lexicon.toml allows it.
    assert_eq!(
        read(r#"{"name":"n","expiresAt":null}"#).unwrap().expires_at,
        None
    );
    for (bytes, expected) in [
        (
            r#"{"name":""}"#,
            "input/name: expected 1 to 100 bytes of UTF-8, found 0",
        ),
        (
            r#"{"expiresAt":"x"}"#,
            "input/name: required, but missing; \
             input/expiresAt: expected a datetime such as 2030-01-31T23:59:59.000Z: the year has four digits",
        ),
        ("null", "input: expected an object, found null"),
    ] {
        assert_eq!(read(bytes).unwrap_err(), expected);
    }
    let built = DeleteApiKeyInput::new("x".repeat(201));
    let violations = body::check("input", &built, Options::DEFAULT)
        .unwrap_err()
        .to_string();
    assert_eq!(
        violations,
        "input/id: expected 1 to 200 bytes of UTF-8, found 201"
    );
}

#[test]
fn absent_members_are_left_out() {
    let did = Did::parse("did:web:a.example").unwrap();
    let at = Datetime::parse("2030-01-01T00:00:00.000Z").unwrap();
    let view = ApiKeyView::new("1", did, "n", "cocore-AAAAAAAA", at);
    assert_eq!(
        serde_json::to_string(&view).unwrap(),
        r#"{"id":"1","did":"did:web:a.example","name":"n","prefix":"cocore-AAAAAAAA","createdAt":"2030-01-01T00:00:00.000Z"}"#
    );
    let input = CreateApiKeyInput::new("n");
    assert_eq!(
        serde_json::to_value(&input).unwrap(),
        json!({ "name": "n" })
    );
}

#[test]
fn a_secret_is_serialized_and_never_printed() {
    let answer = json!({
        "key": {
            "id": "1", "did": "did:web:a.example", "name": "n", "prefix": "p",
            "createdAt": "2030-01-01T00:00:00.000Z"
        },
        "secret": "the-secret"
    });
    let output: CreateApiKeyOutput =
        body::decode("output", answer.to_string().as_bytes(), Options::DEFAULT).unwrap();
    assert_eq!(output.secret.expose(), "the-secret");
    assert!(!format!("{output:?}").contains("the-secret"));
    assert_eq!(serde_json::to_value(&output).unwrap(), answer);
    assert_eq!(format!("{:?}", Secret::new("the-secret")), "Secret(..)");
}

/// Item 4: no null message, a fallback for names that a newer server sends.
#[test]
fn errors_keep_names_and_messages() {
    for (error, text) in [
        (
            CreateApiKeyError::AuthRequired(None),
            r#"{"error":"AuthRequired"}"#,
        ),
        (
            CreateApiKeyError::AuthRequired(Some("m".to_owned())),
            r#"{"error":"AuthRequired","message":"m"}"#,
        ),
        (
            CreateApiKeyError::Other(ErrorBody::new("Newer", Some("m".to_owned()))),
            r#"{"error":"Newer","message":"m"}"#,
        ),
    ] {
        assert_eq!(serde_json::to_string(&error).unwrap(), text);
        assert_eq!(
            serde_json::from_str::<CreateApiKeyError>(text).unwrap(),
            error
        );
    }
    let with_more = r#"{"error":"AuthRequired","message":null,"more":1}"#;
    let error: CreateApiKeyError = serde_json::from_str(with_more).unwrap();
    assert_eq!(error, CreateApiKeyError::AuthRequired(None));
    let error = CreateApiKeyError::AuthRequired(Some("no key".to_owned()));
    assert_eq!(error.to_string(), "AuthRequired: no key");
}

#[test]
fn a_client_may_read_an_answer_that_is_not_quite_right() {
    let answer = br#"{"key":{"id":"1","did":"odd","name":"n","prefix":"p","createdAt":"tomorrow"},"secret":"s","newer":{}}"#;
    let (output, ignored) =
        body::decode_lenient::<CreateApiKeyOutput>("output", answer, Options::DEFAULT).unwrap();
    assert!(!output.key.created_at.is_valid());
    let violations =
        body::decode::<CreateApiKeyOutput>("output", answer, Options::DEFAULT).unwrap_err();
    assert_eq!(violations.iter().count(), 2);
    assert_eq!(ignored, Some(violations));
    let broken = br#"{"key":{"id":1,"did":"odd"}}"#;
    assert_eq!(
        body::decode_lenient::<CreateApiKeyOutput>("output", broken, Options::DEFAULT).unwrap_err(),
        body::decode::<CreateApiKeyOutput>("output", broken, Options::DEFAULT).unwrap_err()
    );
}

#[test]
fn a_declared_error_is_recognized_by_its_name() {
    assert_eq!(CreateApiKeyError::NAMES, ["AuthRequired"]);
    assert_eq!(ErrorBody::NAMES, [""; 0]);
}
