//! What a call cost, in tokens.

use serde::Deserialize;
use serde::de::IgnoredAny;

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
    /// Whether a number is estimated: the upstream did not count, or not to the end.
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
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    prompt_tokens_details: Option<Details>,
    input_tokens_details: Option<Details>,
    cache_read_input_tokens: Option<u64>,
    cache_creation_input_tokens: Option<u64>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
struct Details {
    cached_tokens: Option<u64>,
}

impl Reported {
    /// The tokens of the prompt. Anthropic's `input_tokens` leave out those of the cache.
    fn input(&self) -> Option<u64> {
        let of_cache = [
            self.cache_read_input_tokens,
            self.cache_creation_input_tokens,
        ];
        let of_cache: u64 = of_cache.into_iter().flatten().fold(0, u64::saturating_add);
        let plain = self.prompt_tokens.or(self.input_tokens)?;
        Some(plain.saturating_add(of_cache))
    }

    fn cached(&self) -> Option<u64> {
        let details = self.prompt_tokens_details.or(self.input_tokens_details);
        let cached = details.and_then(|details| details.cached_tokens);
        cached.or(self.cache_read_input_tokens)
    }

    fn output(&self) -> Option<u64> {
        self.completion_tokens.or(self.output_tokens)
    }
}

/// What is known of the usage of a call so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Count {
    input: Option<u64>,
    output: Option<u64>,
    cached: Option<u64>,
    /// Events that carry a part of the answer: about a token each.
    pub(crate) events: u64,
}

impl Count {
    /// Takes over what the upstream reports.
    pub(crate) fn add(&mut self, reported: &Reported) {
        self.input = reported.input().or(self.input);
        self.output = reported.output().or(self.output);
        self.cached = reported.cached().or(self.cached);
    }

    /// Adds what the upstream reports of a further choice: some report each in an event of its own.
    pub(crate) fn add_choice(&mut self, reported: &Reported) {
        let before = self.output;
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

    /// Returns the usage of an answer that came whole. Embeddings have no output.
    pub(crate) fn usage_of_answer(&self, request_bytes: usize, answer_bytes: usize) -> Usage {
        let mut usage = self.usage(true, request_bytes);
        if self.input.is_some() {
            usage.is_estimated = false;
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
