//! Unions: an enum over the types that `$type` can name.

use lexicon_schema::model::DefKind;
use lexicon_schema::{DefRef, Pointer};
use proc_macro2::TokenStream;
use quote::quote;
use syn::Ident;

use super::emitter::Emitter;
use crate::names::ident;
use crate::plan::target_node;

struct Variant<'r> {
    name: Ident,
    /// The value of `$type`.
    type_name: String,
    reference: &'r str,
    ty: TokenStream,
    boxed: bool,
    /// An object of a lexicon; anything else in a union is known by its name alone.
    is_object: bool,
    is_record: bool,
}

impl Emitter<'_, '_> {
    pub(super) fn union(
        &self,
        docs: &TokenStream,
        at: &Pointer,
        refs: &[String],
        closed: bool,
    ) -> TokenStream {
        let name = self.ident(at);
        let variants = self.variants(at, refs);
        let comparable = !self.plan.types.holds_secret(&self.module.node(at));
        let comparable = comparable.then(|| quote!(PartialEq,));
        let members = variants.iter().map(|variant| {
            let Variant { name, ty, .. } = variant;
            if variant.boxed {
                quote!(#name(Box<#ty>),)
            } else {
                quote!(#name(#ty),)
            }
        });
        let other = (!closed).then(|| {
            quote! {
                /// A type that the lexicon does not list.
                Other(rt::TypedObject),
            }
        });
        let deserialize = deserialize(&name, &variants, closed);
        let serialize = serialize(&name, &variants, closed);
        let check = self.union_check(&name, &variants, closed);
        quote! {
            #docs
            #[derive(Clone, Debug, #comparable)]
            #[non_exhaustive]
            pub enum #name {
                #(#members)*
                #other
            }
            #deserialize
            #serialize
            #check
        }
    }

    fn variants<'r>(&self, at: &Pointer, refs: &'r [String]) -> Vec<Variant<'r>> {
        let mut targets: Vec<(&str, DefRef<'_>)> = Vec::new();
        for reference in refs {
            if let Some(target) = self.plan.resolve(self.module, reference)
                && targets
                    .iter()
                    .all(|(_, known)| known.type_name() != target.type_name())
            {
                targets.push((reference, target));
            }
        }
        let node = self.module.node(at);
        let variants = targets.into_iter().map(|(reference, target)| {
            let is_object = target.is_object();
            Variant {
                name: ident(&self.module.variant(at, reference, &target)),
                type_name: target.type_name(),
                reference,
                ty: if is_object {
                    self.ref_ty(reference)
                } else {
                    quote!(rt::TypedObject)
                },
                boxed: self.plan.types.is_boxed(&node, &target_node(&target)),
                is_object,
                is_record: matches!(target.def.kind, DefKind::Record(_)),
            }
        });
        variants.collect()
    }

    fn union_check(&self, name: &Ident, variants: &[Variant<'_>], closed: bool) -> TokenStream {
        let arms = variants
            .iter()
            .filter(|variant| variant.is_object)
            .map(|variant| {
                let type_name = &variant.type_name;
                let check = self.ref_check(variant.reference).function();
                quote!(Some(#type_name) => #check(c, v),)
            });
        let names: Vec<_> = variants.iter().map(|variant| &variant.type_name).collect();
        let bare: Vec<_> = variants
            .iter()
            .filter(|variant| !variant.is_object)
            .map(|v| &v.type_name)
            .collect();
        let bare = (closed && !bare.is_empty()).then(|| quote!(Some(#(#bare)|*) => {}));
        let names = match &names[..] {
            [] => quote!([""; 0]),
            names => quote!([#(#names),*]),
        };
        let unknown = if closed {
            quote!(#bare Some(_) => c.not_in_union(&#names), None => {})
        } else {
            quote!(_ => {})
        };
        quote! {
            impl rt::Validate for #name {
                fn check(c: &mut rt::Checker, v: rt::Node<'_>) {
                    match c.variant(v) {
                        #(#arms)*
                        #unknown
                    }
                }
            }
        }
    }
}

fn deserialize(name: &Ident, variants: &[Variant<'_>], closed: bool) -> TokenStream {
    let arms = variants.iter().map(|variant| {
        let Variant {
            name, type_name, ..
        } = variant;
        if variant.is_object {
            quote!(#type_name => Self::#name(object.into_variant()?),)
        } else {
            quote!(#type_name => Self::#name(object),)
        }
    });
    let unknown = if closed {
        quote!(_ => return Err(object.not_in_union()),)
    } else {
        quote!(_ => Self::Other(object),)
    };
    quote! {
        impl<'de> Deserialize<'de> for #name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let object = rt::TypedObject::deserialize(d)?;
                Ok(match object.type_name() {
                    #(#arms)*
                    #unknown
                })
            }
        }
    }
}

fn serialize(name: &Ident, variants: &[Variant<'_>], closed: bool) -> TokenStream {
    let arms = variants.iter().map(|variant| {
        let Variant {
            name, type_name, ..
        } = variant;
        if variant.is_record || !variant.is_object {
            quote!(Self::#name(v) => v.serialize(s),)
        } else {
            quote!(Self::#name(v) => rt::variant(s, #type_name, v),)
        }
    });
    let other = (!closed).then(|| quote!(Self::Other(v) => v.serialize(s),));
    // A closed union of nothing has no values.
    let value = if variants.is_empty() && closed {
        quote!(*self)
    } else {
        quote!(self)
    };
    quote! {
        impl Serialize for #name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                match #value {
                    #(#arms)*
                    #other
                }
            }
        }
    }
}
