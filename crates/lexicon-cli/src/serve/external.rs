//! Lexicons of others, for checks.

use std::fmt;

use lexicon_runtime::Nsid;
use lexicon_site::ResolveLexicon;

use crate::error::Error;
use crate::published::network::{Network, NetworkArguments, Source};
use crate::published::pretty::pretty;

/// The lexicons that are published on the network.
pub(super) struct Published(Network);

impl Published {
    pub(super) fn new(arguments: &NetworkArguments) -> Result<Self, Error> {
        Network::new(arguments).map(Self)
    }
}

impl fmt::Debug for Published {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Published")
    }
}

impl ResolveLexicon for Published {
    fn resolve(&self, nsid: &Nsid) -> Result<String, String> {
        let found = self.0.resolve(vec![(nsid.clone(), Source::Proof)]);
        let found = found.into_iter().next().map(|(_, _, found)| found);
        match found {
            Some(Ok(lexicon)) => Ok(pretty(&lexicon.document)),
            Some(Err(error)) => Err(error.to_string()),
            None => Err("there was no answer".to_owned()),
        }
    }
}
