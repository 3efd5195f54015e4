//! Resolution: from an NSID to its authority, the account, the repository, and the record.
//! Source: <https://atproto.com/specs/lexicon#lexicon-publication-and-resolution>.

use atproto_resolver::{Did, PublicKey, Resolver};
use lexicon_runtime::{AtUri, Cid, Nsid, Value};
use url::Url;

use crate::authority::Authority;
use crate::dns::Dns;
use crate::document::{self, ResolvedLexicon, uri};
use crate::error::{ProofError, ResolveLexiconError};
use crate::proof::{MAX_PROOF, verify_record};
use crate::{COLLECTION, response};

const TXT_PREFIX: &str = "did=";

/// Resolves lexicons. It keeps nothing but the answers of the DNS: a caller with many NSIDs resolves the
/// [`Repository`] of each authority once. A clone shares the connections and the limits.
#[derive(Clone, Debug)]
pub struct LexiconResolver {
    identities: Resolver,
    dns: Dns,
}

/// The repository of an authority: where it is, and the key that signs its commits.
#[derive(Clone, Debug)]
pub struct Repository {
    did: Did,
    pds: Url,
    key: PublicKey,
}

impl Repository {
    /// The account.
    pub fn did(&self) -> &Did {
        &self.did
    }

    /// The origin of the account's personal data server.
    pub fn pds(&self) -> &Url {
        &self.pds
    }
}

impl LexiconResolver {
    /// Creates a resolver that asks `dns` for the accounts of authorities, and `identities` for the rest.
    pub fn new(identities: Resolver, dns: Dns) -> Self {
        Self { identities, dns }
    }

    /// Resolves a lexicon, and verifies the proof of its record.
    ///
    /// # Errors
    /// Those of each step.
    pub async fn resolve(&self, nsid: &Nsid) -> Result<ResolvedLexicon, ResolveLexiconError> {
        let did = self.authority_did(&Authority::of(nsid)).await?;
        let repository = self.repository(&did).await?;
        self.fetch(&repository, nsid).await
    }

    /// Finds the account of an authority: the one TXT record of `_lexicon.AUTHORITY` that begins with `did=`.
    ///
    /// # Errors
    /// There is none, or more than one, or it has no DID; or DNS cannot be asked.
    pub async fn authority_did(&self, authority: &Authority) -> Result<Did, ResolveLexiconError> {
        let name = authority
            .dns_name()
            .ok_or_else(|| ResolveLexiconError::LongAuthority {
                authority: authority.to_string(),
            })?;
        let texts = self.dns.txt(&name).await?;
        let dids = texts
            .iter()
            .filter_map(|text| text.strip_prefix(TXT_PREFIX));
        match dids.collect::<Vec<_>>()[..] {
            [] => Err(ResolveLexiconError::NoAuthority { name }),
            [text] => Did::parse(text).map_err(|_| ResolveLexiconError::InvalidAuthority {
                name,
                text: text.to_owned(),
            }),
            ref several => Err(ResolveLexiconError::SeveralAuthorities {
                name,
                count: several.len(),
            }),
        }
    }

    /// Finds the repository of an account, from its DID document.
    ///
    /// # Errors
    /// The DID cannot be resolved, or its document has no personal data server or no signing key.
    pub async fn repository(&self, did: &Did) -> Result<Repository, ResolveLexiconError> {
        let document = self.identities.resolve_did(did).await?;
        let incomplete = |what| ResolveLexiconError::IncompleteDocument {
            did: did.clone(),
            what,
        };
        let pds = document
            .pds()
            .ok_or_else(|| incomplete("personal data server"))?;
        let key = document.signing_key();
        let key = key.and_then(PublicKey::from_verification_key);
        Ok(Repository {
            did: did.clone(),
            pds: self.identities.http().parse_origin(pds)?,
            key: key.ok_or_else(|| incomplete("signing key of a known kind"))?,
        })
    }

    /// Fetches a lexicon from a repository, and verifies the proof of its record.
    ///
    /// # Errors
    /// Those of [`record`](Self::record), or the record is no lexicon with this NSID.
    pub async fn fetch(
        &self,
        repository: &Repository,
        nsid: &Nsid,
    ) -> Result<ResolvedLexicon, ResolveLexiconError> {
        let (cid, record) = self.record(repository, COLLECTION, nsid.as_str()).await?;
        let uri = uri(&repository.did, COLLECTION, nsid.as_str());
        let invalid = |reason| {
            let uri = uri.clone();
            ResolveLexiconError::InvalidRecord { uri, reason }
        };
        Ok(ResolvedLexicon {
            nsid: nsid.clone(),
            document: document::of_record(record, nsid).map_err(&invalid)?,
            uri: AtUri::parse(&uri[..]).map_err(|error| invalid(error.to_string()))?,
            cid,
        })
    }

    /// Fetches a record of any collection, and verifies its proof. Returns its CID and the record as JSON.
    ///
    /// # Errors
    /// The repository has no such record, it cannot be asked, or the proof is invalid.
    pub async fn record(
        &self,
        repository: &Repository,
        collection: &str,
        rkey: &str,
    ) -> Result<(Cid, Value), ResolveLexiconError> {
        let Repository { did, pds, key } = repository;
        let mut url = pds.clone();
        url.set_path("/xrpc/com.atproto.sync.getRecord");
        url.query_pairs_mut()
            .append_pair("did", did.as_str())
            .append_pair("collection", collection)
            .append_pair("rkey", rkey);
        let answer = self.identities.http().get(&url, MAX_PROOF).await?;
        let uri = uri(did, collection, rkey);
        let car = response::body(answer, &url, &uri)?;
        verify_record(&car, did, key, collection, rkey).map_err(|source| match source {
            ProofError::NotInRepository { .. } => ResolveLexiconError::NotPublished { uri },
            source => {
                let host = response::host(&url);
                ResolveLexiconError::Proof { host, source }
            }
        })
    }
}
