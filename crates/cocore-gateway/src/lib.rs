//! The inference gateway: calls of language models, passed on to upstreams that speak the same protocols.
//!
//! A body is read once for what has to be known of it ([`call`]), and passed on to an upstream that has the model. Its
//! answer comes back whole or as a stream of events ([`reply`]), and is watched for what it cost ([`usage`]). Who may call
//! is decided elsewhere: this crate knows no keys, no accounts and no web framework.

mod answer;
pub mod budget;
pub mod byte_budget;
pub mod call;
pub mod caller;
mod clients;
mod connector;
mod directory;
mod early;
pub mod error;
mod events;
pub mod gateway;
mod headers;
mod in_flight;
mod items;
mod max_cost;
mod members;
mod models;
mod relay;
pub mod reply;
pub mod route;
mod sending;
pub mod settings;
mod tls;
mod upstream;
mod upstream_error;
mod upstream_key;
mod upstream_settings;
pub mod usage;
mod watch;
mod whole;

pub use byte_budget::{ByteBudget, Held};
pub use caller::{CallReport, Caller, Outcome, Reservation};
pub use error::GatewayError;
pub use gateway::{Gateway, Request, Worker};
pub use max_cost::MaxCost;
pub use reply::{Reply, ReplyBody};
pub use route::{Dialect, Route};
pub use settings::{Settings, SettingsError};
pub use usage::Usage;
