//! The check of a schema, as an expression.

use lexicon_schema::model::{DefKind, Integer, Length, Schema, StringType, Type};
use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::emitter::Emitter;
use super::types::format_ident as format_name;
use crate::names::{function, ident};

/// How a value is checked: a function that exists, or an expression over `c` and `v`.
pub(super) enum Check {
    Function(TokenStream),
    Expression(TokenStream),
}

impl Check {
    /// As something to pass on.
    pub(super) fn function(self) -> TokenStream {
        match self {
            Self::Function(path) => path,
            Self::Expression(code) => quote!(|c, v| #code),
        }
    }

    /// As the body of a function of `c` and `v`.
    pub(super) fn call(self) -> TokenStream {
        match self {
            Self::Function(path) => quote!(#path(c, v)),
            Self::Expression(code) => code,
        }
    }
}

impl Emitter<'_, '_> {
    pub(super) fn check(&self, schema: &Schema) -> Check {
        let method = |name: &str| {
            let name = ident(name);
            Check::Function(quote!(rt::Checker::#name))
        };
        match &schema.kind {
            Type::Boolean { r#const: None, .. } => method("boolean"),
            Type::Boolean {
                r#const: Some(only),
                ..
            } => Check::Expression(quote!(c.boolean_const(v, #only))),
            Type::Integer(integer) => integer_check(integer),
            Type::String(string) => string_check(string),
            Type::Bytes(length) => {
                let range = range(length).map(|range| quote!(.length(#range)));
                Check::Expression(quote!(c.bytes(v) #range.end()))
            }
            Type::CidLink => method("link"),
            Type::Blob { accept, max_size } => {
                let accept = (!accept.is_empty()).then(|| quote!(.accept(&[#(#accept),*])));
                let max_size = max_size.map(Literal::u64_unsuffixed);
                let max_size = max_size.map(|size| quote!(.max_size(#size)));
                Check::Expression(quote!(c.blob(v) #accept #max_size.end()))
            }
            Type::Array { items, length } => {
                let range = range(length).unwrap_or_else(|| quote!(..));
                let items = self.check(items).function();
                Check::Expression(quote!(c.array(v, #range, #items)))
            }
            Type::Object(object) if object.unconstrained => method("unconstrained_object"),
            Type::Object(_) | Type::Union { .. } => {
                let name = self.ident(&schema.pointer);
                Check::Function(quote!(#name::check))
            }
            Type::Ref(reference) => self.ref_check(reference),
            Type::Unknown => method("unknown"),
        }
    }

    pub(super) fn ref_check(&self, reference: &str) -> Check {
        let Some(target) = self.plan.resolve(self.module, reference) else {
            return Check::Function(quote!(rt::Checker::unknown));
        };
        match &target.def.kind {
            DefKind::Token => {
                let name = target.type_name();
                Check::Expression(quote!(c.string(v).one_of(&[#name]).end()))
            }
            DefKind::Type(Schema {
                kind: Type::Object(object),
                ..
            }) if !object.unconstrained => {
                let path = self.target_path(&target, None);
                Check::Function(quote!(#path::check))
            }
            DefKind::Type(schema) => {
                let module = &self.plan.modules[target.document.nsid.as_str()];
                let function = ident(&function("check", module.name(&schema.pointer)));
                Check::Function(self.target_path(&target, Some(&function)))
            }
            _ => {
                let path = self.target_path(&target, None);
                Check::Function(quote!(#path::check))
            }
        }
    }
}

fn integer_check(integer: &Integer) -> Check {
    let bounds = (integer.minimum, integer.maximum);
    let (min, max) = (
        bounds.0.map(Literal::i64_unsuffixed),
        bounds.1.map(Literal::i64_unsuffixed),
    );
    let range = match bounds {
        (None, None) => None,
        (Some(_), None) => Some(quote!(.range(#min..))),
        _ => Some(quote!(.range(#min..=#max))),
    };
    let values = integer
        .r#enum
        .iter()
        .chain(integer.r#const.map(|only| vec![only]).iter())
        .map(|values| {
            let values = values.iter().copied().map(Literal::i64_unsuffixed);
            quote!(.one_of(&[#(#values),*]))
        })
        .collect::<Vec<_>>();
    Check::Expression(quote!(c.integer(v) #range #(#values)*.end()))
}

fn string_check(string: &StringType) -> Check {
    let mut rules = Vec::new();
    rules.extend(range(&string.bytes).map(|range| quote!(.bytes(#range))));
    rules.extend(range(&string.graphemes).map(|range| quote!(.graphemes(#range))));
    rules.extend(
        string
            .r#enum
            .iter()
            .map(|values| quote!(.one_of(&[#(#values),*]))),
    );
    rules.extend(string.r#const.iter().map(|only| quote!(.one_of(&[#only]))));
    let format = string.format.map(format_name);
    match format {
        None if rules.is_empty() => Check::Function(quote!(rt::Checker::text)),
        Some(format) if rules.is_empty() => {
            Check::Expression(quote!(c.format(v, rt::Format::#format)))
        }
        format => {
            rules.extend(format.map(|format| quote!(.format(rt::Format::#format))));
            Check::Expression(quote!(c.string(v) #(#rules)*.end()))
        }
    }
}

/// A length as a Rust range, if it has a bound.
fn range(length: &Length) -> Option<TokenStream> {
    let min = length.min.map(Literal::u64_unsuffixed);
    match length.max.map(Literal::u64_unsuffixed) {
        Some(max) => Some(quote!(#min..=#max)),
        None => min.map(|min| quote!(#min..)),
    }
}
