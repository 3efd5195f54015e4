//! The paths of modules in the generated code.

use std::collections::HashMap;

use crate::config::Config;
use crate::names::{Scope, snake};
use crate::rust_path::RustPath;

/// Paths of modules: a segment of an NSID is the same module wherever it is met.
pub(super) struct ModulePaths<'c> {
    by_prefix: HashMap<String, String>,
    scopes: HashMap<String, Scope>,
    reserved: Vec<&'c str>,
}

/// Module names that mean something else in generated code or to rustc.
const RESERVED_MODULES: &[&str] = &[
    "crate", "mod", "rt", "self", "serde", "service", "std", "super",
];

impl<'c> ModulePaths<'c> {
    pub(super) fn new(config: &'c Config) -> Self {
        let roots = [&config.runtime, &config.server].map(RustPath::root);
        Self {
            by_prefix: HashMap::new(),
            scopes: HashMap::new(),
            reserved: RESERVED_MODULES.iter().copied().chain(roots).collect(),
        }
    }

    pub(super) fn take(&mut self, nsid: &str) -> Vec<String> {
        let mut path = Vec::new();
        let mut prefix = String::new();
        for segment in nsid.split('.') {
            let scope = self.scopes.entry(prefix.clone());
            let scope = scope.or_insert_with(|| Scope::with(&self.reserved));
            prefix.push('.');
            prefix.push_str(segment);
            let name = self.by_prefix.entry(prefix.clone());
            path.push(
                name.or_insert_with(|| scope.take_field(&snake(segment)))
                    .clone(),
            );
        }
        path
    }
}
