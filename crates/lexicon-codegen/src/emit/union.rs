//! Unions: a table of the types that `$type` can name.

use std::collections::HashSet;

use lexicon_schema::{DefRef, Pointer};
use proc_macro2::{Literal, TokenStream};

use super::emitter::Emitter;
use super::source::source;
use super::table::{self, table};
use crate::names::ident;
use crate::plan::target_node;

impl Emitter<'_, '_> {
    pub(super) fn union(
        &self,
        docs: &[String],
        at: &Pointer,
        refs: &[String],
        closed: bool,
    ) -> TokenStream {
        let node = self.module.node(at);
        let mut lines = table::docs("", docs);
        lines.push(self.derive(&node));
        lines.push(format!("pub enum {} {{", self.ident(at)));
        for (reference, target) in self.targets(refs) {
            let name = ident(&self.module.variant(at, reference, &target));
            // Anything but an object is known by its name alone.
            let mut ty = "rt::TypedObject".to_owned();
            if target.is_object() {
                ty = source(&self.ref_ty(reference));
            }
            if self.plan.types.is_boxed(&node, &target_node(&target)) {
                ty = format!("Box<{ty}>");
            }
            let type_name = Literal::string(&target.type_name());
            lines.push(table::row(&format!("{name}({ty})"), &type_name.to_string()));
        }
        if !closed {
            lines.push("    ..".to_owned());
        }
        lines.push("}".to_owned());
        table("union", &lines)
    }

    /// The definitions that the references of a union lead to, each once.
    fn targets<'r>(&self, refs: &'r [String]) -> Vec<(&'r str, DefRef<'_>)> {
        let mut known = HashSet::new();
        let targets = refs.iter().filter_map(|reference| {
            let target = self.plan.resolve(self.module, reference)?;
            known
                .insert(target.type_name())
                .then_some((reference.as_str(), target))
        });
        targets.collect()
    }
}
