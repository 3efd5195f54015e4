//! References between the files of a crate: which file names an item that another one defines.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

use crate::modules::{Crate, ModuleId, Namespace, Source, Target, imported};
use crate::{attributes, files};

/// The items that each file names of each other file.
pub(crate) type References = BTreeMap<PathBuf, BTreeMap<PathBuf, BTreeSet<String>>>;

/// Finds the references of a crate by its root file. Those of generated files are left out.
pub(crate) fn references(root: &Path) -> References {
    let (tree, sources) = Crate::read(root);
    let mut finder = Finder {
        tree,
        module: 0,
        file: root.to_owned(),
        references: References::new(),
    };
    for Source {
        module,
        path,
        syntax,
    } in &sources
    {
        if !files::is_generated(path) {
            finder.module = *module;
            finder.file.clone_from(path);
            finder.visit_file(syntax);
        }
    }
    finder.references
}

struct Finder {
    tree: Crate,
    /// The module, and the file, of what is visited now.
    module: ModuleId,
    file: PathBuf,
    references: References,
}

impl Finder {
    fn record(&mut self, target: Target) {
        match target {
            Target::Item { name, file } if file != self.file => {
                let from = self.references.entry(self.file.clone()).or_default();
                from.entry(file).or_default().insert(name);
            }
            Target::Item { .. } | Target::Module(_) | Target::Outside => {}
        }
    }

    fn names(&mut self, path: &[String], namespace: Namespace) {
        let target = self.tree.resolve(self.module, path, namespace);
        self.record(target);
    }

    fn path(&mut self, path: &syn::Path, namespace: Namespace) {
        if path.leading_colon.is_none() {
            self.names(&segments(path), namespace);
        }
        // The generic arguments.
        visit::visit_path(self, path);
    }

    /// The names of a `use` declaration. One that stands for a module as well as an item counts where it
    /// is used, and a re-export is no use.
    fn import(&mut self, item: &syn::ItemUse) {
        if !matches!(item.vis, syn::Visibility::Inherited) {
            return;
        }
        for (_, path) in imported(item) {
            let targets = Namespace::ALL.map(|space| self.tree.resolve(self.module, &path, space));
            if !targets
                .iter()
                .any(|target| matches!(target, Target::Module(_)))
            {
                targets.into_iter().for_each(|target| self.record(target));
            }
        }
    }

    /// Paths among tokens whose meaning only a macro knows.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let (mut colons, mut is_member) = (0, false);
        for token in tokens {
            match token {
                TokenTree::Ident(name) => {
                    if colons != 2 {
                        self.names_of_any_kind(&path);
                        path.clear();
                    }
                    if !is_member {
                        path.push(name.to_string());
                    }
                    (colons, is_member) = (0, false);
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Punct(punct) => (colons, is_member) = (0, punct.as_char() == '.'),
                TokenTree::Group(group) if colons == 2 => {
                    self.group(&path, group.stream());
                    (colons, is_member) = (0, false);
                }
                TokenTree::Group(group) => {
                    self.tokens(group.stream());
                    (colons, is_member) = (0, false);
                }
                TokenTree::Literal(_) => (colons, is_member) = (0, false),
            }
        }
        self.names_of_any_kind(&path);
    }

    /// `path::{a, b::c}` among tokens.
    fn group(&mut self, path: &[String], tokens: TokenStream) {
        let prefix = path.join("::");
        let item = syn::parse_str::<syn::ItemUse>(&format!("use {prefix}::{{{tokens}}};"));
        match item {
            Ok(item) => {
                let imported = imported(&item);
                imported
                    .iter()
                    .for_each(|(_, path)| self.names_of_any_kind(path));
            }
            Err(_) => self.tokens(tokens),
        }
    }

    /// A path whose namespace is unknown. A name alone is not taken for a macro: it may be a field.
    fn names_of_any_kind(&mut self, path: &[String]) {
        for namespace in Namespace::ALL {
            if path.len() > 1 || namespace != Namespace::Macro {
                self.names(path, namespace);
            }
        }
    }

    /// Paths in string literals, as in `#[serde(with = "crate::times")]`. If a path names a module, the
    /// macro uses its functions.
    fn literals(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.literals(group.stream()),
                TokenTree::Literal(literal) => {
                    let text = literal.to_string();
                    let path = syn::parse_str::<syn::Path>(text.trim_matches('"'));
                    let Ok(path) = path.map(|path| segments(&path)) else {
                        continue;
                    };
                    match self.tree.resolve(self.module, &path, Namespace::Type) {
                        Target::Module(module) => {
                            let file = self.tree.modules[module].file.clone();
                            let name = path.last().cloned().unwrap_or_default();
                            self.record(Target::Item { name, file });
                        }
                        Target::Item { .. } | Target::Outside => self.names_of_any_kind(&path),
                    }
                }
                TokenTree::Ident(_) | TokenTree::Punct(_) => {}
            }
        }
    }
}

fn segments(path: &syn::Path) -> Vec<String> {
    let segments = path.segments.iter();
    segments.map(|segment| segment.ident.to_string()).collect()
}

impl Visit<'_> for Finder {
    fn visit_item(&mut self, item: &syn::Item) {
        if !attributes::is_for_tests(attributes::of_item(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item(&mut self, item: &syn::ImplItem) {
        if !attributes::is_for_tests(attributes::of_impl_item(item)) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &syn::ItemMod) {
        let name = [item.ident.to_string()];
        let child = self.tree.resolve(self.module, &name, Namespace::Type);
        if let (Some((_, items)), Target::Module(child)) = (&item.content, child) {
            let outer = std::mem::replace(&mut self.module, child);
            items.iter().for_each(|item| self.visit_item(item));
            self.module = outer;
        }
    }

    fn visit_block(&mut self, block: &syn::Block) {
        let items = block.stmts.iter().filter_map(|statement| match statement {
            syn::Stmt::Item(item) => Some(item),
            _ => None,
        });
        let items: Vec<_> = items.collect();
        if items.is_empty() {
            return visit::visit_block(self, block);
        }
        let scope = self.tree.add_block(self.module, &items);
        let outer = std::mem::replace(&mut self.module, scope);
        visit::visit_block(self, block);
        self.module = outer;
    }

    fn visit_item_use(&mut self, item: &syn::ItemUse) {
        self.import(item);
    }

    fn visit_path(&mut self, path: &syn::Path) {
        self.path(path, Namespace::Type);
    }

    fn visit_expr_path(&mut self, expression: &syn::ExprPath) {
        if let Some(own) = &expression.qself {
            self.visit_qself(own);
        }
        self.path(&expression.path, Namespace::Value);
    }

    fn visit_pat_tuple_struct(&mut self, pattern: &syn::PatTupleStruct) {
        self.path(&pattern.path, Namespace::Value);
        pattern.elems.iter().for_each(|inner| self.visit_pat(inner));
    }

    fn visit_vis_restricted(&mut self, _: &syn::VisRestricted) {}

    fn visit_macro(&mut self, call: &syn::Macro) {
        self.path(&call.path, Namespace::Macro);
        self.tokens(call.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &syn::Attribute) {
        const OF_THE_COMPILER: [&str; 6] = ["allow", "cfg", "cfg_attr", "doc", "expect", "path"];
        let mut names = OF_THE_COMPILER.iter();
        if names.any(|name| attribute.path().is_ident(name)) {
            return;
        }
        if let syn::Meta::List(list) = &attribute.meta {
            self.tokens(list.tokens.clone());
            self.literals(list.tokens.clone());
        }
    }
}
