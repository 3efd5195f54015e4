//! The most that a call can cost.

use std::borrow::Cow;

use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use crate::error::GatewayError;
use crate::items::Items;
use crate::members::{Member, Members};
use crate::route::Route;

/// The most tokens that a call can cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxCost {
    /// Those of the prompt. A token is a byte of the body at least; an image at an address of its own is not counted.
    /// `None`: the upstream holds a part of it, and the settings say nothing.
    pub input: Option<u64>,
    /// Those of each answer. `None`: neither the client nor the settings say.
    pub output: Option<u64>,
    /// How many answers there are.
    pub answers: u64,
}

impl MaxCost {
    /// Reads what a body says. Upstreams differ in which of several members they read: the largest number counts.
    ///
    /// # Errors
    /// `invalid_request`: a number is none.
    pub(crate) fn read(
        route: Route,
        members: &Members<'_>,
        bytes: usize,
    ) -> Result<Self, GatewayError> {
        let output = [
            members.max_tokens.read_count("max_tokens")?,
            members
                .max_completion_tokens
                .read_count("max_completion_tokens")?,
            members.max_output_tokens.read_count("max_output_tokens")?,
            members.n_predict.read_count("n_predict")?,
        ];
        let answers = [
            members.n.read_count("n")?,
            members.n_cmpl.read_count("n_cmpl")?,
            members.best_of.read_count("best_of")?,
        ];
        let nothing = Self {
            input: Some(0),
            output: Some(0),
            answers: 1,
        };
        let input = Some(bytes as u64);
        Ok(match route {
            // Counting them costs none.
            Route::CountTokens => nothing,
            Route::Embeddings => Self { input, ..nothing },
            _ => Self {
                input: input.filter(|_| !is_held_by_upstream(members)),
                // A number below zero is no maximum.
                output: output
                    .into_iter()
                    .max()
                    .flatten()
                    .filter(|max| *max < u64::MAX),
                answers: answers
                    .into_iter()
                    .max()
                    .flatten()
                    .unwrap_or(1)
                    .max(1)
                    .saturating_mul(prompts(members)),
            },
        })
    }

    /// The same with what the settings say of the model: the most that a prompt can have, and the most that an answer has
    /// where the client sets no limit.
    #[must_use]
    pub(crate) fn within(self, max_input: Option<u64>, max_output: Option<u64>) -> Self {
        Self {
            input: match (self.input, max_input) {
                (Some(input), Some(max)) => Some(input.min(max)),
                (input, max) => input.or(max),
            },
            output: self.output.or(max_output),
            ..self
        }
    }

    /// The sum. `None`: it is not known how long the prompt or an answer can be.
    pub fn tokens(self) -> Option<u64> {
        let output = self.output?.saturating_mul(self.answers);
        Some(self.input?.saturating_add(output))
    }
}

/// Whether a part of the prompt is not in the body: an earlier answer, a conversation, a stored prompt, or an item of one of
/// these.
fn is_held_by_upstream(members: &Members<'_>) -> bool {
    let stored = members.prompt.read_if::<Map<String, Value>>();
    let items = members.input.read_if::<Items>();
    members.previous_response_id.is_there()
        || members.conversation.is_there()
        || stored.is_some()
        || items.is_some_and(|items| items.has_reference)
}

