//! The account that a person names, and its data server.

use std::net::IpAddr;

use atproto_resolver::{Did, DidDocument, Handle, Resolver};
use url::Url;

use crate::error::SignInError;

/// Resolves accounts by handle or DID.
pub(crate) struct IdentityResolver {
    resolver: Resolver,
}

/// An account with a usable data server.
pub(crate) struct ResolvedAccount {
    document: DidDocument,
    /// The origin of the data server.
    pub(crate) pds: Url,
}

impl ResolvedAccount {
    pub(crate) fn did(&self) -> &Did {
        self.document.did()
    }

    /// The name to suggest at the issuer: the handle, which is not verified, or the DID.
    pub(crate) fn login_hint(&self) -> String {
        let handle = self.document.handle().map(Handle::into_string);
        handle.unwrap_or_else(|| self.did().to_string())
    }
}

impl IdentityResolver {
    pub(crate) fn new(resolver: Resolver) -> Self {
        Self { resolver }
    }

    /// For requests on behalf of the person at this address.
    pub(crate) fn on_behalf_of(&self, address: Option<IpAddr>) -> Self {
        Self::new(self.resolver.on_behalf_of(address))
    }

    /// Resolves a handle or a DID as a person typed it. A handle is verified in both directions.
    pub(crate) async fn resolve_typed(&self, typed: &str) -> Result<ResolvedAccount, SignInError> {
        let name = typed.trim().trim_start_matches('@');
        if name.starts_with("did:") {
            let did = Did::parse(name).map_err(|_| SignInError::InvalidAccountName)?;
            return self.resolve(&did).await;
        }
        let handle = Handle::parse(name).map_err(|_| SignInError::InvalidAccountName)?;
        self.with_pds(self.resolver.resolve_account(&handle).await?)
    }

    pub(crate) async fn resolve(&self, did: &Did) -> Result<ResolvedAccount, SignInError> {
        self.with_pds(self.resolver.resolve_did(did).await?)
    }

    /// Returns the account's handle, if it is verified in both directions.
    pub(crate) async fn verified_handle(&self, account: &ResolvedAccount) -> Option<Handle> {
        self.resolver.verified_handle(&account.document).await
    }

    fn with_pds(&self, document: DidDocument) -> Result<ResolvedAccount, SignInError> {
        let pds = document.pds();
        let pds = pds.and_then(|text| self.resolver.http().parse_origin(text).ok());
        match pds {
            Some(pds) => Ok(ResolvedAccount { document, pds }),
            None => Err(SignInError::NoDataServer {
                did: document.did().clone(),
            }),
        }
    }
}
