//! The names of definitions. Only those are written that something refers to.

use std::collections::{BTreeSet, VecDeque};

use lexicon_schema::model::{DefKind, Document};
use lexicon_schema::{Catalog, DefRef};

use crate::settings::Settings;

/// The definitions that a document names.
pub(crate) struct Components<'c> {
    pub(crate) catalog: &'c Catalog,
    pub(crate) settings: &'c Settings,
    /// What precedes a name in a reference: `#/components/schemas/`, or `#/$defs/`.
    prefix: &'static str,
    named: BTreeSet<String>,
    pending: VecDeque<(String, DefRef<'c>, Use)>,
}

/// How a definition is used.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// By a reference.
    Plain,
    /// As a variant of a union, which the `$type` selects.
    Variant,
}

impl<'c> Components<'c> {
    pub(crate) fn new(catalog: &'c Catalog, settings: &'c Settings, prefix: &'static str) -> Self {
        Self {
            catalog,
            settings,
            prefix,
            named: BTreeSet::new(),
            pending: VecDeque::new(),
        }
    }

    /// The reference to a definition, which is written from now on.
    pub(crate) fn refer(&mut self, target: DefRef<'c>) -> String {
        self.refer_as(target, Use::Plain)
    }

    /// The reference to an object as a variant of a union, which is written from now on.
    pub(crate) fn refer_to_variant(&mut self, target: DefRef<'c>) -> String {
        // Every record has its `$type`.
        let is_record = matches!(target.def.kind, DefKind::Record(_));
        self.refer_as(target, if is_record { Use::Plain } else { Use::Variant })
    }

    fn refer_as(&mut self, target: DefRef<'c>, r#use: Use) -> String {
        // An NSID has no `_`, so that no two names are the same.
        let name = target.type_name().replace('#', "_");
        let name = match r#use {
            Use::Plain => name,
            Use::Variant => format!("variant_{name}"),
        };
        let reference = format!("{}{name}", self.prefix);
        if self.named.insert(name.clone()) {
            self.pending.push_back((name, target, r#use));
        }
        reference
    }

    /// The definition that a reference of a document leads to. The caller of this crate has checked that
    /// there is one.
    pub(crate) fn resolve(&self, document: &'c Document, reference: &str) -> Option<DefRef<'c>> {
        self.catalog.resolve(document, reference)
    }

    /// The next definition that was referred to and is not written, with its name.
    pub(crate) fn next(&mut self) -> Option<(String, DefRef<'c>, Use)> {
        self.pending.pop_front()
    }
}
