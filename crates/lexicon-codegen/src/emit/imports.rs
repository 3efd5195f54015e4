//! The modules that one module refers to.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::TokenStream;
use quote::quote;
use syn::Ident;

use crate::names::{Scope, ident};
use crate::plan::Module;

/// Modules that are far away, by their path, with the name under which one module uses them.
pub(super) struct Imports {
    scope: Scope,
    /// By NSID: the way to the module, and its name here.
    names: BTreeMap<String, (TokenStream, Ident)>,
}

impl Imports {
    pub(super) fn new(children: &BTreeSet<String>) -> Self {
        let own = ["rt", "serde", "std"];
        let taken: Vec<_> = own
            .into_iter()
            .chain(children.iter().map(String::as_str))
            .collect();
        Self {
            scope: Scope::with(&taken),
            names: BTreeMap::new(),
        }
    }

    /// The name of a module: its last two steps.
    pub(super) fn name(&mut self, module: &Module<'_>, way: TokenStream) -> Ident {
        let steps = &module.path[module.path.len().saturating_sub(2)..];
        let scope = &mut self.scope;
        let (_, name) = self
            .names
            .entry(module.nsid().to_owned())
            .or_insert_with(|| {
                let name = scope.take_field(&steps.join("_"));
                (way, ident(&name))
            });
        name.clone()
    }

    /// The declarations.
    pub(super) fn declarations(&self) -> impl Iterator<Item = TokenStream> {
        let names = self.names.values();
        names.map(|(way, name)| quote!(use #way as #name;))
    }
}
