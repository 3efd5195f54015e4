//! References between types of data: where one was replaced, the types that it led to are compared.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::mem;

use super::change::Change;
use super::comparer::{Comparer, Pair, Place, Replaced};
use super::effect::{Affected, DIFFERENT};
use super::rules::Impact;
use crate::catalog::{Catalog, DefRef};
use crate::diagnostic::Diagnostic;
use crate::model::{DefKind, Document, Schema, Type};

/// How many pairs of types are compared: there can be one for any two types of the old and the new lexicons.
const MAX_PAIRS: usize = 20_000;

/// How the types of a pair differ.
#[derive(Clone)]
struct Difference {
    impact: Impact,
    breaks: BTreeSet<Affected>,
    safe: BTreeSet<Affected>,
    /// The message of the worst change.
    because: String,
}

impl Difference {
    fn of(changes: &[Change]) -> Option<Self> {
        let worst = changes.iter().min_by_key(|change| change.impact)?;
        let breaks = changes.iter().flat_map(|change| &change.breaks);
        let safe = changes.iter().flat_map(|change| &change.safe);
        Some(Self {
            impact: worst.impact,
            breaks: breaks.copied().collect(),
            safe: safe.copied().collect(),
            because: worst.diagnostic.message.clone(),
        })
    }

    /// Adds what another pair differs in. Returns whether that is new.
    fn merge(&mut self, other: &Self) -> bool {
        let before = (self.impact, self.breaks.len(), self.safe.len());
        if other.impact < self.impact {
            self.impact = other.impact;
            self.because.clone_from(&other.because);
        }
        self.breaks.extend(&other.breaks);
        self.safe.extend(&other.safe);
        before != (self.impact, self.breaks.len(), self.safe.len())
    }
}

impl<'c> Comparer<'c> {
    /// Compares two types, at least one of which is a reference, by what they refer to: `from` and `to`.
    pub(super) fn through_references(
        &mut self,
        old: &'c Schema,
        new: &'c Schema,
        from: &str,
        to: &str,
        place: Place<'c>,
    ) {
        self.replaced.push(Replaced {
            pair: (from.to_owned(), to.to_owned(), place.directions),
            old,
            new,
            place,
        });
    }

    /// Reports the replaced references that make a difference. Each pair is compared once.
    pub(super) fn report_replaced(&mut self) {
        let replaced = mem::take(&mut self.replaced);
        let reported = mem::take(&mut self.found);
        let mut differences: BTreeMap<Pair, Option<Difference>> = BTreeMap::new();
        let mut users: BTreeMap<Pair, Vec<Pair>> = BTreeMap::new();
        let mut pending: VecDeque<_> = replaced.iter().cloned().collect();
        while let Some(next) = pending.pop_front() {
            if differences.contains_key(&next.pair) {
                continue;
            }
            if differences.len() < MAX_PAIRS {
                self.targets(&next);
            } else {
                self.different(&next, "there are too many types to compare");
            }
            let difference = Difference::of(&mem::take(&mut self.found));
            for inner in mem::take(&mut self.replaced) {
                let users = users.entry(inner.pair.clone()).or_default();
                users.push(next.pair.clone());
                pending.push_back(inner);
            }
            differences.insert(next.pair, difference);
        }
        spread(&mut differences, &users);
        self.found = reported;
        for Replaced {
            pair,
            old,
            new,
            place,
        } in replaced
        {
            if let Some(Some(difference)) = differences.get(&pair) {
                self.found.push(change(old, new, place, difference));
            }
        }
    }

    /// Compares what two types refer to.
    fn targets(&mut self, replaced: &Replaced<'c>) {
        let Replaced {
            old, new, place, ..
        } = replaced;
        match (
            target(self.old, place.old, old),
            target(self.new, place.new, new),
        ) {
            (Target::Schema(old_document, old), Target::Schema(new_document, new)) => {
                let place = Place {
                    old: old_document,
                    new: new_document,
                    ..*place
                };
                self.schema(old, new, place);
            }
            (Target::Named(old), Target::Named(new)) if old.type_name() == new.type_name() => {}
            _ => self.different(replaced, "the types differ"),
        }
    }

    fn different(&mut self, Replaced { new, place, .. }: &Replaced<'c>, message: &str) {
        let (at, directions) = (&new.pointer, place.directions);
        self.add(
            place.new,
            directions,
            at,
            "ref-changed",
            &DIFFERENT,
            message,
        );
    }
}

/// Adds the differences of each pair to those of the pairs that use it.
fn spread(differences: &mut BTreeMap<Pair, Option<Difference>>, users: &BTreeMap<Pair, Vec<Pair>>) {
    let different = differences.iter().filter(|(_, found)| found.is_some());
    let mut pending: Vec<_> = different.map(|(pair, _)| pair.clone()).collect();
    while let Some(pair) = pending.pop() {
        let Some(Some(difference)) = differences.remove(&pair) else {
            continue;
        };
        for user in users.get(&pair).into_iter().flatten() {
            let is_new = match differences.get_mut(user) {
                Some(Some(found)) => found.merge(&difference),
                Some(found) => {
                    *found = Some(difference.clone());
                    true
                }
                // The pair itself, which contains itself.
                None => false,
            };
            if is_new {
                pending.push(user.clone());
            }
        }
        differences.insert(pair, Some(difference));
    }
}

/// The change at a place where one type replaced another that differs.
fn change(old: &Schema, new: &Schema, place: Place<'_>, difference: &Difference) -> Change {
    let message = match (&old.kind, &new.kind) {
        (Type::Ref(from), Type::Ref(to)) => {
            format!("the reference changed from `{from}` to `{to}`")
        }
        (_, Type::Ref(to)) => format!("a reference to `{to}` replaced the type"),
        _ => "a type replaced the reference".to_owned(),
    };
    let because = &difference.because;
    // A type may lose an optional property; another type in its place that lacks one is another type.
    let (impact, message) = match difference.impact {
        Impact::Compatible => (Impact::Compatible, format!("{message}: {because}")),
        Impact::Breaking | Impact::Advice => (
            Impact::Breaking,
            format!("{message}, which is not equivalent: {because}"),
        ),
    };
    let at = new.pointer.clone();
    let diagnostic = Diagnostic::new(&place.new.file, at, "ref-changed", message);
    Change {
        safe: &difference.safe - &difference.breaks,
        breaks: difference.breaks.clone(),
        ..Change::new(diagnostic, impact)
    }
}

/// A name for a type that is written in its place. No reference is written like it.
pub(super) fn inline(document: &Document, schema: &Schema) -> String {
    format!("{}#{}", document.nsid, schema.pointer)
}

/// The type that a reference leads to.
enum Target<'c> {
    Schema(&'c Document, &'c Schema),
    /// A record or a token: it is compatible only with itself.
    Named(DefRef<'c>),
    Unresolved,
}

fn target<'c>(catalog: &'c Catalog, document: &'c Document, schema: &'c Schema) -> Target<'c> {
    let Type::Ref(reference) = &schema.kind else {
        return Target::Schema(document, schema);
    };
    match catalog.resolve(document, reference) {
        None => Target::Unresolved,
        Some(target) => match &target.def.kind {
            DefKind::Type(schema) => Target::Schema(target.document, schema),
            _ => Target::Named(target),
        },
    }
}
