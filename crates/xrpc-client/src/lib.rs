#![deny(missing_docs)]
//! A typed client for XRPC, the HTTP API of the AT Protocol.
//!
//! A method is named by the type that is generated from its lexicon; parameters, input, output and
//! declared errors are that method's own types. What the client sends and what it receives is checked
//! against the lexicon.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/weather.rs"));
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/server.rs"));
//! use xrpc_client::{CallError, Client};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let server = Server::start([
//! #     json(200, r#"{"sky": "rain", "millimetres": 12}"#),
//! #     json(409, r#"{"error": "Taken", "message": "that day has a report"}"#),
//! # ]);
//! # let base_url = server.url();
//! let client = Client::new(&base_url)?.bearer("the key");
//!
//! let forecast = client.query::<GetForecast>(GetForecastParams::new("Bergen")).await?;
//! assert_eq!(forecast.millimetres, Some(12));
//!
//! let report = PutReportInput::new("Bergen", "sun");
//! match client.procedure::<PutReport>(report).await {
//!     Ok(_) => println!("reported"),
//!     Err(CallError::Declared(PutReportError::Taken(message))) => println!("taken: {message:?}"),
//!     Err(CallError::Xrpc(error)) if error.status == 401 => println!("the key is wrong"),
//!     Err(other) => return Err(other.into()),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! [`Client::builder`] has the settings of a client, [`Call`] those of one call.
//!
//! # Retries
//!
//! A query is tried again, with back-off and jitter and after what `Retry-After` demands, if the
//! connection failed or the status was 408, 429, 502, 503 or 504. A procedure is sent once, unless the
//! caller declares that it may be repeated: [`Call::idempotent`]. [`RetryPolicy`] bounds tries and time.
//!
//! # TLS
//!
//! rustls with ring, and the certificates that the operating system trusts. Nothing has to be installed,
//! and no process-wide default is set.

mod builder;
mod call;
mod client;
mod credential;
mod error;
mod exchange;
#[cfg(feature = "subscriptions")]
mod handshake;
mod request;
mod response;
mod retry;
mod retry_after;
mod settings;
#[cfg(feature = "subscriptions")]
mod subscription;
mod timer;
mod tls;
#[cfg(feature = "blocking")]
mod wait;

pub use builder::{BuildError, ClientBuilder};
pub use call::Call;
pub use client::Client;
pub use credential::CallInfo;
pub use error::{
    BoxError, CallError, ErrorResponse, InvalidResponse, TransportError, UnexpectedStatus,
};
pub use lexicon_runtime::{Secret, Violation, Violations};
pub use response::Response;
pub use retry::RetryPolicy;
pub use settings::Validation;
#[cfg(feature = "subscriptions")]
pub use subscription::{EventError, EventStream};
pub use timer::{Sleep, Timer, TokioTimer};
