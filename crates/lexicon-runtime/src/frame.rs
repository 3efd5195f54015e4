//! Frames of an event stream: a header and a body, each a DAG-CBOR object.
//! Source: <https://atproto.com/specs/event-stream>.

use serde_json::{Map, Value, json};

use crate::check::{Options, Violation, Violations};
use crate::dag_cbor::{self, CborError};
use crate::error::ErrorBody;
use crate::json;
use crate::method::Subscription;

/// The content of a frame.
#[derive(Clone, Debug, PartialEq)]
pub enum Frame<M, E> {
    /// A message of the stream.
    Message(M),
    /// The error with which the server ends the stream.
    Error(E),
    /// An operation that this reader does not know, which the specification has it ignore.
    Unknown(i64),
}

/// Reads and checks a frame of a subscription.
///
/// # Errors
/// Bytes that are no frame, or a message that its schema does not allow, with its place below
/// `message`.
pub fn decode<S: Subscription>(bytes: &[u8]) -> Result<Frame<S::Message, S::Error>, Violations> {
    let no_frame = |place: &'static str| {
        move |error: CborError| Violations::from(Violation::new(place, error.to_string()))
    };
    let (header, rest) = dag_cbor::read(bytes).map_err(no_frame("header"))?;
    let (body, rest) = dag_cbor::read(rest).map_err(no_frame("message"))?;
    if !rest.is_empty() {
        return Err(Violation::new("message", "expected nothing after it").into());
    }
    let operation = header.get("op").and_then(Value::as_i64);
    match operation.ok_or_else(|| Violation::new("header/op", "expected an integer"))? {
        1 => {
            let name = header.get("t").and_then(Value::as_str);
            let name = name.ok_or_else(|| Violation::new("header/t", "expected a string"))?;
            let message = typed(body, full_name(S::NSID, name))?;
            json::from_value("message", &message, Options::DEFAULT).map(Frame::Message)
        }
        -1 => {
            let error: ErrorBody = json::from_value("message", &body, Options::DEFAULT)?;
            Ok(Frame::Error(error.into()))
        }
        other => Ok(Frame::Unknown(other)),
    }
}

/// Writes a frame with a message.
///
/// # Errors
/// Everything that its schema does not allow, with its place below `message`, or a value without
/// `$type` or outside of the data model.
pub fn encode<S: Subscription>(message: &S::Message) -> Result<Vec<u8>, Violations> {
    json::check("message", message, Options::DEFAULT)?;
    let Ok(Value::Object(mut body)) = serde_json::to_value(message) else {
        return Err(Violation::new("message", "expected an object").into());
    };
    let Some(Value::String(name)) = body.remove("$type") else {
        return Err(Violation::new("message/$type", "required, but missing").into());
    };
    let name = name
        .strip_prefix(S::NSID)
        .filter(|name| name.starts_with('#'))
        .unwrap_or(&name);
    write(&json!({ "op": 1, "t": name }), &Value::Object(body))
}

/// Writes a frame with the error that ends the stream.
pub fn encode_error(error: &ErrorBody) -> Vec<u8> {
    let mut body = json!({ "error": error.error });
    if let Some(message) = &error.message {
        body["message"] = json!(message);
    }
    // Strings are always in the data model.
    write(&json!({ "op": -1 }), &body).unwrap_or_default()
}

fn write(header: &Value, body: &Value) -> Result<Vec<u8>, Violations> {
    let unsupported = |error: CborError| Violation::new("message", error.to_string());
    let mut bytes = dag_cbor::write(header).map_err(unsupported)?;
    bytes.extend(dag_cbor::write(body).map_err(unsupported)?);
    Ok(bytes)
}

/// `#commit` is short for the subscription's own NSID with that name.
fn full_name(nsid: &str, name: &str) -> String {
    match name.starts_with('#') {
        true => format!("{nsid}{name}"),
        false => name.to_owned(),
    }
}

/// The body with the type that the header names.
fn typed(body: Value, name: String) -> Result<Value, Violation> {
    let Value::Object(members) = body else {
        return Err(Violation::new("message", "expected an object"));
    };
    let kind = [("$type".to_owned(), Value::String(name))];
    Ok(Value::Object(
        kind.into_iter()
            .chain(members.into_iter().filter(|(key, _)| key != "$type"))
            .collect::<Map<_, _>>(),
    ))
}
