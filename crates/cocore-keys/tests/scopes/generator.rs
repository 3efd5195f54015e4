//! Texts that are scopes, and texts that are nearly scopes.

use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use serde_json::{Value, json};

const NSIDS: &[&str] = &[
    "com.example.thing",
    "com.example.other",
    "com.example.feed.post",
    "a.b.c",
    "A.b.C",
    "*",
];

const OTHER_NSIDS: &[&str] = &[
    "com.example.*",
    "com.example",
    "com..x",
    "com.example.",
    "com.example.1x",
    "1com.example.x",
    "com.1example.x",
    "com.ex-ample.x",
    "com.example-.x",
    "com.example.x-y",
    "**",
    "",
];

const SERVICES: &[&str] = &[
    "did:web:api.example.com#svc",
    "did:web:api.example.com#other",
    "did:plc:z72i7hdynmk6r22z27h6tvur#svc",
    "did:web:localhost%3A8080#svc",
    "*",
];

const OTHER_SERVICES: &[&str] = &[
    "did:web:api.example.com",
    "did:web:api.example.com#",
    "did:web:api.example.com#a#b",
    "did:web:api.example.com#a/b?c&d=e+f",
    "did:web:api.example.com#%41",
    "did:web:api.example.com#%4",
    "did:web:api.example.com#[",
    "did:web:api.example.com:path#svc",
    "did:web:api.example.com%3A8080#svc",
    "did:web:#svc",
    "did:plc:abc#svc",
    "did:key:z6Mk#svc",
    "did:x:y:#svc",
    "api.example.com#svc",
    "#svc",
    "**",
    "",
];

const MEDIA_TYPES: &[&str] = &["image/png", "image/*", "text/html", "image/svg+xml", "*/*"];

const OTHER_MEDIA_TYPES: &[&str] = &[
    "Image/PNG",
    "IMAGE/*",
    "image",
    "image/",
    "/png",
    "*",
    "*/png",
    "im*/*",
    "image/p*",
    "a/b/c",
    "text/html;charset=utf-8",
    "text/ html",
    "text/h\u{e9}",
    "",
];

