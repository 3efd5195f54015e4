//! Puts the modules of the generated code into files.

use std::path::PathBuf;

use lexicon_schema::{Diagnostic, Pointer};
use proc_macro2::TokenStream;
use quote::quote;

use super::tree::{Embedding, Node, Tree};
use super::{compact, table};
use crate::existing::ExistingModule;
use crate::files::Files;
use crate::names::ident;
use crate::plan::Plan;
use crate::preamble::PREAMBLE;

/// One file for each module, and the JSON of each document beside it. The modules `existing` have files already,
/// which are part of the code.
pub(crate) fn files(
    plan: &Plan<'_>,
    existing: &[ExistingModule],
) -> Result<Files, Vec<Diagnostic>> {
    let tree = Tree::new(plan, Embedding::Beside, existing);
    let mut files = Files::new();
    for (path, node) in tree.nodes.iter().filter(|(_, node)| !node.is_kept) {
        let Node {
            children,
            attributes,
            items,
            ..
        } = node;
        let name = if path.is_empty() {
            "mod".to_owned()
        } else {
            path.join("/")
        };
        let children = children.iter().map(|child| {
            let declaration = declaration(&tree, path, child);
            quote!(#declaration;)
        });
        let code = quote!(#attributes #(#children)* #(#items)*);
        let root = path.is_empty().then(root_attributes);
        let rust = format!("{name}.rs");
        let source = node.document.map(|document| document.file.clone());
        let shown = source.unwrap_or_else(|| PathBuf::from(&rust));
        files.insert(rust, render(quote!(#root #code), shown)?);
        if let Some(document) = node.document {
            files.insert(format!("{name}.json"), document.source.clone());
        }
    }
    Ok(files)
}

/// One file with everything. It has no inner attributes of its own, which `include!` does not take.
pub(crate) fn file(plan: &Plan<'_>) -> Result<String, Vec<Diagnostic>> {
    let tree = Tree::new(plan, Embedding::Inside, &[]);
    let root = &tree.nodes[&Vec::new()];
    let children = root.children.iter();
    let children = children.map(|child| nested(&tree, &[], child));
    let items = children.chain(root.items.iter().cloned());
    let allowed = allowed();
    let items = items.map(|item| quote!(#(#[#allowed])* #item));
    let code = quote!(#(#items)*);
    render(code, PathBuf::from("lexicons.rs"))
}

/// A module with its content, modules in it included.
fn nested(tree: &Tree<'_>, parent: &[String], name: &str) -> TokenStream {
    let path = [parent, &[name.to_owned()]].concat();
    let Node {
        children,
        attributes,
        items,
        ..
    } = &tree.nodes[&path];
    let declaration = declaration(tree, parent, name);
    let children = children.iter().map(|child| nested(tree, &path, child));
    quote!(#declaration { #attributes #(#children)* #(#items)* })
}

/// `pub mod name`, with attributes.
fn declaration(tree: &Tree<'_>, parent: &[String], name: &str) -> TokenStream {
    let path = [parent, &[name.to_owned()]].concat();
    let before = &tree.nodes[&path].declaration;
    let name = ident(name);
    quote!(#before mod #name)
}

fn root_attributes() -> TokenStream {
    let allowed = allowed();
    quote! {
        #![doc = " Types and checks of the lexicons, a module a document."]
        #(#![#allowed])*
    }
}

/// The lints that generated code is not held to.
fn allowed() -> [TokenStream; 2] {
    [
        quote!(allow(clippy::all, clippy::pedantic, rustdoc::all)),
        quote!(allow(
            dead_code,
            missing_docs,
            unreachable_pub,
            unused_imports
        )),
    ]
}

fn render(code: TokenStream, of: PathBuf) -> Result<String, Vec<Diagnostic>> {
    // A fault of the generator, reported as one: no input may end in a panic.
    let file = syn::parse2(code).map_err(|error| {
        let message = format!("the generated code is not Rust: {error}");
        vec![Diagnostic::new(of, Pointer::root(), "internal", message)]
    })?;
    let code = compact::compact(&prettyplease::unparse(&file));
    let code = table::place(&code);
    Ok(format!("{PREAMBLE}{code}"))
}
