//! A call: what is read of its body, and the body that is sent to an upstream. Everything else passes through as it is, to
//! the byte.

use std::ops::Range;

use bytes::Bytes;
use serde_json::{Map, Value};

use crate::error::{ErrorCode, GatewayError};
use crate::max_cost::MaxCost;
use crate::members::Members;
use crate::route::Route;
use crate::usage::Length;

/// The longest name of a model, in bytes.
const MAX_MODEL: usize = 200;

/// What a body says of how it is to be answered.
#[derive(Debug)]
pub struct Call {
    pub(crate) route: Route,
    pub(crate) model: String,
    pub(crate) is_stream: bool,
    /// Whether the client asked for the usage of a stream.
    pub(crate) wants_usage: bool,
    max_cost: MaxCost,
    body: Bytes,
    model_at: Range<usize>,
    ask_for_usage: Option<Edit>,
}

/// A replacement of some bytes of a body.
#[derive(Clone, Debug)]
struct Edit {
    at: Range<usize>,
    text: String,
}

impl Call {
    /// Reads a body.
    ///
    /// # Errors
    /// `invalid_request`: it is not a JSON object, has no model, or a member that is read has another type. `null` counts
    /// as absent.
    pub fn parse(route: Route, body: Bytes) -> Result<Self, GatewayError> {
        let invalid = |message: String| GatewayError::new(ErrorCode::InvalidRequest, message);
        let text = std::str::from_utf8(&body)
            .map_err(|_| invalid("the body is not UTF-8: expected a JSON object".to_owned()))?;
        let start = text.find(|c: char| !c.is_ascii_whitespace());
        let start = start.filter(|start| text[*start..].starts_with('{'));
        let start = start.ok_or_else(|| invalid("the body is not a JSON object".to_owned()))?;
        let members: Members<'_> = serde_json::from_str(text)
            .map_err(|error| invalid(format!("the body is not a JSON object: {error}")))?;
        let model: Option<String> = members.model.read("model", "a text")?;
        let model = model.filter(|model| !model.is_empty());
        let model = model.ok_or_else(|| {
            GatewayError::of_member("model", "`model`: expected the name of a model")
        })?;
        if model.len() > MAX_MODEL {
            return Err(GatewayError::no_model(&model));
        }
        let is_stream = members.stream.read("stream", "true or false")?;
        let is_stream = is_stream.unwrap_or(false);
        if route.has_messages() {
            // Some upstreams fail where it is missing, and clients would try that again.
            let messages: Option<Length> = members.messages.read("messages", "an array")?;
            messages.ok_or_else(|| {
                GatewayError::of_member("messages", "`messages`: expected an array")
            })?;
        }
        let max_cost = MaxCost::read(route, &members, body.len())?;
        let mut options: Option<Map<String, Value>> =
            members.stream_options.read("stream_options", "an object")?;
        let asked = options.as_ref().and_then(|own| own.get("include_usage"));
        let wants_usage = match asked {
            None | Some(Value::Null) => false,
            Some(Value::Bool(asked)) => *asked,
            Some(_) => {
                let message = "`stream_options.include_usage`: expected true or false";
                return Err(GatewayError::of_member("stream_options", message));
            }
        };
        let mut ask_for_usage = None;
        if is_stream && route.asks_for_usage() && !wants_usage {
            ask_for_usage = Some(match members.stream_options.place(text) {
                Some(at) => {
                    let options = options.get_or_insert_default();
                    options.insert("include_usage".to_owned(), Value::Bool(true));
                    let text = serde_json::to_string(options).unwrap_or_default();
                    Edit { at, text }
                }
                // It has a member already: the model.
                None => Edit {
                    at: start + 1..start + 1,
                    text: "\"stream_options\":{\"include_usage\":true},".to_owned(),
                },
            });
        }
        let model_at = members.model.place(text).unwrap_or_default();
        Ok(Self {
            route,
            model,
            is_stream,
            wants_usage,
            max_cost,
            model_at,
            ask_for_usage,
            body,
        })
    }

    /// Returns the body for an upstream that has the model under this name.
    pub(crate) fn body_for(&self, model: &str) -> Bytes {
        let mut edits: Vec<_> = self.ask_for_usage.clone().into_iter().collect();
        if model != self.model {
            edits.push(Edit {
                at: self.model_at.clone(),
                text: Value::from(model).to_string(),
            });
        }
        if edits.is_empty() {
            return self.body.clone();
        }
        edits.sort_by_key(|edit| edit.at.start);
        let mut body = Vec::with_capacity(self.body.len() + 64);
        let mut from = 0;
        for Edit { at, text } in edits {
            body.extend_from_slice(&self.body[from..at.start]);
            body.extend_from_slice(text.as_bytes());
            from = at.end;
        }
        body.extend_from_slice(&self.body[from..]);
        body.into()
    }

    /// The most that it can cost, as far as it says.
    pub(crate) fn max_cost(&self) -> MaxCost {
        self.max_cost
    }

