//! An upstream in the file of upstreams.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use http::Uri;
use serde::Deserialize;

use crate::upstream_key::UpstreamKey;

/// The largest file, and the largest file of a key, in bytes.
const MAX_FILE: u64 = 1024 * 1024;
/// The longest URL, in bytes.
const MAX_URL: usize = 2000;
/// The most tokens that can be set.
const MAX_TOKENS: u64 = 1_000_000_000;
/// The longest time that can be set, in seconds.
const MAX_SECONDS: u64 = 24 * 60 * 60;

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
    /// The most tokens of a prompt, by model.
    pub(crate) max_input: BTreeMap<String, u64>,
    /// The most tokens of an answer for which the client sets no limit, by model.
    pub(crate) max_output: BTreeMap<String, u64>,
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

impl UpstreamSettings {
    /// Returns the URL of a path.
    pub(crate) fn url_of(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }
}

/// An upstream as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Entry {
    pub(crate) name: String,
    url: String,
    key_env: Option<String>,
    key_file: Option<PathBuf>,
    models: Option<Vec<String>>,
    #[serde(default)]
    aliases: BTreeMap<String, String>,
    #[serde(default)]
    max_input: BTreeMap<String, u64>,
    #[serde(default)]
    max_output: BTreeMap<String, u64>,
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

impl Entry {
    /// Checks it. Its key comes from the variable or the file that it names; a path is relative to `directory`.
    ///
    /// # Errors
    /// What is wrong.
    pub(crate) fn check(
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
            let is_address = uri.authority().is_some_and(|address| {
                // A port that is no number is a part of the authority and no port.
                let port = address
                    .port_u16()
                    .map_or(0, |port| format!(":{port}").len());
                !address.host().is_empty() && address.as_str().len() == address.host().len() + port
            });
            let is_short = url.len() <= MAX_URL;
            is_http && is_address && is_short && uri.query().is_none() && !url.contains('#')
        });
        if !is_url {
            let message = format!(
                "url: expected http or https, a host, and perhaps a path, at most {MAX_URL} characters in all"
            );
            return Err(message);
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
        let mut models = self.models.iter().flatten();
        if let Some(both) = models.find(|model| self.aliases.contains_key(*model)) {
            return Err(format!("aliases: {both:?} is in models"));
        }
        for (name, limits) in [
            ("max-input", &self.max_input),
            ("max-output", &self.max_output),
        ] {
            for (model, tokens) in limits {
                if self.models.as_ref().is_some_and(|all| !all.contains(model)) {
                    return Err(format!("{name}: {model:?} is not in models"));
                }
                if !(1..=MAX_TOKENS).contains(tokens) {
                    return Err(format!("{name}: expected 1 to {MAX_TOKENS} tokens"));
                }
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
            max_input: self.max_input,
            max_output: self.max_output,
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

/// Reads a file, within bounds.
pub(crate) fn read_file(path: &Path) -> Result<String, String> {
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
