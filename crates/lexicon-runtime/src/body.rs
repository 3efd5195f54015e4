//! Bodies of requests and responses: JSON with a schema, bytes of any type, or none.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::check::{Options, Validate, Violations};
use crate::json;

/// A body of a request or an answer.
pub trait Body: Sized + Send {
    /// Reads and checks it. `content_type` is what the sender declared, `options` are those of its method.
    ///
    /// # Errors
    /// Everything that the schema does not allow, with places below `root`.
    fn decode(
        root: &'static str,
        content_type: Option<&str>,
        bytes: Vec<u8>,
        options: Options,
    ) -> Result<Self, Violations>;

    /// Reads it, and accepts every body that has the shape of the type. What else its schema does
    /// not allow is returned beside it: for clients of a server that is newer or careless.
    ///
    /// # Errors
    /// The body has not the shape of the type.
    fn decode_lenient(
        root: &'static str,
        content_type: Option<&str>,
        bytes: Vec<u8>,
        options: Options,
    ) -> Result<(Self, Option<Violations>), Violations> {
        Self::decode(root, content_type, bytes, options).map(|body| (body, None))
    }

    /// Checks it before it is sent.
    ///
    /// # Errors
    /// Everything that the schema does not allow, with places below `root`.
    fn check(&self, root: &'static str, options: Options) -> Result<(), Violations> {
        let _ = (root, options);
        Ok(())
    }

    /// Writes it: the content type if it is not the declared one, and the bytes.
    ///
    /// # Errors
    /// A value that cannot be written.
    fn encode(self) -> Result<(Option<String>, Vec<u8>), serde_json::Error>;
}

impl<T: Validate + Serialize + DeserializeOwned + Send> Body for T {
    fn decode(
        root: &'static str,
        _content_type: Option<&str>,
        bytes: Vec<u8>,
        options: Options,
    ) -> Result<Self, Violations> {
        json::decode(root, &bytes, options)
    }

    fn decode_lenient(
        root: &'static str,
        _content_type: Option<&str>,
        bytes: Vec<u8>,
        options: Options,
    ) -> Result<(Self, Option<Violations>), Violations> {
        json::decode_lenient(root, &bytes, options)
    }

    fn check(&self, root: &'static str, options: Options) -> Result<(), Violations> {
        json::check(root, self, options)
    }

    fn encode(self) -> Result<(Option<String>, Vec<u8>), serde_json::Error> {
        serde_json::to_vec(&self).map(|bytes| (None, bytes))
    }
}

/// A body without a schema: the bytes, and what they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RawBody {
    /// The content type with its parameters, if the sender declared one.
    pub content_type: Option<String>,
    /// The content.
    pub bytes: Vec<u8>,
}

impl RawBody {
    /// Content of a type such as `image/png`.
    pub fn new(content_type: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            content_type: Some(content_type.into()),
            bytes: bytes.into(),
        }
    }
}

impl Body for RawBody {
    fn decode(
        _: &'static str,
        content_type: Option<&str>,
        bytes: Vec<u8>,
        _: Options,
    ) -> Result<Self, Violations> {
        Ok(Self {
            content_type: content_type.map(str::to_owned),
            bytes,
        })
    }

    fn encode(self) -> Result<(Option<String>, Vec<u8>), serde_json::Error> {
        Ok((self.content_type, self.bytes))
    }
}

/// No body at all. What is sent in spite of that is ignored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoBody;

impl Body for NoBody {
    fn decode(
        _: &'static str,
        _: Option<&str>,
        _: Vec<u8>,
        _: Options,
    ) -> Result<Self, Violations> {
        Ok(Self)
    }

    fn encode(self) -> Result<(Option<String>, Vec<u8>), serde_json::Error> {
        Ok((None, Vec::new()))
    }
}
