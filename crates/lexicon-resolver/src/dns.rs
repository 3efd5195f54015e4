//! TXT records of the DNS.

use std::net::SocketAddr;
use std::time::Duration;

use hickory_resolver::config::{NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError, NoRecords};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::RData;
use hickory_resolver::{ResolverBuilder, TokioResolver};
use tokio::time::timeout;

use crate::error::ResolveLexiconError;

/// How long one query to one server may take.
const QUERY_TIMEOUT: Duration = Duration::from_secs(3);
/// How often a query is repeated.
const ATTEMPTS: usize = 2;
/// How long a look-up may take, with all of its queries.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Looks up TXT records, at the servers of the operating system or at another one. Answers are not verified by
/// DNSSEC. A clone shares the cache.
#[derive(Clone, Debug)]
pub struct Dns(Result<TokioResolver, String>);

impl Dns {
    /// Asks the servers that the operating system is configured with. If its configuration cannot be read, each
    /// look-up fails.
    pub fn system() -> Self {
        Self::new(TokioResolver::builder_tokio())
    }

    /// Asks one server, over UDP, and over TCP where an answer is long.
    pub fn at(server: SocketAddr) -> Self {
        let mut config = NameServerConfig::udp_and_tcp(server.ip());
        for connection in &mut config.connections {
            connection.port = server.port();
        }
        let config = ResolverConfig::from_parts(None, Vec::new(), vec![config]);
        let provider = TokioRuntimeProvider::default();
        Self::new(Ok(TokioResolver::builder_with_config(config, provider)))
    }

    fn new(builder: Result<ResolverBuilder<TokioRuntimeProvider>, NetError>) -> Self {
        let resolver = builder.and_then(|mut builder| {
            let options = builder.options_mut();
            options.timeout = QUERY_TIMEOUT;
            options.attempts = ATTEMPTS;
            builder.build()
        });
        Self(resolver.map_err(|error| error.to_string()))
    }

    /// Returns the texts of the TXT records of a name, none if there are none. The strings of a record are
    /// joined; those that are not UTF-8 are left out. It takes at most 10 seconds.
    ///
    /// # Errors
    /// [`ResolveLexiconError::Dns`]: no server has answered, or there is none.
    pub async fn txt(&self, name: &str) -> Result<Vec<String>, ResolveLexiconError> {
        let failed = |reason: &dyn ToString| ResolveLexiconError::Dns {
            name: name.to_owned(),
            reason: reason.to_string(),
        };
        let resolver = self.0.as_ref().map_err(|reason| failed(reason))?;
        // The final dot keeps the search domains of the system out.
        let look_up = resolver.txt_lookup(format!("{name}."));
        let lookup = match timeout(TIMEOUT, look_up).await {
            Ok(Ok(lookup)) => lookup,
            Ok(Err(error)) if error.is_no_records_found() && !is_failure(&error) => {
                return Ok(Vec::new());
            }
            Ok(Err(error)) => return Err(failed(&error)),
            Err(_) => return Err(failed(&NetError::Timeout)),
        };
        let records = lookup
            .answers()
            .iter()
            .filter_map(|record| match &record.data {
                RData::TXT(txt) => String::from_utf8(txt.txt_data.concat()).ok(),
                _ => None,
            });
        Ok(records.collect())
    }
}

/// Whether a server could not answer, which says nothing of the name.
fn is_failure(error: &NetError) -> bool {
    match error {
        NetError::Dns(DnsError::NoRecordsFound(NoRecords { response_code, .. })) => !matches!(
            response_code,
            ResponseCode::NoError | ResponseCode::NXDomain
        ),
        _ => true,
    }
}
