//! The URL of a PostgreSQL database.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use tokio_postgres::Config;
use tokio_postgres::config::{ChannelBinding, SslNegotiation};

use super::tls::Verification;
use crate::error::InvalidUrl;

/// How long connecting to a host may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// The options of libpq that have no meaning here. A message names them, and no others: another name may be a
/// piece of a password.
const UNSUPPORTED: [&str; 22] = [
    "client_encoding",
    "fallback_application_name",
    "gssdelegation",
    "gssencmode",
    "gsslib",
    "hostaddr",
    "krbsrvname",
    "load_balance_hosts",
    "passfile",
    "replication",
    "require_auth",
    "requirepeer",
    "requiressl",
    "service",
    "sslcert",
    "sslcertmode",
    "sslcrl",
    "sslcrldir",
    "sslkey",
    "sslpassword",
    "ssl_max_protocol_version",
    "ssl_min_protocol_version",
];

/// The URL of a PostgreSQL database. It may contain a password: `Display` and `Debug` print only hosts, ports and
/// database.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl {
    /// How to connect to each host, in their order.
    pub(super) hosts: Vec<Config>,
    pub(super) connect_timeout: Duration,
    pub(super) verification: Verification,
    pub(super) target: Target,
    /// Hosts, ports and name.
    place: String,
}

/// The server to connect to. None is in recovery.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// The first that can be written, or else the first.
    Preferred,
    /// The first that can be written.
    ReadWrite,
    /// The first.
    Primary,
}

/// The parts of a URL that concern more than one option.
struct Parts {
    config: Config,
    hosts: Vec<String>,
    ports: Vec<String>,
    connect_timeout: Duration,
    /// `sslmode` and `sslrootcert`.
    mode: String,
    root: Option<String>,
    target: Target,
}

impl PostgresUrl {
    /// Returns whether the URL holds a password.
    pub fn has_password(&self) -> bool {
        let mut hosts = self.hosts.iter();
        hosts.any(|host| host.get_password().is_some())
    }

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
        let mut parts = Parts::of(user, place)?;
        for option in options.split('&').filter(|option| !option.is_empty()) {
            let (name, value) = option.split_once('=').ok_or(InvalidUrl::Unescaped)?;
            parts.set(&decode(name)?, &decode(value)?)?;
        }
        parts.url(place)
    }
}

impl Parts {
    fn of(user: &str, place: &str) -> Result<Self, InvalidUrl> {
        let mut config = Config::new();
        let (user, password) = match user.split_once(':') {
            Some((user, password)) => (user, Some(password)),
            None => (user, None),
        };
        if !user.is_empty() {
            config.user(decode(user)?);
        }
        if let Some(password) = password {
            config.password(percent_decode_str(password).collect::<Vec<_>>());
        }
        let (hosts, database) = place.split_once('/').unwrap_or((place, ""));
        if !database.is_empty() {
            config.dbname(decode(database)?);
        }
        let (mut names, mut ports) = (Vec::new(), Vec::new());
        for host in hosts.split(',').filter(|_| !hosts.is_empty()) {
            let (name, port) = host_and_port(host);
            names.push(decode(name)?.into_owned());
            ports.push(port.unwrap_or_default().to_owned());
        }
        config
            .application_name("cocore-server")
            .keepalives_idle(Duration::from_secs(2))
            .keepalives_interval(Duration::from_secs(1))
            .keepalives_retries(3)
            .tcp_user_timeout(Duration::from_secs(5));
        Ok(Self {
            config,
            hosts: names,
            ports,
            connect_timeout: CONNECT_TIMEOUT,
            mode: "prefer".to_owned(),
            root: None,
            target: Target::Preferred,
        })
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), InvalidUrl> {
        let list = || value.split(',').map(str::to_owned).collect();
        let expected = |name, expected| Err(InvalidUrl::Option { name, expected });
        match name {
            "user" => self.config.user(value),
            "password" => self.config.password(value),
            "dbname" => self.config.dbname(value),
            "options" => self.config.options(value),
            "application_name" => self.config.application_name(value),
            "host" if self.hosts.is_empty() => {
                self.hosts = list();
                return Ok(());
            }
            "port" if self.ports.iter().all(String::is_empty) => {
                self.ports = list();
                return Ok(());
            }
            "host" | "port" => return expected("host and port", "each once"),
            "connect_timeout" => {
                self.connect_timeout = seconds("connect_timeout", value)?;
                return Ok(());
            }
            "keepalives" => self.config.keepalives(value != "0"),
            "keepalives_idle" => self
                .config
                .keepalives_idle(seconds("keepalives_idle", value)?),
            "keepalives_interval" => self
                .config
                .keepalives_interval(seconds("keepalives_interval", value)?),
            "keepalives_count" => self
                .config
                .keepalives_retries(number("keepalives_count", value)?),
            "tcp_user_timeout" => {
                let millis = number("tcp_user_timeout", value)?;
                self.config
                    .tcp_user_timeout(Duration::from_millis(millis.into()))
            }
            "channel_binding" => self.config.channel_binding(match value {
                "disable" => ChannelBinding::Disable,
                "prefer" => ChannelBinding::Prefer,
                "require" => ChannelBinding::Require,
                _ => return expected("channel_binding", "disable, prefer or require"),
            }),
            "sslnegotiation" => self.config.ssl_negotiation(match value {
                "postgres" => SslNegotiation::Postgres,
                "direct" => SslNegotiation::Direct,
                _ => return expected("sslnegotiation", "postgres or direct"),
            }),
            "sslmode" => {
                self.mode = value.to_owned();
                return Ok(());
            }
            "sslrootcert" => {
                self.root = Some(value.to_owned());
                return Ok(());
            }
            "target_session_attrs" => {
                self.target = match value {
                    "read-write" => Target::ReadWrite,
                    "primary" | "any" => Target::Primary,
                    _ => {
                        let known = "read-write, primary or any: no key is verified on a standby";
                        return expected("target_session_attrs", known);
                    }
                };
                return Ok(());
            }
            _ => {
                let known = UNSUPPORTED.iter().find(|unsupported| **unsupported == name);
                let known = known.map(|name| InvalidUrl::UnsupportedOption(name));
                return Err(known.unwrap_or(InvalidUrl::UnknownOption));
            }
        };
        Ok(())
    }

