//! Our answers beside those of the official implementation, `@atproto/oauth-scopes`.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use cocore_keys::scope::{
    Audience, InvalidScopeReason as Reason, Permission, RepoAction, Scope, Scopes,
};
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use super::{generator, network, skip};

const NSIDS: [&str; 5] = [
    "com.example.thing",
    "com.example.other",
    "com.example.feed.post",
    "A.b.C",
    "com.example.unnamed",
];

const SERVICES: [&str; 5] = [
    "did:web:api.example.com#svc",
    "did:web:api.example.com#other",
    "did:plc:z72i7hdynmk6r22z27h6tvur#svc",
    "did:web:localhost%3A8080#svc",
    "did:web:unnamed.example.com#svc",
];

const MEDIA_TYPES: [&str; 8] = [
    "image/png",
    "image/gif",
    "image/svg+xml",
    "text/html",
    "unnamed/unnamed",
    "image",
    "image/png/x",
    "",
];

/// What is asked of permissions, by their resource.
fn requests() -> BTreeMap<&'static str, Vec<Value>> {
    let pairs = |one: &str, ones: &[&str], other: &str, others: &[&str]| -> Vec<_> {
        let pairs = ones.iter().flat_map(|o| others.iter().map(move |p| (o, p)));
        pairs.map(|(o, p)| json!({ one: o, other: p })).collect()
    };
    let actions = RepoAction::ALL.map(RepoAction::name);
    let media_types = MEDIA_TYPES.iter().map(|mime| json!({ "mime": mime }));
    BTreeMap::from([
        ("repo", pairs("collection", &NSIDS, "action", &actions)),
        ("rpc", pairs("lxm", &NSIDS, "aud", &SERVICES)),
        ("blob", media_types.collect()),
        (
            "account",
            pairs("attr", &["email", "repo"], "action", &["read", "manage"]),
        ),
        (
            "identity",
            vec![json!({ "attr": "handle" }), json!({ "attr": "*" })],
        ),
    ])
}

/// Whether our permissions allow a request.
fn allows(scopes: &Scopes, resource: &str, request: &Value) -> bool {
    let text = |name: &str| request[name].as_str().unwrap();
    let covers = |text: String| scopes.covers(&Permission::parse(&text).unwrap());
    match resource {
        "repo" => {
            let mut actions = RepoAction::ALL.into_iter();
            let action = actions.find(|action| action.name() == text("action"));
            scopes.allows_repo(text("collection"), action.unwrap())
        }
        "rpc" => scopes.allows_rpc(text("lxm"), text("aud")),
        "blob" => {
            let needed = Permission::blob(text("mime"));
            let upper = Permission::blob(&text("mime").to_uppercase());
            assert_eq!(
                needed.clone().ok(),
                upper.ok(),
                "media types do not depend on case"
            );
            needed.is_ok_and(|needed| scopes.covers(&needed))
        }
        "account" => covers(format!(
            "account:{}?action={}",
            text("attr"),
            text("action")
        )),
        _ => covers(format!("identity:{}", text("attr"))),
    }
}

/// Which requests our permissions allow, a digit each.
fn allowed(scopes: &Scopes, resource: &str, requests: &[Value]) -> String {
    let digits = requests
        .iter()
        .map(|request| match allows(scopes, resource, request) {
            true => '1',
            false => '0',
        });
    digits.collect()
}

/// The answer to a text.
type Answer = Option<(String, String)>;

fn our_answer(scope: &Scope) -> (String, String) {
    let Scope::Permission(permission) = scope else {
        return ("include".to_owned(), String::new());
    };
    let text = permission.to_string();
    let resource = text.split([':', '?']).next().unwrap();
    let scopes = Scopes::from_permissions(vec![permission.clone()]).unwrap();
    let allowed = allowed(&scopes, resource, &requests()[resource]);
    (resource.to_owned(), allowed)
}

fn their_answer(answer: &Value) -> Answer {
    let text = |name: &str| answer[name].as_str().unwrap().to_owned();
    (!answer.is_null()).then(|| (text("resource"), text("allowed")))
}

fn ask(questions: &Value) -> Value {
    let mut node = Command::new("node")
        .arg(network::dir().join("scopes.mjs"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = node.stdin.take().unwrap();
    let text = questions.to_string();
    let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()));
    let output = node.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "{:?}", output.status);
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What else the official implementation is asked about a text: a text that means the same to both, our normal
/// form, and a permission for any method of the DID that the text names.
fn related(text: &str, ours: Option<&Scope>) -> [String; 3] {
    let (head, query) = text.split_once('?').unwrap_or((text, ""));
    let query = query.replace('+', "%2B");
    let mut same = match text.contains('?') {
        true => format!("{head}?{query}"),
        false => head.to_owned(),
    };
    if text.starts_with("blob") {
        for letter in 'A'..='Z' {
            let code = format!("%{:02X}", u32::from(letter));
            let letter = letter.to_string();
            same = same
                .replace(&code.to_lowercase(), &letter)
                .replace(&code, &letter);
        }
        same.make_ascii_lowercase();
    }
    let service = match ours {
        Some(Scope::Permission(Permission::Rpc(rpc))) => match rpc.audience() {
            Audience::Service(service) => Some(service),
            Audience::Any => None,
        },
        Some(Scope::Include(include)) => include.aud(),
        _ => None,
    };
    let did = service.map_or("did:web:example.com", |service| service.did());
    let did = format!("rpc:*?aud={}%23x", did.replace('%', "%25"));
    [same, ours.map_or(text.to_owned(), Scope::to_string), did]
}

