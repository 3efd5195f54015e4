//! The plan: the name, the module and the properties of every generated type.

mod components;
mod graph;
mod module;
mod module_paths;
mod names;
mod node;

use std::collections::BTreeMap;

use lexicon_schema::{Catalog, DefRef};

use crate::config::Config;
use graph::{Graph, Properties};
pub(crate) use module::Module;
pub(crate) use module_paths::ModulePaths;
use names::Names;
pub(crate) use node::{Node, target_node};

/// Names and properties of all types of a catalog.
#[derive(Debug)]
pub(crate) struct Plan<'c> {
    pub(crate) catalog: &'c Catalog,
    pub(crate) config: &'c Config,
    pub(crate) modules: BTreeMap<&'c str, Module<'c>>,
    /// What follows from which types contain which.
    pub(crate) types: Properties,
}

impl<'c> Plan<'c> {
    /// Plans the types of all documents.
    pub(crate) fn new(catalog: &'c Catalog, config: &'c Config) -> Self {
        let paths = ModulePaths::new(config);
        let modules = catalog.documents().map(|document| {
            let module = Module::new(document, config, &paths);
            (document.nsid.as_str(), module)
        });
        let modules = modules.collect();
        Self {
            catalog,
            config,
            modules,
            types: Graph::new(catalog).properties(config),
        }
    }

    /// The modules that are generated.
    pub(crate) fn own_modules(&self) -> impl Iterator<Item = &Module<'c>> {
        let is_own = |module: &&Module<'c>| self.config.generates(module.nsid());
        self.modules.values().filter(is_own)
    }

    /// The names of the items that are generated here.
    pub(crate) fn names(&self) -> Names<'_, 'c> {
        Names::new(self.catalog, self.own_modules())
    }

    /// Follows a reference that has been checked before.
    pub(crate) fn resolve(&self, module: &Module<'c>, reference: &str) -> Option<DefRef<'c>> {
        self.catalog.resolve(module.document, reference)
    }
}