    fn url(self, place: &str) -> Result<PostgresUrl, InvalidUrl> {
        let Self {
            mut config,
            hosts,
            ports,
            connect_timeout,
            mode,
            root,
            target,
        } = self;
        let (mode, verification) =
            Verification::parse(&mode, root.as_deref()).ok_or(InvalidUrl::Option {
                name: "sslmode",
                expected: "disable, prefer, require, verify-ca or verify-full",
            })?;
        config.ssl_mode(mode).connect_timeout(connect_timeout);
        let is_port = ports.len() == 1 || ports.len() == hosts.len();
        if hosts.is_empty() || hosts.iter().any(String::is_empty) || !(is_port || ports.is_empty())
        {
            return Err(InvalidUrl::NoHost);
        }
        let mut configs = Vec::with_capacity(hosts.len());
        for (index, host) in hosts.iter().enumerate() {
            let port = ports.get(index).or_else(|| ports.first());
            let port = match port.map(String::as_str) {
                None | Some("") => 5432,
                Some(port) => port.parse().map_err(|_| InvalidUrl::NoHost)?,
            };
            let mut config = config.clone();
            config.host(host).port(port);
            configs.push(config);
        }
        Ok(PostgresUrl {
            hosts: configs,
            connect_timeout,
            verification,
            target,
            place: place.to_owned(),
        })
    }
}

/// Splits `HOST:PORT`. An IPv6 address is in brackets.
fn host_and_port(text: &str) -> (&str, Option<&str>) {
    if let Some((host, rest)) = text.strip_prefix('[').and_then(|text| text.split_once(']')) {
        return (host, rest.strip_prefix(':'));
    }
    match text.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    }
}

fn decode(text: &str) -> Result<Cow<'_, str>, InvalidUrl> {
    let decoded = percent_decode_str(text).decode_utf8();
    decoded.map_err(|_| InvalidUrl::Unescaped)
}

fn number(name: &'static str, value: &str) -> Result<u32, InvalidUrl> {
    let expected = "a whole number from 1 on";
    let number = value.parse().ok().filter(|number| *number > 0);
    number.ok_or(InvalidUrl::Option { name, expected })
}

fn seconds(name: &'static str, value: &str) -> Result<Duration, InvalidUrl> {
    number(name, value).map(|seconds| Duration::from_secs(seconds.into()))
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