/// The values in a text, decoded.
fn values(text: &str) -> Vec<String> {
    let (head, query) = text.split_once('?').unwrap_or((text, ""));
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let values = head.split_once(':').into_iter().chain(pairs);
    let decode = |(_, value): (&str, &str)| {
        let mut parts = value.split('%');
        let mut decoded = parts.next().unwrap().to_owned();
        for part in parts {
            let (code, rest) = part.split_at(2);
            decoded.push(char::from(u8::from_str_radix(code, 16).unwrap()));
            decoded.push_str(rest);
        }
        decoded
    };
    values.map(decode).collect()
}

/// Whether a value is neither a media type nor a glob of one.
fn is_no_media_range(value: &String) -> bool {
    let name = value.strip_suffix("/*").unwrap_or(value);
    let name = name.replacen('/', "", 1);
    value != "*/*" && name.contains(|char| "()<>@,;:\\\"/[]?={}*".contains(char))
}

/// Why the answers to a text differ, if the specification says so.
fn difference(
    text: &str,
    ours: Result<&(String, String), Reason>,
    theirs: &Answer,
    [same, did]: [&Answer; 2],
) -> Option<&'static str> {
    let reason = match ours {
        Ok(_) if theirs.is_none() && did.is_none() => {
            return Some("a service has a DID: which DIDs can be resolved is another matter");
        }
        Ok(ours) if same.as_ref() == Some(ours) => {
            return match ours.0 == "blob" && !text.contains('+') {
                true => Some("media types do not depend on case (RFC 9110, section 8.3.1)"),
                false => Some("`+` is itself: only percent-encoding is decoded"),
            };
        }
        Ok(_) => return None,
        Err(reason) => reason,
    };
    let any = |is_other: fn(&String) -> bool| values(text).iter().any(is_other);
    let (resource, _) = theirs.as_ref()?;
    match (reason, &resource[..]) {
        (Reason::Characters, _) => Some("a scope is printable ASCII without white space"),
        (Reason::PercentEncoding, _) => Some("`%` begins the percent-encoding of printable ASCII"),
        (Reason::Value { .. }, "blob") if any(is_no_media_range) => {
            Some("a media type consists of two tokens, and a glob of a type and `*`")
        }
        (Reason::Value { .. }, "rpc" | "include") if any(|value| value.ends_with('#')) => {
            Some("the fragment of a service is required")
        }
        (Reason::Value { .. }, "account") if any(|value| value == "status") => {
            Some("the attributes of an account are email and repo")
        }
        (Reason::Repeated("action"), "account") => Some("the action of an account is one string"),
        (Reason::UnknownParameter(_), _) if text.contains("??") => {
            Some("the parameters begin after one `?`")
        }
        _ => None,
    }
}

/// A text for each difference.
const DIFFERENT: [&str; 10] = [
    "rpc:a.b.c?aud=did:key:z6Mk%23s",
    "blob:Image/PNG",
    "blob?accept=image/svg+xml",
    "blob:image/\u{e9}",
    "blob?accept=image/%zz",
    "blob:text/html;charset=utf-8",
    "rpc:a.b.c?aud=did:web:api.example.com%23",
    "account:status",
    "account:email?action=read&action=manage",
    "identity??attr=*",
];

