//! Settings: what was written, and what it means.

use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::time::Duration;

use cocore_identity::{Limits, Policy, Resolver, ServiceAuth};
use cocore_keys::SystemRandom;
use cocore_store::{DatabaseUrl, create_data_dir};
use url::Url;

use crate::arguments::RawSettings;
use crate::command::Failure;
use crate::door::Allowed;
use crate::identity::{Identity, SERVICES};
use crate::vault::SealingKey;

/// Where the server listens, and how others call it.
#[derive(Clone, Debug)]
pub struct Listen {
    /// The address to bind.
    pub address: SocketAddr,
    /// The public origin, without a path: `https://keys.example.com`.
    pub public_url: Option<String>,
}

impl Listen {
    /// Reads both settings.
    ///
    /// # Errors
    /// One line: which setting, what was expected.
    pub fn read(raw: &RawSettings) -> Result<Self, Failure> {
        let bad = || {
            let found = &raw.listen;
            Failure::new(format!(
                "--listen (COCORE_LISTEN): expected an address and a port such as 127.0.0.1:8080, found {found:?}"
            ))
        };
        let mut addresses = raw.listen.to_socket_addrs().map_err(|_| bad())?;
        let address = addresses.next().ok_or_else(bad)?;
        let public_url = raw.public_url.as_deref().filter(|text| !text.is_empty());
        let public_url = public_url.map(origin).transpose()?;
        Ok(Self {
            address,
            public_url,
        })
    }
}

/// An origin: scheme, host, port, and nothing else.
fn origin(text: &str) -> Result<String, Failure> {
    let bad = |what: &str| {
        Failure::new(format!(
            "--public-url (COCORE_PUBLIC_URL): expected an origin such as https://keys.example.com, {what}"
        ))
    };
    let url = Url::parse(text).map_err(|error| bad(&format!("found {error}")))?;
    if !matches!(url.scheme(), "https" | "http") || url.host_str().is_none_or(str::is_empty) {
        return Err(bad("found no http or https host"));
    }
    if !matches!(url.host(), Some(url::Host::Domain(_))) {
        return Err(bad("found an address: a did:web is a host name"));
    }
    let only_origin = url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if !only_origin {
        return Err(bad("found more than that"));
    }
    Ok(url.origin().ascii_serialization())
}

/// Reads where the keys are stored. The default directory is made here.
///
/// # Errors
/// One line: which setting, what was expected.
pub fn database(raw: &RawSettings) -> Result<DatabaseUrl, Failure> {
    let text = match &raw.database_url {
        Some(text) => text.clone(),
        None => {
            let dir = data_dir()?;
            // A directory that cannot be made now may be there later: the store will say so.
            if let Err(error) = create_data_dir(&dir) {
                tracing::warn!(dir = %dir.display(), %error, "the data directory cannot be made");
            }
            format!("sqlite:{}", dir.join("keys.sqlite").display())
        }
    };
    DatabaseUrl::parse(&text)
        .map_err(|error| Failure::new(format!("--database-url (COCORE_DATABASE_URL): {error}")))
}

/// Reads how service-auth tokens are checked.
///
/// # Errors
/// One line: which setting, what was expected; or there is no TLS on this machine.
pub fn service_auth(raw: &RawSettings, identity: &Identity) -> Result<ServiceAuth, Failure> {
    let web = |setting: &str, example: &str, found: &str| {
        let url = Url::parse(found).ok();
        let url = url.filter(|url| matches!(url.scheme(), "https" | "http"));
        url.ok_or_else(|| {
            Failure::new(format!(
                "{setting}: expected a URL such as {example}, found {found:?}"
            ))
        })
    };
    let plc_url = web(
        "--plc-url (COCORE_PLC_URL)",
        "https://plc.directory",
        &raw.plc_url,
    )?;
    web(
        "--handle-resolver (COCORE_HANDLE_RESOLVER)",
        "https://public.api.bsky.app",
        &raw.handle_resolver,
    )?;
    let resolver = Resolver::new(plc_url.as_str(), raw.allow_localhost, Limits::default());
    let resolver = resolver.map_err(|error| Failure::new(format!("no TLS: {error}")))?;
    let policy = Policy {
        audience: identity.did.clone(),
        services: SERVICES.map(|(id, _)| id).to_vec(),
        longest_life: Duration::from_secs(raw.token_life),
    };
    Ok(ServiceAuth::new(policy, resolver))
}

