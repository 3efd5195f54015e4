//! The file of upstreams, in TOML.

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use thiserror::Error;

use crate::upstream_settings::{Entry, UpstreamSettings, read_file};

/// The longest silence after which a comment can be set to be sent, in seconds: the server closes a connection on which
/// nothing happens for 75 seconds.
const MAX_PING: u64 = 60;

/// The largest body of a request that can be set, in bytes: the server reads no larger one.
const MAX_MAX_BODY: usize = 32 * 1024 * 1024;

/// What the file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The largest body of a request, in bytes.
    pub(crate) max_body: usize,
    /// After how long a silence of an upstream a stream of events gets a comment, so that nobody on the way cuts it.
    pub(crate) ping_after: Duration,
    /// Whether this is so before the upstream's first byte. The status is then 200, whatever the upstream answers.
    pub(crate) ping_before_first_byte: bool,
    /// The upstreams.
    pub(crate) upstreams: Vec<UpstreamSettings>,
}

/// What is wrong with the file, in one line.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct SettingsError(String);

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    #[serde(default = "default_max_body")]
    max_body: usize,
    #[serde(default = "default_ping")]
    ping_after: u64,
    #[serde(default)]
    ping_before_first_byte: bool,
    #[serde(default)]
    upstream: Vec<Entry>,
}

const fn default_max_body() -> usize {
    20 * 1024 * 1024
}
const fn default_ping() -> u64 {
    15
}

impl Settings {
    /// Reads a file. Keys come from the variables and files that it names; a path is relative to the file.
    ///
    /// # Errors
    /// What is wrong, with the line where there is one.
    pub fn read(path: &Path) -> Result<Self, SettingsError> {
        let text = read_file(path).map_err(SettingsError)?;
        let directory = path.parent().unwrap_or(Path::new(""));
        Self::parse(&text, directory, |name| std::env::var(name).ok())
    }

    /// Parses the text of a file.
    ///
    /// # Errors
    /// As [`Settings::read`].
    pub fn parse(
        text: &str,
        directory: &Path,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, SettingsError> {
        let file: File =
            toml::from_str(text).map_err(|error| SettingsError(in_line(text, &error)))?;
        if !(1..=MAX_PING).contains(&file.ping_after) {
            let message = format!("ping-after: expected 1 to {MAX_PING} seconds");
            return Err(SettingsError(message));
        }
        if !(1024..=MAX_MAX_BODY).contains(&file.max_body) {
            let message = format!("max-body: expected 1024 to {MAX_MAX_BODY} bytes");
            return Err(SettingsError(message));
        }
        let mut names = HashSet::new();
        let upstreams = file.upstream.into_iter().enumerate().map(|(index, entry)| {
            let place = format!("upstream {} ({:?})", index + 1, entry.name);
            if !names.insert(entry.name.clone()) {
                return Err(SettingsError(format!("{place}: another one has this name")));
            }
            entry
                .check(directory, &variable)
                .map_err(|error| SettingsError(format!("{place}: {error}")))
        });
        let upstreams = upstreams.collect::<Result<_, _>>()?;
        Ok(Self {
            max_body: file.max_body,
            ping_after: Duration::from_secs(file.ping_after),
            ping_before_first_byte: file.ping_before_first_byte,
            upstreams,
        })
    }
}

/// An error of the parser in one line. Its own text quotes the line, which might hold what is secret.
fn in_line(text: &str, error: &toml::de::Error) -> String {
    let message = error.message().replace('\n', " ");
    match error.span() {
        Some(span) => {
            let line = text[..span.start.min(text.len())].matches('\n').count() + 1;
            format!("line {line}: {message}")
        }
        None => message,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"
ping-after = 20
[[upstream]]
name = "local"
url = "http://127.0.0.1:8081/v1/"
key-env = "LOCAL_KEY"
models = ["tiny"]
aliases = { "gpt-tiny" = "tiny" }
concurrency = 2
connect-timeout = 1
"#;

    fn parse(text: &str) -> Result<Settings, SettingsError> {
        Settings::parse(text, Path::new("/nowhere"), |name| {
            (name == "LOCAL_KEY").then(|| "sesame\n".to_owned())
        })
    }

    #[test]
    fn a_file_has_its_defaults() {
        let settings = parse(WHOLE).unwrap();
        let [upstream] = &settings.upstreams[..] else {
            panic!("{settings:?}");
        };
        assert_eq!(upstream.url, "http://127.0.0.1:8081/v1");
        assert_eq!(upstream.first_byte_timeout, Duration::from_mins(10));
        assert_eq!(upstream.connect_timeout, Duration::from_secs(1));
        assert_eq!(upstream.key.as_ref().unwrap().bearer(), "Bearer sesame");
        assert_eq!(settings.ping_after, Duration::from_secs(20));
        assert!(!format!("{settings:?}").contains("sesame"));
        assert_eq!(parse("").unwrap().ping_after, Duration::from_secs(15));
    }

    #[test]
    fn a_mistake_is_named_with_its_place() {
        for (from, to, expected) in [
            (
                "ping-after = 20",
                "ping-after = 61",
                "ping-after: expected 1 to 60",
            ),
            (
                "ping-after = 20",
                "max-body = 1",
                "max-body: expected 1024 to 33554432",
            ),
            (
                "concurrency",
                "concurency",
                "line 9: unknown field `concurency`",
            ),
            (
                "concurrency = 2",
                "concurrency = 0",
                "upstream 1 (\"local\"): concurrency: expected 1 to 100000",
            ),
            (
                "\"local\"",
                "\"lo cal\"",
                "upstream 1 (\"lo cal\"): name: expected",
            ),
            (
                "http:",
                "ftp:",
                "upstream 1 (\"local\"): url: expected http or https",
            ),
            (
                "127.0.0.1",
                "me:pw@127.0.0.1",
                "upstream 1 (\"local\"): url: expected",
            ),
            (
                "LOCAL_KEY",
                "OTHER_KEY",
                "upstream 1 (\"local\"): key-env: OTHER_KEY is not set",
            ),
            (
                "key-env = \"LOCAL_KEY\"",
                "key-file = \"k\"",
                "upstream 1 (\"local\"): key-file: /nowhere/k: No such file",
            ),
            (
                "\"tiny\" }",
                "\"huge\" }",
                "upstream 1 (\"local\"): aliases: \"huge\" is not in models",
            ),
            (
                "\"gpt-tiny\" =",
                "\"tiny\" =",
                "upstream 1 (\"local\"): aliases: \"tiny\" is in models",
            ),
            (
                "8081/v1/",
                "80810/v1/",
                "upstream 1 (\"local\"): url: expected",
            ),
            (
                "8081/v1/",
                "8081/v1#x",
                "upstream 1 (\"local\"): url: expected",
            ),
            (
                "[\"tiny\"]",
                "[\"a b\"]",
                "upstream 1 (\"local\"): models, aliases: expected names",
            ),
            (
                "connect-timeout = 1",
                "connect-timeout = 0",
                "upstream 1 (\"local\"): connect-timeout: expected 1 to 86400",
            ),
            (
                "connect-timeout = 1",
                "connect-timeout = 1\n[[upstream]]\nname=\"local\"\nurl=\"http://a\"",
                "upstream 2 (\"local\"): another one",
            ),
        ] {
            let error = parse(&WHOLE.replace(from, to)).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
            assert!(!error.contains('\n'), "{error}");
        }
    }
}
