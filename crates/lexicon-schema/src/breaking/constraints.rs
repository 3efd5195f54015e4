//! Constraints of scalars, bytes and blobs.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt::Display;

use lexicon_runtime::Format;

use super::comparer::{Comparer, Place};
use super::definitions::covers;
use super::effect::{DIFFERENT, Effect};
use crate::diagnostic::Pointer;
use crate::model::{Integer, Length, StringType, Type};

impl<'c> Comparer<'c> {
    /// Two types of one kind that is neither object nor array nor union.
    pub(super) fn constraints(&mut self, old: &Type, new: &Type, at: &Pointer, place: Place<'c>) {
        match (old, new) {
            (
                Type::Boolean {
                    r#const: was,
                    default: from,
                },
                Type::Boolean {
                    r#const: is,
                    default: to,
                },
            ) => {
                self.values((*was, None), (*is, None), at, place);
                self.default(*from, *to, at, place);
            }
            (Type::Integer(old), Type::Integer(new)) => self.integer(old, new, at, place),
            (Type::String(old), Type::String(new)) => self.string(old, new, at, place),
            (Type::Bytes(old), Type::Bytes(new)) => {
                self.length(*old, *new, ["minLength", "maxLength"], at, place);
            }
            (
                Type::Blob {
                    accept: from,
                    max_size: was,
                },
                Type::Blob {
                    accept: to,
                    max_size: is,
                },
            ) => {
                self.bound(*was, *is, Ordering::Less, "maxSize", at, place);
                self.accept(from, to, at, place);
            }
            _ => {}
        }
    }

