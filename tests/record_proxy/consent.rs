//! What people are asked for.

use std::sync::Mutex;

use serde_json::json;

use super::refresh::issuer;
use super::world::{GRANTED, World, form, sign_in};
use crate::support::BOB;
use crate::support::pds::answer;

#[test]
fn a_sign_in_asks_for_nothing_and_a_connection_for_what_the_operator_allows() {
    let used = Mutex::default();
    let world = World::new(move |path, request| match path {
        "/par" => answer(201, &[], &json!({ "request_uri": "urn:request" })),
        _ => issuer(path, request, &used),
    });
    let server = &world.server;
    let handle = format!("handle={}", BOB.replace(':', "%3A"));
    assert_eq!(form(server, "/sign-in", "", &handle).status, 200);
    let cookie = sign_in(server, BOB);
    let begun = form(server, "/records/connect", &cookie, "");
    assert_eq!(begun.status, 200);
    let state = begun.header("set-cookie").unwrap();
    assert!(state.contains("HttpOnly; SameSite=Lax"), "{state}");
    let requests = world.pds.requests();
    let asked = requests.iter().filter(|one| one.starts_with("POST /par "));
    let scope = |request: &String| {
        let body = request.split("\r\n\r\n").nth(1).unwrap();
        let mut fields = url::form_urlencoded::parse(body.as_bytes());
        fields
            .find(|(name, _)| name == "scope")
            .unwrap()
            .1
            .into_owned()
    };
    let scopes: Vec<_> = asked.map(scope).collect();
    assert_eq!(scopes, ["atproto", GRANTED]);

    // Neither somebody who is not signed in nor another site begins or ends a connection.
    for path in ["/records/connect", "/records/disconnect"] {
        let page = form(server, path, "", "");
        assert!(String::from_utf8(page.body).unwrap().contains("Sign in"));
        let call = server.call("POST", path).header("cookie", &cookie);
        let call = call.header("sec-fetch-site", "cross-site");
        let call = call.bytes("application/x-www-form-urlencoded", b"");
        assert_eq!(call.send().status, 403);
        let get = server.get(path).header("cookie", &cookie).send();
        assert_eq!(get.status, 405);
    }
    assert_eq!(world.pds.count("/par"), 2);
}
