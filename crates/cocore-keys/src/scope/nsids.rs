//! Lists of NSIDs, as the parameters `collection` and `lxm` have them.

use lexicon_runtime::Nsid;

use super::invalid::InvalidScopeReason as Reason;

/// How all NSIDs are written.
pub(super) const ALL: &str = "*";

/// The NSIDs that a permission applies to: some, or all (`*`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nsids(
    /// In order and distinct, at least one; `None` means all.
    Option<Box<[Nsid]>>,
);

impl Nsids {
    pub(super) fn parse<'v>(
        parameter: &'static str,
        values: impl Iterator<Item = &'v str> + Clone,
    ) -> Result<Self, Reason> {
        let nsids = values
            .clone()
            .filter(|value| *value != ALL)
            .map(Nsid::parse);
        let nsids: Result<Vec<_>, _> = nsids.collect();
        let mut nsids = nsids.map_err(|_| Reason::Value {
            parameter,
            expected: "an NSID such as com.example.thing, or `*`,",
        })?;
        if values.clone().any(|value| value == ALL) {
            return Ok(Self(None));
        }
        if nsids.is_empty() {
            return Err(Reason::Missing(parameter));
        }
        nsids.sort_unstable();
        nsids.dedup();
        Ok(Self(Some(nsids.into())))
    }

    /// Returns the NSIDs in order, or `None` if they are all NSIDs.
    pub fn listed(&self) -> Option<&[Nsid]> {
        self.0.as_deref()
    }

    /// Returns whether an NSID is among them. `*` stands for all NSIDs, which no list of some contains.
    pub fn contains(&self, nsid: &str) -> bool {
        self.listed().is_none_or(|listed| {
            let found = listed.binary_search_by(|listed| listed.as_str().cmp(nsid));
            found.is_ok()
        })
    }

    /// The values of the parameter.
    pub(super) fn values(&self) -> Vec<&str> {
        match self.listed() {
            None => vec![ALL],
            Some(listed) => listed.iter().map(Nsid::as_str).collect(),
        }
    }
}
