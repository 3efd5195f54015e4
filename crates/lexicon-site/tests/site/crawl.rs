//! Every page that links lead to, and what each of them must have.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{env, fs};

use lexicon_schema::{Catalog, Loaded};
use lexicon_site::{CONTENT_SECURITY_POLICY, Site};

use crate::html;
use crate::support::{documents, get, header, load, settings, site, text};

/// What the policy of the page that calls a method adds.
const OTHER_SERVERS: &str = " https: http://localhost:* http://127.0.0.1:*";

/// Follows every link from the index. Panics if one leads nowhere. Returns the paths.
#[track_caller]
fn crawl(site: &Site, root: &str) -> BTreeSet<String> {
    let mut ids: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut fragments = BTreeSet::new();
    let mut pending = vec![format!("{root}/")];
    while let Some(path) = pending.pop() {
        if ids.contains_key(&path) {
            continue;
        }
        let answer = get(site, &path);
        assert_eq!(answer.status(), 200, "{path}");
        assert_eq!(
            header(&answer, "content-security-policy").replace(OTHER_SERVERS, ""),
            CONTENT_SECURITY_POLICY
        );
        assert_eq!(header(&answer, "x-content-type-options"), "nosniff");
        if header(&answer, "content-type") != "text/html; charset=utf-8" {
            ids.insert(path, BTreeSet::new());
            continue;
        }
        let page = html::read(text(&answer));
        for link in page.links {
            if link.starts_with("https://github.com/bluesky-social/atproto/") {
                continue;
            }
            let (to, fragment) = link.split_once('#').unwrap_or((&link, ""));
            let to = if to.is_empty() { &path } else { to };
            assert!(
                to.starts_with(&format!("{root}/")),
                "{path} leads to {link}"
            );
            if !fragment.is_empty() {
                fragments.insert((to.to_owned(), fragment.to_owned()));
            }
            pending.push(to.to_owned());
        }
        ids.insert(path, page.ids);
    }
    for (path, fragment) in fragments {
        assert!(ids[&path].contains(&fragment), "{path}#{fragment}");
    }
    ids.into_keys().collect()
}

#[test]
fn every_link_leads_to_a_page() {
    for root in ["", "/lexicons", "/a/b"] {
        let site = Site::new(load(&documents()), settings(root));
        let paths = crawl(&site, root);
        // The documents and the two that are included, with four pages and two forms each.
        assert!(paths.len() >= 8 * 6, "{paths:?}");
    }
}

#[test]
fn every_page_of_real_lexicons() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut dirs = vec![
        here.join("../../lexicons"),
        here.join("../../examples/forecast/lexicons"),
    ];
    dirs.extend(env::var_os("LEXICON_SITE_DIR").map(PathBuf::from));
    for dir in dirs {
        let Loaded {
            catalog,
            diagnostics,
            ..
        } = Catalog::load(&dir).unwrap();
        assert_eq!(diagnostics, [], "{}", dir.display());
        let nsids: Vec<_> = catalog
            .documents()
            .map(|document| document.nsid.to_string())
            .collect();
        assert!(!nsids.is_empty());
        let site = Site::new(Catalog::load(&dir).unwrap(), settings("/"));
        let paths = crawl(&site, "");
        for nsid in &nsids {
            for path in ["", "/json", "/validate", "/metadata", ".json"] {
                assert!(paths.contains(&format!("/{nsid}{path}")), "{nsid}{path}");
            }
            let document = catalog.get(nsid).unwrap();
            let json = get(&site, &format!("/{nsid}.json"));
            assert_eq!(text(&json), document.source);
            let written = get(&site, &format!("/{nsid}.txt"));
            for name in document.defs.keys() {
                assert!(text(&written).contains(&format!("\n## {name} (")), "{nsid}");
            }
        }
    }
}

/// Documents of which the path is not that of the file, and files that are no documents.
#[test]
fn a_path_outside_is_not_found() {
    let site = site();
    for path in [
        "/lexicons/../Cargo.toml",
        "/lexicons/com.example.search/../../x",
        "/lexicons/..%2f..%2fetc/passwd",
        "/lexicons/assets/../site.rs",
        "/lexicons/com.example.search/json/more",
        "/lexicons/com.example",
        "/lexiconsx/",
        "/",
        "/lexicons//",
        "/lexicons/%00",
    ] {
        let answer = get(&site, path);
        assert_eq!(answer.status(), 404, "{path}");
        html::read(text(&answer));
    }
    assert_eq!(header(&get(&site, "/lexicons"), "location"), "/lexicons/");
    assert!(fs::exists(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).unwrap());
}
