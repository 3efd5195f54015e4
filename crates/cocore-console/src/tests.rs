use super::*;

const HOSTILE: &str = "<img src=x onerror=alert(1)> \"quotes\" & 'more'";

fn key() -> KeyRow {
    KeyRow {
        id: HOSTILE.to_owned(),
        name: HOSTILE.to_owned(),
        prefix: HOSTILE.to_owned(),
        ..KeyRow::default()
    }
}

fn pages() -> Vec<String> {
    let keys = Keys {
        account: HOSTILE.to_owned(),
        handle: Some(HOSTILE.to_owned()),
        local: true,
        now: DateTime::UNIX_EPOCH,
        keys: vec![key()],
        origin: HOSTILE.to_owned(),
    };
    let session = SessionRow {
        id: HOSTILE.to_owned(),
        current: true,
        browser: HOSTILE.to_owned(),
        address: HOSTILE.to_owned(),
        created_at: DateTime::UNIX_EPOCH,
        last_seen_at: DateTime::UNIX_EPOCH,
    };
    let sessions = Sessions {
        account: HOSTILE.to_owned(),
        handle: None,
        local: false,
        sessions: vec![session],
    };
    let sign_in = SignIn {
        error: Some(HOSTILE.to_owned()),
        handle: HOSTILE.to_owned(),
        handle_sign_in: HandleSignIn::Available,
        login_link_hint: true,
    };
    let forward = Forward {
        host: HOSTILE.to_owned(),
        url: HOSTILE.to_owned(),
    };
    let message = Message {
        title: HOSTILE.to_owned(),
        text: HOSTILE.to_owned(),
        link: Some((HOSTILE.to_owned(), HOSTILE.to_owned())),
    };
    let documentation = Documentation {
        origin: HOSTILE.to_owned(),
    };
    vec![
        keys.render().unwrap(),
        sessions.render().unwrap(),
        sign_in.render().unwrap(),
        forward.render().unwrap(),
        message.render().unwrap(),
        documentation.render().unwrap(),
    ]
}

/// Rows 10 and 38 of the list of attacks.
#[test]
fn text_is_escaped() {
    for page in pages() {
        assert!(!page.contains("<img src=x"), "{page}");
        assert!(!page.contains("\"quotes\""), "{page}");
        assert!(page.contains("&#60;img src=x"), "{page}");
    }
}

/// Row 38 of the list of attacks.
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
        now: DateTime::UNIX_EPOCH,
        keys: Vec::new(),
        origin: "http://127.0.0.1:8080".to_owned(),
    };
    let page = page.render().unwrap();
    assert!(
        page.contains("<section id=\"empty\" class=\"empty\" aria-labelledby=\"empty-title\">")
    );
    assert!(page.contains("<section id=\"list\" aria-label=\"Your keys\" hidden>"));
}

#[test]
fn the_sign_in_page_gives_the_reason_for_which_it_has_no_form() {
    for (handle_sign_in, reason) in [
        (HandleSignIn::Available, None),
        (HandleSignIn::NoPublicUrl, Some("it has no public URL")),
        (
            HandleSignIn::NoEncryptionKey,
            Some("it has no encryption key"),
        ),
    ] {
        let page = SignIn {
            error: None,
            handle: String::new(),
            handle_sign_in,
            login_link_hint: false,
        };
        let page = page.render().unwrap();
        assert_eq!(page.contains("<form"), reason.is_none());
        for other in ["it has no public URL", "it has no encryption key"] {
            assert_eq!(page.contains(other), reason == Some(other), "{page}");
        }
    }
}
