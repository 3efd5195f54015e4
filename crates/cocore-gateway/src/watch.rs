//! Follows the events of an answer: what it cost, whether it is complete, and which event the client did not ask for.

use std::borrow::Cow;

use memchr::memmem::find;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use crate::call::Call;
use crate::error::GatewayError;
use crate::events::data;
use crate::route::{Dialect, Route};
use crate::usage::{Count, Length, Lenient, Reported};

/// What is known of the events so far.
#[derive(Debug)]
pub(crate) struct Watch {
    route: Route,
    /// Whether the event with nothing but the usage is for the gateway alone.
    hides_usage: bool,
    /// Whether the event came that ends a complete answer.
    pub(crate) is_done: bool,
    /// Whether the upstream reported an error amid the answer.
    pub(crate) has_failed: bool,
    pub(crate) count: Count,
    /// The number of the next event, where events have numbers.
    sequence: u64,
}

/// An event of a chat or a completion.
#[derive(Deserialize)]
struct Chunk {
    choices: Option<Length>,
    #[serde(default)]
    usage: Lenient<Reported>,
    error: Option<IgnoredAny>,
}

/// An event that says of what type it is.
#[derive(Deserialize)]
struct Typed<'e> {
    #[serde(borrow, rename = "type", default)]
    kind: Cow<'e, str>,
    sequence_number: Option<u64>,
    #[serde(default)]
    usage: Lenient<Reported>,
    /// The beginning of a message.
    #[serde(default)]
    message: Lenient<Holder>,
    /// A response as it is now.
    #[serde(default)]
    response: Lenient<Holder>,
}

/// What has a usage.
#[derive(Deserialize)]
struct Holder {
    #[serde(default)]
    usage: Lenient<Reported>,
}

impl Watch {
    /// Follows the answer to a call.
    pub(crate) fn new(call: &Call) -> Self {
        Self {
            route: call.route,
            hides_usage: call.route.asks_for_usage() && !call.wants_usage,
            is_done: false,
            has_failed: false,
            count: Count::default(),
            sequence: 0,
        }
    }

    /// Follows an event. Returns whether the client gets it.
    pub(crate) fn follow(&mut self, event: &[u8]) -> bool {
        let Some(data) = data(event) else {
            return true;
        };
        if &*data == b"[DONE]" {
            self.is_done = true;
            return true;
        }
        if self.route.asks_for_usage() {
            return self.follow_chunk(&data);
        }
        if let Ok(typed) = serde_json::from_slice(&data) {
            self.follow_typed(&typed);
        }
        true
    }

    fn follow_chunk(&mut self, data: &[u8]) -> bool {
        self.count.events += 1;
        let is_plain = find(data, b"\"usage\"").is_none() && find(data, b"\"error\"").is_none();
        if is_plain {
            return true;
        }
        let Ok(chunk) = serde_json::from_slice::<Chunk>(data) else {
            return true;
        };
        self.has_failed |= chunk.error.is_some();
        let Lenient(Some(usage)) = chunk.usage else {
            return true;
        };
        let is_usage_alone = chunk.choices.is_some_and(|choices| choices.is_empty());
        if is_usage_alone {
            self.count.events -= 1;
            self.count.add_alone(&usage);
        } else {
            self.count.add(&usage);
        }
        !(is_usage_alone && self.hides_usage)
    }

    fn follow_typed(&mut self, typed: &Typed<'_>) {
        let usage_of = |holder: &Lenient<Holder>| holder.0.as_ref()?.usage.0;
        if let Some(usage) = usage_of(&typed.message) {
            self.count.add_prompt(&usage);
        }
        for usage in usage_of(&typed.response).iter().chain(&typed.usage.0) {
            self.count.add(usage);
        }
        if let Some(number) = typed.sequence_number {
            self.sequence = number.saturating_add(1);
        }
        match &*typed.kind {
            "message_stop" | "response.completed" | "response.incomplete" => self.is_done = true,
            "error" => self.has_failed = true,
            "response.failed" => {
                self.is_done = true;
                self.has_failed = true;
            }
            kind if kind.ends_with("delta") => self.count.events += 1,
            _ => {}
        }
    }

    /// Whether the last event of a complete answer says itself that it has failed.
    pub(crate) fn says_failure_itself(&self) -> bool {
        self.route == Route::Responses
    }

    /// Returns the event that tells the client of an error amid the answer.
    pub(crate) fn error_event(&self, error: &GatewayError) -> String {
        self.event_of(&error.body(self.route.dialect()))
    }

    /// Returns the event for an error of the upstream, whose body is in the envelope of the dialect.
    pub(crate) fn event_of_error(&self, body: &[u8]) -> String {
        self.event_of(&serde_json::from_slice(body).unwrap_or_default())
    }

    fn event_of(&self, body: &Value) -> String {
        match (self.route, self.route.dialect()) {
            (Route::Responses, _) => {
                let error = &body["error"];
                let event = json!({
                    "type": "error", "code": error["code"], "message": error["message"],
                    "param": error["param"], "sequence_number": self.sequence,
                });
                format!("event: error\ndata: {event}\n\n")
            }
            (_, Dialect::OpenAi) => format!("data: {body}\n\n"),
            (_, Dialect::Anthropic) => format!("event: error\ndata: {body}\n\n"),
        }
    }
}