    fn integer(&mut self, old: &Integer, new: &Integer, at: &Pointer, place: Place<'c>) {
        self.bound(
            old.minimum,
            new.minimum,
            Ordering::Greater,
            "minimum",
            at,
            place,
        );
        self.bound(
            old.maximum,
            new.maximum,
            Ordering::Less,
            "maximum",
            at,
            place,
        );
        let listed = (old.r#const, old.r#enum.as_deref());
        self.values(listed, (new.r#const, new.r#enum.as_deref()), at, place);
        self.default(old.default, new.default, at, place);
    }

    fn string(&mut self, old: &StringType, new: &StringType, at: &Pointer, place: Place<'c>) {
        self.length(old.bytes, new.bytes, ["minLength", "maxLength"], at, place);
        let keys = ["minGraphemes", "maxGraphemes"];
        self.length(old.graphemes, new.graphemes, keys, at, place);
        let listed = (old.r#const.clone(), old.r#enum.as_deref());
        self.values(
            listed,
            (new.r#const.clone(), new.r#enum.as_deref()),
            at,
            place,
        );
        self.default(old.default.as_ref(), new.default.as_ref(), at, place);
        let known = |string: &'_ StringType| -> BTreeSet<String> {
            string.known_values.iter().cloned().collect()
        };
        if known(old) != known(new) {
            let (at, message) = (at.join("knownValues"), "the known values changed");
            let (rule, directions) = ("known-values-changed", place.directions);
            self.add(place.new, directions, &at, rule, &[], message);
        }
        self.format(old.format, new.format, at, place);
    }

    pub(super) fn length(
        &mut self,
        old: Length,
        new: Length,
        [min, max]: [&str; 2],
        at: &Pointer,
        place: Place<'c>,
    ) {
        // A least length of 0 is none.
        let least = |length: Length| length.min.filter(|min| *min > 0);
        self.bound(least(old), least(new), Ordering::Greater, min, at, place);
        self.bound(old.max, new.max, Ordering::Less, max, at, place);
    }

    /// Compares a bound; `stricter` is how a stricter one compares with it.
    fn bound<N: Ord + Display>(
        &mut self,
        old: Option<N>,
        new: Option<N>,
        stricter: Ordering,
        key: &str,
        at: &Pointer,
        place: Place<'c>,
    ) {
        let effect = match (&old, &new) {
            (None, Some(_)) => Effect::Narrower,
            (Some(_), None) => Effect::Wider,
            (Some(old), Some(new)) if new.cmp(old) == stricter => Effect::Narrower,
            (Some(old), Some(new)) if new != old => Effect::Wider,
            _ => return,
        };
        let (rule, at) = match effect {
            Effect::Narrower => ("bound-tightened", at.join(key)),
            _ if new.is_none() => ("bound-loosened", at.clone()),
            _ => ("bound-loosened", at.join(key)),
        };
        let message = match (old, new) {
            (Some(old), Some(new)) => format!("`{key}` changed from {old} to {new}"),
            (None, Some(new)) => format!("`{key}` was added: {new}"),
            (Some(old), None) => format!("`{key}` was removed: it was {old}"),
            (None, None) => return,
        };
        self.add(place.new, place.directions, &at, rule, &[effect], message);
    }

    /// The valid values, where they are listed: a const is a list of one.
    fn values<T: Ord + Clone + Display>(
        &mut self,
        old: (Option<T>, Option<&[T]>),
        new: (Option<T>, Option<&[T]>),
        at: &Pointer,
        place: Place<'c>,
    ) {
        let list = |(only, listed): (Option<T>, Option<&[T]>)| match only {
            Some(only) => Some(vec![only]),
            None => listed.map(<[T]>::to_vec),
        };
        let missing = |all: &[T], from: &[T]| {
            let from: BTreeSet<_> = from.iter().collect();
            let missing = all.iter().filter(|value| !from.contains(value));
            missing
                .map(|value| format!("`{value}`"))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let (gone, added) = match (list(old), list(new)) {
            (None, None) => return,
            (None, Some(_)) => ("every value that is not listed".to_owned(), String::new()),
            (Some(_), None) => (String::new(), "every value that was not listed".to_owned()),
            (Some(old), Some(new)) => (missing(&old, &new), missing(&new, &old)),
        };
        let Place {
            new, directions, ..
        } = place;
        if !gone.is_empty() {
            let message = format!("no longer valid: {gone}");
            self.add(
                new,
                directions,
                at,
                "values-removed",
                &[Effect::Narrower],
                message,
            );
        }
        if !added.is_empty() {
            let message = format!("newly valid: {added}");
            self.add(
                new,
                directions,
                at,
                "values-added",
                &[Effect::Wider],
                message,
            );
        }
    }

    fn default<T: PartialEq + Display>(
        &mut self,
        old: Option<T>,
        new: Option<T>,
        at: &Pointer,
        place: Place<'c>,
    ) {
        if let (Some(old), Some(new)) = (old, new)
            && old != new
        {
            let message = format!("the default changed from `{old}` to `{new}`");
            let at = at.join("default");
            self.add(
                place.new,
                place.directions,
                &at,
                "default-changed",
                &[Effect::Meaning],
                message,
            );
        }
    }

    fn format(&mut self, old: Option<Format>, new: Option<Format>, at: &Pointer, place: Place<'c>) {
        let effects: &[_] = match (old, new) {
            (None, Some(_)) => &[Effect::Narrower],
            (Some(_), None) => &[Effect::Wider],
            (Some(old), Some(new)) if old == new => return,
            (Some(old), Some(new)) if is_part_of(new, old) => &[Effect::Narrower],
            (Some(old), Some(new)) if is_part_of(old, new) => &[Effect::Wider],
            (Some(_), Some(_)) => &DIFFERENT,
            (None, None) => return,
        };
        let message = match (old.map(Format::name), new.map(Format::name)) {
            (Some(old), Some(new)) => format!("the format changed from `{old}` to `{new}`"),
            (None, Some(new)) => format!("the format `{new}` was added"),
            (Some(old), None) => format!("the format `{old}` was removed"),
            (None, None) => return,
        };
        self.add(
            place.new,
            place.directions,
            at,
            "format-changed",
            effects,
            message,
        );
    }

    fn accept(&mut self, old: &[String], new: &[String], at: &Pointer, place: Place<'c>) {
        let any = ["*/*".to_owned()];
        let or_any = |list: &'_ [String]| {
            if list.is_empty() {
                any.to_vec()
            } else {
                list.to_vec()
            }
        };
        let (old, new) = (or_any(old), or_any(new));
        let missing = |all: &[String], from: &[String]| {
            let missing = all
                .iter()
                .filter(|p| !from.iter().any(|glob| covers(glob, p)));
            missing.cloned().collect::<Vec<_>>().join(", ")
        };
        for (list, rule, effect, what) in [
            (
                missing(&old, &new),
                "accept-removed",
                Effect::Narrower,
                "no longer accepted",
            ),
            (
                missing(&new, &old),
                "accept-added",
                Effect::Wider,
                "newly accepted",
            ),
        ] {
            if !list.is_empty() {
                let message = format!("{what}: {list}");
                self.add(place.new, place.directions, at, rule, &[effect], message);
            }
        }
    }
}

/// Whether every text of one format is of the other.
fn is_part_of(part: Format, whole: Format) -> bool {
    matches!(
        (part, whole),
        (Format::Did | Format::Handle, Format::AtIdentifier)
            | (Format::SpaceRef, Format::AtUri)
            | (Format::Tid | Format::Nsid, Format::RecordKey)
    )
}
