//! The description of a lexicon's methods, subscriptions and records, which generated code implements.
//! Source: <https://atproto.com/specs/xrpc>.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::body::Body;
use crate::check::{Checker, Options, Validate};
use crate::error::MethodError;
use crate::params::Param;
use crate::tree::Node;

/// A lexicon document, as it was given to the generator.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
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
    /// How its bodies are checked: [`Options::ANY_JSON`] for a method whose bodies hold other JSON than that of
    /// the data model, such as fractions, where the schema describes nothing.
    const BODY_OPTIONS: Options = Options::DEFAULT;

    /// The query parameters; `()` where none are declared.
    type Params: Validate + Serialize + DeserializeOwned + Send;
    /// The body that is sent.
    type Input: Body;
    /// The body that is answered.
    type Output: Body;
    /// The error that is answered.
    type Error: MethodError;
}

/// A stream of events.
pub trait Subscription: Sized + 'static {
    /// The subscription's NSID.
    const NSID: &'static str;
    /// The declared query parameters.
    const PARAMS: &'static [Param] = &[];

    /// The query parameters.
    type Params: Validate + Serialize + DeserializeOwned + Send;
    /// What is sent.
    type Message: Validate + Serialize + DeserializeOwned + Send;
    /// The error that ends the stream.
    type Error: MethodError;
}

/// A record of a repository.
pub trait Record: Validate + Serialize + DeserializeOwned {
    /// The NSID of its collection.
    const NSID: &'static str;
    /// The kind of its record key: `tid`, `nsid`, `any`, `literal:self`.
    const KEY: &'static str;
}

/// No parameters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoParams {}

impl Validate for NoParams {
    fn check(_: &mut Checker, _: Node<'_>) {}
}
