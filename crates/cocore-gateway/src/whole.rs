//! An answer that is read to its end.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::time::{Instant, timeout_at};

use crate::byte_budget::{ByteBudget, Held};
use crate::error::{ErrorCode, GatewayError};
use crate::upstream_error::late;

/// The bounds of an answer.
pub(crate) struct Bounds {
    /// Its largest size, in bytes.
    pub(crate) max: usize,
    /// How long the upstream may be silent.
    pub(crate) idle_timeout: Duration,
    /// When it has to be complete.
    pub(crate) deadline: Instant,
}

/// Reads an answer. Its memory is a part of the budget, if there is one, for as long as the answer is in memory.
///
/// # Errors
/// `upstream_error`, `upstream_timeout`, or `service_unavailable` while other answers take the budget.
pub(crate) async fn read_whole(
    mut body: Incoming,
    bounds: Bounds,
    budget: Option<&ByteBudget>,
) -> Result<Bytes, GatewayError> {
    let failed = |message: &str| GatewayError::new(ErrorCode::UpstreamError, message);
    let mut bytes = Vec::new();
    let mut held = budget.map(ByteBudget::hold);
    loop {
        let until = bounds.deadline.min(Instant::now() + bounds.idle_timeout);
        let frame = match timeout_at(until, body.frame()).await {
            Err(_) => return Err(late()),
            Ok(None) => break,
            Ok(Some(Err(_))) => {
                // It may have done the work.
                return Err(failed("the upstream's answer broke off").no_retry());
            }
            Ok(Some(Ok(frame))) => frame.into_data().unwrap_or_default(),
        };
        if bytes.len() + frame.len() > bounds.max {
            let most = bounds.max / 1024 / 1024;
            let message = format!("the upstream's answer is larger than {most} MiB");
            return Err(failed(&message).no_retry());
        }
        if held.as_mut().is_some_and(|held| !held.grow(frame.len())) {
            let message = "other answers take all memory for them";
            return Err(GatewayError::new(ErrorCode::Unavailable, message).no_retry());
        }
        bytes.extend_from_slice(&frame);
    }
    Ok(match held {
        Some(held) => Bytes::from_owner(Whole { bytes, _held: held }),
        None => bytes.into(),
    })
}

/// An answer with its part of the budget.
struct Whole {
    bytes: Vec<u8>,
    _held: Held,
}

impl AsRef<[u8]> for Whole {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}
