//! All pages of whole directories of lexicons, as `lexicon serve` shows them: those of this project, or the one that the
//! variable `LEXICON_TEST_DIRECTORY` names.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;
#[path = "../../../tests/support/network.rs"]
#[allow(unreachable_pub, dead_code)]
mod network;
#[path = "../../../tests/support/skip.rs"]
#[allow(unreachable_pub, dead_code)]
mod skip;

use std::path::{Path, PathBuf};

use common::pages::Pages;

/// Names a directory.
const VARIABLE: &str = "LEXICON_TEST_DIRECTORY";
/// Directories of this project. The last one has every construct of the language.
const OWN: [&str; 3] = [
    "lexicons",
    "examples/forecast/lexicons",
    "crates/lexicon-codegen/tests/torture",
];

fn directories() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    match std::env::var_os(VARIABLE) {
        Some(directory) => vec![directory.into()],
        None => OWN.iter().map(|own| root.join(own)).collect(),
    }
}

#[test]
fn every_page_of_every_document_is_there() {
    for directory in directories() {
        let pages = Pages::start(Path::new("."), Some(&directory));
        for path in ["/", "/?q=e", "/openapi.json"] {
            assert_eq!(pages.get(path).0, 200, "{path}");
        }
        let (_, list) = pages.get("/llms.txt");
        let links = list
            .split(".txt)")
            .filter_map(|part| part.rsplit_once("](/"));
        let documents: Vec<_> = links.map(|(_, nsid)| nsid).collect();
        assert!(!documents.is_empty(), "{list}");
        for nsid in &documents {
            let page = |end: &str| pages.get(&format!("/{nsid}{end}"));
            for end in ["", "/json", "/validate", "/metadata", ".json", ".txt"] {
                assert_eq!(page(end).0, 200, "{nsid}{end}");
            }
            let (_, shown) = page("");
            let form = format!("href=\"/{nsid}/try\"");
            let expected = if shown.contains(&form) { 200 } else { 404 };
            assert_eq!(page("/try").0, expected, "{nsid}/try");
            // What a page of the site refers to is there.
            let links = shown.split("href=\"/").skip(1);
            let links = links.filter_map(|link| link.split(['"', '#']).next());
            let links = links.filter(|link| !link.contains('/') && !link.contains('?'));
            for link in links.filter(|link| !link.is_empty()) {
                let known = documents.contains(&link) || link.ends_with(".json");
                assert!(
                    known || pages.get(&format!("/{link}")).0 == 200,
                    "{nsid}: {link}"
                );
            }
        }
    }
}

#[test]
fn each_kind_of_document_looks_right_in_a_browser() {
    if let Err(missing) = network::prerequisites(&["chromium"]) {
        return skip::skip(&missing).unwrap_or_default();
    }
    let directory = directories().pop().unwrap();
    let pages = Pages::start(Path::new("."), Some(&directory));
    let root = format!("http://{}/", pages.address);
    let checks = network::browse("site-directory.mjs", &[&root]);
    assert!(checks.len() >= 12, "{checks:#?}");
}
