//! Reads pages as a browser does, as far as their templates use HTML.

use std::collections::BTreeSet;

/// The elements without an end.
const VOID: [&str; 7] = ["meta", "link", "img", "input", "wbr", "rect", "path"];
/// What no page may have: the policy would refuse it, or it would act.
const FORBIDDEN: [&str; 9] = [
    "iframe",
    "object",
    "embed",
    "base",
    "style",
    "foreignobject",
    "video",
    "audio",
    "img onerror",
];

/// What a page has.
#[derive(Default)]
pub(crate) struct Html {
    /// The targets of links and forms, and the files that the page loads.
    pub(crate) links: Vec<String>,
    pub(crate) ids: BTreeSet<String>,
    /// How many elements there are.
    pub(crate) elements: usize,
}

/// Reads a page. Panics if its elements are not nested, or if one is there that no template has.
#[track_caller]
pub(crate) fn read(page: &str) -> Html {
    let mut html = Html::default();
    let mut open: Vec<&str> = Vec::new();
    let mut rest = page.strip_prefix("<!doctype html>").unwrap();
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        let end = rest.find('>').unwrap();
        let tag = &rest[..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "not nested: {tag}");
            continue;
        }
        let name = tag.split([' ', '/', '\n']).next().unwrap();
        assert!(
            name.chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()),
            "{tag}"
        );
        assert!(!FORBIDDEN.contains(&name), "{tag}");
        html.elements += 1;
        attributes(name, &tag[name.len()..], &mut html);
        if name == "script" {
            assert!(rest.starts_with("</script>"), "a script in the page");
        }
        if !VOID.contains(&name) {
            open.push(name);
        }
    }
    assert_eq!(open, [""; 0], "not closed");
    html
}

fn attributes(element: &str, text: &str, html: &mut Html) {
    let mut rest = text.trim().trim_end_matches('/').trim_end();
    while !rest.is_empty() {
        let end = rest.find(['=', ' ', '\n']).unwrap_or(rest.len());
        let name = &rest[..end];
        rest = &rest[end..];
        let mut value = "";
        if let Some(quoted) = rest.strip_prefix("=\"") {
            let end = quoted.find('"').unwrap();
            value = &quoted[..end];
            rest = &quoted[end + 1..];
            assert!(
                rest.is_empty() || rest.starts_with([' ', '\n']),
                "{element} {name}"
            );
        }
        rest = rest.trim_start();
        let plain = |c: char| c.is_ascii_lowercase() || c == '-' || c == 'B' || c == 'x';
        assert!(
            !name.is_empty() && name.chars().all(|c| plain(c) || c.is_ascii_digit()),
            "{element} {name}"
        );
        assert!(
            !name.starts_with("on") && name != "style" && name != "srcdoc",
            "{element} {name}"
        );
        let value = value.replace("&#38;", "&");
        match name {
            "href" | "src" | "action" => html.links.push(value),
            "id" => assert!(html.ids.insert(value.clone()), "the id {value} twice"),
            _ => {}
        }
    }
}
