//! The pages of a document.

/// A page of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tab {
    Documentation,
    TryIt,
    Json,
    Validate,
    Metadata,
}

impl Tab {
    pub(crate) const ALL: [Self; 5] = [
        Self::Documentation,
        Self::TryIt,
        Self::Json,
        Self::Validate,
        Self::Metadata,
    ];

    /// What follows the NSID in the path; empty for the first one.
    pub(crate) fn segment(self) -> &'static str {
        match self {
            Self::Documentation => "",
            Self::TryIt => "try",
            Self::Json => "json",
            Self::Validate => "validate",
            Self::Metadata => "metadata",
        }
    }

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Documentation => "Documentation",
            Self::TryIt => "Try it",
            Self::Json => "JSON",
            Self::Validate => "Validate",
            Self::Metadata => "Metadata",
        }
    }

    /// Whether documents of a kind have it.
    pub(crate) fn is_of(self, kind: &str) -> bool {
        self != Self::TryIt || matches!(kind, "query" | "procedure")
    }

    pub(crate) fn of_segment(segment: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tab| tab.segment() == segment)
    }
}
