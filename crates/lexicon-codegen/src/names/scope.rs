//! Names that one file of the generated code uses for itself.

use std::collections::HashSet;

/// The names that are taken.
#[derive(Debug, Default)]
pub(crate) struct Scope {
    taken: HashSet<String>,
}

impl Scope {
    /// A scope in which some names are taken already.
    pub(crate) fn with<'n>(taken: impl IntoIterator<Item = &'n str>) -> Self {
        let taken = taken.into_iter().map(str::to_owned).collect();
        Self { taken }
    }

    /// Takes `name`, or the first of `name_2`, `name_3` and so on that is free.
    pub(crate) fn take(&mut self, name: &str) -> String {
        let numbered = (2..).map(|number: u32| format!("{name}_{number}"));
        let mut candidates = std::iter::once(name.to_owned()).chain(numbered);
        loop {
            // The numbers do not end before a free one is met.
            let candidate = candidates.next().unwrap_or_default();
            if self.taken.insert(candidate.clone()) {
                return candidate;
            }
        }
    }
}