/// Our answers differ where the specification says so, and nowhere else.
#[test]
fn a_text_is_a_permission_for_the_official_implementation_too() {
    if let Err(missing) = network::prerequisites(&[]) {
        return skip::skip(&missing).unwrap_or_default();
    }
    let mut random = StdRng::seed_from_u64(4);
    let texts: Vec<_> = (0..20_000).map(|_| generator::scope(&mut random)).collect();
    let ours: Vec<_> = texts.iter().map(|text| Scope::parse(text)).collect();
    let scopes = texts.iter().zip(&ours).flat_map(|(text, ours)| {
        let [same, normal, did] = related(text, ours.as_ref().ok());
        [text.clone(), same, normal, did]
    });
    let scopes: Vec<_> = scopes.collect();
    let answers =
        ask(&json!({ "requests": requests(), "scopes": scopes, "lists": [], "sets": [] }));
    let answers: Vec<_> = answers["scopes"]
        .as_array()
        .unwrap()
        .iter()
        .map(their_answer)
        .collect();

    let (mut valid, mut differences) = (0, BTreeMap::new());
    for ((text, ours), answers) in texts.iter().zip(&ours).zip(answers.chunks(4)) {
        let [theirs, same, normal, did] = answers else {
            panic!()
        };
        let ours = ours
            .as_ref()
            .map(our_answer)
            .map_err(|error| error.reason());
        if ours.as_ref().ok() == theirs.as_ref() {
            valid += u32::from(ours.is_ok());
        } else {
            let reason = difference(
                text,
                ours.as_ref().map_err(|reason| *reason),
                theirs,
                [same, did],
            );
            let reason = reason.unwrap_or_else(|| panic!("{text:?}: {ours:?}, {theirs:?}"));
            *differences.entry(reason).or_insert(0) += 1;
        }
        if did.is_some()
            && let Ok(ours) = &ours
        {
            assert_eq!(normal.as_ref(), Some(ours), "the normal form of {text:?}");
        }
    }
    let different: usize = differences.values().sum();
    assert!((8_000..16_000).contains(&valid), "{valid}");
    assert!(different < 2_000, "{differences:#?}");
    assert_eq!(differences.len(), DIFFERENT.len(), "{differences:#?}");
}

/// Which requests of all resources are allowed, a digit each.
fn all_allowed(scopes: &Scopes) -> String {
    let requests = requests();
    let digits = requests
        .iter()
        .map(|(resource, requests)| allowed(scopes, resource, requests));
    digits.collect()
}

#[test]
fn a_list_allows_what_it_allows_for_the_official_implementation() {
    if let Err(missing) = network::prerequisites(&[]) {
        return skip::skip(&missing).unwrap_or_default();
    }
    let mut random = StdRng::seed_from_u64(5);
    let list = |count| -> Vec<_> {
        let scopes = (0..count).map(|_| generator::plain_scope(&mut random));
        scopes
            .filter(|text| Permission::parse(text).is_ok())
            .collect()
    };
    let lists = (0..3_000).map(|index| 1 + index % 6).map(list);
    let lists: Vec<_> = lists
        .filter(|list| !list.is_empty())
        .map(|list| list.join(" "))
        .collect();
    let answers = ask(&json!({ "requests": requests(), "scopes": [], "lists": lists, "sets": [] }));
    let answers = answers["lists"].as_array().unwrap();
    assert_eq!(answers.len(), lists.len());
    for (list, theirs) in lists.iter().zip(answers) {
        let ours = all_allowed(&Scopes::parse(list).unwrap());
        assert_eq!(ours, theirs.as_str().unwrap(), "{list}");
    }
}

/// Why an entry of a permission set grants something else, if the specification says so.
fn set_difference(entry: &Value) -> Option<&'static str> {
    if entry["type"] != "permission" {
        Some("the type of an entry is `permission`")
    } else if entry["inheritAud"] == false {
        Some("`inheritAud` is false where it is absent, and may be false")
    } else if entry["description"].is_string() {
        Some("each definition of a lexicon may have a description")
    } else {
        None
    }
}

const SET_DIFFERENCES: usize = 3;

#[test]
fn a_permission_set_grants_what_it_grants_for_the_official_implementation() {
    if let Err(missing) = network::prerequisites(&[]) {
        return skip::skip(&missing).unwrap_or_default();
    }
    let mut random = StdRng::seed_from_u64(6);
    let sets: Vec<_> = (0..10_000).map(|_| generator::set(&mut random)).collect();
    let questions = sets
        .iter()
        .map(|(include, entry)| json!({ "include": include, "entry": entry }));
    let questions: Vec<_> = questions.collect();
    let answers =
        ask(&json!({ "requests": requests(), "scopes": [], "lists": [], "sets": questions }));
    let answers = answers["sets"].as_array().unwrap();
    assert_eq!(answers.len(), sets.len());
    let (mut granted, mut differences) = (0, BTreeMap::new());
    for ((include, entry), theirs) in sets.iter().zip(answers) {
        let Scope::Include(parsed) = Scope::parse(include).unwrap() else {
            panic!()
        };
        let theirs = theirs.as_str().unwrap();
        let ours = parsed.expand(std::slice::from_ref(entry));
        let ours = ours.map(|permissions| Scopes::from_permissions(permissions).unwrap());
        let ours = ours.map_or("0".repeat(theirs.len()), |scopes| all_allowed(&scopes));
        if ours == theirs {
            granted += u32::from(ours.contains('1'));
        } else {
            let reason = set_difference(entry);
            let reason = reason.unwrap_or_else(|| panic!("{include} {entry}: {ours}, {theirs}"));
            *differences.entry(reason).or_insert(0) += 1;
        }
    }
    assert!((1_000..8_000).contains(&granted), "{granted}");
    let different: usize = differences.values().sum();
    assert!(different < 600, "{differences:#?}");
    assert_eq!(differences.len(), SET_DIFFERENCES, "{differences:#?}");
}
