//! What spans the documents: their list, and the service trait.

use lexicon_schema::model::DefKind;
use lexicon_schema::{Diagnostic, Pointer};
use proc_macro2::TokenStream;
use quote::quote;

use super::paths::relative;
use crate::names::{Scope, ident};
use crate::plan::{Module, Plan};

/// The list of all documents.
pub(super) fn lexicons(plan: &Plan<'_>) -> TokenStream {
    let runtime = plan.config.runtime.tokens();
    let lexicons = plan
        .own_modules()
        .map(|module| relative(&[], &module.path, &ident("LEXICON")));
    quote! {
        /// Every document, byte for byte.
        pub static LEXICONS: &[#runtime::Lexicon] = &[#(#lexicons),*];
    }
}

/// The condition under which the service trait is compiled.
pub(super) fn gate(plan: &Plan<'_>) -> Option<TokenStream> {
    let feature = plan.config.feature.as_ref();
    feature.map(|feature| quote!(#[cfg(feature = #feature)]))
}

/// What the root has of the service trait.
pub(super) fn exports(plan: &Plan<'_>) -> TokenStream {
    let gate = gate(plan);
    quote!(#gate pub use service::{Service, routes};)
}

/// The service trait, if any method is served.
pub(super) fn service(plan: &Plan<'_>) -> Result<Option<TokenStream>, Vec<Diagnostic>> {
    let mut methods: Vec<(&Module<'_>, TokenStream)> = Vec::new();
    let mut diagnostics = Vec::new();
    for module in plan
        .own_modules()
        .filter(|module| plan.config.serves(module.nsid()))
    {
        let Some(main) = module.document.defs.get("main") else {
            continue;
        };
        match &main.kind {
            DefKind::Method(_) => {
                let name = ident(module.name(&main.pointer));
                let path = relative(&["service".to_owned()], &module.path, &name);
                methods.push((module, path));
            }
            // By default the trait holds what it can hold.
            DefKind::Subscription(_) if plan.config.serve.is_none() => {}
            DefKind::Subscription(_) => diagnostics.push(Diagnostic::new(
                &module.document.file,
                Pointer::root(),
                "served-subscription",
                "the service trait holds no subscriptions: take it out of `serve`",
            )),
            _ => {}
        }
    }
    if !diagnostics.is_empty() {
        return Err(diagnostics);
    }
    if methods.is_empty() {
        return Ok(None);
    }
    let nsids: Vec<_> = methods
        .iter()
        .map(|(module, _)| format!(" - `{}`", module.nsid()))
        .collect();
    let mut scope = Scope::with(&["Handler", "Router", "Service"]);
    let (mut imports, mut names) = (Vec::new(), Vec::new());
    for (module, path) in &methods {
        let own = module.name(&Pointer::root().join("defs").join("main"));
        let name = scope.take_type(own);
        let alias = ident(&name);
        imports.push(if name == own {
            quote!(use #path;)
        } else {
            quote!(use #path as #alias;)
        });
        names.push(alias);
    }
    let server = plan.config.server.tokens();
    Ok(Some(quote! {
        use #server::{Handler, Router};
        #(#imports)*
        /// Every method of this service. `C` is the authenticated caller.
        ///
        /// It is never implemented by hand: it holds for each type that handles all of these.
        ///
        #(#[doc = #nsids])*
        #[diagnostic::on_unimplemented(
            message = "a method of the lexicons has no implementation in `{Self}`",
            label = "the `Handler` that is missing is named below: write its `impl`"
        )]
        pub trait Service<C> where Self: #(Handler<#names, C>)+* {}
        impl<C, T> Service<C> for T where T: #(Handler<#names, C>)+* {}
        /// Registers every method.
        pub fn routes<S: Service<C>, C: Send + 'static>(router: &mut Router<S, C>) {
            #(router.add::<#names>();)*
        }
    }))
}
