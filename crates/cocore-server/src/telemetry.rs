//! What a server measures: `docs/metrics.md` lists the metrics and their labels.
//!
//! Counters are atomics of the parts that count, and are read when the metrics are asked for. Labels are bounded: no
//! label holds what a client wrote, the id of a key, or an account.

mod families;
mod inference;
mod requests;
mod scrape;
#[cfg(feature = "otlp")]
pub mod traces;

pub use inference::InferenceMetrics;
pub use requests::{MethodMetrics, RequestMetrics, UNKNOWN_METHOD};
pub use scrape::{Scrape, Sources};