/// How many prompts there are: a text or a list of tokens is one, and a list of those has many. vLLM takes some more as
/// embeddings.
fn prompts(members: &Members<'_>) -> u64 {
    let length = |member: Member<'_>| {
        let list = member.read_if::<Vec<IgnoredAny>>();
        list.map_or(0, |list| list.len() as u64)
    };
    let is_text = members.prompt.read_if::<Cow<'_, str>>().is_some();
    let is_one = is_text || members.prompt.read_if::<Vec<u64>>().is_some();
    let prompts = if is_one { 1 } else { length(members.prompt) };
    let embedded = length(members.prompt_embeds);
    prompts.saturating_add(embedded).max(1)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(route: Route, body: &str) -> MaxCost {
        let members = serde_json::from_str(body).unwrap();
        MaxCost::read(route, &members, body.len()).unwrap()
    }

    #[test]
    fn the_largest_number_of_a_body_counts() {
        let generating = [
            Route::ChatCompletions,
            Route::Completions,
            Route::Responses,
            Route::Messages,
        ];
        for (body, output, answers) in [
            ("{}", None, 1),
            (r#"{"max_tokens":7}"#, Some(7), 1),
            (
                r#"{"max_tokens":1,"max_completion_tokens":9,"n":3}"#,
                Some(9),
                3,
            ),
            (
                r#"{"max_output_tokens":1,"n_predict":99,"n":0}"#,
                Some(99),
                1,
            ),
            (
                r#"{"max_tokens":9,"max_output_tokens":null,"n":null}"#,
                Some(9),
                1,
            ),
            (r#"{"max_tokens":1,"n_predict":-1}"#, None, 1),
            (r#"{"max_tokens":-1}"#, None, 1),
            (
                r#"{"max_tokens":1,"n":1,"n_cmpl":16,"best_of":2}"#,
                Some(1),
                16,
            ),
            (
                r#"{"max_tokens":7,"prompt":["a","b"],"best_of":4}"#,
                Some(7),
                8,
            ),
            (r#"{"max_tokens":7,"prompt":[1,2,3]}"#, Some(7), 1),
            (r#"{"max_tokens":7,"prompt":[[1],[2,3]]}"#, Some(7), 2),
            (r#"{"prompt":[]}"#, None, 1),
            (
                r#"{"max_tokens":7,"prompt":"a","prompt_embeds":["x"]}"#,
                Some(7),
                2,
            ),
            (
                r#"{"max_tokens":7,"prompt":["a"],"prompt_embeds":["x","y"]}"#,
                Some(7),
                3,
            ),
        ] {
            for route in generating {
                let expected = MaxCost {
                    input: Some(body.len() as u64),
                    output,
                    answers,
                };
                assert_eq!(read(route, body), expected, "{body}");
            }
        }
        let embeddings = read(Route::Embeddings, r#"{"n":5}"#);
        assert_eq!(embeddings.tokens(), Some(7));
        assert_eq!(read(Route::CountTokens, "{}").tokens(), Some(0));
    }

    #[test]
    fn a_prompt_that_the_upstream_holds_has_no_length() {
        for member in [
            r#""previous_response_id":"r""#,
            r#""conversation":{"id":"c"}"#,
            r#""prompt":{"id":"p"}"#,
            r#""input":[{"role":"user"},7,{"type":"item_reference","id":"i"}]"#,
            r#""input":[{"type":"item_referenc\u0065","type":"message","role":"user"}]"#,
            r#""input":[{"id":"msg_1"}]"#,
            r#""input":[{"id":"msg_1","type":null}]"#,
        ] {
            let most = read(
                Route::Responses,
                &format!("{{{member},\"max_output_tokens\":5}}"),
            );
            assert_eq!(most.tokens(), None, "{member}");
            assert_eq!(most.within(Some(100), None).tokens(), Some(105));
        }
        for member in [
            r#""previous_response_id":null"#,
            r#""input":"item_reference""#,
            r#""input":[{"role":"user","content":[{"type":"item_reference"}]},[],null,"x",1.5,{}]"#,
            r#""input":[{"type":"function_call_output","id":"i"}]"#,
        ] {
            let body = format!("{{{member},\"max_output_tokens\":5}}");
            let most = read(Route::Responses, &body);
            assert!(most.tokens().is_some(), "{member}");
        }
    }

    #[test]
    fn the_settings_bound_a_prompt_and_fill_in_for_the_client() {
        let most = MaxCost {
            input: Some(100),
            output: None,
            answers: 2,
        };
        assert_eq!(most.tokens(), None);
        assert_eq!(most.within(Some(30), Some(5)).tokens(), Some(40));
        let all = most.within(Some(300), Some(u64::MAX)).tokens();
        assert_eq!(all, Some(u64::MAX));
        let most = MaxCost {
            output: Some(1),
            ..most
        };
        assert_eq!(most.within(None, Some(5)).tokens(), Some(102));
    }
}
