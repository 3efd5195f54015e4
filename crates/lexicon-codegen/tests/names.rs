//! Names of Rust items follow from a lexicon in a way that an addition to it cannot change.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::{assert_has, files};
use serde_json::{Value, json};

/// One document's module.
fn module(defs: Value) -> String {
    let files = files(&[("com.example.thing", defs)], "").unwrap();
    files["com/example/thing.rs"].clone()
}

fn rename(what: &str, name: &str) -> String {
    format!("[[codegen.rename]]\nwhat = '{what}'\nname = '{name}'\nreason = 'why'\n")
}

/// Item 6: names never clash. What is not lowerCamel leaves the plain name to what is.
#[test]
fn spellings_of_a_name_stay_apart() {
    let object = json!({ "type": "object", "properties": {
        "fooBar": { "type": "string" },
        "foo_bar": { "type": "string" },
        "type": { "type": "string" },
        "gen": { "type": "string" },
        "self": { "type": "string" },
        "Self": { "type": "string" },
        "extra": { "type": "string" },
        "30days": { "type": "boolean" },
        "all-rights-reserved": { "type": "boolean" },
        "avatarURL": { "type": "string" }
    } });
    let token = json!({ "type": "token" });
    let code = module(json!({
        "main": object, "stitchKind": object, "StitchKind": object,
        "nsid": token, "lexicon": token, "title": token, "blobV0": token, "blob_v0": token,
    }));
    assert_has(
        &code,
        &[
            "pub foo_bar: Option<String> =",
            "pub foo_bar_: Option<String> =",
            "pub r#type: Option<String> =",
            "pub r#gen: Option<String> =",
            "pub self_: Option<String> =",
            "pub self__: Option<String> =",
            "pub extra_2: Option<String> =",
            "pub _30days: Option<bool> =",
            "pub all_rights_reserved_: Option<bool> =",
            "pub avatar_url: Option<String> =",
            "pub struct StitchKind {",
            "pub struct StitchKind_ {",
            "pub const NSID: &str = \"com.example.thing\";",
            "pub const NSID_TOKEN: &str = \"com.example.thing#nsid\";",
            "pub const LEXICON_TOKEN: &str = ",
            "pub const TITLE_TOKEN: &str = ",
            "pub const BLOB_V0: &str = \"com.example.thing#blobV0\";",
            "pub const BLOB_V0_: &str = \"com.example.thing#blob_v0\";",
        ],
    );
}

#[test]
fn types_never_hide_what_generated_code_uses() {
    let object = json!({ "type": "object", "properties": { "x": { "type": "string" } } });
    let code = module(json!({
        "main": object, "thing": object, "thingOutput": object, "option": object, "result": object, "string": object, "vec": object
    }));
    assert_has(
        &code,
        &[
            "pub struct Thing {",
            "pub struct ThingDef {",
            "pub struct ThingOutputDef {",
            "pub struct OptionDef {",
            "pub struct ResultDef {",
            "pub struct StringDef {",
            "pub struct VecDef {",
            "pub x: Option<String> =",
        ],
    );
}

/// As in `app.bsky.embed.record`.
#[test]
fn an_inner_union_and_a_definition_stay_apart() {
    let union = json!({ "type": "union", "refs": ["#viewRecord"] });
    let code = module(json!({
        "view": { "type": "object", "properties": { "record": union } },
        "viewRecord": { "type": "object", "properties": {} }
    }));
    assert_has(
        &code,
        &["pub enum ViewRecordUnion {", "pub struct ViewRecord {"],
    );
}

/// As in the embeds of `app.bsky.feed.defs`.
#[test]
fn variants_are_named_after_document_and_definition() {
    let view = json!({ "view": { "type": "object", "properties": {} }, "main": { "type": "object", "properties": {} } });
    let union = json!({ "type": "union", "refs": [
        "com.example.images#view", "com.example.video", "com.example.defs#view", "#other"
    ] });
    let documents = [
        ("com.example.images", view.clone()),
        ("com.example.video", view.clone()),
        ("com.example.defs", view),
        (
            "com.example.post",
            json!({
                "main": { "type": "object", "properties": { "embed": union } },
                "other": { "type": "object", "properties": {} }
            }),
        ),
    ];
    let code = &files(&documents, "").unwrap()["com/example/post.rs"];
    assert_has(
        code,
        &[
            "    ImagesView(super::images::View) = ",
            "    Video(super::video::Video)",
            "    View(super::defs::View)",
            "    OtherDef(Other)",
        ],
    );
}

