//! Permissions to call methods of services.

use std::borrow::Cow;
use std::fmt;

use super::invalid::InvalidScopeReason as Reason;
use super::nsids::Nsids;
use super::service::{Audience, ServiceReference};
use super::syntax::{self, Syntax, single};

const PARAMETERS: &[&str; 2] = &["lxm", "aud"];

/// A permission to call methods: `rpc:com.example.getThing?aud=did:web:example.com%23service`. Its methods or its
/// services are restricted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RpcPermission {
    methods: Nsids,
    audience: Audience,
}

impl RpcPermission {
    pub(super) fn from_syntax(syntax: Syntax<'_>) -> Result<Self, Reason> {
        let [methods, audience] = syntax.values(PARAMETERS)?;
        let audience = single("aud", &audience)?.ok_or(Reason::Missing("aud"))?;
        Self::new(methods.iter().map(Cow::as_ref), audience)
    }

    /// Creates a permission from the values of its parameters.
    pub(super) fn new<'v>(
        methods: impl Iterator<Item = &'v str> + Clone,
        audience: &str,
    ) -> Result<Self, Reason> {
        let methods = Nsids::parse("lxm", methods)?;
        let audience = Audience::parse(audience).ok_or(Reason::Value {
            parameter: "aud",
            expected: ServiceReference::EXPECTED,
        })?;
        match (methods.listed(), &audience) {
            (None, Audience::Any) => Err(Reason::Unrestricted),
            _ => Ok(Self { methods, audience }),
        }
    }

    /// Returns the NSIDs of the methods.
    pub fn methods(&self) -> &Nsids {
        &self.methods
    }

    /// Returns the services.
    pub fn audience(&self) -> &Audience {
        &self.audience
    }

    /// Returns whether it allows a call of a method of a service; `*` stands for all of them.
    pub fn allows(&self, lxm: &str, aud: &str) -> bool {
        self.methods.contains(lxm) && self.audience.contains(aud)
    }

    /// Whether each pair of a method and a service is in one of these permissions. All methods of a service are in
    /// one that has `*`, and so are all services of a method: their number is not bounded, so that lists cannot
    /// have them all.
    pub(super) fn is_covered<'p>(&self, by: impl Iterator<Item = &'p Self> + Clone) -> bool {
        let aud = self.audience.as_str();
        let is_covered = |lxm: &str| by.clone().any(|by| by.allows(lxm, aud));
        self.methods.values().into_iter().all(is_covered)
    }
}

impl fmt::Display for RpcPermission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [lxm, aud] = *PARAMETERS;
        let methods = (lxm, &self.methods.values()[..]);
        syntax::write(f, "rpc", methods, &[(aud, self.audience.as_str())])
    }
}
