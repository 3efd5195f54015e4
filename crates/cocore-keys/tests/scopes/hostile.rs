//! Texts of a client that tries to break the parser.

use std::collections::HashSet;

use cocore_keys::scope::{MAX_BYTES, Permission, Scope, Scopes};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::generator;

#[test]
fn a_normal_form_parses_to_an_equal_scope() {
    let mut random = StdRng::seed_from_u64(7);
    let mut valid = 0;
    for _ in 0..50_000 {
        let text = match random.random_bool(0.8) {
            true => generator::scope(&mut random),
            false => generator::noise(&mut random),
        };
        let Ok(scope) = Scope::parse(&text) else {
            continue;
        };
        valid += 1;
        let normal = scope.to_string();
        assert_eq!(Scope::parse(&normal).as_ref(), Ok(&scope), "{text:?}");
        // The characters that OAuth allows in a scope, which a header can quote (RFC 6749, section 3.3).
        let is_legal = |byte: u8| byte.is_ascii_graphic() && !b"\"\\".contains(&byte);
        assert!(normal.bytes().all(is_legal), "{normal}");
    }
    assert!(valid > 20_000, "{valid}");
}

#[test]
fn equal_permissions_have_equal_texts() {
    let mut random = StdRng::seed_from_u64(8);
    let (mut permissions, mut texts) = (HashSet::new(), HashSet::new());
    for _ in 0..20_000 {
        if let Ok(permission) = Permission::parse(&generator::scope(&mut random)) {
            texts.insert(permission.to_string());
            permissions.insert(permission);
        }
    }
    assert!(texts.len() > 300, "{}", texts.len());
    assert_eq!(permissions.len(), texts.len());
}

#[test]
fn long_texts_are_rejected_at_once() {
    let long = |part: &str| format!("repo?{}", part.repeat(MAX_BYTES));
    for text in [
        long("&"),
        long("collection=*&"),
        "%".repeat(MAX_BYTES),
        ":".repeat(1 << 24),
        " ".repeat(1 << 24),
        "identity:* ".repeat(1 << 20),
        "\u{1f600}".repeat(1 << 22),
    ] {
        let message = Scope::parse(&text).unwrap_err().to_string();
        assert!(message.len() < 1_500, "{}", message.len());
        let message = Scopes::parse(&text).unwrap_err().to_string();
        assert!(message.len() < 1_500, "{}", message.len());
    }
}

/// The most entries that fit into the scopes of a key, each compared with each.
#[test]
fn the_largest_lists_are_compared() {
    let list = |parameter: &str, last: char| -> String {
        let values = (0..190).map(|index| format!("&{parameter}=a.b{index}.{last}"));
        values.collect()
    };
    for (parent, child) in [
        (
            format!("repo?{}", list("collection", 'c')),
            format!("repo?{}", list("collection", 'd')),
        ),
        (
            format!("rpc?aud=*{}", list("lxm", 'c')),
            format!("rpc?aud=*{}", list("lxm", 'd')),
        ),
    ] {
        let (parent, child) = (
            Scopes::parse(&parent).unwrap(),
            Scopes::parse(&child).unwrap(),
        );
        assert_eq!(parent.covers_all(&parent), Ok(()));
        assert_eq!(parent.covers_all(&child), Err(&child.permissions()[0]));
    }
}
