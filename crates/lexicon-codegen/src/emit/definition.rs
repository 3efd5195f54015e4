//! The definitions of a document.

use lexicon_schema::Pointer;
use lexicon_schema::model::{Def, DefKind, Schema, Space, Type};
use proc_macro2::TokenStream;
use quote::quote;

use super::emitter::Emitter;
use super::source::source;
use super::table::{self, table};
use super::{docs, object};
use crate::names::{function, ident};

impl Emitter<'_, '_> {
    /// The items of the module of a document, whose JSON is `lexicon`.
    pub(super) fn items(&self, lexicon: &TokenStream) -> TokenStream {
        let nsid = self.module.nsid();
        let runtime = self.plan.config.runtime.tokens();
        let defs = self.module.document.defs.iter();
        let defs: Vec<_> = defs.map(|(name, def)| self.def(name, def)).collect();
        let imports = self.imports.borrow();
        let imports = imports.declarations();
        quote! {
            use #runtime::{self as rt, Validate as _};
            #(#imports)*
            pub const NSID: &str = #nsid;
            pub const LEXICON: rt::Lexicon = rt::Lexicon::new(NSID, #lexicon);
            #(#defs)*
        }
    }

    fn def(&self, name: &str, def: &Def) -> TokenStream {
        match &def.kind {
            DefKind::Record(record) => self.record(def, record),
            DefKind::Method(method) => self.method(def, method),
            DefKind::Subscription(subscription) => self.subscription(def, subscription),
            DefKind::PermissionSet(set) => {
                let detail = set.detail.as_ref().or(def.description.as_ref());
                let docs = docs::outer(detail, &[]);
                let title = set.title.as_deref().unwrap_or_default();
                quote! { #docs pub const TITLE: &str = #title; }
            }
            DefKind::Space(space) => space_constants(def, space),
            DefKind::Token => {
                let docs = docs::outer(def.description.as_ref(), &[]);
                let constant = ident(&self.module.constant(name, def));
                let value = match name {
                    "main" => self.module.nsid().to_owned(),
                    name => format!("{}#{name}", self.module.nsid()),
                };
                quote! { #docs pub const #constant: &str = #value; }
            }
            DefKind::Type(schema) => self.named_type(def, schema),
        }
    }

    /// A definition that is a type of data.
    fn named_type(&self, def: &Def, schema: &Schema) -> TokenStream {
        if let Type::Object(object) = &schema.kind
            && !object.unconstrained
        {
            let docs = docs::text(def.description.as_ref(), &[]);
            return self.object(&docs, &schema.pointer, object, object::Kind::Plain);
        }
        let name = self.ident(&schema.pointer);
        let docs = docs::text(def.description.as_ref(), &docs::constraints(schema));
        let ty = self.ty(&schema.pointer, schema);
        let check = ident(&function("check", &name.to_string()));
        let check_docs = format!(" The check of [`{name}`].");
        let body = self.check(schema).call();
        let inner = self.inline(schema);
        let item = if self.is_newtype(&schema.pointer) {
            self.newtype(&docs, schema, &ty, &quote!(#check))
        } else {
            quote! { #(#[doc = #docs])* pub type #name = #ty; }
        };
        quote! {
            #item
            #[doc = #check_docs]
            pub fn #check(c: &mut rt::Checker, v: rt::Node<'_>) { #body }
            #inner
        }
    }

    /// Whether a named type that is no object is a struct: an alias cannot contain itself.
    fn is_newtype(&self, at: &Pointer) -> bool {
        self.plan.types.is_recursive_alias(&self.module.node(at))
    }

    /// A struct around a value of a type that needs a name of its own.
    pub(super) fn newtype(
        &self,
        docs: &[String],
        schema: &Schema,
        ty: &TokenStream,
        check: &TokenStream,
    ) -> TokenStream {
        let at = &schema.pointer;
        let mut lines = table::docs("", docs);
        lines.push(self.derive(&self.module.node(at)));
        let start = format!("pub struct {}(pub {})", self.ident(at), source(ty));
        lines.push(format!("{start} = {};", source(check)));
        table("newtype", &lines)
    }

    /// The inline types at and below a schema that has no type of its own yet.
    pub(super) fn inline(&self, schema: &Schema) -> TokenStream {
        match &schema.kind {
            Type::Array { items, .. } => self.inline_at(items),
            _ => TokenStream::new(),
        }
    }

    /// The type of a schema that stands inside another one, if it needs one.
    pub(super) fn inline_at(&self, schema: &Schema) -> TokenStream {
        let docs = docs::text(schema.description.as_ref(), &[]);
        match &schema.kind {
            Type::Object(object) if !object.unconstrained => {
                self.object(&docs, &schema.pointer, object, object::Kind::Plain)
            }
            Type::Union { refs, closed } => self.union(&docs, &schema.pointer, refs, *closed),
            Type::Array { items, .. } => self.inline_at(items),
            _ => TokenStream::new(),
        }
    }
}

/// The constants of a type of spaces, with which nothing is encoded.
fn space_constants(def: &Def, space: &Space) -> TokenStream {
    let draft = ["spaces follow a draft of the protocol, and may change".to_owned()];
    let docs = docs::outer(def.description.as_ref(), &draft);
    let (name, key) = (&space.name, &space.key);
    let collections = space.collections.iter().map(|nsid| nsid.as_str());
    quote! {
        #docs
        pub const NAME: &str = #name;
        /// The kind of the space key. It follows a draft of the protocol.
        pub const KEY: &str = #key;
        /// The types of the records in a space. They follow a draft of the protocol.
        pub const COLLECTIONS: &[&str] = &[#(#collections),*];
    }
}