#[test]
fn errors_have_names_that_rustc_likes() {
    let errors: Vec<_> = [
        "NotFound",
        "notFound",
        "not found",
        "\u{30a8}\u{30e9}\u{30fc}",
        "Other",
    ]
    .into_iter()
    .map(|name| json!({ "name": name }))
    .collect();
    let found = files(
        &[(
            "com.example.getIt",
            json!({ "main": { "type": "query", "errors": errors } }),
        )],
        "",
    );
    // Two that are not UpperCamel are the same.
    let found = found.unwrap_err();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].contains("errors/notFound: name-collision"),
        "{found:?}"
    );
    let settings = rename(
        "com.example.getIt#/defs/main/errors/not found",
        "NotFoundHere",
    );
    let errors = json!({ "main": { "type": "query", "errors": errors } });
    let code =
        &files(&[("com.example.getIt", errors)], &settings).unwrap()["com/example/get_it.rs"];
    assert_has(
        code,
        &[
            "    NotFound = \"",
            "    NotFound_ = \"",
            "    NotFoundHere = \"",
            "    U30a8U30e9U30fc_ = \"",
            "    OtherDef = \"",
            "NotFoundHere = \"not found\",",
        ],
    );
}

/// A collision is reported with the setting that resolves it.
#[test]
fn a_setting_gives_a_name() {
    let object = |name: &str| json!({ "type": "object", "properties": { name: { "type": "object", "properties": {} } } });
    let thing = "com.example.thing";
    let cases = [
        // What is defined, the place of which one is named, the name, and what the code then has.
        (
            json!({ "view": object("kind"), "viewKind": object("x") }),
            "/defs/viewKind",
            "Kind",
            vec![
                "pub struct Kind {",
                "pub struct ViewKind {",
                "pub kind: Option<ViewKind> = ",
                "pub struct KindX {",
            ],
        ),
        (
            json!({ "view": object("kind"), "viewKind": object("x") }),
            "/defs/view/properties/kind",
            "InnerKind",
            vec![
                "pub struct InnerKind {",
                "pub struct ViewKind {",
                "pub kind: Option<InnerKind> = ",
            ],
        ),
        (
            json!({ "view": { "type": "object", "properties": {
                "avatarUrl": { "type": "string" }, "avatarURL": { "type": "string" }
            } } }),
            "/defs/view/properties/avatarURL",
            "avatar",
            vec![
                "pub avatar: Option<String> =",
                "pub avatar_url: Option<String> =",
            ],
        ),
        (
            json!({ "someURL": { "type": "token" }, "someUrl": { "type": "token" } }),
            "/defs/someURL",
            "OLD_URL",
            vec!["pub const OLD_URL: &str = ", "pub const SOME_URL: &str = "],
        ),
        (
            json!({
                "view": { "type": "object", "properties": { "u": { "type": "union", "refs": ["#view", "com.example.defs#view"] } } }
            }),
            "/defs/view/properties/u/refs/com.example.defs#view",
            "OtherView",
            vec!["    View(", "    OtherView(super::defs::View)"],
        ),
    ];
    for (defs, place, name, expected) in cases {
        let documents = [
            (thing, defs),
            (
                "com.example.defs",
                json!({ "view": { "type": "object", "properties": {} } }),
            ),
        ];
        let found = files(&documents, "").unwrap_err();
        assert_eq!(found.len(), 1, "{found:?}");
        let what = format!("{thing}#{place}");
        assert!(found[0].contains(&format!("`{what}`")), "{what}: {found:?}");
        assert!(found[0].contains("[[codegen.rename]]"), "{found:?}");
        let code = &files(&documents, &rename(&what, name)).unwrap()["com/example/thing.rs"];
        assert_has(code, &expected);
    }
}

#[test]
fn a_setting_names_a_module() {
    let token = json!({ "main": { "type": "token" } });
    let documents = [
        ("com.my-app.thing", token.clone()),
        ("com.example.thing", token.clone()),
        ("com.example.Thing", token.clone()),
    ];
    let found = files(&documents, "").unwrap();
    assert!(
        found.contains_key("com/my_app/thing.rs"),
        "{:?}",
        found.keys()
    );
    assert!(
        found.contains_key("com/example/thing_.rs"),
        "{:?}",
        found.keys()
    );
    let documents = [
        ("com.my-app.thing", token.clone()),
        ("com.myApp.other", token),
    ];
    let found = files(&documents, "").unwrap_err();
    assert!(
        found[0].contains("`com.my-app` and `com.myApp`"),
        "{found:?}"
    );
    let found = files(&documents, &rename("com.my-app", "dashed")).unwrap();
    assert!(found.contains_key("com/dashed/thing.rs") && found.contains_key("com/my_app/other.rs"));
}

#[test]
fn a_name_that_cannot_be_given_is_a_fault() {
    let defs = json!({ "view": { "type": "object", "properties": { "x": { "type": "string" } } } });
    let documents = [("com.example.thing", defs)];
    for (what, name, rule) in [
        ("com.example.thing#/defs/view", "a b", "no-name"),
        ("com.example.thing#/defs/view", "gen", "no-name"),
        ("com.example.thing#/defs/view", "Option", "no-name"),
        ("com.example.thing#/defs/view", "lower", "no-such-name"),
        ("com.example.thing#/defs/other", "Other2", "no-such-name"),
        (
            "com.example.thing#/defs/view/properties/x",
            "Type",
            "no-such-name",
        ),
        ("com.example.other", "other", "no-such-name"),
    ] {
        let found = files(&documents, &rename(what, name)).unwrap_err();
        assert!(
            found[0].contains(&format!("/codegen/rename/0: {rule}")),
            "{what}: {found:?}"
        );
    }
}
