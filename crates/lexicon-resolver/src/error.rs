//! Errors: of proofs, and of resolution.

use atproto_resolver::{Did, HttpError, ResolveError};

/// Why a CAR file does not prove a record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// The file is longer than a proof may be.
    #[error("the proof has more than {max_bytes} bytes")]
    TooLarge {
        /// The limit.
        max_bytes: usize,
    },
    /// The file ends within a section.
    #[error("the CAR file ends within the section at byte {offset}")]
    Truncated {
        /// The place, in bytes.
        offset: usize,
    },
    /// A section has no usable length.
    #[error("the CAR file has an invalid length before byte {offset}")]
    InvalidLength {
        /// The place, in bytes.
        offset: usize,
    },
    /// The file has another version.
    #[error("expected a CAR file of version 1, found version {version}")]
    UnsupportedCar {
        /// The version.
        version: u64,
    },
    /// The file has no root, or several.
    #[error("expected one root in the CAR file, found {count}")]
    Roots {
        /// The number.
        count: usize,
    },
    /// The content of a block has another CID than its own. That of another codec or hash has, too.
    #[error("the block {cid} has content with the CID {found}")]
    WrongCid {
        /// The CID that the file states.
        cid: String,
        /// The CID of the content.
        found: String,
    },
    /// A block is repeated.
    #[error("the block {cid} is repeated")]
    DuplicateBlock {
        /// The CID.
        cid: String,
    },
    /// A block on the way to the record is missing.
    #[error("the proof is incomplete: the {role} {cid} is missing")]
    MissingBlock {
        /// The CID.
        cid: String,
        /// What the block is.
        role: &'static str,
    },
    /// A block has not the form that it should have.
    #[error("the {role} {cid} is invalid: {reason}")]
    InvalidBlock {
        /// The CID.
        cid: String,
        /// What the block is.
        role: &'static str,
        /// The cause.
        reason: String,
    },
    /// The commit has another version.
    #[error("expected a commit of version 3, found version {version}")]
    UnsupportedCommit {
        /// The version.
        version: u64,
    },
    /// The commit is of another repository.
    #[error("expected a commit of {expected}, found one of {found:?}")]
    OtherRepository {
        /// The account of the record.
        expected: Did,
        /// The account of the commit, as written.
        found: String,
    },
    /// The signature of the commit is not one of the account's signing key.
    #[error("the commit is not signed with the signing key of {did}")]
    WrongSignature {
        /// The account.
        did: Did,
    },
    /// The tree of the commit does not hold the record.
    #[error("the repository has no record {key}")]
    NotInRepository {
        /// The collection and the record key.
        key: String,
    },
}

/// Why a lexicon could not be resolved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveLexiconError {
    /// The DNS name of the authority would be too long.
    #[error("`_lexicon.{authority}` is longer than a DNS name can be")]
    LongAuthority {
        /// The authority.
        authority: String,
    },
    /// There is no TXT record with a DID.
    #[error("DNS has no TXT record `did=...` for {name}")]
    NoAuthority {
        /// The DNS name.
        name: String,
    },
    /// Several TXT records have a DID.
    #[error("expected one TXT record `did=...` for {name}, found {count}")]
    SeveralAuthorities {
        /// The DNS name.
        name: String,
        /// The number.
        count: usize,
    },
    /// The TXT record has no DID.
    #[error("expected a DID in the TXT record of {name}, found {text:?}")]
    InvalidAuthority {
        /// The DNS name.
        name: String,
        /// What follows `did=`.
        text: String,
    },
    /// DNS cannot be asked.
    #[error("cannot look up {name}: {reason}")]
    Dns {
        /// The DNS name.
        name: String,
        /// The cause.
        reason: String,
    },
    /// The DID of the authority cannot be resolved.
    #[error(transparent)]
    Did(#[from] ResolveError),
    /// The DID document lacks something.
    #[error("the DID document of {did} has no {what}")]
    IncompleteDocument {
        /// The DID.
        did: Did,
        /// What is missing.
        what: &'static str,
    },
    /// The request for the record, or for the lexicon, failed.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// A server rejected the request.
    #[error("{host} answered with status {status} ({error})")]
    Rejected {
        /// The host.
        host: String,
        /// The status.
        status: u16,
        /// The name of the error.
        error: String,
    },
    /// There is no such record.
    #[error("there is no record {uri}")]
    NotPublished {
        /// The place where it would be.
        uri: String,
    },
    /// The proof of the record is invalid.
    #[error("{host}: {source}")]
    Proof {
        /// The host that sent it.
        host: String,
        /// The cause.
        source: ProofError,
    },
    /// The record is no lexicon with this NSID.
    #[error("{uri} is not the lexicon: {reason}")]
    InvalidRecord {
        /// The place of the record.
        uri: String,
        /// The cause.
        reason: String,
    },
    /// The answer of a trusted host contradicts itself, or is not what was asked for.
    #[error("{host} sent no usable answer: {reason}")]
    InvalidAnswer {
        /// The host.
        host: String,
        /// The cause.
        reason: String,
    },
}

impl ResolveLexiconError {
    /// Returns whether the lexicon is not published: its authority has no TXT record, or its repository no such
    /// record.
    pub fn is_not_published(&self) -> bool {
        matches!(self, Self::NoAuthority { .. } | Self::NotPublished { .. })
    }
}
