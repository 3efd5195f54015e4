//! The arguments that say which network is used.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use atproto_resolver::{HttpClient, Network, Resolver};
use lexicon_resolver::{Dns, ResolveLexiconError};

/// How long a request may take.
const TIMEOUT: Duration = Duration::from_secs(15);
const DNS_PORT: u16 = 53;
const USER_AGENT: &str = concat!("lexicon/", env!("CARGO_PKG_VERSION"));

/// Which servers are asked. Each has a default, and an environment variable.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Network")]
#[non_exhaustive]
pub struct NetworkArguments {
    /// The PLC directory, which has the DID documents of did:plc accounts.
    #[arg(
        long,
        env = "LEXICON_PLC_URL",
        value_name = "URL",
        default_value = "https://plc.directory"
    )]
    pub plc_url: String,
    /// The DNS server that is asked for TXT records, with a port unless it is 53; by default those of the
    /// system.
    #[arg(long, env = "LEXICON_DNS", value_name = "ADDRESS", value_parser = server_address)]
    pub dns: Option<SocketAddr>,
    /// For development: allow accounts whose servers are on this machine, over plain HTTP.
    #[arg(
        long,
        env = "LEXICON_ALLOW_LOCALHOST",
        value_parser = clap::builder::FalseyValueParser::new()
    )]
    pub allow_localhost: bool,
    /// The service that resolves handles that their own hosts do not resolve.
    #[arg(
        long,
        env = "LEXICON_HANDLE_RESOLVER",
        value_name = "URL",
        default_value = "https://public.api.bsky.app"
    )]
    pub handle_resolver: String,
}

/// Reads the address of a DNS server.
fn server_address(text: &str) -> Result<SocketAddr, String> {
    let address = text
        .parse::<IpAddr>()
        .map(|ip| SocketAddr::new(ip, DNS_PORT));
    let address = address.or_else(|_| text.parse());
    address.map_err(|_| "expected an address such as 9.9.9.9 or 127.0.0.1:5353".to_owned())
}

impl Default for NetworkArguments {
    fn default() -> Self {
        Self {
            plc_url: "https://plc.directory".to_owned(),
            dns: None,
            allow_localhost: false,
            handle_resolver: "https://public.api.bsky.app".to_owned(),
        }
    }
}

impl NetworkArguments {
    pub(super) fn identities(&self) -> Result<Resolver, ResolveLexiconError> {
        let builder = Resolver::builder()
            .plc_url(&self.plc_url)
            .handle_resolver(&self.handle_resolver)
            .allow_localhost(self.allow_localhost)
            .user_agent(USER_AGENT)
            .timeout(TIMEOUT);
        Ok(builder.build()?)
    }

    pub(super) fn dns(&self) -> Dns {
        self.dns.map_or_else(Dns::system, Dns::at)
    }

    /// The client for a host that the command line names.
    pub(super) fn trusted_client(&self) -> Result<HttpClient, ResolveLexiconError> {
        let builder = HttpClient::builder(Network::Any)
            .user_agent(USER_AGENT)
            .timeout(TIMEOUT);
        Ok(builder.build()?)
    }
}
