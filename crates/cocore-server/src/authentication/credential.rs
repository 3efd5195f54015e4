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
    /// A user and a password, encoded. Only token introspection reads them.
    Basic(&'r str),
    /// A scheme that is supported nowhere. It never falls through to the cookie.
    OtherScheme,
    /// A bearer of no known kind, or more than one header. It never falls through to the cookie.
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
        let mut parts = value.splitn(2, |byte| *byte == b' ');
        let scheme = parts.next().unwrap_or_default();
        let text = std::str::from_utf8(parts.next().unwrap_or_default());
        let text = text.unwrap_or_default().trim_matches(' ');
        if scheme.eq_ignore_ascii_case(b"bearer") {
            Self::of_bearer(text)
        } else if scheme.eq_ignore_ascii_case(b"basic") {
            Self::Basic(text)
        } else {
            Self::OtherScheme
        }
    }

    /// Parses the values of all headers of a request that hold a key alone.
    pub fn parse_key(mut values: impl Iterator<Item = &'r [u8]>) -> Self {
        match (values.next(), values.next()) {
            (None, _) => Self::None,
            (Some(value), None) => match std::str::from_utf8(value) {
                Ok(key) if key.starts_with(KEY_PREFIX) => Self::Key(key),
                _ => Self::Invalid,
            },
            (Some(_), Some(_)) => Self::Invalid,
        }
    }

    fn of_bearer(token: &'r str) -> Self {
        if token.starts_with(KEY_PREFIX) {
            Self::Key(token)
        } else if token.bytes().filter(|byte| *byte == b'.').count() == 2 {
            Self::Token(token)
        } else {
            Self::Invalid
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_of_its_own_holds_one_key() {
        for (values, expected) in [
            (&[][..], Credential::None),
            (&["cocore-x"], Credential::Key("cocore-x")),
            (&["Bearer cocore-x"], Credential::Invalid),
            (&["a.b.c"], Credential::Invalid),
            (&["cocore-x", "cocore-x"], Credential::Invalid),
        ] {
            let found = Credential::parse_key(values.iter().map(|value| value.as_bytes()));
            assert!(found == expected, "{values:?}");
        }
    }

    /// Row 3 of the list of attacks.
    #[test]
    fn one_bearer_credential_counts() {
        for (values, expected) in [
            (&[][..], Credential::None),
            (&["Bearer cocore-x"], Credential::Key("cocore-x")),
            (&["bEaReR   cocore-x "], Credential::Key("cocore-x")),
            (&["Bearer a.b.c"], Credential::Token("a.b.c")),
            (&["Bearer a.b"], Credential::Invalid),
            (&["Bearer"], Credential::Invalid),
            (&["Bearer "], Credential::Invalid),
            (&["basic  YTpi"], Credential::Basic("YTpi")),
            (&["DPoP cocore-x"], Credential::OtherScheme),
            (&["cocore-x"], Credential::OtherScheme),
            (&[""], Credential::OtherScheme),
            (&["Bearer cocore-x", "Bearer cocore-x"], Credential::Invalid),
        ] {
            let found = Credential::parse(values.iter().map(|value| value.as_bytes()));
            assert!(found == expected, "{values:?}");
        }
        assert!(Credential::parse([&b"Bearer cocore-\xff"[..]].into_iter()) == Credential::Invalid);
    }
}
