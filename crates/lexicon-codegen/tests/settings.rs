//! Generated code: what the settings change.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::path::Path;

use common::{assert_has, files};
use lexicon_codegen::{External, Settings};
use serde_json::json;

#[test]
fn the_service_holds_what_is_served() {
    let query = json!({ "main": { "type": "query" } });
    let documents = [
        ("com.example.getOne", query.clone()),
        ("com.example.getTwo", query.clone()),
        ("com.other.getOne", query),
        ("com.example.record", json!({ "main": { "type": "token" } })),
    ];
    let entry = |what: &str| format!("[[codegen.serve]]\nwhat = \"{what}\"\nreason = \"why\"\n");
    let none = "[codegen]\nserve = []";
    assert!(!files(&documents, none).unwrap().contains_key("service.rs"));
    // By default, every method.
    let service = &files(&documents, "").unwrap()["service.rs"];
    assert_has(
        service,
        &[
            "GetOne, C>",
            "GetTwo, C>",
            "use super::com::other::get_one::GetOne as",
        ],
    );
    let service = &files(&documents, &entry("com.example.*")).unwrap()["service.rs"];
    assert_has(
        service,
        &[
            "Handler<GetOne, C>",
            "Handler<GetTwo, C>",
            "router.add::<GetTwo>();",
        ],
    );
    assert!(!service.contains("com::other"));
    // Two methods of one name stay apart.
    let both = entry("com.example.*") + &entry("com.other.getOne");
    let service = &files(&documents, &both).unwrap()["service.rs"];
    assert_has(
        service,
        &["GetOne as GetOne_2;", "router.add::<GetOne_2>();"],
    );
}

#[test]
fn a_subscription_is_served_beside_methods() {
    let documents = [
        ("com.example.getOne", json!({ "main": { "type": "query" } })),
        (
            "com.example.subscribeAll",
            json!({ "main": { "type": "subscription" } }),
        ),
    ];
    let service = &files(&documents, "").unwrap()["service.rs"];
    assert_has(
        service,
        &[
            "use xrpc_server::{Handler, SubscriptionHandler, Router};",
            "Handler<GetOne, C> + SubscriptionHandler<SubscribeAll, C>",
            "router.add::<GetOne>();",
            "router.add_subscription::<SubscribeAll>();",
        ],
    );
    let one = "[[codegen.serve]]\nwhat = 'com.example.subscribeAll'\nreason = 'x'";
    let service = &files(&documents, one).unwrap()["service.rs"];
    assert_has(
        service,
        &["use xrpc_server::{SubscriptionHandler, Router};"],
    );
    assert!(!service.contains("GetOne"));
}

#[test]
fn an_entry_that_fits_nothing_is_a_fault() {
    let documents = [(
        "com.example.thing",
        json!({ "main": { "type": "object", "properties": {
        "secret": { "type": "string" }, "number": { "type": "integer" }
    } } }),
    )];
    let pointer = "com.example.thing#/defs/main/properties";
    for (config, expected) in [
        (
            "[[codegen.serve]]\nwhat = 'com.example.*'\nreason = 'x'".to_owned(),
            "no-such-method",
        ),
        (
            format!("[[codegen.secret]]\nwhat = '{pointer}/number'\nreason = 'x'"),
            "no-such-field",
        ),
        (
            format!("[[codegen.secret]]\nwhat = '{pointer}/other'\nreason = 'x'"),
            "no-such-field",
        ),
        (
            format!("[[codegen.tolerate-null]]\nwhat = '{pointer}/other'\nreason = 'x'"),
            "no-such-field",
        ),
        (
            format!("[[codegen.secret]]\nwhat = '{pointer}/secret'\nreason = ' '"),
            "no-reason",
        ),
    ] {
        let found = files(&documents, &config).unwrap_err();
        assert!(found[0].contains(expected), "{config}: {found:?}");
        assert!(found[0].starts_with("lexicon.toml#/codegen/"), "{found:?}");
    }
    let unknown = "[[codegen.secrets]]\nwhat = ''\nreason = ''";
    assert!(Settings::parse(Path::new("lexicon.toml"), unknown).is_err());
    let good = format!("[[codegen.secret]]\nwhat = '{pointer}/secret'\nreason = 'x'");
    let code = &files(&documents, &good).unwrap()["com/example/thing.rs"];
    assert_has(
        code,
        &[
            "pub secret: Option<rt::Secret> = ",
            "#[derive(Clone, Debug)]\n    pub struct Thing {",
        ],
    );
}

