//! The most that a call can cost.

use serde::de::IgnoredAny;

use crate::error::GatewayError;
use crate::members::Members;
use crate::route::Route;

/// The most tokens that a call can cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Most {
    /// Those of the prompt. A token is a byte of the body at least; an image at an address of its own is not counted.
    pub input: u64,
    /// Those of each answer. `None`: neither the client nor the settings say.
    pub output: Option<u64>,
    /// How many answers there are.
    pub answers: u64,
}

impl Most {
    /// Reads what a body says.
    ///
    /// # Errors
    /// `invalid_request`: a number is none.
    pub(crate) fn read(
        route: Route,
        members: &Members<'_>,
        bytes: usize,
    ) -> Result<Self, GatewayError> {
        // All are read, so that a mistake in any of them is answered.
        let n = members.n.read_count("n")?;
        let best_of = members.best_of.read_count("best_of")?;
        let tokens = members.max_tokens.read_count("max_tokens")?;
        let completion = members.max_completion_tokens;
        let completion = completion.read_count("max_completion_tokens")?;
        let output = members.max_output_tokens.read_count("max_output_tokens")?;
        // llama.cpp takes it for each of its routes.
        let n_predict = members.n_predict.read_count("n_predict")?;
        let (output, answers) = match route {
            Route::ChatCompletions => (completion.max(tokens).max(n_predict), n.unwrap_or(1)),
            Route::Completions => {
                let each = n.max(best_of).unwrap_or(1);
                (tokens.max(n_predict), each.saturating_mul(prompts(members)))
            }
            Route::Responses => (output.max(n_predict), 1),
            Route::Messages => (tokens.max(n_predict), 1),
            Route::Embeddings | Route::CountTokens => (Some(0), 1),
        };
        // Counting them costs none.
        let input = match route {
            Route::CountTokens => 0,
            _ => bytes as u64,
        };
        Ok(Self {
            input,
            output,
            answers: answers.max(1),
        })
    }

    /// The same with what the settings say of the model: the most that a prompt can have, and the most that an answer has
    /// where the client sets no limit.
    #[must_use]
    pub(crate) fn within(self, max_input: Option<u64>, max_output: Option<u64>) -> Self {
        Self {
            input: max_input.map_or(self.input, |max| self.input.min(max)),
            output: self.output.or(max_output),
            ..self
        }
    }

    /// The sum. `None`: it is not known how long an answer can be.
    pub fn tokens(self) -> Option<u64> {
        let output = self.output?.saturating_mul(self.answers);
        Some(self.input.saturating_add(output))
    }
}

/// How many prompts a completion has: a text or a list of tokens is one, and a list of those has many.
fn prompts(members: &Members<'_>) -> u64 {
    if members.prompt.read_if::<Vec<u64>>().is_some() {
        return 1;
    }
    let list = members.prompt.read_if::<Vec<IgnoredAny>>();
    list.map_or(1, |list| list.len() as u64)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_most_is_what_the_route_says() {
        for (route, body, output, answers) in [
            (Route::ChatCompletions, r#"{"max_tokens":7}"#, Some(7), 1),
            (
                Route::ChatCompletions,
                r#"{"max_tokens":7,"max_completion_tokens":9,"n":3}"#,
                Some(9),
                3,
            ),
            (
                Route::ChatCompletions,
                r#"{"max_tokens":7,"n_predict":99,"n":0}"#,
                Some(99),
                1,
            ),
            (Route::ChatCompletions, r#"{"max_tokens":-1}"#, None, 1),
            (
                Route::ChatCompletions,
                r#"{"max_output_tokens":7,"n":null}"#,
                None,
                1,
            ),
            (
                Route::Completions,
                r#"{"max_tokens":7,"prompt":["a","b"],"best_of":4,"n":2}"#,
                Some(7),
                8,
            ),
            (
                Route::Completions,
                r#"{"max_tokens":7,"prompt":[1,2,3]}"#,
                Some(7),
                1,
            ),
            (
                Route::Completions,
                r#"{"max_tokens":7,"prompt":[[1],[2,3]]}"#,
                Some(7),
                2,
            ),
            (Route::Completions, r#"{"prompt":[]}"#, None, 1),
            (
                Route::Responses,
                r#"{"max_output_tokens":7,"max_tokens":1}"#,
                Some(7),
                1,
            ),
            (Route::Responses, r#"{"max_tokens":1}"#, None, 1),
            (Route::Messages, r#"{"max_tokens":7}"#, Some(7), 1),
            (Route::Embeddings, r#"{"n":5}"#, Some(0), 1),
        ] {
            let members = serde_json::from_str(body).unwrap();
            let most = Most::read(route, &members, body.len()).unwrap();
            let expected = Most {
                input: body.len() as u64,
                output,
                answers,
            };
            assert_eq!(most, expected, "{body}");
        }
        let counting = Most::read(Route::CountTokens, &Members::default(), 100).unwrap();
        assert_eq!(counting.tokens(), Some(0));
    }

    #[test]
    fn the_settings_bound_a_prompt_and_fill_in_for_the_client() {
        let most = Most {
            input: 100,
            output: None,
            answers: 2,
        };
        assert_eq!(most.tokens(), None);
        assert_eq!(most.within(Some(30), Some(5)).tokens(), Some(40));
        assert_eq!(
            most.within(Some(300), Some(u64::MAX)).tokens(),
            Some(u64::MAX)
        );
        let most = Most {
            output: Some(1),
            ..most
        };
        assert_eq!(most.within(None, Some(5)).tokens(), Some(102));
    }
}
