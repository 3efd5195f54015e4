//! How a method of a lexicon looks to a server and to a client.
//! Source: <https://atproto.com/specs/xrpc>.

use std::fmt;
use std::future::Future;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::check::{Schema, Violation, Violations};
use crate::json;

/// A lexicon document, as it was given to the generator.
#[derive(Clone, Copy, Debug)]
pub struct Lexicon {
    /// The NSID of the document.
    pub nsid: &'static str,
    /// The JSON text, byte for byte.
    pub json: &'static str,
}

impl Lexicon {
    /// A document and its text.
    pub const fn new(nsid: &'static str, json: &'static str) -> Self {
        Self { nsid, json }
    }
}

/// What kind of method it is, and so its HTTP verb.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MethodKind {
    /// Reads: GET.
    Query,
    /// Changes: POST.
    Procedure,
}

/// The type of a query parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamKind {
    /// Text.
    String,
    /// `-?[0-9]+`.
    Integer,
    /// `true` or `false`.
    Boolean,
}

/// A declared query parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Param {
    /// Its name in the query string.
    pub name: &'static str,
    /// Its type, or that of its elements.
    pub kind: ParamKind,
    /// Whether it may be given several times.
    pub array: bool,
}

impl Param {
    const fn new(name: &'static str, kind: ParamKind, array: bool) -> Self {
        Self { name, kind, array }
    }

    /// A text.
    pub const fn string(name: &'static str) -> Self {
        Self::new(name, ParamKind::String, false)
    }

    /// Any number of texts.
    pub const fn strings(name: &'static str) -> Self {
        Self::new(name, ParamKind::String, true)
    }

    /// An integer.
    pub const fn integer(name: &'static str) -> Self {
        Self::new(name, ParamKind::Integer, false)
    }

    /// Any number of integers.
    pub const fn integers(name: &'static str) -> Self {
        Self::new(name, ParamKind::Integer, true)
    }

    /// A boolean.
    pub const fn boolean(name: &'static str) -> Self {
        Self::new(name, ParamKind::Boolean, false)
    }

    /// Any number of booleans.
    pub const fn booleans(name: &'static str) -> Self {
        Self::new(name, ParamKind::Boolean, true)
    }
}

/// A query or a procedure. Generated code implements it for a type named after the method.
pub trait XrpcMethod: Sized + 'static {
    /// The method's NSID.
    const NSID: &'static str;
    /// Query or procedure.
    const KIND: MethodKind;
    /// The declared query parameters.
    const PARAMS: &'static [Param] = &[];
    /// The content type of the body that is sent, if there is one. It may be a glob.
    const INPUT_ENCODING: Option<&'static str> = None;
    /// The content type of the answer, if there is one. It may be a glob.
    const OUTPUT_ENCODING: Option<&'static str> = None;

    /// The query parameters; `()` where none are declared.
    type Params: Schema + Serialize + DeserializeOwned + Send;
    /// The body that is sent.
    type Input: Body;
    /// The body that is answered.
    type Output: Body;
    /// The error that is answered.
    type Error: Into<ErrorBody> + From<ErrorBody> + Send;
}

/// A stream of events.
pub trait Subscription: Sized + 'static {
    /// The subscription's NSID.
    const NSID: &'static str;
    /// The declared query parameters.
    const PARAMS: &'static [Param] = &[];

    /// The query parameters.
    type Params: Schema + Serialize + DeserializeOwned + Send;
    /// What is sent.
    type Message: Schema + Serialize + DeserializeOwned + Send;
    /// The error that ends the stream.
    type Error: Into<ErrorBody> + From<ErrorBody> + Send;
}

/// A record of a repository.
pub trait Record: Schema + Serialize + DeserializeOwned {
    /// The NSID of its collection.
    const NSID: &'static str;
    /// The kind of its record key: `tid`, `nsid`, `any`, `literal:self`.
    const KEY: &'static str;
}

/// What a caller sends to a method.
#[derive(Debug)]
pub struct Request<M: XrpcMethod> {
    /// The query parameters, checked.
    pub params: M::Params,
    /// The body, checked.
    pub input: M::Input,
}

/// A server's implementation of one method. `C` is what its credential check answers with: who
/// calls.
pub trait Handler<M: XrpcMethod, C>: Send + Sync + 'static {
    /// Answers one call. Parameters and input have passed their checks.
    fn handle(
        &self,
        caller: C,
        request: Request<M>,
    ) -> impl Future<Output = Result<M::Output, M::Error>> + Send;
}

