//! Texts that are permissions, and texts that are none.

use cocore_keys::scope::{
    Include, InvalidScopeReason as Reason, MAX_BYTES, MAX_PERMISSIONS, Permission, Scope, Scopes,
};

fn reason(text: &str) -> Option<Reason> {
    Scope::parse(text).err().map(|error| error.reason())
}

fn value(parameter: &'static str) -> impl Fn(Option<Reason>) -> bool {
    move |reason| matches!(reason, Some(Reason::Value { parameter: found, .. }) if found == parameter)
}

#[test]
fn scopes_are_written_in_their_normal_form() {
    for (text, normal) in [
        // The examples of the specification.
        ("identity:*", "identity:*"),
        ("identity:*?", "identity:*"),
        (
            "rpc?lxm=*&aud=did:web:api.example.com%23svc_appview",
            "rpc:*?aud=did:web:api.example.com%23svc_appview",
        ),
        (
            "blob?accept=video/*&accept=text/html",
            "blob?accept=text/html&accept=video/*",
        ),
        (
            "repo:app.example.profile?action=create&action=update&action=delete",
            "repo:app.example.profile",
        ),
        (
            "include:app.example.authFull?aud=did:web:api.example.com%23svc_chat",
            "include:app.example.authFull?aud=did:web:api.example.com%23svc_chat",
        ),
        ("repo:app.example.profile", "repo:app.example.profile"),
        ("repo:*", "repo:*"),
        ("repo:*?action=delete", "repo:*?action=delete"),
        (
            "rpc:app.example.moderation.createReport?aud=*",
            "rpc:app.example.moderation.createReport?aud=*",
        ),
        ("blob:*/*", "blob:*/*"),
        ("account:email", "account:email"),
        ("account:repo?action=manage", "account:repo?action=manage"),
        (
            "account?action=manage&attr=repo",
            "account:repo?action=manage",
        ),
        ("identity:handle", "identity:handle"),
        // Lists are in order and distinct, and `*` stands for all.
        (
            "repo?collection=b.b.b&collection=a.a.a&collection=b.b.b&action=delete&action=create",
            "repo?collection=a.a.a&collection=b.b.b&action=create&action=delete",
        ),
        ("repo?collection=a.a.a&collection=*", "repo:*"),
        ("rpc?lxm=a.a.a&aud=*&lxm=a.a.a", "rpc:a.a.a?aud=*"),
        (
            "rpc?lxm=a.a.a&lxm=*&aud=did:plc:abc%23s",
            "rpc:*?aud=did:plc:abc%23s",
        ),
        (
            "blob?accept=image/png&accept=image/*&accept=text/html",
            "blob?accept=image/*&accept=text/html",
        ),
        ("blob?accept=image/png&accept=*/*", "blob:*/*"),
        ("blob:Image/PNG", "blob:image/png"),
        // Names and values are percent-encoded.
        ("repo:app%2Eexample%2eprofile", "repo:app.example.profile"),
        ("rep%6F:a.a.a", ""),
        ("repo?%63ollection=a.a.a", "repo:a.a.a"),
        ("identity:%2A", "identity:*"),
        ("rpc:a.a.a?aud=%2a", "rpc:a.a.a?aud=*"),
        (
            "rpc:a.a.a?aud=did:web:a.com#s",
            "rpc:a.a.a?aud=did:web:a.com%23s",
        ),
        (
            "rpc:a.a.a?aud=did:web:localhost%253A80%23s",
            "rpc:a.a.a?aud=did:web:localhost%253A80%23s",
        ),
        // `+` is itself.
        ("blob:image/svg+xml", "blob:image/svg+xml"),
        ("blob:image/svg%2Bxml", "blob:image/svg+xml"),
        (
            "blob?accept=image/svg+xml&accept=a/b",
            "blob?accept=a/b&accept=image/svg%2Bxml",
        ),
        ("blob:a&b/c", "blob:a&b/c"),
        // The default.
        ("account:email?action=read", "account:email"),
        // Parameters may be empty.
        ("identity:*?&", "identity:*"),
        ("identity?&&attr=*&", "identity:*"),
        ("include?nsid=a.b.c", "include:a.b.c"),
    ] {
        let Ok(scope) = Scope::parse(text) else {
            assert_eq!(normal, "", "{text} is not a scope");
            continue;
        };
        assert_eq!(scope.to_string(), normal, "{text}");
        assert_eq!(Scope::parse(normal), Ok(scope.clone()), "{text}");
        match scope {
            Scope::Permission(permission) => assert_eq!(text.parse(), Ok(permission)),
            Scope::Include(include) => assert_eq!(text.parse(), Ok(include)),
        }
    }
}

