//! Values against definitions: the form, and the answer for programs.

use http::Method;
use lexicon_site::Site;
use serde_json::{Value, json};

use crate::html;
use crate::support::{
    DEFS, NOTE, PUT, SEARCH, documents, get, load, send, shown, site, text, value,
};

/// Checks the places, and how the messages begin.
#[track_caller]
fn check(path: &str, body: &Value, expected: &[(&str, &str)]) {
    let json = [("content-type", "application/json")];
    let answer = send(
        &site(),
        Method::POST,
        &format!("/lexicons/{path}"),
        &json,
        &body.to_string(),
    );
    assert_eq!(answer.status(), 200, "{}", text(&answer));
    let report = value(&answer);
    assert_eq!(report["valid"], expected.is_empty(), "{report}");
    let violations = report["violations"].as_array().unwrap();
    let violations: Vec<_> = violations
        .iter()
        .map(|found| {
            (
                found["place"].as_str().unwrap(),
                found["message"].as_str().unwrap(),
            )
        })
        .collect();
    let is_as_expected = violations.len() == expected.len()
        && violations
            .iter()
            .zip(expected)
            .all(|(found, expected)| found.0 == expected.0 && found.1.starts_with(expected.1));
    assert!(is_as_expected, "{violations:?}, expected {expected:?}");
}

#[test]
fn programs_post_a_value() {
    let note = |text: &str| json!({ "$type": NOTE, "text": text });
    let entry = format!("{NOTE}/validate");
    check(&entry, &note("x"), &[]);
    check(
        &entry,
        &note(""),
        &[("value/text", "expected 1 to 100 bytes of UTF-8, found 0")],
    );
    check(
        &entry,
        &json!({ "text": "x" }),
        &[("value/$type", "required, but missing")],
    );
    check(
        &format!("{entry}?rkey=self"),
        &note("x"),
        &[("rkey", "expected a TID")],
    );
    // A method: its input by default, and its other parts.
    let input = json!({ "note": note("x"), "at": "2026-11-26T00:00:00Z" });
    let put = format!("{PUT}/validate");
    check(&put, &input, &[]);
    check(
        &format!("{put}?def=main"),
        &json!({ "note": note("x") }),
        &[("input/at", "required, but missing")],
    );
    check(
        &format!("{put}?def=params"),
        &json!({ "x": 1 }),
        &[("params", "expected no parameters")],
    );
    check(
        &format!("{put}?def=%23local"),
        &json!({ "x": 1 }),
        &[("value/x", "expected an object")],
    );
    check(&format!("{put}?def={PUT}%23local"), &json!({}), &[]);
    check(
        &format!("{SEARCH}/validate"),
        &json!({ "limit": 0 }),
        &[
            ("params/text", "required, but missing"),
            ("params/limit", "expected "),
        ],
    );
    // Definitions that are elsewhere.
    let view = format!("{DEFS}/validate?def=view");
    let missing = "cannot be checked: `org.elsewhere.thing` is not defined";
    check(&view, &json!({ "elsewhere": {} }), &[("value", missing)]);
    check(
        &format!("{view}&acceptUnresolved=true"),
        &json!({ "elsewhere": {} }),
        &[],
    );
    // Older values.
    let blob = json!({ "$type": NOTE, "text": "x", "image": {
        "cid": "bafkreih5sw74bhtf6qnbtpntboezr4rdu4efqwxpsrvs6d4cqkqo5c3tnm", "mimeType": "image/png" } });
    check(&format!("{entry}?legacyBlobs=true"), &blob, &[]);
    let answer = send(
        &site(),
        Method::POST,
        &format!("/lexicons/{entry}"),
        &[],
        &blob.to_string(),
    );
    assert_eq!(value(&answer)["violations"][0]["place"], "value/image");
    let old = json!({ "$type": NOTE, "text": "x", "at": "2026-11-26 00:00:00Z" });
    check(&format!("{entry}?lenientDatetimes=1"), &old, &[]);
    let answer = send(
        &site(),
        Method::POST,
        &format!("/lexicons/{entry}"),
        &[],
        &old.to_string(),
    );
    assert_eq!(value(&answer)["violations"][0]["place"], "value/at");
}

#[test]
fn what_cannot_be_checked_is_an_error() {
    let entry = format!("/lexicons/{NOTE}/validate");
    for (path, status) in [
        (format!("{entry}?def=other"), 400),
        (format!("{entry}?lenientDatetime=true"), 400),
        (format!("{entry}?legacyBlobs=maybe"), 400),
        (format!("{entry}?resolveExternal=true"), 400),
        (format!("{entry}?resolveExternal=false"), 200),
        ("/lexicons/com.example.authAll/validate".to_owned(), 400),
        ("/lexicons/com.example.none/validate".to_owned(), 405),
    ] {
        let answer = send(&site(), Method::POST, &path, &[], "{}");
        assert_eq!(answer.status(), status, "{path}");
        assert!(value(&answer)["message"].is_string() || status == 200);
    }
    // Text that is no JSON is a violation.
    for (body, message) in [
        ("", "expected JSON, found nothing"),
        (
            "{",
            "malformed JSON: EOF while parsing an object at line 1 column 1",
        ),
        (
            "{\"a\":1,\"a\":2}",
            "the field is given twice at line 1 column 10",
        ),
    ] {
        let answer = value(&send(&site(), Method::POST, &entry, &[], body));
        assert_eq!(
            (&answer["valid"], &answer["violations"][0]["message"]),
            (&json!(false), &json!(message))
        );
    }
    let large = " ".repeat(lexicon_site::Site::MAX_BODY + 1);
    assert_eq!(
        send(&site(), Method::POST, &entry, &[], &large).status(),
        413
    );
}

