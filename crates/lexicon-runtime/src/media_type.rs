//! Media types, and the patterns of them that lexicons declare: `application/json`, `image/*`, `*/*`.
//! Source: RFC 9110, section 8.3.1; <https://atproto.com/specs/lexicon>, "Procedure".

/// Whether a pattern allows more than one media type.
pub fn is_glob(pattern: &str) -> bool {
    essence(pattern).contains('*')
}

/// Whether a pattern allows a content type. Case and parameters, such as a charset, do not count.
pub fn matches(pattern: &str, content_type: &str) -> bool {
    let (pattern, found) = (essence(pattern), essence(content_type));
    let Some((kind, subtype)) = found.split_once('/') else {
        return false;
    };
    if kind.is_empty() || subtype.is_empty() {
        return false;
    }
    match pattern.split_once('/') {
        Some(("*", "*")) => true,
        Some((wanted, "*")) => wanted.eq_ignore_ascii_case(kind),
        _ => pattern.eq_ignore_ascii_case(found),
    }
}

/// The type and subtype, without parameters.
fn essence(content_type: &str) -> &str {
    let (essence, _) = content_type.split_once(';').unwrap_or((content_type, ""));
    essence.trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_allows_its_types_and_no_others() {
        for (pattern, found, expected) in [
            ("application/json", "application/json", true),
            ("application/json", "Application/JSON; charset=utf-8", true),
            ("application/json", "text/html", false),
            ("application/json", "", false),
            ("image/*", "image/png", true),
            ("image/*", "IMAGE/png ;q=1", true),
            ("image/*", "imagery/png", false),
            ("image/*", "image/", false),
            ("image/*", "image", false),
            ("*/*", "application/vnd.ipld.car", true),
            ("*/*", "/x", false),
            ("*/*", "nonsense", false),
        ] {
            assert_eq!(matches(pattern, found), expected, "{pattern} {found}");
        }
        assert!(is_glob("*/*") && is_glob("image/*") && !is_glob("image/png"));
    }
}
