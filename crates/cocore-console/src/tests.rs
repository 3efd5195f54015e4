use super::*;

const NASTY: &str = "<img src=x onerror=alert(1)> \"quotes\" & 'more'";

fn key() -> KeyRow {
    KeyRow {
        id: NASTY.to_owned(),
        name: NASTY.to_owned(),
        prefix: NASTY.to_owned(),
        created_at: "2026-11-24T12:00:00Z".to_owned(),
        ..KeyRow::default()
    }
}

fn pages() -> Vec<String> {
    let keys = Keys {
        account: NASTY.to_owned(),
        handle: Some(NASTY.to_owned()),
        local: true,
        now_ms: 0,
        keys: vec![key()],
        origin: NASTY.to_owned(),
    };
    let session = SessionRow {
        id: NASTY.to_owned(),
        current: true,
        browser: NASTY.to_owned(),
        address: NASTY.to_owned(),
        created_at: NASTY.to_owned(),
        last_seen_at: NASTY.to_owned(),
    };
    let sessions = Sessions {
        account: NASTY.to_owned(),
        handle: None,
        local: false,
        sessions: vec![session],
    };
    let sign_in = SignIn {
        error: Some(NASTY.to_owned()),
        handle: NASTY.to_owned(),
        can_sign_in: true,
        local_hint: true,
    };
    let leave = Leave {
        host: NASTY.to_owned(),
        url: NASTY.to_owned(),
    };
    let message = Message {
        title: NASTY.to_owned(),
        text: NASTY.to_owned(),
        link: Some((NASTY.to_owned(), NASTY.to_owned())),
    };
    vec![
        keys.render().unwrap(),
        sessions.render().unwrap(),
        sign_in.render().unwrap(),
        leave.render().unwrap(),
        message.render().unwrap(),
    ]
}

#[test]
fn text_is_escaped() {
    for page in pages() {
        assert!(!page.contains("<img src=x"), "{page}");
        assert!(!page.contains("\"quotes\""), "{page}");
        assert!(page.contains("&#60;img src=x"), "{page}");
    }
}

/// What the policy would refuse is not in a page in the first place.
#[test]
fn nothing_is_inline_or_foreign() {
    for page in pages() {
        for bad in ["style=", "<style", " onclick", "javascript:", "src=\"http"] {
            assert!(!page.contains(bad), "{bad} in {page}");
        }
        for script in page.split("<script").skip(1) {
            assert!(script.starts_with(" type=\"module\" src=\"/assets/"));
            assert!(script.contains("\"></script>"));
        }
        for place in page.split("/assets/").skip(1) {
            let name = place.split('"').next().unwrap();
            assert!(asset(name).is_some(), "{name}");
        }
    }
}

/// Every module that a module imports is served.
#[test]
fn modules_are_served() {
    for file in ASSETS.iter().filter(|file| file.name.ends_with(".js")) {
        let text = std::str::from_utf8(file.body).unwrap();
        for place in text.split("\"./").skip(1) {
            let name = place.split('"').next().unwrap();
            assert!(asset(name).is_some(), "{name} in {}", file.name);
        }
    }
}

#[test]
fn an_account_without_keys_is_invited() {
    let page = Keys {
        account: "did:web:localhost".to_owned(),
        handle: None,
        local: false,
        now_ms: 0,
        keys: Vec::new(),
        origin: "http://127.0.0.1:8080".to_owned(),
    };
    let page = page.render().unwrap();
    assert!(
        page.contains("<section id=\"empty\" class=\"empty\" aria-labelledby=\"empty-title\">")
    );
    assert!(page.contains("<section id=\"list\" aria-label=\"Your keys\" hidden>"));
}
