//! Writes the modules that the plan laid out.

mod checks;
mod compact;
mod docs;
mod method;
mod object;
mod service;
mod types;
mod union;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use lexicon_schema::model::{Def, DefKind, Schema, Type};
use lexicon_schema::{Diagnostic, Pointer};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Ident;

use crate::files::Files;
use crate::names::{Scope, ident, screaming, snake};
use crate::plan::{Module, Plan};
use crate::preamble::PREAMBLE;
use crate::rust_path::RustPath;

/// All files of a plan.
pub(crate) fn files(plan: &Plan<'_>) -> Result<Files, Vec<Diagnostic>> {
    let mut children: BTreeMap<Vec<String>, BTreeSet<String>> = BTreeMap::new();
    for module in plan.own_modules() {
        for depth in 0..module.path.len() {
            let names = children.entry(module.path[..depth].to_vec()).or_default();
            names.insert(module.path[depth].clone());
        }
    }
    let mut contents: BTreeMap<Vec<String>, TokenStream> = BTreeMap::new();
    for (path, names) in &children {
        let names = names.iter().map(|name| ident(name));
        contents.insert(path.clone(), quote!(#(pub mod #names;)*));
    }
    let mut files = Files::new();
    let mut sources = BTreeMap::new();
    for module in plan.own_modules() {
        let none = BTreeSet::new();
        let own_children = children.get(&module.path).unwrap_or(&none);
        let emitter = Emitter {
            plan,
            module,
            imports: RefCell::new(Imports::new(own_children)),
        };
        let code = emitter.module();
        let before = contents.remove(&module.path).unwrap_or_default();
        contents.insert(module.path.clone(), merge(&code, &before));
        sources.insert(module.path.clone(), &module.document.file);
        files.insert(
            format!("{}.json", module.path.join("/")),
            module.document.source.clone(),
        );
    }
    let service = service::service(plan)?;
    let root = contents.remove(&Vec::new()).unwrap_or_default();
    contents.insert(Vec::new(), service::root(plan, &root, service.is_some()));
    if let Some(service) = service {
        contents.insert(vec!["service".to_owned()], service);
    }
    for (path, code) in contents {
        let name = if path.is_empty() {
            "mod".to_owned()
        } else {
            path.join("/")
        };
        let file = format!("{name}.rs");
        let code = render(code).map_err(|error| {
            // A fault of the generator, told as one: no input may end in a panic.
            let message = format!("the generated code is no Rust: {error}");
            let of = sources
                .get(&path)
                .map_or_else(|| PathBuf::from(&file), |file| (*file).clone());
            vec![Diagnostic::new(of, Pointer::root(), "internal", message)]
        })?;
        files.insert(file, code);
    }
    Ok(files)
}

/// A module's code, its child modules after the inner attributes.
struct Code {
    attributes: TokenStream,
    items: TokenStream,
}

fn merge(code: &Code, children: &TokenStream) -> TokenStream {
    let Code { attributes, items } = code;
    quote!(#attributes #children #items)
}

fn render(code: TokenStream) -> syn::Result<String> {
    let file = syn::parse2(code)?;
    let code = compact::compact(&prettyplease::unparse(&file));
    Ok(format!("{PREAMBLE}{code}"))
}

/// Writes one module.
struct Emitter<'p, 'c> {
    plan: &'p Plan<'c>,
    module: &'p Module<'c>,
    /// Other modules that it refers to, under a short name.
    imports: RefCell<Imports>,
}

/// Modules that are far away, by their path, with the name under which one module uses them.
struct Imports {
    scope: Scope,
    /// By NSID: the way to the module, and its name here.
    names: BTreeMap<String, (TokenStream, Ident)>,
}

impl Imports {
    fn new(children: &BTreeSet<String>) -> Self {
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
    fn name(&mut self, module: &Module<'_>, way: TokenStream) -> Ident {
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
}

impl<'c> Emitter<'_, 'c> {
    fn module(&self) -> Code {
        let document = self.module.document;
        let nsid = self.module.nsid();
        let summary = match &document.description {
            Some(text) => format!("`{nsid}`: {text}"),
            None => format!("`{nsid}`"),
        };
        let attributes = docs::inner(&summary);
        let runtime = self.plan.config.runtime.tokens();
        let file = self.module.path.last().map_or("", String::as_str);
        let json = format!("{file}.json");
        let defs: Vec<_> = document
            .defs
            .iter()
            .map(|(name, def)| self.def(name, def))
            .collect();
        let imports = self.imports.borrow();
        let imports = imports
            .names
            .values()
            .map(|(path, name)| quote!(use #path as #name;));
        Code {
            attributes,
            items: quote! {
                use #runtime::{self as rt, Validate as _};
                use serde::{Deserialize, Serialize};
                #(#imports)*
                pub const NSID: &str = #nsid;
                pub const LEXICON: rt::Lexicon = rt::Lexicon::new(NSID, include_str!(#json));
                #(#defs)*
            },
        }
    }

    fn def(&self, name: &str, def: &Def) -> TokenStream {
        let type_name = self.ident(&def.pointer);
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
            DefKind::Token => {
                let docs = docs::outer(def.description.as_ref(), &[]);
                let name_const = if name == "main" {
                    type_name.to_string()
                } else {
                    name.to_owned()
                };
                let constant = ident(&screaming(&name_const));
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
            let docs = docs::outer(def.description.as_ref(), &[]);
            return self.object(&docs, &schema.pointer, object, object::Kind::Plain);
        }
        let name = self.ident(&schema.pointer);
        let docs = docs::outer(def.description.as_ref(), &docs::constraints(schema));
        let ty = self.ty(&schema.pointer, schema);
        let check = format_ident!("check_{}", snake(&name.to_string()));
        let check_docs = format!(" The check of [`{name}`].");
        let body = self.check(schema).call();
        let inner = self.inline(schema);
        let node = self.module.node(&schema.pointer);
        let item = if self.plan.recursive_alias.contains(&node) {
            quote! {
                #docs
                #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
                #[serde(transparent)]
                pub struct #name(pub #ty);
            }
        } else {
            quote! { #docs pub type #name = #ty; }
        };
        quote! {
            #item
            #[doc = #check_docs]
            pub fn #check(c: &mut rt::Checker, v: &rt::Value) { #body }
            #inner
        }
    }

    /// The inline types at and below a schema that has no type of its own yet.
    fn inline(&self, schema: &Schema) -> TokenStream {
        match &schema.kind {
            Type::Array { items, .. } => self.inline_at(items),
            _ => TokenStream::new(),
        }
    }

    /// The type of a schema that stands inside another one, if it needs one.
    fn inline_at(&self, schema: &Schema) -> TokenStream {
        let docs = docs::outer(schema.description.as_ref(), &[]);
        match &schema.kind {
            Type::Object(object) if !object.unconstrained => {
                self.object(&docs, &schema.pointer, object, object::Kind::Plain)
            }
            Type::Union { refs, closed } => self.union(&docs, &schema.pointer, refs, *closed),
            Type::Array { items, .. } => self.inline_at(items),
            _ => TokenStream::new(),
        }
    }

    /// The name of the type at a place of this document.
    fn ident(&self, pointer: &Pointer) -> Ident {
        ident(self.module.name(pointer))
    }

    /// The way from this module to a name of another one.
    fn path(&self, to: &Module<'c>, name: &Ident) -> TokenStream {
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

/// Whether two modules stand in the same one.
fn is_sibling(a: &[String], b: &[String]) -> bool {
    matches!((a.split_last(), b.split_last()), (Some((_, a)), Some((_, b))) if a == b)
}

/// The way from a module to another one.
fn module_path(from: &[String], to: &[String]) -> TokenStream {
    // A module has at least the two steps that every NSID begins with.
    let (parents, last) = to.split_at(to.len() - 1);
    relative(from, parents, &ident(&last[0]))
}

/// The way to a module of another crate.
fn external(root: &RustPath, to: &[String]) -> TokenStream {
    let root = root.tokens();
    let steps = to.iter().map(|step| ident(step));
    quote!(#root #(::#steps)*)
}

/// The way from a module to a name of another one.
fn relative(from: &[String], to: &[String], name: &Ident) -> TokenStream {
    let common = from.iter().zip(to).take_while(|(a, b)| a == b).count();
    let up = from.len() - common;
    let supers = std::iter::repeat_n(quote!(super::), up);
    let start = (up == 0).then(|| quote!(self::));
    let down = to[common..].iter().map(|step| ident(step));
    quote!(#start #(#supers)* #(#down::)* #name)
}
