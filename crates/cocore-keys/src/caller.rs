//! Who changes keys, and from where.

use std::sync::Arc;

use lexicon_runtime::Did;

use crate::access::{Access, Grant};
use crate::id::KeyId;

/// The longest user agent that is recorded, in bytes.
const MAX_USER_AGENT: usize = 200;

/// The caller of a method that reads or changes keys of its account.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The account.
    pub did: Arc<Did>,
    /// How it was authenticated.
    pub credential: CallerCredential,
    /// What the audit trail records of its request.
    pub origin: Origin,
}

/// How a caller was authenticated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallerCredential {
    /// By a key of the account.
    ApiKey {
        /// The key's id.
        id: KeyId,
        /// What it was given.
        grant: Grant,
    },
    /// By a session of the console.
    Session,
    /// By a service-auth token.
    ServiceAuth,
    /// By the operator, on the command line.
    Operator,
}

/// Where a request came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The client's address.
    pub address: Option<String>,
    /// What the client calls itself, cut at 200 bytes.
    pub user_agent: Option<String>,
    /// The id of the request.
    pub request_id: Option<String>,
}

impl Caller {
    /// Returns the id of the key that the caller was authenticated by.
    pub fn key_id(&self) -> Option<KeyId> {
        match &self.credential {
            CallerCredential::ApiKey { id, .. } => Some(*id),
            CallerCredential::Session
            | CallerCredential::ServiceAuth
            | CallerCredential::Operator => None,
        }
    }

    /// Returns what the caller may do.
    pub fn access(&self) -> &Access {
        match &self.credential {
            CallerCredential::ApiKey { grant, .. } => &grant.access,
            CallerCredential::Session
            | CallerCredential::ServiceAuth
            | CallerCredential::Operator => &Access::EVERYTHING,
        }
    }
}

impl Origin {
    /// Creates one. The user agent is cut at a character's boundary.
    pub fn new(
        address: Option<String>,
        user_agent: Option<&str>,
        request_id: Option<String>,
    ) -> Self {
        let cut = |text: &str| text[..text.floor_char_boundary(MAX_USER_AGENT)].to_owned();
        Self {
            address,
            user_agent: user_agent.map(cut),
            request_id,
        }
    }
}