/// Where the generated `routes` function registers the methods: an adapter to a web framework.
pub trait Router {
    /// What implements the methods.
    type Service;
    /// What its handlers are told of the caller.
    type Caller;

    /// Registers one method.
    fn add<M: XrpcMethod>(&mut self)
    where
        Self::Service: Handler<M, Self::Caller>;
}

/// A body of a request or an answer.
pub trait Body: Sized + Send {
    /// Reads and checks it. `content_type` is what the sender declared.
    ///
    /// # Errors
    /// Everything that the schema does not allow, with places below `root`.
    fn decode(
        root: &'static str,
        content_type: Option<&str>,
        bytes: Vec<u8>,
    ) -> Result<Self, Violations>;

    /// Writes it: the content type if it is not the declared one, and the bytes.
    ///
    /// # Errors
    /// A value that cannot be written.
    fn encode(self) -> Result<(Option<String>, Vec<u8>), serde_json::Error>;
}

impl<T: Schema + Serialize + DeserializeOwned + Send> Body for T {
    fn decode(
        root: &'static str,
        _content_type: Option<&str>,
        bytes: Vec<u8>,
    ) -> Result<Self, Violations> {
        json::decode(root, &bytes)
    }

    fn encode(self) -> Result<(Option<String>, Vec<u8>), serde_json::Error> {
        serde_json::to_vec(&self).map(|bytes| (None, bytes))
    }
}

/// A body without a schema: the bytes, and what they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawBody {
    /// The content type, where the sender declared one.
    pub content_type: Option<String>,
    /// The content.
    pub bytes: Vec<u8>,
}

impl Body for RawBody {
    fn decode(
        _: &'static str,
        content_type: Option<&str>,
        bytes: Vec<u8>,
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
    fn decode(_: &'static str, _: Option<&str>, _: Vec<u8>) -> Result<Self, Violations> {
        Ok(Self)
    }

    fn encode(self) -> Result<(Option<String>, Vec<u8>), serde_json::Error> {
        Ok((None, Vec::new()))
    }
}

/// No parameters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoParams {}

impl Schema for NoParams {
    fn check(_: &mut crate::Checker, _: &serde_json::Value) {}
}

/// Reads and checks the query string of a call.
///
/// # Errors
/// Everything that is wrong with the declared parameters.
pub fn decode_params<M: XrpcMethod>(query: &str) -> Result<M::Params, Violations> {
    json::from_value("params", crate::query::parse(query, M::PARAMS)?)
}

/// The body of an error answer. `message` is left out where there is none, never null.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// The name, as a lexicon declares it or as XRPC knows it.
    pub error: String,
    /// For a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl Schema for ErrorBody {
    fn check(c: &mut crate::Checker, v: &serde_json::Value) {
        let Some(object) = c.object(v) else { return };
        c.required(object, "error", crate::Checker::text);
        c.optional_nullable(object, "message", crate::Checker::text);
    }
}

impl ErrorBody {
    /// An error with or without a message.
    pub fn new(error: impl Into<String>, message: Option<String>) -> Self {
        Self {
            error: error.into(),
            message,
        }
    }

    /// The HTTP status of the names that XRPC gives to everyone; 400 for those of a lexicon.
    pub fn status(&self) -> u16 {
        match &self.error[..] {
            "AuthRequired" | "AuthenticationRequired" => 401,
            "BadJwt" | "BadJwtIssuer" | "BadJwtAudience" | "BadJwtLexicon" | "BadJwtSignature"
            | "JwtExpired" | "JwtReplayed" => 401,
            "Forbidden" => 403,
            "NotFound" => 404,
            "MethodNotAllowed" => 405,
            "RequestTimeout" => 408,
            "PayloadTooLarge" => 413,
            "UnsupportedMediaType" => 415,
            "RateLimitExceeded" => 429,
            "InternalServerError" => 500,
            "MethodNotImplemented" => 501,
            "UpstreamFailure" => 502,
            "ServiceUnavailable" | "NotEnoughResources" => 503,
            "UpstreamTimeout" => 504,
            _ => 400,
        }
    }
}

impl From<Violations> for ErrorBody {
    fn from(violations: Violations) -> Self {
        Self::new("InvalidRequest", Some(violations.to_string()))
    }
}

impl From<Violation> for ErrorBody {
    fn from(violation: Violation) -> Self {
        Violations::from(violation).into()
    }
}

impl fmt::Display for ErrorBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.message {
            None => f.write_str(&self.error),
            Some(message) => write!(f, "{}: {message}", self.error),
        }
    }
}

impl std::error::Error for ErrorBody {}