#[test]
fn other_texts_are_no_scopes() {
    for (text, expected) in [
        // The examples of the specification: legal syntax without a meaning.
        ("resource", Reason::Resource),
        ("resource:positional?key=val", Reason::Resource),
        ("resource:positional&thing?key=val", Reason::Resource),
        ("service:did:web:com.example#type?key=val", Reason::Resource),
        ("resource:", Reason::Resource),
        ("resource:?", Reason::Resource),
        ("resource:&", Reason::Resource),
        ("resource?", Reason::Resource),
        (
            "repo:com.example.record?collection=com.example.other",
            Reason::Repeated("collection"),
        ),
        // Illegal syntax.
        ("resource:positional?key=qu\u{e9}bec", Reason::Characters),
        ("emoji:\u{263a}\u{fe0f}", Reason::Characters),
        ("identity:* ", Reason::Characters),
        ("identity:*\n", Reason::Characters),
        ("identity:*\0", Reason::Characters),
        ("identity:*\u{7f}", Reason::Characters),
        ("identity:%", Reason::PercentEncoding),
        ("identity:%2", Reason::PercentEncoding),
        ("identity:%+2", Reason::PercentEncoding),
        ("identity:%2g", Reason::PercentEncoding),
        ("identity:%20", Reason::PercentEncoding),
        ("identity:%E2%98%BA", Reason::PercentEncoding),
        // The resource.
        ("", Reason::Resource),
        (":", Reason::Resource),
        ("?", Reason::Resource),
        ("*", Reason::Resource),
        ("REPO:a.a.a", Reason::Resource),
        ("repository:a.a.a", Reason::Resource),
        ("atproto", Reason::Resource),
        ("transition:generic", Reason::Resource),
        // Parameters that are unknown, missing or repeated.
        ("identity:*?x=y", Reason::UnknownParameter(&["attr"])),
        ("identity:*?x", Reason::UnknownParameter(&["attr"])),
        ("identity:*?=", Reason::UnknownParameter(&["attr"])),
        (
            "repo:a.a.a?Action=create",
            Reason::UnknownParameter(&["collection", "action"]),
        ),
        (
            "rpc:a.a.a?aud=*&inheritAud=true",
            Reason::UnknownParameter(&["lxm", "aud"]),
        ),
        ("blob:*/*?maxSize=1", Reason::UnknownParameter(&["accept"])),
        ("repo", Reason::Missing("collection")),
        ("repo?action=create", Reason::Missing("collection")),
        ("rpc:a.a.a", Reason::Missing("aud")),
        ("rpc?aud=*", Reason::Missing("lxm")),
        ("blob", Reason::Missing("accept")),
        ("account?action=read", Reason::Missing("attr")),
        ("identity?", Reason::Missing("attr")),
        ("include?", Reason::Missing("nsid")),
        ("rpc:a.a.a?aud=*&aud=*", Reason::Repeated("aud")),
        ("rpc:a.a.a?lxm=a.a.a&aud=*", Reason::Repeated("lxm")),
        (
            "account:email?action=read&action=read",
            Reason::Repeated("action"),
        ),
        ("account?attr=email&attr=repo", Reason::Repeated("attr")),
        ("identity?attr=*&attr=*", Reason::Repeated("attr")),
        ("identity:*?attr=*", Reason::Repeated("attr")),
        ("include:a.b.c?nsid=a.b.c", Reason::Repeated("nsid")),
        // All methods of all services.
        ("rpc:*?aud=*", Reason::Unrestricted),
        ("rpc?lxm=a.a.a&lxm=*&aud=*", Reason::Unrestricted),
    ] {
        assert_eq!(reason(text), Some(expected), "{text:?}");
    }
}