/// Reads the key under which OAuth tokens are stored; the default file is made at the first start.
///
/// # Errors
/// One line: which setting, what was expected.
pub fn sealing_key(raw: &RawSettings, database: &DatabaseUrl) -> Result<SealingKey, Failure> {
    // From the environment alone: what stands on a command line, others can read.
    let key = std::env::var("COCORE_ENCRYPTION_KEY").ok();
    if let Some(text) = key.filter(|text| !text.is_empty()) {
        return SealingKey::parse(&text)
            .ok_or_else(|| Failure::new("COCORE_ENCRYPTION_KEY: expected 32 bytes in base64url"));
    }
    let file = key_file(raw, database).ok_or_else(|| {
        Failure::new("--encryption-key-file (COCORE_ENCRYPTION_KEY_FILE): expected the same key for every server of the database")
    })?;
    SealingKey::from_file(&file, &SystemRandom).map_err(|error| {
        Failure::new(format!(
            "--encryption-key-file (COCORE_ENCRYPTION_KEY_FILE): {error}"
        ))
    })
}

/// Whether the key can be where it should be: a database that is out of reach may be back later, and
/// so may its directory.
pub fn has_place_for_key(raw: &RawSettings, database: &DatabaseUrl) -> bool {
    let is_there = |file: &Path| {
        let dir = file.parent().filter(|dir| !dir.as_os_str().is_empty());
        dir.is_none_or(Path::is_dir)
    };
    key_file(raw, database).is_some_and(|file| is_there(&file)) || is_key_given()
}

/// Whether it is known where the key is. Servers that share a database have to be told, for each would
/// make one of its own.
pub fn has_key(raw: &RawSettings, database: &DatabaseUrl) -> bool {
    key_file(raw, database).is_some() || is_key_given()
}

fn is_key_given() -> bool {
    std::env::var_os("COCORE_ENCRYPTION_KEY").is_some_and(|key| !key.is_empty())
}

fn key_file(raw: &RawSettings, database: &DatabaseUrl) -> Option<PathBuf> {
    let named = raw.encryption_key_file.clone();
    named
        .filter(|file| !file.as_os_str().is_empty())
        .or_else(|| Some(database.sqlite()?.path().with_file_name("encryption.key")))
}

/// Reads who may use this server.
///
/// # Errors
/// One line: which setting, what was expected.
pub fn allowed(raw: &RawSettings) -> Result<Allowed, Failure> {
    let entries = raw.allow.iter().filter(|entry| !entry.trim().is_empty());
    Allowed::parse(&entries.cloned().collect::<Vec<_>>())
        .map_err(|error| Failure::new(format!("--allow (COCORE_ALLOW): {error}")))
}

/// `$XDG_DATA_HOME/cocore-server`, or the same below the home directory.
fn data_dir() -> Result<PathBuf, Failure> {
    let configured = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from);
    let base = configured.filter(|dir| dir.is_absolute()).or_else(|| {
        let home = std::env::home_dir().filter(|home| home.is_absolute())?;
        Some(home.join(".local").join("share"))
    });
    base.map(|base| base.join("cocore-server")).ok_or_else(|| {
        Failure::new(
            "there is no home directory: say with --database-url where the keys are stored",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_is_an_origin() {
        for (text, expected) in [
            ("https://keys.example.com", Some("https://keys.example.com")),
            (
                "https://Keys.example.com:443/",
                Some("https://keys.example.com"),
            ),
            ("http://localhost:8080", Some("http://localhost:8080")),
            ("keys.example.com", None),
            ("ftp://keys.example.com", None),
            ("https://keys.example.com/path", None),
            ("https://user:pass@keys.example.com", None),
            ("https://[::1]:8443", None),
            ("http://127.0.0.1:8080", None),
            ("https://", None),
            ("", None),
        ] {
            assert_eq!(origin(text).ok().as_deref(), expected, "{text}");
        }
    }
}