    /// The size of the body, in bytes.
    pub(crate) fn size(&self) -> usize {
        self.body.len()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn parse(route: Route, body: &str) -> Result<Call, GatewayError> {
        Call::parse(route, Bytes::copy_from_slice(body.as_bytes()))
    }

    #[test]
    fn a_body_is_sent_as_it_is_but_for_the_model_and_the_question_for_usage() {
        let chat = Route::Completions;
        for (route, body, model, expected) in [
            (chat, r#" { "model" : "a" , "x":1.0} "#, "a", None),
            (
                chat,
                r#"{"x":[{"model":"a"}],"model": "a","y":1}"#,
                "b\"",
                Some(r#"{"x":[{"model":"a"}],"model": "b\"","y":1}"#),
            ),
            (
                chat,
                "\n{\"model\":\"a\",\"stream\":true}",
                "b",
                Some(
                    "\n{\"stream_options\":{\"include_usage\":true},\"model\":\"b\",\"stream\":true}",
                ),
            ),
            (
                chat,
                r#"{"stream_options":null,"model":"a","stream":true}"#,
                "a",
                Some(r#"{"stream_options":{"include_usage":true},"model":"a","stream":true}"#),
            ),
            (
                chat,
                r#"{"model":"a","stream":true,"stream_options":{"include_usage":false,"x":1}}"#,
                "a",
                Some(
                    r#"{"model":"a","stream":true,"stream_options":{"include_usage":true,"x":1}}"#,
                ),
            ),
            (
                chat,
                r#"{"model":"a","stream":true,"stream_options":{"include_usage":true}}"#,
                "a",
                None,
            ),
            (chat, r#"{"model":"a","stream":false}"#, "a", None),
            (chat, r#"{"model":"a","stream":null,"n":null}"#, "a", None),
            (
                Route::Messages,
                r#"{"messages":[],"model":"a","stream":true}"#,
                "a",
                None,
            ),
            (
                Route::Responses,
                r#"{"model":"a","stream":true}"#,
                "a",
                None,
            ),
        ] {
            let call = parse(route, body).unwrap();
            assert_eq!(call.body_for(model), expected.unwrap_or(body), "{body}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_body_is_said() {
        for (body, param, expected) in [
            ("", None, "the body is not a JSON object"),
            ("null", None, "the body is not a JSON object"),
            ("[\"a\"]", None, "the body is not a JSON object"),
            ("{", None, "the body is not a JSON object: EOF"),
            (
                "{\"model\":\"a\"}x",
                None,
                "the body is not a JSON object: trailing",
            ),
            ("{}", Some("model"), "`model`: expected the name of a model"),
            (
                "{\"model\":null}",
                Some("model"),
                "`model`: expected the name",
            ),
            (
                "{\"model\":\"\"}",
                Some("model"),
                "`model`: expected the name",
            ),
            ("{\"model\":5}", Some("model"), "`model`: expected a text"),
            (
                "{\"model\":\"a\",\"model\":\"b\"}",
                None,
                "the body is not a JSON object: duplicate field `model`",
            ),
            (
                "{\"model\":\"a\",\"stream\":\"yes\"}",
                Some("stream"),
                "`stream`: expected true or false",
            ),
            (
                "{\"model\":\"a\",\"n\":1.5}",
                Some("n"),
                "`n`: expected an integer",
            ),
            (
                "{\"model\":\"a\",\"max_tokens\":\"1\"}",
                Some("max_tokens"),
                "`max_tokens`: expected an integer",
            ),
            (
                "{\"model\":\"a\",\"stream_options\":true}",
                Some("stream_options"),
                "`stream_options`: expected an object",
            ),
        ] {
            let error = parse(Route::Completions, body).unwrap_err();
            assert_eq!(error.param, param, "{body}");
            assert!(error.message.starts_with(expected), "{body}: {error}");
        }
        for (name, known) in [
            ("Model", "model"),
            ("\\u004dodel", "model"),
            ("\u{17f}tream", "stream"),
            ("MAX_TO\u{212a}ENS", "max_tokens"),
        ] {
            let body = format!("{{\"model\":\"a\",\"{name}\":\"b\"}}");
            let error = parse(Route::Completions, &body).unwrap_err();
            assert!(
                error
                    .message
                    .contains(&format!("expected the name `{known}`")),
                "{error}"
            );
        }
        assert!(parse(Route::Completions, "{\"model\":\"a\",\"n\":2.0}").is_ok());
        for route in Route::ALL.into_iter().filter(|route| route.has_messages()) {
            for messages in [
                "",
                ",\"messages\":null",
                ",\"messages\":\"hi\"",
                ",\"messages\":{}",
            ] {
                let error = parse(route, &format!("{{\"model\":\"a\"{messages}}}")).unwrap_err();
                assert_eq!(error.message, "`messages`: expected an array", "{messages}");
            }
        }
        let error = Call::parse(Route::Messages, Bytes::from_static(b"\xff")).unwrap_err();
        assert!(error.message.contains("UTF-8"), "{error}");
    }
}
