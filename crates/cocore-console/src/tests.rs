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

fn header() -> PageHeader {
    PageHeader {
        account: HOSTILE.to_owned(),
        has_inference: true,
        ..PageHeader::default()
    }
}

fn purpose() -> Purpose {
    Purpose {
        id: HOSTILE.to_owned(),
        title: HOSTILE.to_owned(),
        detail: HOSTILE.to_owned(),
        scopes: HOSTILE.to_owned(),
    }
}

fn link() -> KeyLink {
    KeyLink {
        id: HOSTILE.to_owned(),
        name: Some(HOSTILE.to_owned()),
        status: Some(Status::Active),
    }
}

/// Usage of some models, which have hostile names.
fn usage() -> Usage {
    let counts = UsageCounts {
        calls: 1_234_567,
        input: 7_654_321,
        ..UsageCounts::default()
    };
    let day = UsageDay {
        day: DateTime::UNIX_EPOCH.date_naive(),
        counts,
    };
    let of_model = UsageOfModel {
        model: HOSTILE.to_owned(),
        counts,
    };
    Usage {
        days: vec![day],
        models: vec![of_model],
    }
}

/// Limits of everybody who can have them, with hostile names.
fn limits() -> Limits {
    let budget = BudgetRow {
        kind: LimitKind::TokensPerDay,
        limit: 20_000,
        spent: 1_500,
        reserved: 0,
        renews_at: DateTime::UNIX_EPOCH,
    };
    let of = |holder| LimitsOf {
        holder,
        budgets: vec![budget],
        models: Some(vec![HOSTILE.to_owned()]),
    };
    let holders = [
        LimitHolder::ThisKey,
        LimitHolder::OtherKey(link()),
        LimitHolder::Account,
    ];
    Limits {
        holders: holders.map(of).to_vec(),
    }
}

/// The page of a key in which every text is hostile.
fn key_page() -> KeyPage {
    let event = EventRow {
        at: DateTime::UNIX_EPOCH,
        what: "Created",
        by: "the key",
        by_key: Some(link()),
        address: Some(HOSTILE.to_owned()),
        program: Some(HOSTILE.to_owned()),
        request_id: Some(HOSTILE.to_owned()),
    };
    let scope = ScopeRow {
        words: HOSTILE.to_owned(),
        scope: HOSTILE.to_owned(),
    };
    KeyPage {
        header: header(),
        now: DateTime::UNIX_EPOCH,
        origin: HOSTILE.to_owned(),
        key: key(),
        note: Some(HOSTILE.to_owned()),
        scopes: Some(vec![scope]),
        models: Some(vec![HOSTILE.to_owned()]),
        changeable: true,
        usage: Some(usage()),
        limits: Some(limits()),
        relatives: Relatives {
            parent: Some(link()),
            replaces: Some(link()),
            replaced_by: Some(KeyLink {
                name: None,
                status: None,
                ..link()
            }),
            descendants: vec![link()],
            possible: vec![link()],
        },
        events: vec![event],
        is_older: true,
        older: Some(HOSTILE.to_owned()),
        purposes: vec![purpose()],
        model: None,
    }
}

fn pages() -> Vec<String> {
    let keys = Keys {
        header: PageHeader {
            handle: Some(HOSTILE.to_owned()),
            local: true,
            ..header()
        },
        now: DateTime::UNIX_EPOCH,
        view: KeysView {
            text: HOSTILE.to_owned(),
            status: HOSTILE.to_owned(),
            cursor: HOSTILE.to_owned(),
        },
        keys: vec![key()],
        next: Some(HOSTILE.to_owned()),
        page_size: 50,
        origin: HOSTILE.to_owned(),
        purposes: vec![purpose()],
        model: None,
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
        header: header(),
        sessions: vec![session],
    };
    let usage = UsagePage {
        header: header(),
        usage: usage(),
        limits: limits(),
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
        model: Some(HOSTILE.to_owned()),
        collection: Some(HOSTILE.to_owned()),
        origin: HOSTILE.to_owned(),
    };
    vec![
        keys.render().unwrap(),
        key_page().render().unwrap(),
        sessions.render().unwrap(),
        usage.render().unwrap(),
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
        header: PageHeader::default(),
        now: DateTime::UNIX_EPOCH,
        view: KeysView::default(),
        keys: Vec::new(),
        next: None,
        page_size: 50,
        origin: "http://127.0.0.1:8080".to_owned(),
        purposes: Vec::new(),
        model: None,
    };
    let page = page.render().unwrap();
    assert!(
        page.contains("<section id=\"empty\" class=\"empty\" aria-labelledby=\"empty-title\">")
    );
    assert!(page.contains("<section id=\"list\" aria-label=\"Your keys\" hidden "));
}

