//! Paths from one module of the generated code to another.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Ident;

use crate::names::ident;
use crate::rust_path::RustPath;

/// Whether two modules have the same parent.
pub(super) fn is_sibling(a: &[String], b: &[String]) -> bool {
    matches!((a.split_last(), b.split_last()), (Some((_, a)), Some((_, b))) if a == b)
}

/// The path from a module to another one.
pub(super) fn module_path(from: &[String], to: &[String]) -> TokenStream {
    // A module has at least the two segments that every NSID begins with.
    let (parents, last) = to.split_at(to.len() - 1);
    relative(from, parents, &ident(&last[0]))
}

/// The path to a module of another crate.
pub(super) fn external(root: &RustPath, to: &[String]) -> TokenStream {
    let root = root.tokens();
    let segments = to.iter().map(|segment| ident(segment));
    quote!(#root #(::#segments)*)
}

/// The path from a module to an item of another one.
pub(super) fn relative(from: &[String], to: &[String], name: &Ident) -> TokenStream {
    let common = from.iter().zip(to).take_while(|(a, b)| a == b).count();
    let up = from.len() - common;
    let supers = std::iter::repeat_n(quote!(super::), up);
    let start = (up == 0).then(|| quote!(self::));
    let down = to[common..].iter().map(|segment| ident(segment));
    quote!(#start #(#supers)* #(#down::)* #name)
}
