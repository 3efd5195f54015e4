//! Constants of a type of spaces.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::files;
use serde_json::json;

#[test]
fn a_type_of_spaces_gives_constants_that_name_the_draft() {
    let space = json!({
        "type": "space", "description": "A sewing guild.", "key": "literal:self", "name": "Guild",
        "collections": ["com.example.block", "com.example.note"]
    });
    let files = files(&[("com.example.guild", json!({ "main": space }))], "").unwrap();
    let code = &files["com/example/guild.rs"];
    for line in [
        "pub const NSID: &str = \"com.example.guild\";",
        "pub const NAME: &str = \"Guild\";",
        "pub const KEY: &str = \"literal:self\";",
        "&[\"com.example.block\", \"com.example.note\"]",
        "/// A sewing guild. Spaces follow a draft of the protocol, and may change.",
    ] {
        assert!(code.contains(line), "{code}");
    }
}
