//! What a call cost, in tokens.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::route::Route;

/// How many bytes of text a token is taken for, where the upstream does not count.
const BYTES_A_TOKEN: u64 = 4;

/// Tokens of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Tokens of the prompt, those of a cache included.
    pub input: u64,
    /// Tokens of the answer.
    pub output: u64,
    /// Tokens of the prompt that a cache had.
    pub cached: u64,
    /// Whether a number is estimated: the upstream did not count, or not to the end, or may have counted one of several
    /// answers.
    pub is_estimated: bool,
}

impl Usage {
    /// What a text of so many bytes is taken for.
    pub(crate) fn estimate_of_bytes(bytes: usize) -> u64 {
        (bytes as u64).div_ceil(BYTES_A_TOKEN)
    }
}

/// Usage as an upstream reports it. OpenAI's chat has `prompt_tokens` and `completion_tokens`; its responses, and
/// Anthropic, `input_tokens` and `output_tokens`. Each part may be missing: Anthropic reports the input at the beginning
/// of a stream and the output at its end.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Reported {
    prompt_tokens: Tokens,
    completion_tokens: Tokens,
    input_tokens: Tokens,
    output_tokens: Tokens,
    prompt_tokens_details: Lenient<Details>,
    input_tokens_details: Lenient<Details>,
    cache_read_input_tokens: Tokens,
    cache_creation_input_tokens: Tokens,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
struct Details {
    cached_tokens: Tokens,
}

/// A number of tokens. What is none counts as absent: a good answer is not lost for it.
#[derive(Clone, Copy, Debug, Default)]
struct Tokens(Option<u64>);

impl<'de> Deserialize<'de> for Tokens {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        let of_number = |number: f64| {
            let is_count = number.fract() == 0.0 && (0.0..=MAX_TOKENS).contains(&number);
            // The bounds make it a count.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            is_count.then_some(number as u64)
        };
        Ok(Self(raw.parse().ok().and_then(of_number)))
    }
}

/// The largest number of tokens that is believed.
const MAX_TOKENS: f64 = 1e12;

/// A value of a JSON text, or none if it is of another kind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lenient<T>(pub(crate) Option<T>);

impl<T> Default for Lenient<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        Ok(Self(serde_json::from_str(raw.get()).ok()))
    }
}

impl Reported {
    /// The tokens of the prompt. Anthropic's `input_tokens` leave out those of the cache; `prompt_tokens` never do.
    fn input(&self) -> Option<u64> {
        if let Tokens(Some(all)) = self.prompt_tokens {
            return Some(all);
        }
        let of_cache = [
            self.cache_read_input_tokens,
            self.cache_creation_input_tokens,
        ];
        let of_cache = of_cache.into_iter().filter_map(|Tokens(count)| count);
        let of_cache = of_cache.fold(0, u64::saturating_add);
        Some(self.input_tokens.0?.saturating_add(of_cache))
    }

    fn cached(&self) -> Option<u64> {
        let details = self.prompt_tokens_details.0.or(self.input_tokens_details.0);
        let cached = details.and_then(|details| details.cached_tokens.0);
        cached.or(self.cache_read_input_tokens.0)
    }

    fn output(&self) -> Option<u64> {
        self.completion_tokens.0.or(self.output_tokens.0)
    }
}

/// What is known of the usage of a call so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Count {
    input: Option<u64>,
    output: Option<u64>,
    cached: Option<u64>,
    /// Whether an event came with nothing but usage.
    has_alone: bool,
    /// Events that carry a part of the answer: about a token each.
    pub(crate) events: u64,
}

impl Count {
    /// Takes over what the upstream reports.
    pub(crate) fn add(&mut self, reported: &Reported) {
        self.add_prompt(reported);
        self.output = reported.output().or(self.output);
    }

    /// Takes over what the upstream reports of the prompt alone, where the answer has not begun.
    pub(crate) fn add_prompt(&mut self, reported: &Reported) {
        self.input = reported.input().max(self.input);
        self.cached = reported.cached().max(self.cached);
    }

    /// Takes over what an event reports that has nothing but usage. Some upstreams have such an event for each choice: those
    /// are added up. They replace what was reported on the way.
    pub(crate) fn add_alone(&mut self, reported: &Reported) {
        let before = self.output.filter(|_| self.has_alone);
        self.has_alone = true;
        self.add(reported);
        if let (Some(before), Some(output)) = (before, reported.output()) {
            self.output = Some(before.saturating_add(output));
        }
    }

    /// Returns the usage. Where the upstream did not count to the end, the answer has at least a token for each event that came.
    pub(crate) fn usage(&self, is_complete: bool, request_bytes: usize) -> Usage {
        let is_known = is_complete && self.input.is_some() && self.output.is_some();
        let input = self.input;
        Usage {
            input: input.unwrap_or_else(|| Usage::estimate_of_bytes(request_bytes)),
            output: match self.output {
                Some(output) if is_complete => output,
                counted => counted.unwrap_or_default().max(self.events),
            },
            cached: self.cached.unwrap_or_default(),
            is_estimated: !is_known,
        }
    }

    /// Returns the usage of an answer that came whole.
    pub(crate) fn usage_of_answer(
        &self,
        route: Route,
        request_bytes: usize,
        answer_bytes: usize,
    ) -> Usage {
        let mut usage = self.usage(true, request_bytes);
        if route == Route::Embeddings {
            // They have no output.
            usage.is_estimated = self.input.is_none();
        } else if self.output.is_none() {
            usage.output = Usage::estimate_of_bytes(answer_bytes);
        }
        usage
    }
}

/// Whether a list is empty, whatever is in it.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Length(Vec<IgnoredAny>);

impl Length {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
