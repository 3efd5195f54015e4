//! The syntax of a scope: `resource[:positional][?name=value&name=value...]`.
//! Source: <https://atproto.com/specs/permission>, "Scope String Syntax".

use std::borrow::Cow;
use std::fmt;

use super::invalid::{InvalidScopeReason as Reason, MAX_BYTES};

/// A scope, decoded. Its resource and parameters may have no meaning.
pub(super) struct Syntax<'a> {
    pub(super) resource: &'a str,
    positional: Option<Cow<'a, str>>,
    parameters: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

impl<'a> Syntax<'a> {
    /// Parses a scope, in time that is linear in its length.
    pub(super) fn parse(text: &'a str) -> Result<Self, Reason> {
        if text.len() > MAX_BYTES {
            return Err(Reason::TooLong);
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Reason::Characters);
        }
        let (head, query) = text.split_once('?').unwrap_or((text, ""));
        let (resource, positional) = match head.split_once(':') {
            Some((resource, positional)) => (resource, Some(decode(positional)?)),
            None => (head, None),
        };
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let parameters = pairs.map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decode(name)?, decode(value)?))
        });
        Ok(Self {
            resource,
            positional,
            parameters: parameters.collect::<Result<_, _>>()?,
        })
    }

    /// Returns the values of each declared parameter. The first parameter may stand in the positional part.
    pub(super) fn values<const N: usize>(
        self,
        declared: &'static [&'static str; N],
    ) -> Result<[Vec<Cow<'a, str>>; N], Reason> {
        let mut values = [const { Vec::new() }; N];
        let is_positional = self.positional.is_some();
        values[0].extend(self.positional);
        for (name, value) in self.parameters {
            let index = declared.iter().position(|declared| *declared == name);
            let index = index.ok_or(Reason::UnknownParameter(declared))?;
            if index == 0 && is_positional {
                return Err(Reason::Repeated(declared[0]));
            }
            values[index].push(value);
        }
        Ok(values)
    }
}

/// The value of a parameter that takes one.
pub(super) fn single<'v>(
    parameter: &'static str,
    values: &'v [Cow<'_, str>],
) -> Result<Option<&'v str>, Reason> {
    match values {
        [] => Ok(None),
        [value] => Ok(Some(value)),
        _ => Err(Reason::Repeated(parameter)),
    }
}

fn decode(text: &str) -> Result<Cow<'_, str>, Reason> {
    let Some((first, rest)) = text.split_once('%') else {
        return Ok(Cow::Borrowed(text));
    };
    let mut decoded = String::with_capacity(text.len());
    decoded.push_str(first);
    for part in rest.split('%') {
        let (char, rest) = part.split_at_checked(2).ok_or(Reason::PercentEncoding)?;
        // The parser accepts a sign, but then the byte is below 16, which is not printable.
        let byte = u8::from_str_radix(char, 16).ok();
        let byte = byte.filter(u8::is_ascii_graphic);
        decoded.push(char::from(byte.ok_or(Reason::PercentEncoding)?));
        decoded.push_str(rest);
    }
    Ok(Cow::Owned(decoded))
}

/// Writes a scope in its normal form: the values of the first parameter, which stands in the positional part if
/// it has one value, and the other parameters.
pub(super) fn write(
    f: &mut fmt::Formatter<'_>,
    resource: &str,
    (name, values): (&str, &[&str]),
    parameters: &[(&str, &str)],
) -> fmt::Result {
    f.write_str(resource)?;
    let mut separator = '?';
    let mut parameter = |f: &mut fmt::Formatter<'_>, name: &str, value: &str| {
        write!(f, "{separator}{name}=")?;
        separator = '&';
        // Some readers decode `+` in a parameter as a space.
        encode(f, value, b"-._~:/*,@!$'()")
    };
    match values {
        [value] => {
            f.write_str(":")?;
            encode(f, value, b"-._~:/*,@!$'()+&=;#")?;
        }
        values => values
            .iter()
            .try_for_each(|value| parameter(f, name, value))?,
    }
    parameters
        .iter()
        .try_for_each(|(name, value)| parameter(f, name, value))
}

/// Writes ASCII, and percent-encodes all but letters, digits and these characters.
fn encode(f: &mut fmt::Formatter<'_>, text: &str, kept: &[u8]) -> fmt::Result {
    text.bytes().try_for_each(
        |byte| match byte.is_ascii_alphanumeric() || kept.contains(&byte) {
            true => write!(f, "{}", char::from(byte)),
            false => write!(f, "%{byte:02X}"),
        },
    )
}
