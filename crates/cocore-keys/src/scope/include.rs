//! References to permission sets.

use std::fmt;
use std::str::FromStr;

use lexicon_runtime::Nsid;

use super::invalid::{InvalidScope, InvalidScopeReason as Reason};
use super::service::ServiceReference;
use super::syntax::{self, Syntax, single};

const PARAMETERS: &[&str; 2] = &["nsid", "aud"];

/// A scope that stands for the permissions of a permission set:
/// `include:com.example.authFull?aud=did:web:example.com%23service`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Include {
    nsid: Nsid,
    aud: Option<ServiceReference>,
}

impl Include {
    /// Parses an `include`.
    ///
    /// # Errors
    /// The text is not one.
    pub fn parse(text: &str) -> Result<Self, InvalidScope> {
        let include = Syntax::parse(text).and_then(Self::from_syntax);
        include.map_err(|reason| InvalidScope::new(text, reason))
    }

    pub(super) fn from_syntax(syntax: Syntax<'_>) -> Result<Self, Reason> {
        if syntax.resource != "include" {
            return Err(Reason::Resource);
        }
        let [nsid, aud] = syntax.values(PARAMETERS)?;
        let nsid = single("nsid", &nsid)?.ok_or(Reason::Missing("nsid"))?;
        let nsid = Nsid::parse(nsid).map_err(|_| Reason::Value {
            parameter: "nsid",
            expected: "the NSID of a permission set",
        })?;
        let aud = single("aud", &aud)?.map(|aud| {
            ServiceReference::parse(aud).ok_or(Reason::Value {
                parameter: "aud",
                expected: ServiceReference::EXPECTED,
            })
        });
        Ok(Self {
            nsid,
            aud: aud.transpose()?,
        })
    }

    /// Returns the NSID of the permission set.
    pub fn nsid(&self) -> &Nsid {
        &self.nsid
    }

    /// Returns the service that the permissions of the set inherit.
    pub fn aud(&self) -> Option<&ServiceReference> {
        self.aud.as_ref()
    }
}

impl FromStr for Include {
    type Err = InvalidScope;

    fn from_str(text: &str) -> Result<Self, InvalidScope> {
        Self::parse(text)
    }
}

impl fmt::Display for Include {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [nsid, aud] = *PARAMETERS;
        let parameters = self.aud.as_ref().map(|service| (aud, service.as_str()));
        let nsid = (nsid, &[self.nsid.as_str()][..]);
        syntax::write(f, "include", nsid, parameters.as_slice())
    }
}
