//! Descriptions that Markdown, rustdoc or rustc could take for more than prose.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use common::Place;
use serde_json::{Value, json};

const RUNTIME: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../lexicon-runtime");

const DESCRIPTIONS: &[&str] = &[
    "A `backtick that nothing ends.",
    "A ` on one line\nand `<b>` on the next ` one.",
    "``two`` ```three``` ````four",
    "```\nlet x: u32 = \"no\";",
    "`````rust\ncompile_error!(\"x\");\n`````",
    "~~~\nthis is not Rust;\n~~~~",
    "- ```\n  fn\n\n1. ~~~\n   fn",
    "> ```\n> fn",
    "Text\n\n    let y = fn;\n\n\tlet z = fn;",
    "-     let y = fn;",
    "<b> </i> <br/> <!-- <![CDATA[ <?php <did> <a href=\"x\"> Vec<String> </",
    "<script>alert(1)</script>",
    "[Foo] [`Foo`] [Foo::bar()] [foo!] [a b] [x](y) [z][w] ![i](j) [^1] []() [",
    "[Foo]: crate::nothing\n\n[^1]: note",
    "[struct@Foo] [fn](crate::Foo::bar) <crate::Foo>",
    "https://example.com/a_(b)?c=d&e=f#g, (http://example.com). <https://example.com> https://",
    "[text](https://example.com) *https://example.com* `https://example.com`",
    "*/ /* /** // /// //! \" ' \\ \\\" {} #![x] #[doc = \"x\"]",
    "\u{202e}reversed\u{202c} \u{2066}isolated\u{2069} \u{200f}\u{feff}\u{0}\u{1b}[0m\r\n\u{85}\u{2028}x\ry",
    "# Heading\n## Errors\nSetext\n===\nrule\n---\n| a | b |\n|---|---|\n| `c | d` |",
    "\\`\\`\\` \\[Foo] \\<b> \\",
    "&lt;b&gt; &#96;&#96;&#96; &nbsp; &foo;",
    "__table! { \"x\" }",
    "*a **b ***c _d __e ~~f",
    "\u{1f511} \u{30a8}\u{30e9}\u{30fc} e\u{301}",
    "",
    " ",
];

/// One description at every place that can have one.
fn documents(number: usize, text: &str) -> [(String, Value); 2] {
    let nsid = |kind: &str| format!("com.example.{kind}{number}");
    let description = if text.is_empty() { "x" } else { text };
    let string = json!({ "type": "string", "maxLength": 9, "description": text });
    let listed = json!({
        "type": "string", "description": text,
        "knownValues": [description], "default": description
    });
    let object = json!({
        "type": "object", "description": text, "required": ["a"],
        "properties": { "a": string, "b": listed }
    });
    let body = json!({ "encoding": "application/json", "description": text, "schema": object });
    let method = json!({
        "main": {
            "type": "procedure", "description": text,
            "parameters": { "type": "params", "description": text, "properties": { "a": string } },
            "input": body, "output": body,
            "errors": [{ "name": "Wrong", "description": text }]
        },
        "token": { "type": "token", "description": text },
        "list": { "type": "array", "description": text, "items": object },
    });
    let record = json!({
        "main": { "type": "record", "key": "any", "description": text, "record": object },
        "union": { "type": "object", "description": text, "properties": {
            "u": { "type": "union", "description": text, "refs": ["#part"] }
        } },
        "part": object,
    });
    [(nsid("method"), method), (nsid("record"), record)]
}

/// No description makes a test of documentation, or breaks what rustdoc reads in it.
#[test]
fn a_description_is_prose_for_rustdoc() {
    let place = Place::new(&[]);
    for (number, text) in DESCRIPTIONS.iter().enumerate() {
        for (nsid, defs) in documents(number, text) {
            let document = json!({ "lexicon": 1, "id": nsid, "description": text, "defs": defs });
            place.write(&format!("lexicons/{nsid}.json"), &document.to_string());
        }
    }
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR")).join("descriptions");
    let arguments = ["conformance", "lexicons", "--json", "--samples", "1"];
    let scratch_name = scratch.to_str().unwrap();
    let (code, printed) = place.run(
        &[
            &arguments[..],
            &["--scratch", scratch_name, "--runtime", RUNTIME],
        ]
        .concat(),
    );
    assert_eq!(code, 0, "{printed}");

    // The generated code allows all that rustdoc finds. Here nothing is allowed.
    let root = scratch.join("src/generated/mod.rs");
    let text = fs::read_to_string(&root).unwrap();
    assert!(text.contains("rustdoc::all"), "{text}");
    fs::write(&root, text.replace("rustdoc::all", "clippy::all")).unwrap();
    let cargo = |arguments: &[&str]| -> Output {
        let mut command = Command::new("cargo");
        command
            .args(arguments)
            .current_dir(&scratch)
            .env("CARGO_TARGET_DIR", "target")
            .env(
                "RUSTDOCFLAGS",
                "-D warnings -D rustdoc::unescaped_backticks",
            );
        command.output().unwrap()
    };
    let output = cargo(&["doc", "--no-deps", "--lib"]);
    let printed = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{printed}");
    let output = cargo(&["test", "--doc"]);
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(printed.contains("running 0 tests"), "{printed}");
}
