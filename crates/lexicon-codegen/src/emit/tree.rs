//! The modules of the generated code.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::TokenStream;
use quote::quote;

use super::emitter::Emitter;
use super::imports::Imports;
use super::{docs, service};
use crate::existing::ExistingModule;
use crate::plan::{Module, Plan};

/// Where the JSON of a document is.
#[derive(Clone, Copy)]
pub(super) enum Embedding {
    /// In a file beside that of the module.
    Beside,
    /// In the code itself.
    Inside,
}

/// The path of a module from the root of the generated code.
pub(crate) type Path = Vec<String>;

/// All modules. The root has an empty path.
pub(super) struct Tree<'p> {
    pub(super) nodes: BTreeMap<Path, Node<'p>>,
}

/// One module.
#[derive(Default)]
pub(super) struct Node<'p> {
    /// The document, if the module is one's.
    pub(super) document: Option<&'p lexicon_schema::Document>,
    /// What stands before its name: visibility and attributes.
    pub(super) declaration: TokenStream,
    /// The names of the modules in it.
    pub(super) children: BTreeSet<String>,
    /// The inner attributes.
    pub(super) attributes: TokenStream,
    /// Its items, but for the modules in it.
    pub(super) items: Vec<TokenStream>,
    /// Whether its file stays as it is.
    pub(super) is_kept: bool,
}

impl<'p> Tree<'p> {
    /// Writes all modules of a plan. The modules `existing` have files already.
    pub(super) fn new(
        plan: &'p Plan<'_>,
        embedding: Embedding,
        existing: &[ExistingModule],
    ) -> Self {
        let mut tree = Self {
            nodes: BTreeMap::new(),
        };
        for module in plan.own_modules() {
            tree.add(&module.path);
        }
        let own: BTreeSet<_> = plan.own_modules().map(|module| &module.path).collect();
        let kept = existing.iter().filter(|module| !own.contains(&module.path));
        let kept: Vec<_> = kept.collect();
        for module in &kept {
            tree.add(&module.path);
            tree.nodes.entry(module.path.clone()).or_default().is_kept = true;
        }
        for module in plan.own_modules() {
            tree.document(plan, module, embedding);
        }
        let service = service::service(plan, &kept);
        let root = tree.nodes.entry(Vec::new()).or_default();
        root.items
            .extend(service.is_some().then(|| service::exports(plan)));
        root.items.push(service::lexicons(plan, &kept));
        if let Some(service) = service {
            let path = vec!["service".to_owned()];
            tree.add(&path);
            let gate = service::gate(plan);
            let node = tree.nodes.entry(path).or_default();
            node.declaration = quote!(#gate);
            node.items.push(service);
        }
        tree
    }

    /// Adds a module, and those that it is in.
    fn add(&mut self, path: &[String]) {
        for depth in 0..path.len() {
            let parent = self.nodes.entry(path[..depth].to_vec()).or_default();
            parent.children.insert(path[depth].clone());
            let node = self.nodes.entry(path[..=depth].to_vec()).or_default();
            node.declaration = quote!(pub);
        }
    }

    fn document(&mut self, plan: &'p Plan<'_>, module: &'p Module<'_>, embedding: Embedding) {
        let node = self.nodes.entry(module.path.clone()).or_default();
        let document = module.document;
        let nsid = module.nsid();
        let summary = match &document.description {
            Some(text) => format!("`{nsid}`: {text}"),
            None => format!("`{nsid}`"),
        };
        let lexicon = match embedding {
            Embedding::Beside => {
                let name = module.path.last().map_or("", String::as_str);
                let file = format!("{name}.json");
                quote!(include_str!(#file))
            }
            Embedding::Inside => {
                let source = &document.source;
                quote!(#source)
            }
        };
        let emitter = Emitter {
            plan,
            module,
            imports: RefCell::new(Imports::new(&node.children)),
        };
        node.document = Some(document);
        node.attributes = docs::inner(&summary);
        node.items.push(emitter.items(&lexicon));
    }
}
