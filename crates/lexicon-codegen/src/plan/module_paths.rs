//! The paths of modules in the generated code.

use crate::config::Config;
use crate::names::{self, RESERVED_MODULES};
use crate::rust_path::RustPath;

/// Paths of modules: a segment of an NSID is the same module wherever it is met.
pub(crate) struct ModulePaths<'c> {
    config: &'c Config,
    reserved: Vec<&'c str>,
}

impl<'c> ModulePaths<'c> {
    pub(crate) fn new(config: &'c Config) -> Self {
        let roots = [&config.runtime, &config.server].map(RustPath::root);
        Self {
            config,
            reserved: RESERVED_MODULES.iter().copied().chain(roots).collect(),
        }
    }

    /// The path of a document's module from the root of the generated code.
    pub(crate) fn path(&self, nsid: &str) -> Vec<String> {
        let segments = Self::prefixes(nsid).map(|prefix| {
            let segment = prefix.rsplit('.').next().unwrap_or(prefix);
            let given = self.config.renamed_module(prefix);
            given.unwrap_or_else(|| names::module(segment, &self.reserved))
        });
        segments.collect()
    }

    /// `com`, `com.example` and `com.example.thing`.
    pub(crate) fn prefixes(nsid: &str) -> impl Iterator<Item = &str> {
        let ends = nsid.match_indices('.').map(|(end, _)| end);
        ends.chain([nsid.len()]).map(|end| &nsid[..end])
    }
}