#[test]
fn values_are_of_their_parameters() {
    for (parameter, text) in [
        ("collection", "repo:"),
        ("collection", "repo?collection="),
        ("collection", "repo:com.example.*"),
        ("collection", "repo:com.example"),
        ("collection", "repo?collection=*&collection=com.example.*"),
        ("collection", "repo:**"),
        ("collection", "repo:a.a.a,b.b.b"),
        ("collection", "repo:at://did:plc:abc/a.a.a"),
        ("action", "repo:a.a.a?action=*"),
        ("action", "repo:a.a.a?action="),
        ("action", "repo:a.a.a?action=read"),
        ("action", "repo:a.a.a?action=create,update"),
        ("action", "repo:a.a.a?action=create&action=Update"),
        ("lxm", "rpc:com.example.*?aud=did:plc:abc%23s"),
        ("lxm", "rpc:?aud=did:plc:abc%23s"),
        ("aud", "rpc:a.a.a?aud="),
        ("aud", "rpc:a.a.a?aud"),
        ("aud", "rpc:a.a.a?aud=did:plc:abc"),
        ("aud", "rpc:a.a.a?aud=did:plc:abc%23"),
        ("aud", "rpc:a.a.a?aud=did:plc:abc%23s%23t"),
        ("aud", "rpc:a.a.a?aud=%23s"),
        ("aud", "rpc:a.a.a?aud=did:plc:*%23s"),
        ("aud", "rpc:a.a.a?aud=did:plc:abc%23s%25"),
        ("aud", "rpc:a.a.a?aud=did:plc:abc%23s%254"),
        ("aud", "rpc:a.a.a?aud=did:plc:abc%23%5B"),
        ("aud", "rpc:a.a.a?aud=https://api.example.com"),
        ("accept", "blob:"),
        ("accept", "blob:*"),
        ("accept", "blob:image"),
        ("accept", "blob:image/"),
        ("accept", "blob:/png"),
        ("accept", "blob:*/png"),
        ("accept", "blob:image/p*"),
        ("accept", "blob:im*/*"),
        ("accept", "blob:image/png/x"),
        ("accept", "blob:text/html;charset=utf-8"),
        ("attr", "account:"),
        ("attr", "account:*"),
        ("attr", "account:status"),
        ("action", "account:email?action=*"),
        ("action", "account:email?action=write"),
        ("attr", "identity:"),
        ("attr", "identity:did"),
        ("nsid", "include:*"),
        ("nsid", "include:a.b"),
        ("aud", "include:a.b.c?aud=*"),
        ("aud", "include:a.b.c?aud=did:plc:abc"),
    ] {
        assert!(value(parameter)(reason(text)), "{text}: {:?}", reason(text));
    }
}

#[test]
fn an_error_shows_the_beginning_of_the_scope() {
    let error = Permission::parse("account:status").unwrap_err();
    assert_eq!(
        error.to_string(),
        "invalid scope `account:status`: expected email or repo in `attr`"
    );
    let error = Scope::parse("identity:*?x=y").unwrap_err();
    let message = "invalid scope `identity:*?x=y`: expected no parameters but attr";
    assert_eq!(error.to_string(), message);
    let long = format!("{}\u{202e}\r\n", "x".repeat(99));
    let error = Scope::parse(&long).unwrap_err();
    assert_eq!(error.scope(), format!("{}\\u{{202e}}...", "x".repeat(99)));
    let error = Scopes::parse("").unwrap_err();
    assert_eq!(
        error.to_string(),
        "invalid scope: expected at least one permission"
    );
}

