//! The routes, and the two dialects that they speak.

/// A family of APIs, with an envelope of its own for errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// OpenAI's.
    OpenAi,
    /// Anthropic's.
    Anthropic,
}

/// A kind of call, by the path of its route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Route {
    /// `/chat/completions`
    ChatCompletions,
    /// `/completions`
    Completions,
    /// `/responses`
    Responses,
    /// `/embeddings`
    Embeddings,
    /// `/messages`
    Messages,
    /// `/messages/count_tokens`
    CountTokens,
}

impl Route {
    /// All of them, in their order.
    pub const ALL: [Self; 6] = [
        Self::ChatCompletions,
        Self::Completions,
        Self::Responses,
        Self::Embeddings,
        Self::Messages,
        Self::CountTokens,
    ];

    /// Returns the path, below the version: here and at an upstream.
    pub const fn path(self) -> &'static str {
        match self {
            Self::ChatCompletions => "/chat/completions",
            Self::Completions => "/completions",
            Self::Responses => "/responses",
            Self::Embeddings => "/embeddings",
            Self::Messages => "/messages",
            Self::CountTokens => "/messages/count_tokens",
        }
    }

    /// Returns the dialect.
    pub const fn dialect(self) -> Dialect {
        match self {
            Self::ChatCompletions | Self::Completions | Self::Responses | Self::Embeddings => {
                Dialect::OpenAi
            }
            Self::Messages | Self::CountTokens => Dialect::Anthropic,
        }
    }

    /// Whether a body has to have messages.
    pub(crate) const fn has_messages(self) -> bool {
        matches!(
            self,
            Self::ChatCompletions | Self::Messages | Self::CountTokens
        )
    }

    /// Whether a stream of events carries usage only if the request asks for it.
    pub(crate) const fn asks_for_usage(self) -> bool {
        matches!(self, Self::ChatCompletions | Self::Completions)
    }
}
