//! What spans the documents: their list, and the service trait.

use std::collections::BTreeSet;

use lexicon_schema::model::DefKind;
use proc_macro2::TokenStream;
use quote::quote;

use super::paths::relative;
use crate::existing::ExistingModule;
use crate::names::{Scope, ident};
use crate::plan::{Module, ModulePaths, Plan};

/// The list of all documents: those of the plan, and those of modules that are kept.
pub(super) fn lexicons(plan: &Plan<'_>, kept: &[&ExistingModule]) -> TokenStream {
    let runtime = plan.config.runtime.tokens();
    let own = plan.own_modules().map(|module| &module.path);
    let kept = kept.iter().map(|module| &module.path);
    let paths: BTreeSet<_> = own.chain(kept).collect();
    let lexicons = paths
        .into_iter()
        .map(|path| relative(&[], path, &ident("LEXICON")));
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

/// The service trait, if any method or subscription is served.
pub(super) fn service(plan: &Plan<'_>, kept: &[&ExistingModule]) -> Option<TokenStream> {
    let served = served(plan, kept);
    if served.is_empty() {
        return None;
    }
    let mut scope = Scope::with(["Handler", "Router", "Service", "SubscriptionHandler"]);
    let (mut imports, mut bounds, mut calls) = (Vec::new(), Vec::new(), Vec::new());
    for Served {
        path,
        name: own,
        kind,
        ..
    } in &served
    {
        let path = relative(&["service".to_owned()], path, &ident(own));
        let name = scope.take(own);
        let alias = ident(&name);
        imports.push(if name == *own {
            quote!(use #path;)
        } else {
            quote!(use #path as #alias;)
        });
        let (handler, add) = (ident(kind.handler()), ident(kind.add()));
        bounds.push(quote!(#handler<#alias, C>));
        calls.push(quote!(router.#add::<#alias>();));
    }
    let nsids = served.iter().map(|served| format!(" - `{}`", served.nsid));
    let kinds: BTreeSet<_> = served.iter().map(|served| served.kind).collect();
    let handlers = kinds.iter().map(|kind| ident(kind.handler()));
    let server = plan.config.server.tokens();
    Some(quote! {
        use #server::{#(#handlers,)* Router};
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
        pub trait Service<C> where Self: #(#bounds)+* {}
        impl<C, T> Service<C> for T where T: #(#bounds)+* {}
        /// Registers every method.
        pub fn routes<S: Service<C>, C: Send + 'static>(router: &mut Router<S, C>) {
            #(#calls)*
        }
    })
}

/// A method or a subscription that the service trait holds.
struct Served {
    nsid: String,
    /// The path of its module.
    path: Vec<String>,
    /// The name of its type.
    name: String,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Method,
    Subscription,
}

impl Kind {
    fn handler(self) -> &'static str {
        match self {
            Self::Method => "Handler",
            Self::Subscription => "SubscriptionHandler",
        }
    }

    /// The function of the router.
    fn add(self) -> &'static str {
        match self {
            Self::Method => "add",
            Self::Subscription => "add_subscription",
        }
    }
}

/// The methods and subscriptions of the plan, and of the modules that are kept.
fn served(plan: &Plan<'_>, kept: &[&ExistingModule]) -> Vec<Served> {
    let paths = ModulePaths::new(plan.config);
    let kept = kept.iter().filter_map(|existing| {
        let document = existing.document.as_ref()?;
        let module = Module::new(document, plan.config, &paths);
        (module.path == existing.path).then_some(module)
    });
    let kept = kept.filter(|module| plan.config.generates(module.nsid()));
    let mut served: Vec<_> = kept.filter_map(|module| serve(plan, &module)).collect();
    served.extend(plan.own_modules().filter_map(|module| serve(plan, module)));
    served.sort_by(|one, other| one.nsid.cmp(&other.nsid));
    served
}

/// The method or subscription of a module, if the service trait holds it.
fn serve(plan: &Plan<'_>, module: &Module<'_>) -> Option<Served> {
    let main = module.document.defs.get("main")?;
    let kind = match main.kind {
        DefKind::Method(_) => Kind::Method,
        DefKind::Subscription(_) => Kind::Subscription,
        _ => return None,
    };
    plan.config.serves(module.nsid()).then(|| Served {
        nsid: module.nsid().to_owned(),
        path: module.path.clone(),
        name: module.name(&main.pointer).to_owned(),
        kind,
    })
}