#[test]
fn what_another_crate_has_is_referred_to() {
    let documents = [
        (
            "com.other.defs",
            json!({
                "thing": { "type": "object", "properties": {} },
                "name": { "type": "string", "maxLength": 3 }
            }),
        ),
        (
            "com.others.defs",
            json!({ "thing": { "type": "object", "properties": {} } }),
        ),
        (
            "com.example.thing",
            json!({ "main": { "type": "object", "properties": {
            "a": { "type": "ref", "ref": "com.other.defs#thing" },
            "b": { "type": "ref", "ref": "com.other.defs#name" },
            "c": { "type": "ref", "ref": "com.others.defs#thing" }
        } } }),
        ),
    ];
    let config = "[[codegen.external]]\nprefix = 'com.other'\npath = 'other::lexicons'";
    let files = files(&documents, config).unwrap();
    assert!(!files.contains_key("com/other/defs.rs"));
    // A prefix ends where a segment does.
    assert!(files.contains_key("com/others/defs.rs"));
    assert_has(
        &files["com/example/thing.rs"],
        &[
            "use other::lexicons::com::other::defs as other_defs;",
            "pub a: Option<other_defs::Thing> = ",
            "pub b: Option<other_defs::Name> = ",
            "other_defs::check_name",
            "use super::super::others::defs as others_defs;",
        ],
    );
    for text in [
        "com.other=other::lexicons",
        "com.other=crate",
        "com.other=::other",
    ] {
        assert!(text.parse::<External>().is_ok(), "{text}");
    }
    for text in ["", "com.other", "com.other=", "=other", "com.other=a b"] {
        assert!(text.parse::<External>().is_err(), "{text}");
    }
}

#[test]
fn the_service_trait_needs_the_feature_of_the_settings() {
    let documents = [("com.example.getOne", json!({ "main": { "type": "query" } }))];
    let root = &files(&documents, "").unwrap()["mod.rs"];
    assert!(!root.contains("cfg"), "{root}");
    let feature = "[codegen]\nfeature = 'host'";
    let root = &files(&documents, feature).unwrap()["mod.rs"];
    let gate = "#[cfg(feature = \"host\")]";
    assert_has(
        root,
        &[
            &format!("{gate}\nmod service;"),
            &format!("{gate}\npub use service::{{Service, routes}};"),
        ],
    );
    let found = files(&documents, "[codegen]\nfeature = ''").unwrap_err();
    assert!(found[0].contains("/codegen/feature"), "{found:?}");
}

#[test]
fn the_paths_of_the_runtime_and_the_server_are_settings() {
    let documents = [
        ("com.example.getOne", json!({ "main": { "type": "query" } })),
        ("kit.example.thing", json!({ "main": { "type": "token" } })),
    ];
    let settings = "[codegen]\nruntime = 'kit::runtime'\nserver = 'kit::server'";
    let files = files(&documents, settings).unwrap();
    assert_has(&files["mod.rs"], &["&[kit::runtime::Lexicon]"]);
    assert_has(
        &files["com/example/get_one.rs"],
        &["use kit::runtime::{self as rt,"],
    );
    assert_has(
        &files["service.rs"],
        &["use kit::server::{Handler, Router};"],
    );
    // A module of this name would hide the crate.
    assert!(files.contains_key("kit_2/example/thing.rs"), "{files:?}");
    assert!(!files.values().any(|code| code.contains("lexicon_runtime")));
}