#[test]
fn a_page_of_the_list_links_to_the_others() {
    let page = Keys {
        header: PageHeader::default(),
        now: DateTime::UNIX_EPOCH,
        view: KeysView {
            text: "a&b".to_owned(),
            status: "active".to_owned(),
            cursor: "second".to_owned(),
        },
        keys: Vec::new(),
        next: Some("third".to_owned()),
        page_size: 50,
        origin: String::new(),
        purposes: Vec::new(),
        model: None,
    };
    let page = page.render().unwrap();
    for expected in [
        "href=\"/?q=a%26b&#38;status=active\"",
        "href=\"/?q=a%26b&#38;status=active&#38;cursor=third\"",
        "<option value=\"active\" selected>",
        "value=\"a&#38;b\"",
    ] {
        assert!(page.contains(expected), "{expected}: {page}");
    }
}

#[test]
fn a_key_that_cannot_be_changed_has_fewer_actions() {
    let acts = |page: &KeyPage| {
        let page = page.render().unwrap();
        let acts = ["edit", "rotate", "narrow", "limits", "revoke", "delete"].into_iter();
        let acts = acts.filter(|act| page.contains(&format!("data-act=\"{act}\"")));
        acts.collect::<Vec<_>>()
    };
    let mut page = key_page();
    assert_eq!(
        acts(&page),
        ["edit", "rotate", "narrow", "limits", "revoke", "delete"]
    );
    page.changeable = false;
    assert_eq!(acts(&page), ["revoke", "delete"]);
    page.key.revoked_at = Some(DateTime::UNIX_EPOCH);
    assert_eq!(
        acts(&page),
        ["revoke", "delete"],
        "its descendants are active"
    );
    page.relatives = Relatives::default();
    assert_eq!(acts(&page), ["delete"]);
}

#[test]
fn usage_is_a_chart_with_tables_or_a_sentence() {
    let mut page = UsagePage {
        header: PageHeader::default(),
        usage: usage(),
        limits: limits(),
    };
    let text = page.render().unwrap();
    for expected in [
        "<svg role=\"img\" aria-labelledby=\"chart-title\"",
        "<title id=\"chart-title\">Tokens on 1 Jan 1970</title>",
        "7,654,321 tokens in 1,234,567 calls in the last 1 day: 7,654,321 of prompts and 0 of answers.",
        "<td>7,654,321</td>",
        "max=\"20000\" high=\"16000\" value=\"1500\"",
        "1,500 of 20,000 spent",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    page.usage.days[0].counts = UsageCounts::default();
    page.limits = Limits::default();
    let text = page.render().unwrap();
    assert!(text.contains("No calls of models in the last 1 day."));
    assert!(text.contains("This account has no limits."));
    assert!(!text.contains("<svg") && !text.contains("<table") && !text.contains("<meter"));
}

#[test]
fn only_a_server_with_inference_links_to_usage() {
    let mut page = key_page();
    let link = "<a href=\"/usage\"";
    assert!(page.render().unwrap().contains(link));
    page.header.has_inference = false;
    (page.usage, page.limits) = (None, None);
    let text = page.render().unwrap();
    assert!(
        !text.contains(link) && !text.contains("id=\"limits\""),
        "{text}"
    );
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