#[test]
fn an_include_is_no_permission() {
    let include = "include:com.example.authFull";
    for result in [
        Permission::parse(include).map(drop),
        Scopes::parse(include).map(drop),
        Scopes::parse(&format!("identity:* {include}")).map(drop),
    ] {
        assert_eq!(result.unwrap_err().reason(), Reason::Include);
    }
    assert_eq!(
        Include::parse("identity:*").unwrap_err().reason(),
        Reason::Resource
    );
}

#[test]
fn a_list_is_in_order_distinct_and_not_empty() {
    let text = "identity:* repo:b.b.b repo?collection=a.a.a rpc:a.a.a?aud=* identity?attr=*";
    let scopes = Scopes::parse(text).unwrap();
    let normal = "repo:a.a.a repo:b.b.b rpc:a.a.a?aud=* identity:*";
    assert_eq!(scopes.as_str(), normal);
    assert_eq!(scopes.to_string(), normal);
    assert_eq!(format!("{scopes:?}"), format!("Scopes({normal:?})"));
    assert_eq!(Scopes::parse(normal), Ok(scopes.clone()));
    assert_eq!(scopes.permissions().len(), 4);
    let reversed = scopes.permissions().iter().rev().cloned().collect();
    assert_eq!(Scopes::from_permissions(reversed), Ok(scopes));

    for (text, expected) in [
        ("", Reason::Empty),
        (" ", Reason::Resource),
        ("identity:* ", Reason::Resource),
        (" identity:*", Reason::Resource),
        ("identity:*  repo:*", Reason::Resource),
        ("identity:*\trepo:*", Reason::Characters),
        ("identity:* nonsense", Reason::Resource),
    ] {
        assert_eq!(
            Scopes::parse(text).unwrap_err().reason(),
            expected,
            "{text:?}"
        );
    }
    assert_eq!(
        Scopes::from_permissions(Vec::new()).unwrap_err().reason(),
        Reason::Empty
    );
}

#[test]
fn a_list_has_bounds() {
    let permissions = |count: usize| -> Vec<_> {
        let permissions = (0..count).map(|index| format!("repo:com.example.c{index}"));
        permissions
            .map(|text| Permission::parse(&text).unwrap())
            .collect()
    };
    let mut repeated = permissions(MAX_PERMISSIONS);
    repeated.extend(permissions(MAX_PERMISSIONS));
    assert!(Scopes::from_permissions(repeated).is_ok());
    let error = Scopes::from_permissions(permissions(MAX_PERMISSIONS + 1)).unwrap_err();
    assert_eq!(error.reason(), Reason::TooMany);

    let long = |bytes: usize| format!("blob:a/{}", "x".repeat(bytes - "blob:a/".len()));
    let (longest, longer) = (long(MAX_BYTES), long(MAX_BYTES + 1));
    assert_eq!(Scopes::parse(&longest).unwrap().as_str(), longest);
    assert_eq!(reason(&longer), Some(Reason::TooLong));
    assert_eq!(
        Scopes::parse(&longer).unwrap_err().reason(),
        Reason::TooLong
    );
    let permissions = vec![
        Permission::parse(&long(MAX_BYTES - 10)).unwrap(),
        Permission::parse("identity:*").unwrap(),
    ];
    let error = Scopes::from_permissions(permissions).unwrap_err();
    assert_eq!(error.reason(), Reason::TooLong);
    // The normal form percent-encodes `+` in a parameter.
    let longer = format!("blob?accept=a/b&accept=a/{}", "+".repeat(MAX_BYTES / 2));
    assert_eq!(reason(&longer), Some(Reason::TooLong));
}
