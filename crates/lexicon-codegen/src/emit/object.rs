//! Objects and records: a struct, its constructor, its check.

use lexicon_schema::Pointer;
use lexicon_schema::model::{Def, DefKind, Object, Property, Record, Schema, Type};
use proc_macro2::{Literal, TokenStream};
use quote::quote;
use syn::Ident;

use super::docs;
use super::emitter::Emitter;
use crate::names::{ident, serde_camel};

/// What an object is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Plain,
    /// A record: it writes its `$type`.
    Record,
    /// Parameters or input of a method: defaults are filled in when it is read.
    Request,
}

/// A field of the struct.
struct Field<'o> {
    property: &'o Property,
    name: Ident,
    /// The type of the value itself, without `Option`.
    ty: TokenStream,
    /// The default that is filled in.
    default: Option<Default>,
    /// The only valid value of a required field.
    constant: Option<TokenStream>,
}

/// A default: the value, and a path to a function that makes it.
struct Default {
    value: TokenStream,
    function: String,
    /// The function itself, if it is not one of the runtime.
    item: Option<TokenStream>,
}

impl Emitter<'_, '_> {
    pub(super) fn record(&self, def: &Def, record: &Record) -> TokenStream {
        let docs = docs::outer(def.description.as_ref(), &[]);
        let name = self.ident(&def.pointer);
        let object = self.object(
            &docs,
            &def.pointer.join("record"),
            &record.object,
            Kind::Record,
        );
        let key = &record.key;
        quote! {
            #object
            impl rt::Record for #name {
                const NSID: &'static str = NSID;
                const KEY: &'static str = #key;
            }
        }
    }

    pub(super) fn object(
        &self,
        docs: &TokenStream,
        at: &Pointer,
        object: &Object,
        kind: Kind,
    ) -> TokenStream {
        let name = self.ident(at);
        let node = self.module.node(at);
        let fields = object.properties.iter().map(|property| {
            let field = self.module.field(property);
            Field {
                property,
                name: ident(&field),
                ty: self.boxed_ty(&node, &property.schema),
                default: match kind {
                    Kind::Request => default(&name, &field, property),
                    Kind::Plain | Kind::Record => None,
                },
                constant: self.constant(property),
            }
        });
        let fields: Vec<_> = fields.collect();
        let keeps_unknown = self.plan.types.is_in_record(&node);

        let has_required = fields.iter().any(|field| field.property.required);
        let has_defaults = fields.iter().any(|field| field.default.is_some());
        let comparable = !self.plan.types.holds_secret(&node);
        let comparable = comparable.then(|| quote!(PartialEq,));
        let derive_default = (!has_required && !has_defaults).then(|| quote!(Default,));
        let renames = fields
            .iter()
            .any(|field| field.property.name.contains(char::is_uppercase));
        let tag = (kind == Kind::Record).then(|| {
            let nsid = self.module.nsid();
            quote!(#[serde(tag = "$type", rename = #nsid)])
        });
        let rename_all = renames.then(|| quote!(#[serde(rename_all = "camelCase")]));
        let members = fields.iter().map(|field| field.member(renames));
        let extra = keeps_unknown.then(|| {
            quote! {
                /// Fields that the lexicon does not name.
                #[serde(flatten, deserialize_with = "rt::data::extra")]
                pub extra: rt::Object,
            }
        });
        let constructor = constructor(&name, &fields, keeps_unknown);
        let constructor = (has_required || has_defaults).then_some(constructor);
        let defaults: Vec<_> = (fields.iter())
            .filter_map(|field| field.default.as_ref()?.item.as_ref())
            .collect();
        let defaults = (!defaults.is_empty()).then(|| quote!(impl #name { #(#defaults)* }));
        let check = self.object_check(&name, &fields, kind);
        let inline = object.properties.iter().map(|p| self.inline_at(&p.schema));
        quote! {
            #docs
            #[derive(Clone, Debug, #comparable #derive_default Serialize, Deserialize)]
            #tag
            #rename_all
            #[non_exhaustive]
            pub struct #name {
                #(#members)*
                #extra
            }
            #constructor
            #defaults
            #check
            #(#inline)*
        }
    }

    fn object_check(&self, name: &Ident, fields: &[Field<'_>], kind: Kind) -> TokenStream {
        let nsid = self.module.nsid();
        let record = (kind == Kind::Record).then(|| quote!(c.record_type(o, NSID);));
        let members = fields.iter().map(|field| {
            let Property {
                name,
                required,
                nullable,
                schema,
                ..
            } = field.property;
            let nullable = *nullable || self.plan.config.tolerates_null(nsid, &schema.pointer);
            let method = ident(match (*required, nullable) {
                (true, false) => "required",
                (true, true) => "required_nullable",
                (false, false) => "optional",
                (false, true) => "optional_nullable",
            });
            let check = self.check(schema).function();
            quote!(c.#method(o, #name, #check);)
        });
        let body = if fields.is_empty() && record.is_none() {
            quote!(c.object(v);)
        } else {
            quote! {
                let Some(o) = c.object(v) else { return };
                #record
                #(#members)*
            }
        };
        quote! {
            impl rt::Validate for #name {
                fn check(c: &mut rt::Checker, v: rt::Node<'_>) { #body }
            }
        }
    }

    /// The only valid value of a property that is required, if it is one that Rust can write down.
    fn constant(&self, property: &Property) -> Option<TokenStream> {
        let is_set = property.required && !property.nullable;
        is_set.then(|| self.only_value(self.module.nsid(), &property.schema))?
    }

    fn only_value(&self, nsid: &str, schema: &Schema) -> Option<TokenStream> {
        match &schema.kind {
            Type::Boolean { r#const, .. } => r#const.map(|only| quote!(#only)),
            Type::Integer(integer) => {
                let only = only(integer.r#const.as_ref(), integer.r#enum.as_deref())?;
                let only = Literal::i64_unsuffixed(*only);
                Some(quote!(#only))
            }
            Type::String(string) if string.format.is_none() => {
                let is_secret = self.plan.config.is_secret(nsid, &schema.pointer);
                let only = only(string.r#const.as_ref(), string.r#enum.as_deref())?;
                (!is_secret).then(|| quote!(#only.to_owned()))
            }
            Type::Ref(reference) => {
                let target = self.plan.resolve(self.module, reference)?;
                match &target.def.kind {
                    DefKind::Token => {
                        let only = target.type_name();
                        Some(quote!(#only.to_owned()))
                    }
                    DefKind::Type(schema) => self.only_value(target.document.nsid.as_str(), schema),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

/// The only valid value of a type with `const` or `enum`.
fn only<'v, T>(r#const: Option<&'v T>, r#enum: Option<&'v [T]>) -> Option<&'v T> {
    r#const.or(match r#enum {
        Some([only]) => Some(only),
        _ => None,
    })
}

impl Field<'_> {
    fn member(&self, renamed_all: bool) -> TokenStream {
        let Property {
            name: json,
            required,
            nullable,
            schema,
            ..
        } = self.property;
        let Self { name, ty, .. } = self;
        let docs = docs::outer(schema.description.as_ref(), &docs::constraints(schema));
        let plain = name.to_string();
        let plain = plain.strip_prefix("r#").unwrap_or(&plain);
        let by_rule = if renamed_all {
            serde_camel(plain)
        } else {
            plain.to_owned()
        };
        let rename = (by_rule != *json).then(|| quote!(#[serde(rename = #json)]));
        let (serde, ty) = match (&self.default, required, nullable) {
            (Some(default), ..) => {
                let function = &default.function;
                (quote!(#[serde(default = #function)]), ty.clone())
            }
            (None, true, false) => (TokenStream::new(), ty.clone()),
            (None, true, true) => (TokenStream::new(), quote!(Option<#ty>)),
            (None, false, false) => (
                quote!(#[serde(skip_serializing_if = "Option::is_none")]),
                quote!(Option<#ty>),
            ),
            (None, false, true) => (
                quote!(#[serde(default, deserialize_with = "rt::data::some", skip_serializing_if = "Option::is_none")]),
                quote!(Option<Option<#ty>>),
            ),
        };
        quote!(#docs #rename #serde pub #name: #ty,)
    }
}

/// `new` with the required fields that can have several values, or `Default` where no field is required.
fn constructor(name: &Ident, fields: &[Field<'_>], keeps_unknown: bool) -> TokenStream {
    let is_argument = |field: &&Field<'_>| field.property.required && field.constant.is_none();
    let arguments = fields.iter().filter(is_argument).map(|field| {
        let Field { name, ty, .. } = field;
        match field.property.nullable {
            true => quote!(#name: Option<#ty>),
            false if is_string(ty) => quote!(#name: impl Into<String>),
            false => quote!(#name: #ty),
        }
    });
    let values = fields.iter().map(|field| {
        let Field { name, ty, .. } = field;
        if let Some(value) = &field.constant {
            return quote!(#name: #value);
        }
        match (&field.default, field.property.required) {
            (Some(default), _) => {
                let value = &default.value;
                quote!(#name: #value)
            }
            (None, false) => quote!(#name: None),
            (None, true) if !field.property.nullable && is_string(ty) => {
                quote!(#name: #name.into())
            }
            (None, true) => quote!(#name),
        }
    });
    let extra = keeps_unknown.then(|| quote!(extra: rt::Object::new(),));
    let body = quote!(Self { #(#values,)* #extra });
    if fields.iter().all(|field| !field.property.required) {
        return quote! {
            impl Default for #name {
                fn default() -> Self { #body }
            }
        };
    }
    quote! {
        impl #name {
            pub fn new(#(#arguments),*) -> Self { #body }
        }
    }
}

fn is_string(ty: &TokenStream) -> bool {
    ty.to_string() == "String"
}

/// The default of a field that may be left out.
fn default(parent: &Ident, field: &str, property: &Property) -> Option<Default> {
    if property.required || property.nullable {
        return None;
    }
    let runtime = |value: TokenStream, function: String| Default {
        value,
        function,
        item: None,
    };
    match &property.schema.kind {
        Type::Boolean { default, .. } => {
            let value = (*default)?;
            Some(runtime(
                quote!(#value),
                format!("rt::data::default_bool::<{value}>"),
            ))
        }
        Type::Integer(integer) => {
            let value = integer.default?;
            let literal = Literal::i64_unsuffixed(value);
            let function = format!("rt::data::default_integer::<{value}>");
            Some(runtime(quote!(#literal), function))
        }
        Type::String(string) if string.format.is_none() => {
            let value = string.default.as_ref()?;
            let function = ident(&format!("default_{field}"));
            Some(Default {
                value: quote!(Self::#function()),
                function: format!("{parent}::{function}"),
                item: Some(quote! { fn #function() -> String { #value.to_owned() } }),
            })
        }
        _ => None,
    }
}
