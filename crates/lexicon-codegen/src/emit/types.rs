//! The Rust type of a schema.

use lexicon_runtime::Format;
use lexicon_schema::model::{DefKind, Schema, StringType, Type};
use proc_macro2::TokenStream;
use quote::quote;
use syn::Ident;

use super::emitter::Emitter;
use crate::plan::{Node, target_node};

impl Emitter<'_, '_> {
    /// The type of `schema` as it stands inside the type at `parent`: boxed where it has to be.
    pub(super) fn boxed_ty(&self, parent: &Node, schema: &Schema) -> TokenStream {
        let ty = self.ty(&schema.pointer, schema);
        let target = match &schema.kind {
            Type::Ref(reference) => self
                .plan
                .resolve(self.module, reference)
                .map(|target| target_node(&target)),
            Type::Object(_) | Type::Union { .. } => Some(self.module.node(&schema.pointer)),
            _ => None,
        };
        match target {
            Some(target) if self.plan.types.is_boxed(parent, &target) => quote!(Box<#ty>),
            _ => ty,
        }
    }

    /// The type of a schema.
    pub(super) fn ty(&self, field: &lexicon_schema::Pointer, schema: &Schema) -> TokenStream {
        match &schema.kind {
            Type::Boolean { .. } => quote!(bool),
            Type::Integer(_) => quote!(i64),
            Type::String(_) if self.plan.config.is_secret(self.module.nsid(), field) => {
                quote!(rt::Secret)
            }
            Type::String(string) => string_ty(string),
            Type::Bytes(_) => quote!(rt::Bytes),
            Type::CidLink => quote!(rt::CidLink),
            Type::Blob { .. } => quote!(rt::Blob),
            Type::Array { items, .. } => {
                let item = self.ty(&items.pointer, items);
                quote!(Vec<#item>)
            }
            Type::Object(object) if object.unconstrained => quote!(rt::UnknownObject),
            Type::Object(_) | Type::Union { .. } => {
                let name = self.ident(&schema.pointer);
                quote!(#name)
            }
            Type::Ref(reference) => self.ref_ty(reference),
            Type::Unknown => quote!(rt::UnknownObject),
        }
    }

    /// The type that a reference leads to.
    pub(super) fn ref_ty(&self, reference: &str) -> TokenStream {
        let Some(target) = self.plan.resolve(self.module, reference) else {
            return quote!(rt::UnknownObject);
        };
        match &target.def.kind {
            DefKind::Token => quote!(String),
            _ => self.target_path(&target, None),
        }
    }

    /// The path of the type of a definition, or to `function` beside it.
    pub(super) fn target_path(
        &self,
        target: &lexicon_schema::DefRef<'_>,
        function: Option<&Ident>,
    ) -> TokenStream {
        let module = &self.plan.modules[target.document.nsid.as_str()];
        let name = crate::names::ident(module.name(&target.def.pointer));
        self.path(module, function.unwrap_or(&name))
    }
}

fn string_ty(string: &StringType) -> TokenStream {
    match string.format {
        None => quote!(String),
        Some(format) => {
            let name = format_ident(format);
            quote!(rt::#name)
        }
    }
}

/// The name of a format's type in the runtime, and of its variant of `Format`.
pub(super) fn format_ident(format: Format) -> Ident {
    crate::names::ident(&format!("{format:?}"))
}
