//! The network, as the commands use it: many lexicons resolved at a time, on a runtime of their own.

mod arguments;
mod source;

use std::collections::BTreeMap;
use std::future::Future;

use atproto_resolver::{Did, HttpClient, Resolver};
use futures_util::{StreamExt, stream};
use lexicon_resolver::{
    Authority, LexiconResolver, Repository, ResolveLexiconError, ResolvedLexicon, resolve_at_host,
};
use lexicon_runtime::Nsid;
use tokio::runtime::{Builder, Runtime};

use crate::error::Error;
use crate::print::print_note;

pub use arguments::NetworkArguments;
pub use source::Source;

/// How many requests are in flight.
const CONCURRENT: usize = 8;

/// The repository of each authority, or why it is not known.
type Repositories = BTreeMap<Authority, Result<Repository, ResolveLexiconError>>;

/// The network. It waits for answers, so it must not be used on a thread of an async runtime.
pub(crate) struct Network {
    runtime: Runtime,
    /// For the account that publishes, and its server.
    pub(crate) identities: Resolver,
    pub(crate) lexicons: LexiconResolver,
    trusted: HttpClient,
}

impl Network {
    pub(crate) fn new(arguments: &NetworkArguments) -> Result<Self, Error> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(Error::Runtime)?;
        let identities = arguments.identities()?;
        Ok(Self {
            runtime,
            lexicons: LexiconResolver::new(identities.clone(), arguments.dns()),
            identities,
            trusted: arguments.trusted_client()?,
        })
    }

    /// Waits for an answer.
    pub(crate) fn wait<T>(&self, answer: impl Future<Output = T>) -> T {
        self.runtime.block_on(answer)
    }

    /// Resolves lexicons, each from its source. Progress goes to standard error.
    pub(crate) fn resolve(
        &self,
        wanted: Vec<(Nsid, Source)>,
    ) -> Vec<(Nsid, Source, Result<ResolvedLexicon, ResolveLexiconError>)> {
        self.wait(async {
            let verified = wanted.iter().filter(|(_, source)| *source == Source::Proof);
            let repositories = self.repositories(verified.map(|(nsid, _)| nsid)).await;
            let all = wanted.into_iter().map(async |(nsid, source)| {
                print_note!("resolving {nsid}");
                let found = match &source {
                    Source::Host(host) => resolve_at_host(&self.trusted, host, &nsid).await,
                    Source::Proof => self.fetch(&repositories, &nsid).await,
                };
                (nsid, source, found)
            });
            stream::iter(all).buffered(CONCURRENT).collect().await
        })
    }

    async fn fetch(
        &self,
        repositories: &Repositories,
        nsid: &Nsid,
    ) -> Result<ResolvedLexicon, ResolveLexiconError> {
        match repositories.get(&Authority::of(nsid)) {
            Some(Ok(repository)) => self.lexicons.fetch(repository, nsid).await,
            Some(Err(error)) => Err(error.clone()),
            None => self.lexicons.resolve(nsid).await,
        }
    }

    /// Finds the repositories of authorities: each authority and each account is looked up once.
    async fn repositories(&self, nsids: impl Iterator<Item = &Nsid>) -> Repositories {
        let dids = self.authorities(nsids).await;
        let accounts = dids.values().filter_map(|did| did.clone().ok());
        let repositories: BTreeMap<_, _> = each(accounts, async |did: Did| {
            let repository = self.lexicons.repository(&did).await;
            (did, repository)
        })
        .await;
        let of = |did: Result<Did, ResolveLexiconError>| {
            let did = did?;
            match repositories.get(&did) {
                Some(repository) => repository.clone(),
                // Each account was looked up.
                None => Err(atproto_resolver::ResolveError::DidNotFound { did }.into()),
            }
        };
        let all = dids
            .into_iter()
            .map(|(authority, did)| (authority, of(did)));
        all.collect()
    }

    /// Finds the accounts of authorities.
    pub(crate) async fn authorities(
        &self,
        nsids: impl Iterator<Item = &Nsid>,
    ) -> BTreeMap<Authority, Result<Did, ResolveLexiconError>> {
        each(nsids.map(Authority::of), async |authority: Authority| {
            let did = self.lexicons.authority_did(&authority).await;
            (authority, did)
        })
        .await
    }
}

/// Looks up each distinct key, a few at a time.
async fn each<K: Ord, V, F: Future<Output = (K, V)>>(
    keys: impl Iterator<Item = K>,
    look_up: impl FnMut(K) -> F,
) -> BTreeMap<K, V> {
    let keys: std::collections::BTreeSet<_> = keys.collect();
    let all = stream::iter(keys.into_iter().map(look_up));
    all.buffer_unordered(CONCURRENT).collect().await
}
