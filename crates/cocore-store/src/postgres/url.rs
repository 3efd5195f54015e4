//! The URL of a PostgreSQL database.

use std::fmt;

use crate::error::InvalidUrl;

/// The URL of a PostgreSQL database, as libpq reads it. It may contain a password: `Display` and `Debug`
/// print only host, port and database.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl {
    text: String,
    /// Host, port and name.
    place: String,
    /// The passwords, as they are written and decoded.
    secrets: Vec<String>,
}

impl PostgresUrl {
    /// Parses a URL. It is rejected if two readers could disagree about its parts: a piece of a password
    /// would then be printed as something else.
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidUrl> {
        let (_, rest) = text.split_once("://").ok_or(InvalidUrl::Unescaped)?;
        let (place, options) = rest.split_once('?').unwrap_or((rest, ""));
        let (user, place) = place.split_once('@').unwrap_or(("", place));
        let is_clear = !text.contains(['\0', '#', '\n', '\r'])
            && !user.contains('/')
            && !place.contains('@')
            && !options.contains(['@', '?'])
            && text.split('%').skip(1).all(begins_with_a_byte);
        if !is_clear {
            return Err(InvalidUrl::Unescaped);
        }
        let password = user.split_once(':').map(|(_, password)| password);
        let options = options
            .split('&')
            .filter_map(|option| option.split_once('='));
        let secret = options.filter(|(name, _)| name.contains("password"));
        let raw = secret.map(|(_, value)| value).chain(password);
        let secrets = raw.filter(|raw| !raw.is_empty()).flat_map(|raw| {
            let decoded = percent_encoding::percent_decode_str(raw).decode_utf8_lossy();
            [raw.to_owned(), decoded.into_owned()]
        });
        Ok(Self {
            text: text.to_owned(),
            place: place.to_owned(),
            secrets: secrets.collect(),
        })
    }

    /// Returns the whole URL, for libpq.
    pub(crate) fn expose(&self) -> &str {
        &self.text
    }

    /// Returns whether it contains a password.
    pub(crate) fn has_secrets(&self) -> bool {
        !self.secrets.is_empty()
    }

    /// Returns whether a text contains the URL or a password.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        let mut secrets = self.secrets.iter();
        text.contains(&self.text) || secrets.any(|secret| text.contains(&secret[..]))
    }
}

/// Returns whether the text begins with two hexadecimal digits of a byte other than NUL.
fn begins_with_a_byte(rest: &str) -> bool {
    let digits = rest.get(..2);
    let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
    byte.is_some_and(|byte| byte != 0)
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "postgres://{}", self.place)
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresUrl({self})")
    }
}
