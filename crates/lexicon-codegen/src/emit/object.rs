//! Objects and records: a table of members.

use lexicon_schema::Pointer;
use lexicon_schema::model::{Def, DefKind, Object, Property, Record, Schema, Type};
use proc_macro2::{Literal, TokenStream};
use quote::quote;
use syn::Ident;

use super::docs;
use super::emitter::Emitter;
use super::source::source;
use super::table::{self, table};
use crate::names::ident;
use crate::plan::Node;

/// What an object is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind<'r> {
    Plain,
    /// A record, with the kind of its key: it writes its `$type`.
    Record(&'r str),
    /// Parameters or input of a method: defaults are filled in when it is read.
    Request,
}

/// A field of the struct.
struct Field<'o> {
    property: &'o Property,
    name: Ident,
    /// The type of the value itself, without `Option`.
    ty: TokenStream,
    presence: Presence,
}

/// How a member is there. The names are those of functions of the runtime.
enum Presence {
    Required,
    RequiredNullable,
    Optional,
    OptionalNullable,
    /// Null is nothing, although the schema does not allow it.
    Tolerant,
    /// What is filled in when it is read.
    Default(TokenStream),
    /// The only valid value, which is required.
    Constant(TokenStream),
}

impl Emitter<'_, '_> {
    pub(super) fn record(&self, def: &Def, record: &Record) -> TokenStream {
        let docs = docs::text(def.description.as_ref(), &[]);
        let at = def.pointer.join("record");
        self.object(&docs, &at, &record.object, Kind::Record(&record.key))
    }

    pub(super) fn object(
        &self,
        docs: &[String],
        at: &Pointer,
        object: &Object,
        kind: Kind<'_>,
    ) -> TokenStream {
        let name = self.ident(at);
        let node = self.module.node(at);
        let fields = object.properties.iter().map(|property| Field {
            property,
            name: ident(&self.module.field(property)),
            ty: self.boxed_ty(&node, &property.schema),
            presence: self.presence(property, kind),
        });
        let fields: Vec<_> = fields.collect();

        let mut lines = table::docs("", docs);
        lines.push(self.derive(&node));
        lines.push(format!("pub struct {name} {{"));
        for field in &fields {
            let schema = &field.property.schema;
            let docs = docs::text(schema.description.as_ref(), &docs::constraints(schema));
            lines.extend(table::docs("    ", &docs));
            let check = self.check(schema).function();
            lines.push(field.row(&source(&check)));
        }
        if self.plan.types.is_in_record(&node) {
            lines.push("    /// Fields that the lexicon does not name.".to_owned());
            lines.push("    pub extra: rt::Object = extra,".to_owned());
        }
        lines.push("}".to_owned());
        if let Kind::Record(key) = kind {
            lines.push(format!("key {};", Literal::string(key)));
        }
        let is_required = |field: &Field<'_>| field.property.required;
        if fields.iter().any(is_required) {
            let arguments: Vec<_> = fields.iter().filter_map(Field::argument).collect();
            lines.push(table::call("fn new", &arguments, ";"));
        }
        let table = table("object", &lines);
        let inline = object.properties.iter().map(|p| self.inline_at(&p.schema));
        quote! { #table #(#inline)* }
    }

    /// What the compiler derives for a type.
    pub(super) fn derive(&self, node: &Node) -> String {
        let comparable = if !self.plan.types.holds_secret(node) {
            ", PartialEq"
        } else {
            ""
        };
        format!("#[derive(Clone, Debug{comparable})]")
    }

    fn presence(&self, property: &Property, kind: Kind<'_>) -> Presence {
        let Property {
            required,
            nullable,
            schema,
            ..
        } = property;
        let nsid = self.module.nsid();
        let tolerates_null = self.plan.config.tolerates_null(nsid, &schema.pointer);
        let default = match kind {
            Kind::Request if !self.plan.config.is_secret(nsid, &schema.pointer) => default(schema),
            _ => None,
        };
        match (*required, *nullable, tolerates_null) {
            (true, false, false) => match self.only_value(nsid, schema) {
                Some(only) => Presence::Constant(only),
                None => Presence::Required,
            },
            (true, ..) => Presence::RequiredNullable,
            (false, true, _) => Presence::OptionalNullable,
            (false, false, true) => Presence::Tolerant,
            (false, false, false) => match default {
                Some(default) => Presence::Default(default),
                None => Presence::Optional,
            },
        }
    }

    /// The only valid value of a type, if it is one that Rust can write down.
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
    /// The field with its type, and how its member is there.
    fn row(&self, check: &str) -> String {
        let Self { name, ty, .. } = self;
        let (presence, value) = match &self.presence {
            Presence::Required => ("required", None),
            Presence::RequiredNullable => ("required_nullable", None),
            Presence::Optional => ("optional", None),
            Presence::OptionalNullable => ("optional_nullable", None),
            Presence::Tolerant => ("tolerant", None),
            Presence::Default(value) => ("default", Some(value)),
            Presence::Constant(value) => ("constant", Some(value)),
        };
        let ty = match &self.presence {
            Presence::Required | Presence::Default(_) | Presence::Constant(_) => ty.clone(),
            Presence::OptionalNullable => quote!(Option<Option<#ty>>),
            _ => quote!(Option<#ty>),
        };
        let key = Literal::string(&self.property.name);
        let value = value
            .map(|value| format!(" = {}", source(value)))
            .unwrap_or_default();
        let start = format!("pub {name}: {}", source(&ty));
        table::row(&start, &format!("{presence}({key}{value}, {check})"))
    }

    /// The argument of `new`, if it has one.
    fn argument(&self) -> Option<String> {
        let Self { name, ty, .. } = self;
        let ty = match self.presence {
            Presence::Required => match &*source(ty) {
                "String" => "impl Into<String>".to_owned(),
                ty => ty.to_owned(),
            },
            Presence::RequiredNullable => format!("Option<{}>", source(ty)),
            _ => return None,
        };
        Some(format!("{name}: {ty}"))
    }
}

/// The default of a member that may be left out.
fn default(schema: &Schema) -> Option<TokenStream> {
    match &schema.kind {
        Type::Boolean { default, .. } => default.map(|value| quote!(#value)),
        Type::Integer(integer) => {
            let value = Literal::i64_unsuffixed(integer.default?);
            Some(quote!(#value))
        }
        Type::String(string) if string.format.is_none() => {
            let value = string.default.as_ref()?;
            Some(quote!(#value.to_owned()))
        }
        _ => None,
    }
}
