//! The credential in the `Authorization` header. Source: RFC 6750.

use cocore_keys::KEY_PREFIX;

/// The credential in the `Authorization` header of a request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Credential<'r> {
    /// There is no such header.
    None,
    /// An API key.
    Key(&'r str),
    /// A service-auth token.
    Token(&'r str),
    /// Anything else, or more than one header: it never falls through to the cookie.
    Invalid,
}

impl<'r> Credential<'r> {
    /// Parses the values of all `Authorization` headers of a request.
    pub fn parse(mut values: impl Iterator<Item = &'r [u8]>) -> Self {
        let value = match (values.next(), values.next()) {
            (None, _) => return Self::None,
            (Some(value), None) => value,
            (Some(_), Some(_)) => return Self::Invalid,
        };
        let token = std::str::from_utf8(value).ok().and_then(|text| {
            let (scheme, token) = text.split_once(' ')?;
            let is_bearer = scheme.eq_ignore_ascii_case("bearer");
            is_bearer.then(|| token.trim_matches(' '))
        });
        match token {
            Some(key) if key.starts_with(KEY_PREFIX) => Self::Key(key),
            Some(token) if token.bytes().filter(|byte| *byte == b'.').count() == 2 => {
                Self::Token(token)
            }
            _ => Self::Invalid,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bearer_credential_counts() {
        for (values, expected) in [
            (&[][..], Credential::None),
            (&["Bearer cocore-x"], Credential::Key("cocore-x")),
            (&["bEaReR   cocore-x "], Credential::Key("cocore-x")),
            (&["Bearer a.b.c"], Credential::Token("a.b.c")),
            (&["Bearer a.b"], Credential::Invalid),
            (&["Bearer"], Credential::Invalid),
            (&["Basic cocore-x"], Credential::Invalid),
            (&["cocore-x"], Credential::Invalid),
            (&[""], Credential::Invalid),
            (&["Bearer cocore-x", "Bearer cocore-x"], Credential::Invalid),
        ] {
            let found = Credential::parse(values.iter().map(|value| value.as_bytes()));
            assert!(found == expected, "{values:?}");
        }
        assert!(Credential::parse([&b"Bearer cocore-\xff"[..]].into_iter()) == Credential::Invalid);
    }
}
