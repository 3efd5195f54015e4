//! The file of upstreams, in TOML.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use http::Uri;
use serde::Deserialize;
use thiserror::Error;

use crate::upstream_key::UpstreamKey;

/// The largest file, and the largest file of a key, in bytes.
const MAX_FILE: u64 = 1024 * 1024;
/// The longest time that can be set, in seconds.
const MAX_SECONDS: u64 = 24 * 60 * 60;
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
    pub(crate) ping_after: Option<Duration>,
    /// Whether this is so before the upstream's first byte. The status is then 200, whatever the upstream answers.
    pub(crate) ping_before_first_byte: bool,
    /// The upstreams.
    pub(crate) upstreams: Vec<UpstreamSettings>,
}

/// An upstream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UpstreamSettings {
    /// Its name in logs and metrics.
    pub(crate) name: String,
    /// Its base URL, without a slash at the end.
    pub(crate) url: String,
    /// Its key.
    pub(crate) key: Option<UpstreamKey>,
    /// Its models. `None`: it is asked.
    pub(crate) models: Option<Vec<String>>,
    /// Further names of its models, each with the model that it stands for.
    pub(crate) aliases: BTreeMap<String, String>,
    /// How many calls it takes at once.
    pub(crate) concurrency: usize,
    /// How long a connection to it may take.
    pub(crate) connect_timeout: Duration,
    /// How long the first byte of an answer may take.
    pub(crate) first_byte_timeout: Duration,
    /// How long it may be silent amid an answer.
    pub(crate) idle_timeout: Duration,
    /// How long an answer may take in all.
    pub(crate) timeout: Duration,
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Entry {
    name: String,
    url: String,
    key_env: Option<String>,
    key_file: Option<PathBuf>,
    models: Option<Vec<String>>,
    #[serde(default)]
    aliases: BTreeMap<String, String>,
    #[serde(default = "default_concurrency")]
    concurrency: usize,
    #[serde(default = "default_connect")]
    connect_timeout: u64,
    #[serde(default = "default_first_byte")]
    first_byte_timeout: u64,
    #[serde(default = "default_idle")]
    idle_timeout: u64,
    #[serde(default = "default_total")]
    timeout: u64,
}

const fn default_max_body() -> usize {
    20 * 1024 * 1024
}
const fn default_ping() -> u64 {
    15
}
const fn default_concurrency() -> usize {
    64
}
const fn default_connect() -> u64 {
    5
}
const fn default_first_byte() -> u64 {
    600
}
const fn default_idle() -> u64 {
    300
}
const fn default_total() -> u64 {
    3600
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
        if file.ping_after > MAX_PING {
            let message = format!("ping-after: expected 0 (never) to {MAX_PING} seconds");
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
            ping_after: (file.ping_after > 0).then(|| Duration::from_secs(file.ping_after)),
            ping_before_first_byte: file.ping_before_first_byte,
            upstreams,
        })
    }
}

impl Entry {
    fn check(
        self,
        directory: &Path,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<UpstreamSettings, String> {
        let is_name = |name: &str| {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            (1..=64).contains(&name.len()) && name.chars().all(is_plain)
        };
        if !is_name(&self.name) {
            return Err("name: expected 1 to 64 letters, digits, -, _ and .".to_owned());
        }
        let url = self.url.trim_end_matches('/').to_owned();
        let uri: Option<Uri> = url.parse().ok();
        let is_url = uri.as_ref().is_some_and(|uri| {
            let is_http = matches!(uri.scheme_str(), Some("http" | "https"));
            let host = uri.authority().map(http::uri::Authority::as_str);
            is_http && host.is_some_and(|host| !host.contains('@')) && uri.query().is_none()
        });
        if !is_url {
            return Err("url: expected http or https, a host, and perhaps a path".to_owned());
        }
        let key = match (&self.key_env, &self.key_file) {
            (None, None) => None,
            (Some(_), Some(_)) => return Err("key-env, key-file: expected one of them".to_owned()),
            (Some(name), None) => {
                let text = variable(name).ok_or_else(|| format!("key-env: {name} is not set"))?;
                let key = UpstreamKey::parse(&text);
                Some(key.ok_or_else(|| format!("key-env: {name} holds no key"))?)
            }
            (None, Some(path)) => {
                let path = directory.join(path);
                let text = read_file(&path).map_err(|error| format!("key-file: {error}"))?;
                let key = UpstreamKey::parse(&text);
                Some(key.ok_or_else(|| format!("key-file: {} holds no key", path.display()))?)
            }
        };
        let names = self.models.iter().flatten().chain(self.aliases.keys());
        for name in names.chain(self.aliases.values()) {
            if !is_model(name) {
                let message = "models, aliases: expected names of 1 to 200 printable ASCII characters without spaces";
                return Err(message.to_owned());
            }
        }
        if let Some(models) = &self.models {
            let mut targets = self.aliases.values();
            if let Some(missing) = targets.find(|target| !models.contains(target)) {
                return Err(format!("aliases: {missing:?} is not in models"));
            }
        }
        if !(1..=100_000).contains(&self.concurrency) {
            return Err("concurrency: expected 1 to 100000".to_owned());
        }
        let seconds = |name: &str, value: u64| match value {
            1..=MAX_SECONDS => Ok(Duration::from_secs(value)),
            _ => Err(format!("{name}: expected 1 to {MAX_SECONDS} seconds")),
        };
        Ok(UpstreamSettings {
            url,
            key,
            models: self.models,
            aliases: self.aliases,
            concurrency: self.concurrency,
            connect_timeout: seconds("connect-timeout", self.connect_timeout)?,
            first_byte_timeout: seconds("first-byte-timeout", self.first_byte_timeout)?,
            idle_timeout: seconds("idle-timeout", self.idle_timeout)?,
            timeout: seconds("timeout", self.timeout)?,
            name: self.name,
        })
    }
}

/// Whether a text can be the name of a model: what a key can be limited to.
pub(crate) fn is_model(name: &str) -> bool {
    (1..=200).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic())
}

fn read_file(path: &Path) -> Result<String, String> {
    use std::io::Read;
    let failed = |error: std::io::Error| format!("{}: {error}", path.display());
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut text = String::new();
    let read = file.take(MAX_FILE + 1).read_to_string(&mut text);
    match read.map_err(failed)? as u64 {
        length if length > MAX_FILE => Err(format!("{}: larger than 1 MiB", path.display())),
        _ => Ok(text),
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
        assert_eq!(settings.ping_after, Some(Duration::from_secs(20)));
        assert!(!format!("{settings:?}").contains("sesame"));
        assert_eq!(parse("").unwrap().ping_after, Some(Duration::from_secs(15)));
    }

    #[test]
    fn a_mistake_is_named_with_its_place() {
        for (from, to, expected) in [
            (
                "ping-after = 20",
                "ping-after = 61",
                "ping-after: expected 0 (never) to 60",
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