#[track_caller]
fn form(path: &str, fields: &str) -> http::Response<bytes::Bytes> {
    let content_type = [("content-type", "application/x-www-form-urlencoded")];
    let answer = send(
        &site(),
        Method::POST,
        &format!("/lexicons/{path}/validate"),
        &content_type,
        fields,
    );
    html::read(text(&answer));
    answer
}

#[test]
fn a_form_marks_violations_in_the_text() {
    let value = "%7B%0D%0A+%22%24type%22%3A+%22com.example.note.entry%22%2C%0D%0A+%22text%22%3A+%22%22%0D%0A%7D";
    let answer = form(
        NOTE,
        &format!("def=%23main&value={value}&lenientDatetimes=true"),
    );
    let page = shown(&answer);
    for expected in [
        "1 violation: com.example.note.entry",
        "Line 3",
        "value/text : expected 1 to 100 bytes",
    ] {
        assert!(page.contains(expected), "{expected}: {page}");
    }
    let page = text(&answer);
    assert!(
        page.contains("<mark id=\"violation-1\" class=\"string\">&#34;&#34;</mark>"),
        "{page}"
    );
    assert!(page.contains("name=\"lenientDatetimes\" value=\"true\" checked"));
    assert!(page.contains("<option value=\"#main\" selected>"));
    assert!(
        page.contains("spellcheck=\"false\">\n{\n &#34;$type&#34;"),
        "the text is kept"
    );

    // A member that is missing is marked where the object begins, and malformed JSON where it ends.
    let page = form(NOTE, "value=%7B%7D");
    assert!(
        text(&page).contains("<mark id=\"violation-1\">{</mark>"),
        "{}",
        text(&page)
    );
    let page = form(NOTE, "value=%7B%22a%22%3A+tru%7D");
    assert!(
        text(&page).contains("<mark id=\"violation-1\">"),
        "{}",
        text(&page)
    );
    let page = form(NOTE, "value=%7B");
    assert!(
        text(&page).contains("<mark id=\"violation-1\">"),
        "{}",
        text(&page)
    );
    let hostile = form(
        NOTE,
        "value=%22%3C%2Ftextarea%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E%22",
    );
    assert!(!text(&hostile).contains("<script>"));

    let valid = form(SEARCH, "def=params&value=%7B%22text%22%3A%22x%22%7D");
    assert!(shown(&valid).contains("Valid The value conforms to: Parameters"));
    let wrong = form(SEARCH, "def=nothing&value=1");
    assert_eq!(wrong.status(), 400);
    assert!(shown(&wrong).contains("has no definition `nothing`"));
    assert!(
        shown(&get(&site(), "/lexicons/com.example.authAll/validate"))
            .contains("Nothing to validate")
    );
    // Programs that send JSON as a form are answered as programs.
    let content_type = [("content-type", "application/x-www-form-urlencoded")];
    let answer = send(
        &site(),
        Method::POST,
        &format!("/lexicons/{NOTE}/validate"),
        &content_type,
        "{}",
    );
    assert_eq!(super::support::value(&answer)["valid"], false);
}

#[test]
fn lexicons_of_the_network_are_used_if_the_site_may() {
    let mut settings = crate::support::settings("/");
    settings.resolver = Some(std::sync::Arc::new(crate::support::Elsewhere));
    let open = Site::new(load(&documents()), settings);
    let path = |query: &str| format!("/{DEFS}/validate?def=view{query}");
    let first = |query: &str, body: &str| {
        let report = value(&send(&open, Method::POST, &path(query), &[], body));
        report["violations"][0]["place"].as_str().map(str::to_owned)
    };
    let missing = Some("value".to_owned());
    let (good, bad) = ("{\"elsewhere\":{\"of\":7}}", "{\"elsewhere\":{\"of\":8}}");
    assert_eq!(first("", good), missing);
    assert_eq!(first("&resolveExternal=true", good), None);
    let place = Some("value/elsewhere/of".to_owned());
    assert_eq!(first("&resolveExternal=true", bad), place);
    // What was found is not kept.
    assert_eq!(first("", good), missing);
    assert_eq!(open.page("org.elsewhere.thing"), None);
    let page = |site: &Site, root: &str| shown(&get(site, &format!("{root}/{DEFS}/validate")));
    assert!(page(&site(), "/lexicons").contains("Resolve external schemas: off on this site"));
    assert!(!page(&open, "").contains("off on this site"));
}
