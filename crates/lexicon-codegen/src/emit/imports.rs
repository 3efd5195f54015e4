//! The modules that one module refers to.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::TokenStream;
use quote::quote;
use syn::Ident;

use crate::names::{Scope, ident};
use crate::plan::Module;

/// The modules that one module imports.
pub(super) struct Imports {
    scope: Scope,
    /// By NSID: the path of the module, and its name here.
    names: BTreeMap<String, (TokenStream, Ident)>,
}

impl Imports {
    pub(super) fn new(children: &BTreeSet<String>) -> Self {
        let own = ["rt", "serde", "std"];
        let taken = own.into_iter().chain(children.iter().map(String::as_str));
        Self {
            scope: Scope::with(taken),
            names: BTreeMap::new(),
        }
    }

    /// The name for a module: the last two segments of its path.
    pub(super) fn name(&mut self, module: &Module<'_>, way: TokenStream) -> Ident {
        let segments = &module.path[module.path.len().saturating_sub(2)..];
        let scope = &mut self.scope;
        let (_, name) = self
            .names
            .entry(module.nsid().to_owned())
            .or_insert_with(|| {
                let name = scope.take(&segments.join("_"));
                (way, ident(&name))
            });
        name.clone()
    }

    /// The `use` declarations.
    pub(super) fn declarations(&self) -> impl Iterator<Item = TokenStream> {
        let names = self.names.values();
        names.map(|(way, name)| quote!(use #way as #name;))
    }
}
