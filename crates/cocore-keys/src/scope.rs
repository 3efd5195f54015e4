//! The scopes of keys: permissions of the AT Protocol, parsed and compared by what they allow.
//!
//! Source: <https://atproto.com/specs/permission>.

mod account;
mod blob;
mod entry;
mod include;
mod invalid;
mod nsids;
mod permission;
mod permission_set;
mod repo;
mod rpc;
mod scopes;
mod service;
mod syntax;

pub use account::{AccountAction, AccountAttribute, AccountPermission, IdentityPermission};
pub use blob::{BlobPermission, MediaRange};
pub use entry::Scope;
pub use include::Include;
pub use invalid::{InvalidScope, InvalidScopeReason, MAX_BYTES, MAX_PERMISSIONS};
pub use nsids::Nsids;
pub use permission::Permission;
pub use repo::{RepoAction, RepoPermission};
pub use rpc::RpcPermission;
pub use scopes::Scopes;
pub use service::{Audience, ServiceReference};
