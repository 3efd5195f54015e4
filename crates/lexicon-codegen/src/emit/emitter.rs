//! Writes one module.

use std::cell::RefCell;

use lexicon_schema::Pointer;
use proc_macro2::TokenStream;
use quote::quote;
use syn::Ident;

use super::imports::Imports;
use super::paths::{external, is_sibling, module_path, relative};
use crate::names::ident;
use crate::plan::{Module, Plan};

/// Writes one module.
pub(super) struct Emitter<'p, 'c> {
    pub(super) plan: &'p Plan<'c>,
    pub(super) module: &'p Module<'c>,
    /// The other modules that it refers to.
    pub(super) imports: RefCell<Imports>,
}

impl<'c> Emitter<'_, 'c> {
    /// The name of the type at a place of this document.
    pub(super) fn ident(&self, pointer: &Pointer) -> Ident {
        ident(self.module.name(pointer))
    }

    /// The path from this module to an item of another one.
    pub(super) fn path(&self, to: &Module<'c>, name: &Ident) -> TokenStream {
        if self.module.path == to.path {
            return quote!(#name);
        }
        let way = match self.plan.config.external_path(to.nsid()) {
            Some(root) => external(root, &to.path),
            None if is_sibling(&self.module.path, &to.path) => {
                return relative(&self.module.path, &to.path, name);
            }
            None => module_path(&self.module.path, &to.path),
        };
        let module = self.imports.borrow_mut().name(to, way);
        quote!(#module::#name)
    }
}