/// The parameters of a resource, the positional one first, each with its values and with others.
type Parameter = (
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

const RESOURCES: &[(&str, &[Parameter])] = &[
    (
        "repo",
        &[
            ("collection", NSIDS, OTHER_NSIDS),
            (
                "action",
                &["create", "update", "delete"],
                &["read", "*", "Create", ""],
            ),
        ],
    ),
    (
        "rpc",
        &[
            ("lxm", NSIDS, OTHER_NSIDS),
            ("aud", SERVICES, OTHER_SERVICES),
        ],
    ),
    ("blob", &[("accept", MEDIA_TYPES, OTHER_MEDIA_TYPES)]),
    (
        "account",
        &[
            ("attr", &["email", "repo"], &["status", "*", ""]),
            ("action", &["read", "manage"], &["write", "*", ""]),
        ],
    ),
    ("identity", &[("attr", &["handle", "*"], &["did", ""])]),
    (
        "include",
        &[
            ("nsid", NSIDS, OTHER_NSIDS),
            ("aud", SERVICES, OTHER_SERVICES),
        ],
    ),
];

/// What a mutation inserts.
const CHARS: &str = ":?&=%*#+./,;@ -_~!'()[]\"\\aZz09\u{e9}\0\t";

/// A text that is often a scope.
pub(crate) fn scope(random: &mut StdRng) -> String {
    let (resource, parameters) = *RESOURCES.choose(random).unwrap();
    let mut positional = None;
    let mut pairs = Vec::new();
    for (index, (name, values, others)) in parameters.iter().enumerate() {
        let is_positional = index == 0 && random.random_bool(0.6);
        let count = match random.random_range(0..10) {
            0 if index > 0 => 0,
            0..7 => 1,
            7 | 8 => 2,
            _ => random.random_range(0..5),
        };
        for _ in 0..count {
            let values = if random.random_bool(0.06) {
                others
            } else {
                values
            };
            let value = values.choose(random).unwrap();
            if is_positional && positional.is_none() {
                positional = Some(encode(random, value, "%?"));
            } else if !is_positional || random.random_bool(0.05) {
                pairs.push((encode(random, name, "%&="), encode(random, value, "%&#+")));
            }
        }
    }
    if random.random_bool(0.02) {
        let other = ["x", "Action", "inheritAud", "attr", "aud", ""]
            .choose(random)
            .unwrap();
        pairs.push(((*other).to_owned(), "true".to_owned()));
    }
    pairs.shuffle(random);
    let mut text = resource.to_owned();
    if let Some(positional) = positional {
        text.push(':');
        text.push_str(&positional);
    }
    if !pairs.is_empty() || random.random_bool(0.05) {
        text.push('?');
    }
    let pairs = pairs
        .into_iter()
        .map(|(name, value)| match random.random_bool(0.01) {
            true => name,
            false => format!("{name}={value}"),
        });
    text.push_str(&pairs.collect::<Vec<_>>().join("&"));
    if random.random_bool(0.15) {
        mutate(random, &mut text);
    }
    text
}

/// A text that is hardly ever a scope.
pub(crate) fn noise(random: &mut StdRng) -> String {
    let chars: Vec<_> = CHARS.chars().collect();
    let mut text = RESOURCES.choose(random).unwrap().0.to_owned();
    for _ in 0..random.random_range(0..30) {
        match random.random_range(0..12) {
            0 => text.push_str("collection="),
            1 => text.push_str("aud="),
            2 => text.push_str("a.b.c"),
            _ => text.push(*chars.choose(random).unwrap()),
        }
    }
    text
}

/// A text that is nearly always a scope other than an `include`.
pub(crate) fn plain_scope(random: &mut StdRng) -> String {
    let (resource, parameters) = *RESOURCES[..5].choose(random).unwrap();
    let pairs = parameters.iter().map(|(name, values, _)| {
        let value = values.choose(random).unwrap().replace('%', "%25");
        format!("{name}={}", value.replace('#', "%23").replace('+', "%2B"))
    });
    format!("{resource}?{}", pairs.collect::<Vec<_>>().join("&"))
}

/// Percent-encodes these characters nearly always, and others rarely.
fn encode(random: &mut StdRng, text: &str, reserved: &str) -> String {
    let mut encoded = String::new();
    for char in text.chars() {
        if random.random_bool(if reserved.contains(char) { 0.95 } else { 0.01 }) {
            let upper = random.random_bool(0.8);
            for byte in char.to_string().bytes() {
                encoded.push_str(&match upper {
                    true => format!("%{byte:02X}"),
                    false => format!("%{byte:02x}"),
                });
            }
        } else {
            encoded.push(char);
        }
    }
    encoded
}

/// Inserts, removes or replaces a character, or changes its case.
fn mutate(random: &mut StdRng, text: &mut String) {
    let mut chars: Vec<_> = text.chars().collect();
    let other: Vec<_> = CHARS.chars().collect();
    let other = *other.choose(random).unwrap();
    let index = random.random_range(0..chars.len());
    match random.random_range(0..4) {
        0 => chars.insert(index, other),
        1 => drop(chars.remove(index)),
        2 => chars[index] = other,
        _ if chars[index].is_lowercase() => chars[index].make_ascii_uppercase(),
        _ => chars[index].make_ascii_lowercase(),
    }
    *text = chars.into_iter().collect();
}

/// An `include`, and an entry of a permission set that often grants something.
pub(crate) fn set(random: &mut StdRng) -> (String, Value) {
    let nsid = [
        "com.example.authFull",
        "com.example.authFull",
        "com.example.authFull",
        "com.example.feed.authBasic",
        "com.examplex.auth",
        "a.b.auth",
    ];
    let mut include = format!("include:{}", nsid.choose(random).unwrap());
    if random.random_bool(0.6) {
        include.push_str("?aud=did:web:api.example.com%23svc");
    }
    let mut entry = json!({ "type": "permission" });
    let resource = [
        "repo", "rpc", "repo", "rpc", "rpc", "blob", "account", "identity", "include",
    ];
    let resource = *resource.choose(random).unwrap();
    entry["resource"] = json!(resource);
    let mut list = |values: &[&str], others: &[&str]| {
        let count = random.random_range(0..10).min(2);
        let values = (0..count).map(|_| {
            let values = if random.random_bool(0.05) {
                others
            } else {
                values
            };
            *values.choose(random).unwrap()
        });
        json!(values.collect::<Vec<_>>())
    };
    let nsids = list(
        &NSIDS[..3],
        &["*", "com.example", "com.example.*", "com.examples.x"],
    );
    let actions = list(&["create", "update", "delete"], &["read", "*"]);
    match resource {
        "repo" => {
            entry["collection"] = nsids;
            if random.random_bool(0.5) {
                entry["action"] = actions;
            }
        }
        "rpc" => {
            entry["lxm"] = nsids;
            if random.random_bool(0.5) {
                let aud = [
                    json!("*"),
                    json!("*"),
                    json!("*"),
                    json!("did:web:api.example.com#svc"),
                    json!(null),
                    json!(["*"]),
                ];
                entry["aud"] = aud.choose(random).unwrap().clone();
            }
            if random.random_bool(0.5) {
                let inherit = [
                    json!(true),
                    json!(true),
                    json!(true),
                    json!(false),
                    json!("true"),
                    json!(1),
                    json!(null),
                ];
                entry["inheritAud"] = inherit.choose(random).unwrap().clone();
            }
        }
        "blob" => entry["accept"] = json!(["*/*"]),
        "include" => entry["nsid"] = json!("com.example.authBasic"),
        _ => entry["attr"] = json!("*"),
    }
    if random.random_bool(0.1) {
        let members = [
            "maxSize",
            "lxm",
            "collection",
            "aud",
            "action",
            "description",
            "type",
        ];
        let values = [
            json!("*"),
            json!(["com.example.thing"]),
            json!("com.example.thing"),
            json!({}),
            json!(null),
        ];
        entry[*members.choose(random).unwrap()] = values.choose(random).unwrap().clone();
    }
    (include, entry)
}
