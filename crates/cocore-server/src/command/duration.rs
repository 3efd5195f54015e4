//! A length of time, as it is written on the command line.

use std::time::Duration;

use thiserror::Error;

/// A text that is no length of time.
#[derive(Debug, PartialEq, Eq, Error)]
#[error(
    "expected a number of seconds, or of minutes, hours or days such as 30m, 12h or 7d, found {0:?}"
)]
pub(super) struct InvalidDuration(String);

/// Parses a number of seconds, or of minutes, hours or days: `90`, `90s`, `30m`, `12h`, `7d`.
///
/// # Errors
/// The text is none of them.
pub(super) fn parse_duration(text: &str) -> Result<Duration, InvalidDuration> {
    let (number, unit) = match text.char_indices().next_back() {
        Some((at, 's')) => (&text[..at], 1),
        Some((at, 'm')) => (&text[..at], 60),
        Some((at, 'h')) => (&text[..at], 60 * 60),
        Some((at, 'd')) => (&text[..at], 24 * 60 * 60),
        _ => (text, 1),
    };
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = number.parse::<u64>().ok().filter(|_| is_number);
    let seconds = seconds.and_then(|number| number.checked_mul(unit));
    let seconds = seconds.ok_or_else(|| InvalidDuration(text.to_owned()))?;
    Ok(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, expected) in [
            ("0", Some(0)),
            ("90", Some(90)),
            ("90s", Some(90)),
            ("30m", Some(1800)),
            ("12h", Some(43_200)),
            ("7d", Some(604_800)),
            ("", None),
            ("d", None),
            ("-1", None),
            ("+1", None),
            ("1.5h", None),
            ("1 h", None),
            ("1w", None),
            ("1h30m", None),
            ("\u{e9}", None),
            ("99999999999999999999", None),
            ("9999999999999999999d", None),
        ] {
            let found = parse_duration(text).ok().map(|found| found.as_secs());
            assert_eq!(found, expected, "{text}");
        }
    }
}
