//! The id of a request, which the log and the answer show.

use std::sync::Arc;

/// The id of a request. A request carries it in its extensions.
#[derive(Clone)]
pub(super) struct RequestId(pub(super) Arc<str>);

impl RequestId {
    /// 128 random bits in hexadecimal digits.
    pub(super) fn random() -> Self {
        let mut buffer = uuid::Uuid::encode_buffer();
        let digits = uuid::Uuid::new_v4().simple().encode_lower(&mut buffer);
        Self(Arc::from(&*digits))
    }
}
