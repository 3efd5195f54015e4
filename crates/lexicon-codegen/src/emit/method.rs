//! Queries, procedures and subscriptions.

use lexicon_runtime::ParamKind;
use lexicon_schema::Pointer;
use lexicon_schema::model::{
    Body, Def, DefKind, ErrorDef, Method, Object, Schema, Subscription, Type,
};
use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::docs;
use super::emitter::Emitter;
use super::object::Kind;
use super::table::{self, table};
use crate::names::ident;

impl Emitter<'_, '_> {
    pub(super) fn method(&self, def: &Def, method: &Method) -> TokenStream {
        let name = self.ident(&def.pointer);
        let docs = docs::outer(def.description.as_ref(), &[]);
        let kind = ident(if method.procedure {
            "Procedure"
        } else {
            "Query"
        });
        let (params_ty, params) = self.params(def, method.params.as_ref());
        let (input_ty, input) = self.body(
            &def.pointer.join("input"),
            method.input.as_ref(),
            Kind::Request,
        );
        let (output_ty, output) = self.body(
            &def.pointer.join("output"),
            method.output.as_ref(),
            Kind::Plain,
        );
        let (error_ty, error) = self.error(&def.pointer.join("errors"), &method.errors);
        let list = params_list(method.params.as_ref());
        let encoding = |name: &str, body: &Option<Body>| {
            let name = ident(name);
            let encoding = &body.as_ref()?.encoding;
            Some(quote!(const #name: Option<&'static str> = Some(#encoding);))
        };
        let input_encoding = encoding("INPUT_ENCODING", &method.input);
        let output_encoding = encoding("OUTPUT_ENCODING", &method.output);
        let any_json = self.plan.config.has_any_json(self.module.nsid());
        let options = any_json.then(|| {
            quote!(
                const BODY_OPTIONS: rt::Options = rt::Options::ANY_JSON;
            )
        });
        quote! {
            #docs
            #[derive(Clone, Copy, Debug)]
            pub struct #name;
            impl rt::XrpcMethod for #name {
                const NSID: &'static str = NSID;
                const KIND: rt::MethodKind = rt::MethodKind::#kind;
                #list
                #input_encoding
                #output_encoding
                #options
                type Params = #params_ty;
                type Input = #input_ty;
                type Output = #output_ty;
                type Error = #error_ty;
            }
            #params
            #input
            #output
            #error
        }
    }

    pub(super) fn subscription(&self, def: &Def, subscription: &Subscription) -> TokenStream {
        let name = self.ident(&def.pointer);
        let docs = docs::outer(def.description.as_ref(), &[]);
        let (params_ty, params) = self.params(def, subscription.params.as_ref());
        let (error_ty, error) = self.error(&def.pointer.join("errors"), &subscription.errors);
        let list = params_list(subscription.params.as_ref());
        let (message_ty, message) = match &subscription.message {
            None => (quote!(rt::TypedObject), TokenStream::new()),
            Some(schema) => {
                let docs = docs::text(schema.description.as_ref(), &[]);
                let name = self.ident(&schema.pointer);
                (quote!(#name), self.content(&docs, schema, Kind::Plain))
            }
        };
        quote! {
            #docs
            #[derive(Clone, Copy, Debug)]
            pub struct #name;
            impl rt::Subscription for #name {
                const NSID: &'static str = NSID;
                #list
                type Params = #params_ty;
                type Message = #message_ty;
                type Error = #error_ty;
            }
            #params
            #message
            #error
        }
    }

    /// The type of the parameters, and its definition.
    fn params(&self, def: &Def, params: Option<&Object>) -> (TokenStream, TokenStream) {
        let Some(params) = params.filter(|params| !params.properties.is_empty()) else {
            return (quote!(rt::NoParams), TokenStream::new());
        };
        let at = def.pointer.join("parameters");
        let name = self.ident(&at);
        let docs = format!(" The parameters of [`{}`].", self.ident(&def.pointer));
        (
            quote!(#name),
            self.object(&[docs], &at, params, Kind::Request),
        )
    }

    /// The type of a body, and its definition.
    fn body(
        &self,
        at: &Pointer,
        body: Option<&Body>,
        kind: Kind<'_>,
    ) -> (TokenStream, TokenStream) {
        let Some(body) = body else {
            return (quote!(rt::NoBody), TokenStream::new());
        };
        let Some(schema) = &body.schema else {
            return (quote!(rt::RawBody), TokenStream::new());
        };
        let at = at.join("schema");
        let name = self.ident(&at);
        let description = schema.description.as_ref().or(body.description.as_ref());
        let docs = match description {
            Some(_) => docs::text(description, &[]),
            None => {
                let what = if kind == Kind::Request {
                    "input"
                } else {
                    "output"
                };
                let text = format!(" The {what} of [`{}`].", self.ident(&self.main()));
                vec![text]
            }
        };
        (quote!(#name), self.content(&docs, schema, kind))
    }

    /// The type of a body or a message, which has a check of its own.
    fn content(&self, docs: &[String], schema: &Schema, kind: Kind<'_>) -> TokenStream {
        let at = &schema.pointer;
        match &schema.kind {
            Type::Object(object) if !object.unconstrained => self.object(docs, at, object, kind),
            Type::Union { refs, closed } => self.union(docs, at, refs, *closed),
            _ => {
                let name = self.ident(at);
                let ty = self.ty(at, schema);
                let inline = self.inline(schema);
                if self.has_check(schema) {
                    return quote! { #(#[doc = #docs])* pub type #name = #ty; #inline };
                }
                let newtype = self.newtype(docs, schema, &ty, &self.check(schema).function());
                quote! { #newtype #inline }
            }
        }
    }

    /// Whether the Rust type of a schema has a check of its own, which is all that the schema asks for.
    fn has_check(&self, schema: &Schema) -> bool {
        match &schema.kind {
            Type::Object(_) => true,
            Type::Ref(reference) => {
                let target = self.plan.resolve(self.module, reference);
                target.is_some_and(|target| match &target.def.kind {
                    DefKind::Record(_) => true,
                    DefKind::Type(schema) => matches!(schema.kind, Type::Object(_)),
                    _ => false,
                })
            }
            _ => false,
        }
    }

    /// The type of the error, and its definition.
    fn error(&self, at: &Pointer, errors: &[ErrorDef]) -> (TokenStream, TokenStream) {
        if errors.is_empty() {
            return (quote!(rt::ErrorBody), TokenStream::new());
        }
        let name = self.ident(at);
        let docs = format!(" The errors of [`{}`].", self.ident(&self.main()));
        let mut declared: Vec<&ErrorDef> = Vec::new();
        for error in errors {
            if declared.iter().all(|known| known.name != error.name) {
                declared.push(error);
            }
        }
        let mut lines = table::docs("", &[docs]);
        lines.push(format!("pub enum {name} {{"));
        for error in declared {
            let docs = docs::text(error.description.as_ref(), &[]);
            lines.extend(table::docs("    ", &docs));
            let variant = ident(&self.module.error(at, &error.name));
            let name = Literal::string(&error.name);
            lines.push(table::row(&variant.to_string(), &name.to_string()));
        }
        lines.push("}".to_owned());
        (quote!(#name), table("errors", &lines))
    }

    fn main(&self) -> Pointer {
        Pointer::root().join("defs").join("main")
    }
}

/// The declared parameters, as the reader of a query string needs them.
fn params_list(params: Option<&Object>) -> Option<TokenStream> {
    let list = params?.properties.iter().map(|property| {
        let name = &property.name;
        let (kind, array) = match &property.schema.kind {
            Type::Array { items, .. } => (items.kind.param_kind(), true),
            kind => (kind.param_kind(), false),
        };
        let make = ident(match (kind, array) {
            (Some(ParamKind::Boolean), false) => "boolean",
            (Some(ParamKind::Boolean), true) => "booleans",
            (Some(ParamKind::Integer), false) => "integer",
            (Some(ParamKind::Integer), true) => "integers",
            (_, false) => "string",
            (_, true) => "strings",
        });
        quote!(rt::Param::#make(#name))
    });
    Some(quote!(const PARAMS: &'static [rt::Param] = &[#(#list),*];))
}
