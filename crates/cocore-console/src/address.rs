//! Addresses of pages.

/// The path of the page of a key.
pub(crate) fn key_path(id: &str) -> String {
    format!("/keys/{}", encoded(id))
}

/// An address with a query of the parameters that are not empty.
pub(crate) fn with_query(path: &str, parameters: &[(&str, &str)]) -> String {
    let parameters = parameters.iter().filter(|(_, value)| !value.is_empty());
    let parameters: Vec<_> = parameters
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    match &parameters[..] {
        [] => path.to_owned(),
        _ => format!("{path}?{}", parameters.join("&")),
    }
}

/// Percent-encodes a segment of a path, or a value of a query.
fn encoded(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let bytes = text.bytes().map(|byte| match is_plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    });
    bytes.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_special_is_encoded() {
        assert_eq!(key_path("a/b?é"), "/keys/a%2Fb%3F%C3%A9");
        let parameters = [("q", "a b&c"), ("status", ""), ("cursor", "x-_")];
        assert_eq!(with_query("/", &parameters), "/?q=a%20b%26c&cursor=x-_");
        assert_eq!(with_query("/", &[("q", "")]), "/");
    }
}
