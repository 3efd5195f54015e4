//! Lexicons of others, for checks of values. `lexicon_site` bounds how many a check looks up, and for how long it
//! begins look-ups.

use std::fmt;
use std::time::Duration;

use atproto_resolver::Resolver;
use lexicon_resolver::{Dns, LexiconResolver};
use lexicon_runtime::Nsid;
use lexicon_site::ResolveLexicon;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use crate::failure::Failure;

/// How long a look-up may take, with all of its requests.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The lexicons that are published on the network. It waits for answers, so it must not be used on a thread of an async
/// runtime.
pub struct ExternalLexicons {
    /// Its connections outlive a look-up, so they cannot belong to the runtime of a request. `None` once it is dropped.
    runtime: Option<Runtime>,
    lexicons: LexiconResolver,
}

impl ExternalLexicons {
    /// Lexicons whose authorities are looked up by `dns`.
    ///
    /// # Errors
    /// The operating system has no resources for a runtime.
    pub fn new(identities: Resolver, dns: Dns) -> Result<Self, Failure> {
        let runtime = Builder::new_current_thread().enable_all().build();
        Ok(Self {
            runtime: Some(runtime.map_err(Failure::new)?),
            lexicons: LexiconResolver::new(identities, dns),
        })
    }
}

impl fmt::Debug for ExternalLexicons {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ExternalLexicons")
    }
}

impl Drop for ExternalLexicons {
    /// An async runtime may be dropping this, where a runtime cannot wait for its tasks.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl ResolveLexicon for ExternalLexicons {
    fn resolve(&self, nsid: &Nsid) -> Result<String, String> {
        let Some(runtime) = &self.runtime else {
            return Err("the server stops".to_owned());
        };
        let found = runtime.block_on(async { timeout(TIMEOUT, self.lexicons.resolve(nsid)).await });
        let found = found.map_err(|_| format!("no answer within {} s", TIMEOUT.as_secs()))?;
        let lexicon = found.map_err(|error| error.to_string())?;
        serde_json::to_string(&lexicon.document).map_err(|error| error.to_string())
    }
}
