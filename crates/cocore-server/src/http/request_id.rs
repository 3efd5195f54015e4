//! The id of a request, which the log and the answer show.

use std::sync::Arc;

use actix_web::http::header::{HeaderMap, HeaderName};
use actix_web::{HttpMessage, HttpRequest};

/// The header of a request's id.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id that is taken over from a proxy, in bytes.
const MAX_LENGTH: usize = 64;

/// The id of a request. A request carries it in its extensions.
#[derive(Clone)]
pub(super) struct RequestId(pub(super) Arc<str>);

impl RequestId {
    /// The id that a trusted proxy gave a request, if it is short and plain; otherwise a random one.
    pub(super) fn of(headers: &HeaderMap, has_proxy: bool) -> Self {
        let given = if has_proxy { given(headers) } else { None };
        given.map_or_else(Self::random, |id| Self(Arc::from(id)))
    }

    /// The id that a request carries.
    pub(super) fn find(request: &HttpRequest) -> Option<Arc<str>> {
        request.extensions().get().map(|Self(id)| id.clone())
    }

    /// 128 random bits in hexadecimal digits.
    pub(super) fn random() -> Self {
        let mut buffer = uuid::Uuid::encode_buffer();
        let digits = uuid::Uuid::new_v4().simple().encode_lower(&mut buffer);
        Self(Arc::from(&*digits))
    }
}

/// The id in a header that is there once.
fn given(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(REQUEST_ID);
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let id = value.to_str().ok()?;
    ((1..=MAX_LENGTH).contains(&id.len()) && id.bytes().all(is_plain)).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Row 60 of the list of attacks.
    #[test]
    fn a_short_and_plain_id_of_a_proxy_is_taken_over() {
        let long = "a".repeat(MAX_LENGTH + 1);
        for (values, is_taken_over) in [
            (&["8c1f0ad7-b2c4-4f3c-9d7e-b0a1c2d3e4f5"][..], true),
            (&[&long[1..]], true),
            (&[&long[..]], false),
            (&[""], false),
            (&["a b"], false),
            (&["a\"b"], false),
            (&["<b>"], false),
            (&["one", "two"], false),
            (&[], false),
        ] {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(REQUEST_ID, value.parse().unwrap());
            }
            let RequestId(id) = RequestId::of(&headers, true);
            assert_eq!(values.contains(&&*id), is_taken_over, "{values:?}");
            let RequestId(id) = RequestId::of(&headers, false);
            assert!(!values.contains(&&*id), "{values:?}");
        }
    }
}
