//! Content types and the patterns that lexicons declare.

/// Whether `pattern` stands for several types: `image/*`, `*/*`.
pub(crate) fn is_glob(pattern: &str) -> bool {
    essence(pattern).contains('*')
}

/// Whether `content_type` is what `pattern` allows. Parameters such as a charset are not compared.
pub(crate) fn matches(pattern: &str, content_type: &str) -> bool {
    let (pattern, found) = (essence(pattern), essence(content_type));
    let Some((main, _)) = found.split_once('/') else {
        return false;
    };
    match pattern.split_once('/') {
        Some(("*", "*")) => true,
        Some((wanted, "*")) => wanted.eq_ignore_ascii_case(main),
        _ => pattern.eq_ignore_ascii_case(found),
    }
}

/// The type without its parameters.
fn essence(content_type: &str) -> &str {
    let end = content_type.find(';').unwrap_or(content_type.len());
    content_type[..end].trim()
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
            ("image/*", "image", false),
            ("*/*", "application/vnd.ipld.car", true),
            ("*/*", "nonsense", false),
        ] {
            assert_eq!(matches(pattern, found), expected, "{pattern} {found}");
        }
        assert!(is_glob("*/*") && is_glob("image/*") && !is_glob("image/png"));
    }
}
